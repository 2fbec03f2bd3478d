"""Names with their numbers as `*`: what the tensors of all layers and experts have in common."""

import re
from collections.abc import Sequence

NUMBER = re.compile(r"(?<![^.])[0-9]{1,9}(?![^.])")
"""A part of a name that is a number."""
_IN_LINES = re.compile(r"\.[0-9]{1,9}(?=[.\n])")
"""The same in names that stand one a line, each behind a dot: quicker to search for."""


def patterns_of(names: Sequence[str]) -> list[str]:
    """The pattern of each name; all in one substitution, since there may be 500,000."""
    lines = "\n.".join(names)
    found = _IN_LINES.sub(".*", f".{lines}\n")[1:-1].split("\n.")
    if len(found) != len(names):  # names of several lines, or none
        return [NUMBER.sub("*", name) for name in names]
    return found
