"""What `y` copies: the selected row or figure as one line of text; no Textual here."""

from collections.abc import Mapping
from types import MappingProxyType

from paramtui.memory.scenario import Scenario
from paramtui.reports import units
from paramtui.reports.command_line import command_line
from paramtui.reports.explanation import result
from paramtui.reports.start import start_scenario
from paramtui.reports.units import Units
from paramtui.tui.answers import answer_named, answered
from paramtui.tui.controls import Control
from paramtui.tui.costs import Costs
from paramtui.tui.explain import Subject, figure, title_of
from paramtui.tui.opening import Opened
from paramtui.tui.visible_rows import Row


def copied(about: Subject, opened: Opened, costs: Costs) -> str:
    """One line: a row, a figure, or for a control the command line that sets them all."""
    if isinstance(about, Control):
        return reproducing(opened, costs.scenario, costs.size_units)
    if isinstance(about, Row):
        return _row(about, costs)
    if asked := answer_named(about):
        return f"{asked.title}: {answered(asked, costs)}"
    found = figure(about, costs)
    value = result(found, costs.size_units) if found else ""
    return f"{title_of(about, costs)}: {value}"


def reproducing(
    opened: Opened,
    scenario: Scenario,
    size_units: Units = Units.GIB,
    *,
    also: Mapping[str, str] = MappingProxyType({}),
) -> str:
    """The command line that opens the same checkpoint in the same scenario, and asks for more."""
    checkpoint = opened.checkpoint
    typed, revision = opened.reference or checkpoint.id, checkpoint.revision
    if revision in (None, "main") or revision in typed:
        revision = None
    return command_line(
        typed,
        scenario,
        start_scenario(checkpoint, {}),
        revision=revision,
        design=checkpoint.design,
        size_units=size_units,
        also=also,
    )


def _row(row: Row, costs: Costs) -> str:
    module = row.module
    facts = [units.shape(module.shape)] if module.shape is not None else []
    facts += [", ".join(module.dtypes), f"{units.exact(module.parameters)} parameters"]
    facts.append(units.size(module.nbytes, costs.size_units))
    if row.copies > 1:
        facts.append(f"× {units.exact(row.copies)}")
    return f"{module.path or module.name}: {' · '.join(filter(None, facts))}"
