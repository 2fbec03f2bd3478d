"""Headers that are read while their text is coming are those of the whole text."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paramtui.checkpoint.formats import arriving_headers, plain_header
from paramtui.checkpoint.formats.arriving_headers import ArrivingHeaders


def header(*names: str, metadata: object = None) -> dict[str, object]:
    found: dict[str, object] = {} if metadata is None else {"__metadata__": metadata}
    for place, name in enumerate(names):
        found[name] = {"dtype": "F32", "shape": [2], "data_offsets": [8 * place, 8 * place + 8]}
    return found


PLAIN = {
    "index": {"metadata": {"total_size": 16}},
    "headers": {f"{name}.safetensors": header(f"{name}.w", f"{name}.b") for name in "abcd"},
}
ODD = {
    "no tensors": {"headers": {"a": header("x"), "b": header(), "c": header("y")}},
    "metadata": {"headers": {"a": header("x", metadata={"of": "[1]}}"}), "b": header("y")}},
    "not ASCII": {"index": "é", "headers": {"ä": header("x.ö", "y"), "b": header("日本")}},
    "not plain": {"headers": {"a": header("x"), "b": header('"'), "c": header("y")}},
    "nothing": {"headers": {}},
    "no headers": {"index": {}},
    "something after them": {"headers": {"a": header("x")}, "index": {"metadata": {}}},
}
TEXTS = {
    "as the Hub writes it": json.dumps(PLAIN, separators=(",", ":")),
    "with spaces": json.dumps(PLAIN),
    **{name: json.dumps(value, ensure_ascii=False) for name, value in ODD.items()},
    "a file twice": '{"headers":{"a":%s,"a":%s}}' % ((json.dumps(header("x")),) * 2),
    "broken off": json.dumps(PLAIN)[:-40],
}


def outcome(text: str, *cuts: int) -> object:
    arriving, body, grown = ArrivingHeaders(), text.encode(), bytearray()
    for cut in sorted(cuts):
        grown += body[len(grown) : cut]
        arriving.advance(grown)
    return arriving.finish(body)


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_what_came_byte_by_byte_is_what_came_at_once(text: str) -> None:
    assert outcome(text, *range(len(text.encode()) + 1)) == outcome(text)


@given(st.data())
def test_wherever_the_parts_end(data: st.DataObject) -> None:
    text = data.draw(st.sampled_from([*TEXTS.values()]))
    cuts = data.draw(st.lists(st.integers(0, len(text.encode())), max_size=6))
    assert outcome(text, *cuts) == outcome(text)


def test_what_is_there_is_read_ahead(monkeypatch: pytest.MonkeyPatch) -> None:
    text = TEXTS["as the Hub writes it"]
    arriving = ArrivingHeaders()
    arriving.advance(bytearray(text.encode()))
    monkeypatch.setattr("paramtui.checkpoint.formats.plain_header.read_plain_file", lambda *_: None)
    found = arriving.finish(text.encode())
    assert found is not None
    assert [*found] == [f"{name}.safetensors" for name in "abcd"]


def test_more_files_than_are_read_plainly_are_not_read_ahead(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(plain_header, "FILES_LIMIT", 3)
    monkeypatch.setattr(arriving_headers, "FILES_LIMIT", 3)
    body = TEXTS["as the Hub writes it"].encode()
    arriving = ArrivingHeaders()
    arriving.advance(body)
    assert arriving.finish(body) is None
