"""The list of marks and the menu of a branch's precisions as lines; no Textual here."""

from collections.abc import Sequence

from paramtui.checkpoint.comparing.selection import select
from paramtui.checkpoint.summary import ParameterSummary
from paramtui.memory.layout.weights import weights
from paramtui.memory.marks.mark import Mark
from paramtui.memory.marks.split import branch
from paramtui.memory.precision import PRECISIONS
from paramtui.reports import units
from paramtui.tui.costs import Costs
from paramtui.tui.line import EMPTY, Item, Line, Span, between, left, right, shorten_middle, wrapped
from paramtui.tui.memory_lines import span_of
from paramtui.tui.told import Told

ACTION, SIZE, NAME, HELP = 14, 12, 14, 34
COMMAND = 3
"""Lines the command line may take."""
NONE = "no marks yet: = f T z on a row of the tree, or a here to type one"


def mark_items(summary: ParameterSummary, marks: Sequence[Mark], cells: int) -> list[Item]:
    """A row for every mark: its path, what it asks, how many parameters it names."""
    if not marks:
        return [Item((Span(f" {NONE}", "dim"),))]
    path = max(cells - ACTION - SIZE - 1, 8)
    return [
        Item(
            (
                Span(left(f" {shorten_middle(mark.path, path - 2)}", path + 1)),
                Span(left(mark.action, ACTION), "key"),
                Span(right(units.count(_named(summary, mark.path)), SIZE), "dim"),
            ),
            mark,
        )
        for mark in marks
    ]


def mark_figures(costs: Costs, command: str, told: Told | None, cells: int) -> list[Line]:
    """What they come to together, and the command line that asks the same."""
    marked, whole = costs.marked, costs.summary
    total = units.count(marked.total)
    if marked.total != whole.total:
        total = f"{total} of {units.count(whole.total)}"
    held = span_of(costs, costs.estimate.total_bytes, costs.estimate.total_upper_bytes)
    style = "warning" if told and told.wrong else "key"
    words = f"{told.text}; {told.hint}".strip("; ") if told else ""
    said = wrapped(words, cells, style)[:2]
    lines = wrapped(command, cells, "dim", indent=4)
    if len(lines) > COMMAND:
        lines = [*lines[: COMMAND - 1], (Span("    …  y copies all of it", "dim"),)]
    return [
        *said,
        *[EMPTY] * (2 - len(said)),
        between((Span(f"{total} parameters"),), (Span(f"{held} in all"),), cells),
        *lines,
        *[EMPTY] * (COMMAND - len(lines)),
    ]


def precision_items(summary: ParameterSummary, paths: Sequence[str], cells: int) -> list[Item]:
    """As the whole model, then every precision with what the branch weighs in it."""
    part = branch(summary, paths)
    rows = [Item((Span(left("  as the whole model", cells)),), "")]
    for name, row in PRECISIONS.items():
        size = units.size(weights(part, name).bytes)
        help_cells = cells - NAME - SIZE - 2
        line = (
            Span(left(f"  {name}", NAME + 2)),
            Span(right(size, SIZE)),
            Span(left(f"  {row.help}", help_cells), "dim"),
        )
        rows.append(Item(line, name))
    return rows


def _named(summary: ParameterSummary, path: str) -> int:
    """Parameters that a path names."""
    return sum(
        summary.groups[place].parameters * mask.bit_count() // summary.groups[place].count
        for place, mask in select(summary, path).items()
    )
