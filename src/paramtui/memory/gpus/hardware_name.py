"""What `--gpu` takes -> Gpus: a name of the table, or a size, and how many."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from fractions import Fraction
from functools import lru_cache
from math import floor

from paramtui.memory.errors import ScenarioError
from paramtui.memory.gpus.hardware import Gpu, Gpus, Kind, of_size
from paramtui.memory.gpus.hardware_table import GPUS
from paramtui.record import replace

LONGEST = 100
MAX_COUNT = 65_536
MOST_NAMED = 6
DECIMAL = {"k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12}
BINARY = {"k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40}
LEAST, MOST = 1 << 20, 1 << 50
"""Sizes between 1 MiB and 1 PiB are memories of accelerators; others are slips of the pen."""

_SIZE = re.compile(r"(?P<number>[0-9]+(\.[0-9]+)?)(?P<scale>[kmgt])(?P<binary>i?)b?", re.IGNORECASE)
# The x of RTX, GTX and RX is part of a name.
_TIMES = r"(?<!rt)(?<!gt)(?<!\br)[x×*]"
_AFTER = re.compile(rf"(?P<name>.+){_TIMES}(?P<count>[0-9]+)", re.IGNORECASE)
_AFTER_SO_FAR = re.compile(rf"(?P<name>.+){_TIMES}(?P<count>[0-9]*)", re.IGNORECASE)
_BEFORE = re.compile(r"(?P<count>[0-9]+)[x×*](?P<name>.+)", re.IGNORECASE)
_MAKERS = ("nvidia", "geforce", "tesla", "quadro", "amd", "radeon", "instinct", "apple", "intel")
_SERIES = re.compile(r"^(rtx|gtx|rx|arc)")
_NOISE = re.compile(rf"{'|'.join(_MAKERS)}|gpu|graphics|[-\s_(),.]+")


def gpus_named(text: str) -> Gpus:
    """`H100`, `H100x8`, `8xH100`, `24GiB`, `24GBx2`; raises ScenarioError naming the nearest."""
    if len(text) > LONGEST:
        raise ScenarioError("the GPU's name is too long", "NAME or NAMExCOUNT, as H100x8")
    # The whole first: RTX 3080 is no R, T, 3080 times.
    if not _size(text) and not _rows(_key(text)):
        for pattern in (_AFTER, _BEFORE):
            match = pattern.fullmatch(text.replace(" ", ""))
            if match:
                return Gpus(gpu_named(match["name"]), _count(match["count"], text))
    return Gpus(gpu_named(text))


def gpu_named(name: str) -> Gpu:
    """One accelerator by its name, in any case and spacing, or a size; raises ScenarioError."""
    size, key = _size(name), _key(name)
    if size:
        return _of(size, name)
    if key in _keys():
        return GPUS[_keys()[key]]
    raise _unknown(name, key)


def gpus_like(text: str) -> tuple[list[Gpu], int | None]:
    """The accelerators whose names hold what was typed so far, and how many where it says that.

    A size is one as well. `h100` is all kinds of H100; `h100x`, `h100x8` and `8xh100` are too.
    """
    text = text.strip()[:LONGEST]
    if found := _like(text):
        return found, None
    for pattern in (_AFTER_SO_FAR, _BEFORE):
        match = pattern.fullmatch(text.replace(" ", ""))
        if match and (found := _like(match["name"])):
            count = int(match["count"][:9] or 0)
            return found, count if 1 <= count <= MAX_COUNT else None
    return [], None


def _like(text: str) -> list[Gpu]:
    """A size, and every row with a spelling that holds the text, the nearest first."""
    size, key = _size(text), _key(text)
    sized: list[Gpu] = []
    if size:
        with suppress(ScenarioError):
            sized = [_of(size, text)]
    if not key:
        return sized or list(GPUS.values())
    held = {name for spelling, name in _keys().items() if key in spelling}
    first = [_keys().get(key), *_rows(key)]
    rows = [gpu for gpu in GPUS.values() if gpu.name in held]
    # The one of that very name, those that begin with it, those that hold it.
    rows.sort(key=lambda gpu: (gpu.name != first[0], gpu.name not in first))
    return [*sized, *rows]


def known(name: str) -> Gpu | None:
    """The row of a name as a driver reports it; None where the table has none."""
    found = _keys().get(_key(name))
    return GPUS[found] if found else None


def of_hosts(cards: Sequence[tuple[str, int, int]]) -> Gpus:
    """This machine's GPUs, name, memory and usable bytes each: those alike that hold most."""
    alike = Counter(cards)
    card = max(alike, key=lambda card: (alike[card] * card[2], card[2]))
    return Gpus(_of_host(*card), alike[card])


