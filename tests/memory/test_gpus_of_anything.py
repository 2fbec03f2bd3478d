"""Verdicts, inverse answers and bounds of checkpoints that make no sense: answers or our errors."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from paramtui.checkpoint.config import Json
from paramtui.checkpoint.dtype import BF16
from paramtui.checkpoint.tensor import Shape
from paramtui.memory.errors import ScenarioError
from paramtui.memory.estimate import estimate
from paramtui.memory.explain.explain import explain
from paramtui.memory.gpus.hardware import Gpus
from paramtui.memory.gpus.hardware_table import GPUS
from paramtui.memory.gpus.parallel import Parallel
from paramtui.memory.gpus.solve import solve
from paramtui.memory.gpus.verdict import verdict
from paramtui.memory.scenario import Mode, Scenario
from tests.memory.small_models import of_tensors
from tests.memory.test_estimate import configs, scenarios, tensors


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    config=configs,
    found=tensors,
    scenario=scenarios,
    name=st.sampled_from(sorted(GPUS)),
    count=st.integers(1, 24),
    parallel=st.sampled_from(Parallel),
)
def test_no_configuration_breaks_it(
    config: dict[str, Json],
    found: dict[str, Shape],
    scenario: Scenario,
    name: str,
    count: int,
    parallel: Parallel,
) -> None:
    summary = of_tensors(found, BF16, **config)
    scenario = scenario.with_(
        gpus=Gpus(GPUS[name], count), parallel=parallel, training_tokens=10**12
    )
    try:
        whole = estimate(summary, scenario)
        answer = verdict(summary, scenario, whole)
    except ScenarioError:
        assert parallel is not Parallel.AUTO or scenario.mode in (Mode.LORA, Mode.QLORA)
        return
    assert answer
    assert all(part.bytes >= 0 for part in answer.need.components)
    assert answer.need.total_upper_bytes >= answer.need.total_bytes >= 0
    assert all(item.source for item in explain(summary, scenario, whole))
    most = solve(summary, scenario).largest
    assert min(most.context or 0, most.batch or 0) >= 0
