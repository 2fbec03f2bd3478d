"""Which inverse answers a scenario has."""

import pytest

from paramtui.memory.estimate import estimate
from paramtui.memory.gpus.hardware_name import gpus_named
from paramtui.memory.gpus.verdict import verdict
from paramtui.memory.scenario import Mode
from paramtui.tui.answers import answers_of
from paramtui.tui.costs import Costs
from tests.reports.small_reports import mixture


@pytest.mark.parametrize("mode", Mode)
def test_a_full_fine_tuning_has_no_precision_to_choose(mode: Mode) -> None:
    report = mixture(mode=mode, gpus=gpus_named("H100"), context=64)
    found = estimate(report.summary, report.scenario)
    judged = verdict(report.summary, report.scenario, found)
    costs = Costs(report.scenario, found, report.summary, verdict=judged)
    titles = [row.title for row in answers_of(costs)]
    assert ("best precision" in titles) == (mode is not Mode.FULL)
    assert "largest batch" in titles
