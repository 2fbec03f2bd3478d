"""Headers that safetensors wrote are read in fewer pieces; nothing else is."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paramtui.checkpoint.dtype import SAFETENSORS_DTYPES
from paramtui.checkpoint.formats import compact_header
from paramtui.checkpoint.formats.columns import HeaderError, validate
from paramtui.checkpoint.formats.compact_header import read_compact
from paramtui.checkpoint.formats.safetensors import strict_columns
from paramtui.checkpoint.formats.strict_json import StrictJsonError, parse

NAMES = st.lists(st.sampled_from(["a", "w1", "layers", "0", "12", "", " ", "é"]), max_size=4)
KINDS = st.tuples(st.sampled_from(["F32", "BF16", "I64"]), st.lists(st.integers(0, 99), max_size=3))
HEADERS = st.dictionaries(NAMES.map(".".join), KINDS, min_size=1, max_size=6)


def members_of(tensors: dict[str, tuple[str, list[int]]]) -> str:
    """What stands between the braces of a header that safetensors writes."""
    value, begin = {}, 0
    for name, (dtype, shape) in tensors.items():
        end = begin + SAFETENSORS_DTYPES[dtype].bits // 8
        for axis in shape:
            end += (end - begin) * (axis - 1)
        value[name] = {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}
        begin = end
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)[1:-1]


@given(HEADERS)
def test_what_safetensors_writes_is_taken(tensors: dict[str, tuple[str, list[int]]]) -> None:
    members = members_of(tensors)
    found = read_compact(members)
    if "é" in members:
        assert found is None  # other alphabets are cleaned one by one
    else:
        assert found is not None
        strict = strict_columns(parse(f"{{{members}}}"))
        assert validate(found, None, "f") == validate(strict, None, "f")
        assert found.end == strict.end


@given(HEADERS, st.data())
def test_an_edited_one_is_read_as_strictly_or_not_at_all(
    tensors: dict[str, tuple[str, list[int]]], data: st.DataObject
) -> None:
    members = members_of(tensors)
    for _ in range(data.draw(st.integers(1, 3))):
        at, cut = data.draw(st.integers(0, len(members))), data.draw(st.integers(0, 4))
        more = data.draw(st.text('0123456789 -.e[]{},:"\\|\n\x00aF', max_size=3))
        members = members[:at] + more + members[at + cut :]
    found = read_compact(members)
    if found is not None:
        try:
            strict = validate(strict_columns(parse(f"{{{members}}}")), None, "f")
        except (HeaderError, StrictJsonError) as error:
            raise AssertionError(f"{members!r} is taken, but {error}") from None
        assert validate(found, None, "f") == strict


A = '"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}'
B = '"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}'


@pytest.mark.parametrize(
    "members",
    [
        "",
        "}",
        f"{A},{A}",
        f"{A},{B},",
        f"{A}, {B}",
        f"{A},{B}".replace("[4,8]", "[0,4]"),
        f"{A},{B}".replace("[4,8]", "[4,9]"),
        f"{A},{B}".replace("[4,8]", "[4,08]"),
        f"{A},{B}".replace('"b"', '"b:"'),
        f"{A},{B}".replace('"b"', '"b|"'),
        f"{A},{B}".replace('"b"', '"\\u0062"'),
        f"{A},{B}".replace('"b"', '"__metadata__"'),
        f"{A},{B}".replace('"b"', '"\x7f"'),
        f"{A},{B}".replace('"b"', '""b"'),
        f"{A},{B}".replace('"F32"', '"F33"'),
        f"{A},{B}".replace("[1]", "[01]"),
        # Signs and names that have changed places, with all of them there.
        (
            '"a""b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},'
            ':{"dtype":"F32","shape":[1],"data_offsets":[4,8]}'
        ),
        (
            '"a"[0,:{"dtype":"F32","shape":[1],"data_offsets":4]},"b":'
            '{"dtype":"F32","shape":[1],"data_offsets":[4,8]}'
        ),
        A.replace("4]", f"{2**64}]").replace("[1]", f"[{2**62}]"),
    ],
)
def test_what_is_otherwise_is_left_alone(members: str) -> None:
    assert read_compact(A) is not None
    assert read_compact(f"{A},{B}") is not None
    assert read_compact(members) is None


def test_very_many_colons_are_not_cut_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compact_header, "COLONS_LIMIT", 7)
    assert read_compact(A) is not None
    assert read_compact(f"{A},{B}") is None
