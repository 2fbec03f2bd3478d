"""An index as every known writer writes it: names that are cut out when somebody looks at them.

An index of ninety thousand tensors is eight megabytes, and its names are mostly compared once with
those of the headers. What this reader takes, `json` takes too, and reads the same; escapes, other
alphabets and anything doubtful are left to that.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from itertools import compress

from paramtui.checkpoint.formats import extent
from paramtui.checkpoint.pattern import NUMBER, Patterns
from paramtui.named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

LEAST, MOST = 256, 16_384
"""Bytes that are looked at in one step: more and more while the file stays the same."""
RUNS_LIMIT = 10_000
"""Runs of one index; where files take turns `json` is quicker."""


class Run(NamedTuple):
    """Names that follow each other in a text, all of one file."""

    file: str
    between: bytes
    """What stands between two of them, such as `": "model.safetensors", "`."""
    start: int
    """Where the first begins, in bytes."""
    stop: int
    """Where the last ends, in bytes."""
    held: int
    """How many there are."""


class WrittenMap(Mapping[str, str]):
    """A weight_map in the text of its index."""

    def __init__(self, text: bytes, runs: Sequence[Run]) -> None:
        self._text = text
        self._runs = runs

    @property
    def files(self) -> frozenset[str]:
        """The files it names."""
        return frozenset(run.file for run in self._runs)

    def by_file(self) -> Iterator[tuple[str, Sequence[str]]]:
        """A file and some names in it, in the order of the text."""
        for run in self._runs:
            yield run.file, self._names(run)

    def patterns(self) -> Iterator[tuple[str, Mapping[str, int]]]:
        """A file and how many of some names in it have each pattern.

        With all digits alike, few names are different. Those in which a digit stands beside other
        characters, as in `w1`, are cut out: theirs tell what they are.
        """
        known: dict[bytes, str] = {}
        patterns = Patterns()
        for run in self._runs:
            masked = self._text[run.start : run.stop].translate(_ALIKE)
            masks = masked.split(run.between.translate(_ALIKE))
            counts = Counter(masks)
            for mask in counts.keys() - known.keys():
                known[mask] = NUMBER.sub("*", mask.decode())
            unclear = {mask for mask in counts if "0" in known[mask]}
            found: Counter[str] = Counter()
            for mask in counts.keys() - unclear:
                found[known[mask]] += counts[mask]
            if unclear:
                names = list(compress(self._names(run), map(unclear.__contains__, masks)))
                found.update(patterns.of(names)[0])
            yield run.file, found

    def says(self, held: Mapping[str, Sequence[str]]) -> bool:
        """Whether these are all its files, each with its names, without cutting one out."""
        return len(held) == len(self._runs) and all(
            len(held.get(run.file, ())) == run.held and self._is(run, held[run.file])
            for run in self._runs
        )

    def _is(self, run: Run, names: Sequence[str]) -> bool:
        return run.between.decode().join(names).encode() == self._text[run.start : run.stop]

    def _names(self, run: Run) -> Sequence[str]:
        return self._text[run.start : run.stop].decode().split(run.between.decode())

    @cached_property
    def _whole(self) -> dict[str, str]:
        return {name: file for file, names in self.by_file() for name in names}

    def __getitem__(self, name: str) -> str:
        return self._whole[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._whole)

    def __len__(self) -> int:
        return len(self._whole)


def read_plain_index(text: bytes) -> dict[str, Any] | None:
    """The members of an index, its weight_map a WrittenMap; None when it is not a plain one."""
    opened = _OPENED.search(text)
    if opened is None or b"\\" in text or not text.isascii():
        return None
    start, stop = opened.end(), text.find(b"}", opened.end())
    around = text[: start - 1] + text[stop:]
    if around.count(b'"weight_map"') != 1 or extent.holds_too_much(around):
        return None
    try:
        members: dict[str, Any] = json.loads(around)
    except (ValueError, RecursionError):
        return None
    runs = _runs(text, start, stop)
    if runs is None or not isinstance(members, dict) or members.get("weight_map") != {}:
        return None
    if sum(run.held for run in runs) > extent.VALUES_LIMIT:
        return None
    members["weight_map"] = WrittenMap(text, runs)
    return members


_OPENED = re.compile(rb'"weight_map"[ \t\n\r]*:[ \t\n\r]*\{[ \t\n\r]*"')
_ENTRY = re.compile(
    rb'[^"]*("[ \t\n\r]*:[ \t\n\r]*"([^"\x00-\x1f]+)"[ \t\n\r]*(?:,[ \t\n\r]*(")|\Z))'
)
"""A name behind its quotation mark, what follows it, its file, and the mark before another name."""
_ALIKE = bytes.maketrans(b"123456789", b"000000000")
_REFUSED = bytes(range(0x20)) + b'"'
"""What JSON does not allow in a string."""


def _runs(text: bytes, start: int, stop: int) -> list[Run] | None:
    """The entries between two places, of which the first begins behind a quotation mark."""
    runs: list[Run] = []
    window, more = LEAST, True
    while more:
        entry = _ENTRY.match(text, start, stop)
        run = _run(text, entry, window) or _run(text, entry, 0) if entry else None
        if entry is None or run is None or len(runs) == RUNS_LIMIT:
            return None
        before, more = runs[-1] if runs else run, entry[3] is not None
        alike = run.between == before.between
        window = min(4 * window, MOST) if alike else LEAST
        start = run.stop + len(run.between)
        joins = alike or (run.held == 1 and run.file == before.file)
        if joins and text[before.stop : run.start] == before.between:
            runs[-1] = before._replace(stop=run.stop, held=before.held + run.held)
        else:
            runs.append(run)
    return runs


def _run(text: bytes, entry: re.Match[bytes], window: int) -> Run | None:
    """An entry and others of its file within so many bytes; None where that is not all."""
    between, start = entry[1], entry.start()
    end = min(entry.end() + window, entry.endpos) if window else entry.end()
    stop = text.rfind(between, start, end)
    names = text[start:stop]
    further = names.count(between)
    if _refused(names) != further * _refused(between):
        return None
    return Run(entry[2].decode(), between, start, stop, further + 1)


def _refused(text: bytes) -> int:
    return len(text) - len(text.translate(None, _REFUSED))
