"""The list of GPUs as lines; no Textual here."""

from collections.abc import Iterable, Iterator

from paramtui.memory.gpus.hardware import Gpu, Gpus, Kind
from paramtui.memory.gpus.verdict import usable_bytes
from paramtui.memory.result import MemoryEstimate
from paramtui.memory.scenario import Scenario
from paramtui.named_tuple import NamedTuple
from paramtui.reports import units
from paramtui.reports.units import Units
from paramtui.tui.line import EMPTY, Item, Line, Span, between, left, right, shorten, wrapped

USABLE, BANDWIDTH, ROOM = 12, 8, 20
LINES = 3
"""Lines about the selected one."""


class NoGpu(NamedTuple):
    """The row that says: no GPU in particular."""


class Need(NamedTuple):
    """What each of so many GPUs would hold, whatever their make."""

    scenario: Scenario
    estimate: MemoryEstimate
    size_units: Units = Units.GIB


def heading(count: int, cells: int) -> list[Line]:
    """The title and how many, then the columns."""
    many: Line = (Span("← → ", "key"), Span("how many: ", "dim"), Span(f"{count:,}", "strong"))
    columns = right("usable", USABLE) + right("GB/s", BANDWIDTH) + right("on each", ROOM)
    return [
        between((Span("GPU", "title"),), many, cells),
        (Span(left("", cells - USABLE - BANDWIDTH - ROOM) + columns, "dim"),),
    ]


def first(own: Iterable[Gpu], need: Need, cells: int) -> list[Item]:
    """What stands above the table: no GPU, and one in force that is not in it."""
    none = Item((Span("  no GPU in particular"),), NoGpu())
    return [none, *(_row(gpu, need, cells) for gpu in own)]


def items(gpus: Iterable[Gpu], need: Need, cells: int) -> list[Item]:
    """Rows of the table under what kind they are."""
    return list(_grouped(gpus, need, cells))


def nothing(typed: str, cells: int) -> list[Item]:
    """What stands in their place where nothing answers to what was typed."""
    text = f"no GPU is named {typed!r}; its memory, such as 24GiB, does as well"
    return [Item(line) for line in wrapped(text, cells, "warning")]


def about(chosen: object, need: Need, cells: int) -> list[Line]:
    """The selected one in full: its maker's name, what can be used and why, its rates."""
    if not isinstance(chosen, Gpu):
        lines: list[Line] = [(Span("What it needs, and not where it fits.", "dim"),)]
    else:
        usable, rule = usable_bytes(Gpus(chosen), need.scenario.gpu_memory_utilization)
        rates = [f"{chosen.bandwidth:,.0f} GB/s" if chosen.bandwidth else ""]
        rates += [f"{chosen.tflops_16:,.0f} TFLOPS in 16 bits" if chosen.tflops_16 else ""]
        facts = [chosen.label, *filter(None, rates), chosen.source]
        lines = [
            (Span(shorten(" · ".join(filter(None, facts)), cells)),),
            *wrapped(f"{units.memory(usable, need.size_units)} usable: {rule}", cells, "dim"),
        ]
    return [*lines[:LINES], *[EMPTY] * (LINES - len(lines))]


def _grouped(gpus: Iterable[Gpu], need: Need, cells: int) -> Iterator[Item]:
    group = ""
    for gpu in gpus:
        words = _group(gpu)
        if words != group:
            group = words
            yield Item((Span(f" {words}", "faint"),))
        yield _row(gpu, need, cells)


def _group(gpu: Gpu) -> str:
    kind = str(gpu.kind.value)
    return kind if gpu.kind in (Kind.SIZE, Kind.HOST) else f"{gpu.label.partition(' ')[0]}, {kind}"


def _row(gpu: Gpu, need: Need, cells: int) -> Item:
    usable, _ = usable_bytes(Gpus(gpu), need.scenario.gpu_memory_utilization)
    rate = f"{gpu.bandwidth:,.0f}" if gpu.bandwidth else ""
    total, upper = need.estimate.total_bytes, need.estimate.total_upper_bytes
    style = "green" if upper <= usable else "yellow" if total <= usable else "red"
    room = units.memory(abs(usable - total), need.size_units)
    words = f"{room} left" if total <= usable else f"{room} too much"
    name = gpu.name if gpu.kind is not Kind.HOST else f"{gpu.name}, this machine's"
    return Item(
        (
            Span(left(f"  {name}", max(cells - USABLE - BANDWIDTH - ROOM, 0))),
            Span(right(units.memory(usable, need.size_units), USABLE), "dim"),
            Span(right(rate, BANDWIDTH), "dim"),
            Span(right(words, ROOM), style),
        ),
        gpu,
    )
