"""Checkpoint + scenario -> the text on stdout."""

import json
from collections.abc import Mapping

from paramtui.checkpoint.checkpoint import Checkpoint
from paramtui.checkpoint.module import build_module_tree
from paramtui.checkpoint.summary import summarise
from paramtui.memory.estimate import estimate
from paramtui.memory.scenario import Scenario, default_context
from paramtui.reports.document import Report, document
from paramtui.reports.plain import plain
from paramtui.reports.units import Units


def make_report(
    checkpoint: Checkpoint, changes: Mapping[str, object], *, with_tree: bool = False
) -> Report:
    """Count and estimate; `changes` are the scenario's fields that are not the default."""
    summary = summarise(checkpoint)
    scenario = start_scenario(checkpoint, changes)
    return Report(
        checkpoint=checkpoint,
        summary=summary,
        scenario=scenario,
        estimate=estimate(summary, scenario),
        tree=build_module_tree(summary) if with_tree else None,
    )


def start_scenario(checkpoint: Checkpoint, changes: Mapping[str, object]) -> Scenario:
    """The model's default scenario with the user's choices."""
    default = Scenario(context=default_context(checkpoint.config.context_length))
    return default.with_(**changes)


def render(report: Report, *, as_json: bool, units: Units = Units.GIB) -> str:
    """The report as JSON or as plain text."""
    if as_json:
        # Every character outside ASCII is escaped, so that no locale can fail on a name.
        return json.dumps(document(report), indent=2, allow_nan=False)
    return plain(report, units)
