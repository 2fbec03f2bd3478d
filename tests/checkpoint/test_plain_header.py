"""The quick reader of headers: whatever it takes, the strict one takes and reads the same."""

import json
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paramtui.checkpoint.formats import compact_header, plain_header, written_layout
from paramtui.checkpoint.formats.columns import Columns, HeaderError
from paramtui.checkpoint.formats.plain_header import read_plain, read_plain_headers
from paramtui.checkpoint.formats.safetensors import strict_columns
from paramtui.checkpoint.formats.strict_json import StrictJsonError, parse

MEMBERS = ("dtype", "shape", "data_offsets")

NAMES = st.text(st.characters(codec="utf-8", exclude_characters='"\\'), max_size=12).filter(
    lambda name: name.isprintable() and name != "__metadata__"
)
SHAPES = st.lists(st.integers(0, 9000), max_size=3)
HEADERS = st.dictionaries(NAMES, st.tuples(st.sampled_from(["F32", "BF16", "I64"]), SHAPES))


def text_of(
    tensors: dict[str, tuple[str, list[int]]],
    order: tuple[str, ...],
    separators: tuple[str, str],
    metadata: dict[str, str] | None,
) -> str:
    value: dict[str, object] = {} if metadata is None else {"__metadata__": metadata}
    position = 0
    for name, (dtype, shape) in tensors.items():
        found = {"dtype": dtype, "shape": shape, "data_offsets": [position, position + 4]}
        value[name] = {member: found[member] for member in order}
        position += 4
    return json.dumps(value, separators=separators, ensure_ascii=False)


def plain(text: str) -> Columns | None:
    """The columns when the quick reader takes the whole text."""
    found = read_plain(text, 0)
    return found[0] if found and found[1] == len(text) else None


def columns(found: Columns) -> list[list[object]]:
    due = list(accumulate(layout.nbytes for layout in found.layouts))
    begins, ends = found.offsets or ([0, *due][: len(due)], due)
    return [list(found.names), list(found.layouts), [found.end], list(begins), list(ends)]


def strict(text: str) -> list[list[object]] | None:
    try:
        return columns(strict_columns(parse(text)))
    except (HeaderError, StrictJsonError):
        return None


@given(
    HEADERS,
    st.sampled_from([MEMBERS, tuple(sorted(MEMBERS))]),
    st.sampled_from([(",", ":"), (", ", ": ")]),
    st.sampled_from([None, {}, {"format": "pt"}]),
)
def test_the_writers_that_are_known_are_read_quickly_and_truly(
    tensors: dict[str, tuple[str, list[int]]],
    order: tuple[str, ...],
    separators: tuple[str, str],
    metadata: dict[str, str] | None,
) -> None:
    text = text_of(tensors, order, separators, metadata)
    found = plain(text)
    assert found is not None
    assert columns(found) == strict(text)


@given(st.data())
def test_what_the_quick_reader_takes_the_strict_one_reads_the_same(data: st.DataObject) -> None:
    order = data.draw(st.permutations(MEMBERS))
    text = text_of(data.draw(HEADERS), tuple(order), (",", ":"), data.draw(st.none() | st.just({})))
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(text)))
        cut = data.draw(st.integers(0, 3))
        more = data.draw(st.text('0123456789 -.e[]{},:"\\u\n\x00aF', max_size=3))
        text = text[:at] + more + text[at + cut :]
    found = plain(text)
    if found is not None:
        assert columns(found) == strict(text)


TENSOR = '"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}'


@pytest.mark.parametrize(
    "text",
    [
        "{" + TENSOR.replace("[1]", "[01]") + "}",
        "{" + TENSOR.replace("[1]", "[1 1]") + "}",
        "{" + TENSOR.replace("[0,4]", "[0,04]") + "}",
        "{" + TENSOR.replace("[0,4]", "[0 0,4]") + "}",
        "{" + TENSOR.replace("[0,4]", "[0,4.0]") + "}",
        "{" + TENSOR.replace("[0,4]", "[,4]") + "}",
        "{" + TENSOR.replace("[0,4]", f"[0,{2**64}]") + "}",
        "{" + TENSOR.replace('"a"', '"\\u0061"') + "}",
        "{" + TENSOR.replace('"a"', '"\n"') + "}",
        "{" + TENSOR + "," + TENSOR + "}",
        "{" + TENSOR.replace('"a"', '"__metadata__"') + "}",
        '{"__metadata__":{"a":1},' + TENSOR + "}",
        "{" + TENSOR + ',"__metadata__":{}}',
        "{," + TENSOR + "}",
        "{" + TENSOR + ",}",
        "",
        "[]",
    ],
)
def test_what_is_doubtful_is_left_to_the_strict_reader(text: str) -> None:
    assert plain(text) is None


@pytest.mark.parametrize(
    ("name", "limit"),
    [
        ("plain_header.TENSORS_LIMIT", 1),
        ("written_layout.SHAPE_LIMIT", 2),
        ("plain_header.METADATA_LIMIT", 10),
    ],
)
def test_what_would_take_very_much_memory_is_not_read_plainly(
    name: str, limit: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = '{"__metadata__":{"format":"pt"},' + TENSOR.replace("[1]", "[1,1,1]")
    text += "," + TENSOR.replace('"a"', '"b"').replace("[0,4]", "[4,8]") + "}"
    assert plain(text) is not None
    monkeypatch.setattr(f"paramtui.checkpoint.formats.{name}", limit)
    written_layout.read_layout.cache_clear()
    compact_header._layout.cache_clear()
    assert plain(text) is None


def test_very_many_files_are_not_read_plainly(monkeypatch: pytest.MonkeyPatch) -> None:
    text = '{"a":{' + TENSOR + '},"b":{' + TENSOR + "}}"
    assert read_plain_headers(text, 0) is not None
    monkeypatch.setattr(plain_header, "FILES_LIMIT", 1)
    assert read_plain_headers(text, 0) is None
