"""JSON that holds too much is refused before it is read."""

import pytest

from paramtui.checkpoint.formats import extent
from paramtui.checkpoint.formats.extent import holds_too_much
from paramtui.checkpoint.formats.safetensors import (
    HeaderError,
    WeightIndexError,
    parse_index,
    read_columns,
)
from paramtui.sources.errors import NetworkError
from paramtui.sources.hub.info import parse_info


@pytest.mark.parametrize("text", ["[[],[]]", '{"a":{},"b":1}', "[1,2,3,4]"])
def test_values_are_bounded(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not holds_too_much(text)
    monkeypatch.setattr(extent, "VALUES_LIMIT", 2)
    assert holds_too_much(text)
    assert holds_too_much(text.encode())
    with pytest.raises(HeaderError, match="values"):
        read_columns(text)
    with pytest.raises(WeightIndexError, match="values"):
        parse_index(text.encode())
    with pytest.raises(NetworkError, match="values"):
        parse_info(text.encode(), "org/name", "main")
