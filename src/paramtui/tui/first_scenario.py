"""The scenario a model is first shown in."""

from collections.abc import Mapping

from paramtui.memory.errors import ScenarioError
from paramtui.memory.estimate import estimate
from paramtui.memory.scenario import Scenario
from paramtui.reports.start import start_scenario
from paramtui.tui.opening import Opened

LEFT_BEHIND = ("context", "lora_targets", "marks")
"""What of a scenario belongs to one model."""


def first_scenario(
    opened: Opened,
    before: Scenario | None,
    changes: Mapping[str, object],
    asked: Mapping[str, object],
) -> Scenario:
    """As the command line has it, or the model `before`, and as was `asked` with this one.

    Raises ScenarioError where the command line asks for what cannot be; what only the model before
    could have is left behind.
    """
    wanted = {**(changes if before is None else carried(before)), **asked}
    scenario = start_scenario(opened.checkpoint, wanted)
    try:
        estimate(opened.summary, scenario)
    except ScenarioError:
        if before is None:
            raise
        return start_scenario(opened.checkpoint, {})
    return scenario


def carried(scenario: Scenario) -> dict[str, object]:
    """What of a scenario is asked of the next model as well."""
    names = (name for name in scenario._fields if name not in LEFT_BEHIND)
    return {name: getattr(scenario, name) for name in names}
