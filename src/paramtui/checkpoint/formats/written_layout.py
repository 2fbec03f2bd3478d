"""A type and a shape as a header has them -> a layout, read once for all tensors of one text."""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from paramtui.checkpoint.formats.columns import HeaderError, Layout, layout_of

SHAPE_LIMIT = 1_000
"""Characters of one shape; the axes of a tensor are few."""

_SHAPE = re.compile(r":\[((?:\d{1,19}(?:,\d{1,19})*)?)\](\},|,)", re.ASCII)


@lru_cache(maxsize=1 << 14)
def read_layout(dtype: str, shape: str, last: bool) -> Layout:
    """The layout of `F32` and `:[2,3],`, which ends in `]},` where it is the last member."""
    # A space may stand beside a number but not within: "1 2" is no whole number.
    if len(shape) > SHAPE_LIMIT:
        raise HeaderError("a shape of very many axes")
    match = _SHAPE.fullmatch(re.sub(r"(?<=[:\[,\]}]) | (?=[:\[,\]}])", "", shape))
    dimensions = match[1].split(",") if match and match[1] else []
    if match is None or match[2] != ("}," if last else ",") or not all(_is_whole(dimensions)):
        raise HeaderError("a shape that is not whole numbers")
    return layout_of(dtype, tuple(map(int, dimensions)))


def _is_whole(numbers: Sequence[str]) -> Iterator[bool]:
    """JSON has no leading zeros."""
    return (number == "0" or number[0] != "0" for number in numbers)
