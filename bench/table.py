"""Markdown tables, and targets that hold or do not."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Target:
    """A figure and what it should be: at least, or at most."""

    title: str
    figure: float
    least: float | None = None
    most: float | None = None
    unit: str = ""

    @property
    def holds(self) -> bool:
        """Whether the figure is as it should be."""
        enough = self.least is None or self.figure >= self.least
        return enough and (self.most is None or self.figure <= self.most)

    @property
    def row(self) -> tuple[str, str, str, str]:
        """A row of the table of targets."""
        wanted = f"≥ {self.least:g}" if self.least is not None else f"≤ {self.most:g}"
        shown = f"{self.figure:.2f}".rstrip("0").rstrip(".")
        holds = "yes" if self.holds else "**no**"
        return self.title, f"{wanted} {self.unit}", f"{shown} {self.unit}", holds


def targets_table(targets: Iterable[Target]) -> str:
    """All targets."""
    return table(("figure", "target", "measured", "holds"), [target.row for target in targets])


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table, its first column flush left."""
    lines = ["| " + " | ".join(head) + " |", "| --- |" + " ---: |" * (len(head) - 1)]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join(lines) + "\n"
