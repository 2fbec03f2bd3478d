"""Headers as safetensors itself writes them, to the byte: read in the fewest pieces.

Names are clean, nothing is between the signs, and the data follow each other: whatever is otherwise
is left to `plain_header`.
"""

import re
from functools import lru_cache
from itertools import accumulate
from operator import attrgetter

from paramtui.checkpoint.formats.columns import Columns, HeaderError, Layout
from paramtui.checkpoint.formats.strict_json import U64_MAX
from paramtui.checkpoint.formats.written_layout import read_layout
from paramtui.checkpoint.text import are_clean

PIECES = 4
"""What colons cut a tensor into: its name behind the offsets before it, then what is here."""
COLONS_LIMIT = 2_800_000
"""Colons that a text is cut at, at most: four for each of 700,000 tensors."""
MARK = "|"
MEMBER, BETWEEN, BEHIND = '{"dtype"', '","shape"', '"data_offsets"'


def read_compact(members: str) -> Columns | None:
    """`"name":{…},"name":{…}` -> columns; None where anything is otherwise."""
    if not _FIRST.match(members) or MARK in members or "\\" in members:
        return None
    if len(members) > COLONS_LIMIT and members.count(":") > COLONS_LIMIT:
        return None
    pieces = members.split(":")
    count = len(pieces) // PIECES
    if len(pieces) % PIECES != 1 or pieces[1::PIECES] != [MEMBER] * count:
        return None
    # A mark is left where a colon was, and a line ends where a name was: none may be elsewhere.
    parts = f"{MARK.join(pieces[0::PIECES])},".split('"')
    names = parts[1::2]
    if len(parts) != 2 * count + 1 or not _are_plain(names):
        return None
    try:
        layouts = list(map(_layout, pieces[2::PIECES], pieces[3::PIECES]))
    except HeaderError:
        return None
    ends = list(accumulate(map(_NBYTES, layouts)))
    if ends[-1] > U64_MAX or "\n".join(parts[0::2]) != _written(ends):
        return None
    return Columns(names, layouts, ends[-1], None)


_FIRST = re.compile(r'"[^":]*":\{"dtype":"[^":]*","shape":\[[^]]*\],"data_offsets":\[0,\d+\]\}')
_NBYTES = attrgetter("nbytes")


@lru_cache(maxsize=1 << 14)
def _layout(dtype: str, shape: str) -> Layout:
    """The layout of `"F32","shape"` and `[2,3],"data_offsets"`."""
    if dtype[:1] != '"' or not dtype.endswith(BETWEEN) or not shape.endswith(BEHIND):
        raise HeaderError("members in another order")
    return read_layout(dtype[1:].removesuffix(BETWEEN), f":{shape.removesuffix(BEHIND)}", False)


def _are_plain(names: list[str]) -> bool:
    distinct = len(set(names)) == len(names)
    return distinct and "__metadata__" not in names and are_clean(names)


def _written(ends: list[int]) -> str:
    """Offsets of tensors that follow each other, with nothing but their names left out.

    To write the numbers that are due takes less time than to read those that are there.
    """
    count, due = len(ends), list(map(str, ends))
    texts = [f"]}},\n{MARK}["] * (4 * count + 1)
    texts[0], texts[-1] = f"\n{MARK}[", "]},"
    texts[1::4] = ["0", *due[:-1]]
    texts[2::4] = [","] * count
    texts[3::4] = due
    return "".join(texts)
