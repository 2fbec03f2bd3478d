"""Checkpoint + scenario -> the text on stdout."""

from __future__ import annotations

import json
from collections.abc import Mapping
from enum import Enum

from paramtui.checkpoint.checkpoint import Checkpoint
from paramtui.checkpoint.summary import ParameterSummary, summarise
from paramtui.memory.estimate import estimate
from paramtui.memory.marks.marks import marked, marked_in
from paramtui.memory.scenario import Scenario
from paramtui.reports.document import Report, document
from paramtui.reports.start import start_scenario
from paramtui.reports.units import Units

TYPE_CHECKING = False
if TYPE_CHECKING:
    from paramtui.checkpoint.module import Module
    from paramtui.memory.estimate import MemoryEstimate
    from paramtui.memory.sweep import Sweep
    from paramtui.reports.comparison import Compared
    from paramtui.reports.sweep import Swept


class Form(str, Enum):
    """What a report can be written in; the values are the options' names."""

    PLAIN = "plain"
    JSON = "json"
    MARKDOWN = "markdown"
    CSV = "csv"


def make_report(
    checkpoint: Checkpoint,
    changes: Mapping[str, object],
    *,
    with_tree: bool = False,
    other: Checkpoint | None = None,
    over: Sweep | None = None,
) -> Report:
    """Count and estimate; `changes` are the scenario's fields that are not the default.

    `other` is compared with it, `over` is swept; raises ScenarioError for a choice that cannot be.
    """
    scenario = start_scenario(checkpoint, changes)
    summary = marked(summarise(checkpoint), scenario)
    cost = estimate(summary, scenario)
    return Report(
        checkpoint=checkpoint,
        summary=summary,
        scenario=scenario,
        estimate=cost,
        tree=_tree(summary, scenario) if with_tree else None,
        compared=_compared(other, summary, scenario, cost) if other else None,
        swept=_swept(over, summary, scenario) if over else None,
    )


def _compared(
    other: Checkpoint, summary: ParameterSummary, scenario: Scenario, cost: MemoryEstimate
) -> Compared:
    from paramtui.reports.comparison import compare_with

    return compare_with(other, summary, scenario, cost)


def _swept(over: Sweep, summary: ParameterSummary, scenario: Scenario) -> Swept:
    from paramtui.memory.sweep import sweep
    from paramtui.reports.sweep import Swept

    return Swept(over, sweep(summary, scenario, over))


def render(report: Report, form: Form = Form.PLAIN, units: Units = Units.GIB) -> str:
    """The report in one of its forms."""
    if form is Form.JSON:
        # Every character outside ASCII is escaped, so that no locale can fail on a name.
        return json.dumps(document(report), indent=2, allow_nan=False)
    # Each form is imported where it is asked for: a start pays for one.
    if form is Form.CSV:
        return _csv(report)
    if report.values is not None and form is Form.PLAIN:
        from paramtui.reports.values import values_text

        return values_text(report.values, units)
    if form is Form.MARKDOWN:
        from paramtui.reports.markdown import markdown

        return markdown(report, units)
    from paramtui.reports.plain import plain

    return plain(report, units)


def _csv(report: Report) -> str:
    """One table: the sweep, else the differences, else the modules."""
    if report.swept is not None:
        from paramtui.reports.sweep import sweep_csv

        return sweep_csv(report.swept)
    if report.compared is not None:
        from paramtui.reports.comparison import comparison_csv

        return comparison_csv(report.compared)
    from paramtui.reports.csv_report import csv_report

    return csv_report(report.tree or _tree(report.summary, report.scenario))


def _tree(summary: ParameterSummary, scenario: Scenario) -> Module:
    """The modules that are there; layers that differ only in their marks stay one row."""
    from paramtui.checkpoint.module import build_module_tree
    from paramtui.memory.marks.mark import Aspect

    return build_module_tree(marked_in(summary, scenario, Aspect.PRESENCE))
