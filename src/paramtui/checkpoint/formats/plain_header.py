"""Headers as every known writer writes them, read in a few passes over the text.

What this reader takes, the strict one takes too, and reads the same; escapes, duplicates,
unusual orders and anything doubtful are left to that.
"""

import json
import re
from collections.abc import Mapping, Sequence
from enum import Enum
from types import MappingProxyType

from paramtui.checkpoint.formats.columns import Columns, HeaderError, Layout
from paramtui.checkpoint.formats.compact_header import read_compact
from paramtui.checkpoint.formats.strict_json import U64_MAX, Members, StrictJsonError, parse_at
from paramtui.checkpoint.formats.written_layout import read_layout
from paramtui.named_tuple import NamedTuple


class Part(Enum):
    """What differs from tensor to tensor."""

    NAME = 0
    DTYPE = 1
    SHAPE = 2
    OFFSETS = 3


NAME, DTYPE, SHAPE, OFFSETS = Part
ORDERS: dict[str, tuple[str | Part, ...]] = {
    # safetensors itself
    "dtype": (NAME, ":{", "dtype", ":", DTYPE, ",", "shape", SHAPE, "data_offsets", OFFSETS),
    # writers that sort the members, as MLX
    "data_offsets": (NAME, ":{", "data_offsets", OFFSETS, "dtype", ":", DTYPE, ",", "shape", SHAPE),
}
"""A tensor between its quotation marks, by its first member."""
PIECES = 10
TENSORS_LIMIT = 700_000
FILES_LIMIT = 10_000
"""What is read plainly of one text; each costs about a kilobyte meanwhile."""
METADATA_LIMIT = 1_000_000
"""Characters of metadata, and of what follows it, that are looked at for its end."""


def read_plain(text: str, start: int) -> tuple[Columns, int] | None:
    """The tensors of the header at `start` and where it ends; None when it is not a plain one."""
    if text[start : start + 1] != "{":
        return None
    first = _after_metadata(text, start + 1)
    if first is None:
        return None
    if text[first : first + 1] == "}":
        return Columns((), (), 0, None), first + 1
    end = text.find("]}}", first)
    columns = _read_members(text[first : end + 2]) if end >= 0 else None
    return (columns, end + 3) if columns is not None else None


def read_plain_headers(
    text: str, start: int, before: Mapping[str, Columns] = MappingProxyType({})
) -> dict[str, Columns] | None:
    """`{file: header, …}` at `start` -> the tensors of each file; None when not all are plain.

    What `before` has was read of the same text, up to `start`.
    """
    found = dict(before)
    position = start
    while one := read_plain_file(text, position):
        if one.file in found or len(found) == FILES_LIMIT:
            return None
        found[one.file], position = one.columns, one.end
    return found if _END.match(text, position) else None


class PlainFile(NamedTuple):
    """One file of many in a text."""

    file: str
    columns: Columns
    end: int


def read_plain_file(text: str, start: int) -> PlainFile | None:
    """`{file: header` or `,file: header` at `start`; None when no plain one follows."""
    match = _FILE.match(text, start)
    plain = read_plain(text, match.end()) if match else None
    return PlainFile(match[1], *plain) if match and plain else None


# Headers are filled up with spaces, which may have come along.
_FILE = re.compile(r' *[{,] ?"([^"\\\x00-\x1f]*)": ?')
_END = re.compile(r" *\}")
_METADATA = re.compile(r'"__metadata__": ?')
_FOLLOWING = re.compile(r", ?(?=\")|(?=\})")
_DIGITS_AND_SPACES = b"0123456789 \t\n\r"
_TO_LIST = bytes.maketrans(b"|:[]}", b"     ")
_CONTROLS = bytes(range(0x20))
_SPACES = str.maketrans("", "", " \t\n\r")


def _after_metadata(text: str, position: int) -> int | None:
    """Where the first tensor stands; None when what comes before cannot be read plainly."""
    member = _METADATA.match(text, position)
    if member is None:
        return position
    start = member.end()
    try:
        value, end = parse_at(text[start : start + METADATA_LIMIT], 0)
    except StrictJsonError:
        return None
    following = _FOLLOWING.match(text, start + end)
    return following.end() if following and is_metadata(value) else None


def is_metadata(value: object) -> bool:
    """Whether a parsed value may stand as `__metadata__`: nothing, or an object of strings."""
    if value is None:
        return True
    return isinstance(value, Members) and all(isinstance(text, str) for _, text in value)


def _read_members(members: str) -> Columns | None:
    """`"name":{…},"name":{…}` -> columns."""
    most = PIECES * TENSORS_LIMIT
    if len(members) > most and members.count('"') > most:
        return None
    if compact := read_compact(members):
        return compact
    pieces = f"{members},".split('"')
    count = len(pieces) // PIECES
    order = ORDERS.get(pieces[3]) if len(pieces) > PIECES else None
    if order is None or len(pieces) % PIECES != 1 or pieces[0].translate(_SPACES):
        return None
    column: dict[Part, list[str]] = {}
    for place, part in enumerate(order, 1):
        found = pieces[place::PIECES]
        if isinstance(part, Part):
            column[part] = found
        # All are written as the first one is, which may have spaces.
        elif found[0].translate(_SPACES) != part or found != found[:1] * count:
            return None
    names = column[NAME]
    if not _are_plain(names):
        return None
    layouts = _layouts(column[DTYPE], column[SHAPE], last=order[-1] is SHAPE)
    offsets = _offsets(column[OFFSETS], last=order[-1] is OFFSETS)
    if layouts is None or offsets is None:
        return None
    begins, ends = offsets[0::2], offsets[1::2]
    return Columns(names, layouts, max(ends), (begins, ends))


def _are_plain(names: Sequence[str]) -> bool:
    """Whether names are all different and as JSON may hold them, without an escape."""
    text = "".join(names)
    raw = text.encode()
    controls = len(raw) != len(raw.translate(None, _CONTROLS))
    return (
        not controls
        and "\\" not in text
        and len(set(names)) == len(names)
        and ("__metadata__" not in names)
    )


def _layouts(dtypes: list[str], shapes: list[str], *, last: bool) -> list[Layout] | None:
    """The layout of each pair of texts; few are different."""
    pairs = list(zip(dtypes, shapes, strict=True))
    try:
        known = {pair: read_layout(*pair, last) for pair in set(pairs)}
    except HeaderError:
        return None
    return list(map(known.__getitem__, pairs))


def _offsets(pieces: list[str], *, last: bool) -> list[int] | None:
    """`:[begin,end]` of every tensor -> begin, end, begin, end …"""
    # A bar between the pieces keeps the signs of one from passing for those of the next.
    raw, tail = f"|{'|'.join(pieces)}|".encode(), b"]},|" if last else b"],|"
    if raw.translate(None, _DIGITS_AND_SPACES) != b"|" + (b":[," + tail) * len(pieces):
        return None
    # Where the digits stand: those outside of the brackets would join the others below.
    compact = raw.translate(None, b" \t\n\r")
    if not compact.count(b"|:[") == compact.count(tail) == len(pieces):
        return None
    try:
        numbers: list[int] = json.loads(b"[" + raw.translate(_TO_LIST).rstrip(b" ,") + b"]")
    except ValueError:
        return None
    # The last of all may lack its end, which `rstrip` has hidden.
    whole = len(numbers) == 2 * len(pieces)
    return numbers if whole and max(numbers) <= U64_MAX else None
