"""The lists of --list, --list-precisions and --list-gpus."""

from collections.abc import Iterable
from typing import Protocol

from paramtui.memory.gpus.hardware_table import GPUS
from paramtui.memory.precision import PRECISIONS
from paramtui.reports.units import Units, count, memory


class Entry(Protocol):
    """What a line of the model list shows; the bundled catalogue's entries have it."""

    @property
    def id(self) -> str:
        """The Hub's name for it."""

    @property
    def parameters(self) -> int:
        """Logical parameters."""

    @property
    def context(self) -> int | None:
        """Tokens."""

    @property
    def license(self) -> str | None:
        """Its licence on the Hub."""

    @property
    def modality(self) -> str:
        """What it reads."""


def model_list(entries: Iterable[Entry]) -> str:
    """One line a bundled model: id, parameters, context, licence, what it reads."""
    rows = [("model", "parameters", "context", "licence", "reads")]
    rows += [
        (
            entry.id,
            count(entry.parameters),
            f"{entry.context:,}" if entry.context else "",
            entry.license or "",
            entry.modality,
        )
        for entry in entries
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    flush = "<>><<"
    return "\n".join("  ".join(map("{:{}{}}".format, row, flush, widths)).rstrip() for row in rows)


def gpu_list(units: Units = Units.GIB) -> str:
    """One line a GPU: name, usable memory, bandwidth, 16-bit rate, what it is."""
    rows = [("name", "usable", "GB/s", "TFLOPS", "what it is")]
    rows += [
        (
            gpu.name,
            memory(gpu.usable_bytes, units),
            f"{gpu.bandwidth:,.0f}" if gpu.bandwidth else "",
            f"{gpu.tflops_16:,.0f}" if gpu.tflops_16 else "",
            f"{gpu.label}, {gpu.kind.value}",
        )
        for gpu in GPUS.values()
    ]
    name = max(len(row[0]) for row in rows)
    return "\n".join(
        f"{row[0]:<{name}}{row[1]:>12}{row[2]:>8}{row[3]:>8}  {row[4]}" for row in rows
    )


def precision_list() -> str:
    """One line a precision: name and what it is."""
    width = max(map(len, PRECISIONS))
    return "\n".join(f"{name:<{width}}  {row.help}" for name, row in PRECISIONS.items())