def _of_host(name: str, memory: int, usable: int) -> Gpu:
    """Its own memory, and the rates of the table's row for its name."""
    row, rule = known(name), "the driver's total less what it keeps, as NVML tells"
    if row is None:
        return Gpu(name, name, Kind.HOST, memory, usable, rule)
    return replace(row, kind=Kind.HOST, memory_bytes=memory, usable_bytes=usable, usable_rule=rule)


def _count(digits: str, text: str) -> int:
    count = int(digits) if len(digits) < 9 else 0
    if not 1 <= count <= MAX_COUNT:
        raise ScenarioError(f"{text!r}: {digits} GPUs", f"a count from 1 to {MAX_COUNT:,}")
    return count


def _size(text: str) -> re.Match[str] | None:
    return _SIZE.fullmatch(text.replace(" ", ""))


def _of(size: re.Match[str], name: str) -> Gpu:
    unit = f"{size['scale'].upper()}{'i' if size['binary'] else ''}B"
    scale = (BINARY if size["binary"] else DECIMAL)[size["scale"].lower()]
    nbytes = floor(Fraction(size["number"]) * scale)
    if not LEAST <= nbytes <= MOST:
        raise ScenarioError(f"{name!r} is no size of a GPU's memory", "a size such as 24GiB")
    return of_size(f"{size['number']}{unit}", nbytes)


@lru_cache(maxsize=1)
def _keys() -> dict[str, str]:
    """Every spelling that stands for one row: its name and aliases, with and without RTX, GTX."""
    keys: dict[str, str] = {}
    for gpu in GPUS.values():
        for spelling in (gpu.name, gpu.label, *gpu.aliases):
            key = _key(spelling)
            for short in (key, _SERIES.sub("", key)):
                keys.setdefault(short, gpu.name)
    return keys


def _key(name: str) -> str:
    return _NOISE.sub("", name.lower())


def _unknown(name: str, key: str) -> ScenarioError:
    """The error for a name that no row has, or that several begin with."""
    rows = _rows(key)
    if len(rows) > 1:
        return ScenarioError(f"{name!r} may be {_either(rows)}", "say which, or give its memory")
    from difflib import get_close_matches

    if not rows and re.fullmatch(r"[0-9]+(\.[0-9]+)?", name):
        told = f"no GPU is named {name!r}, and a size needs a unit: {name}GiB?"
        return ScenarioError(told, "--list-gpus lists all names")
    near = rows or [_keys()[found] for found in get_close_matches(key, _keys(), n=3, cutoff=0.5)]
    question = f", did you mean {_either(near)}?" if near else ""
    hint = "--list-gpus lists them; a size such as 24GiB does as well"
    return ScenarioError(f"no GPU is named {name!r}{question}", hint)


def _rows(key: str) -> list[str]:
    """The rows whose spellings begin with a key, each once."""
    spellings = _keys().items() if key else ()
    return list(dict.fromkeys(name for spelling, name in spellings if spelling.startswith(key)))


def _either(names: Iterable[str]) -> str:
    listed = list(dict.fromkeys(names))
    if len(listed) > MOST_NAMED:
        return f"{', '.join(listed[:MOST_NAMED])} …"
    return f"{', '.join(listed[:-1])} or {listed[-1]}" if len(listed) > 1 else listed[0]
