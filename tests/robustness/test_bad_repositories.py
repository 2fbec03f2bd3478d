"""Every bad repository of the simulator: right figures with a warning, or one clear line."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.conftest import needs_shared
from tests.robustness.examine import examine
from tests.robustness.simulator import catalogue, simulator

pytestmark = needs_shared

SAMPLE = (
    "bad/escape-codes",
    "bad/index-traversal",
    "bad/json-deep",
    "bad/shard-ignores-range",
    "bad/shard-redirect-file",
    "bad/warning-escape",
)


@pytest.fixture(scope="module")
def hub(long: bool) -> Iterator[Any]:
    """The simulator with its bad repositories."""
    with simulator(catalogue(*(() if long else SAMPLE))) as found:
        yield found


@pytest.mark.parametrize("way", ["json", "ranges", "app"])
def test_nothing_a_repository_holds_does_harm(hub: Any, way: str, long: bool) -> None:
    names = list(hub.repos)[: 3 if way == "app" and not long else None]
    assert len(names) == 98 or not long
    outcomes = list(examine(hub, names, way))
    print(*outcomes, sep="\n")
    assert {one.name: one.complaints for one in outcomes if one.complaints} == {}
    assert hub.stats()["auth_leaks"] == 0


def test_the_examiner_finds_what_is_wrong() -> None:
    from tests.robustness.judging import harmful, limits
    from tests.robustness.on_screen import harmful_sequences

    assert list(harmful(b"a\x1b[31m", "stdout"))
    assert list(harmful(b"Traceback (most recent", "stderr"))
    assert list(harmful("\u202e".encode(), "stderr"))
    assert not list(harmful("≥ 8 GiB\n".encode(), "stdout"))
    assert len(list(limits(31, 2**31, 2**30))) == 3
    assert list(harmful_sequences(b"\x1b]0;owned\x07"))
    assert list(harmful_sequences(b"\x1b[2J"))
    assert not list(harmful_sequences(b"\x1b[1;2H\x1b[38;2;1;2;3mtext\x1b]52;c;YQ==\x07\r\n"))
