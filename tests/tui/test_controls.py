"""What each control turns to."""

import pytest

from paramtui.checkpoint.config import ModelConfig
from paramtui.memory.precision import PRECISIONS
from paramtui.memory.scenario import Components, Mode, Scenario
from paramtui.tui.controls import CONTROLS, control, powers

LONG = ModelConfig.from_json({"max_position_embeddings": 131072})
ODD = ModelConfig.from_json({"max_position_embeddings": 3000})


def test_ranks_go_round_in_powers_of_two() -> None:
    seen, scenario = [], Scenario(lora_rank=1)
    for _ in range(10):
        seen.append(scenario.lora_rank)
        scenario = control("rank").turned(scenario, LONG, 1)
    assert seen == [1, 2, 4, 8, 16, 32, 64, 128, 256, 1]


def test_contexts_end_at_the_models_own_maximum() -> None:
    assert powers(512, 3000) == [512, 1024, 2048, 3000]
    scenario = Scenario(context=2048)
    scenario = control("context").turned(scenario, ODD, 1)
    assert scenario.context == 3000
    assert control("context").turned(scenario, ODD, 1, wrap=False).context == 3000
    assert control("context").turned(scenario, ODD, 1).context == 512


def test_a_typed_value_steps_to_its_neighbours() -> None:
    assert control("rank").turned(Scenario(lora_rank=24), LONG, 1).lora_rank == 32
    assert control("rank").turned(Scenario(lora_rank=24), LONG, -1).lora_rank == 16


def test_precision_starts_from_the_modes_default() -> None:
    names = list(PRECISIONS)
    after = names[names.index("bnb-nf4-dq") + 1]
    assert control("precision").turned(Scenario(mode=Mode.QLORA), LONG, 1).precision == after


@pytest.mark.parametrize("row", CONTROLS, ids=lambda row: row.id)
@pytest.mark.parametrize("step", [1, -1])
def test_every_value_comes_once_a_round(row: object, step: int) -> None:
    turned = control(getattr(row, "id", ""))
    scenario, seen = Scenario(), []
    for _ in range(len(turned.values(LONG))):
        scenario = turned.turned(scenario, LONG, step)
        seen.append(turned.current(scenario))
    assert len(set(seen)) == len(seen)
    assert set(seen) == set(turned.values(LONG))


def test_only_a_pipeline_has_components_to_turn() -> None:
    row = control("components")
    assert row.turned(Scenario(), LONG, 1) == Scenario()
    pipeline = ModelConfig.from_json({"_class_name": "FluxPipeline"})
    turned = row.turned(Scenario(), pipeline, 1)
    assert turned.components is Components.ONE_AT_A_TIME
    assert row.show(turned, pipeline) == "one component at a time"
    assert row.turned(turned, pipeline, 1) == Scenario()


def test_a_context_beyond_the_model_says_so() -> None:
    assert control("context").show(Scenario(context=8192), ODD) == "8,192 tokens > max"
    assert control("context").show(Scenario(context=3000), ODD) == "3,000 tokens, max"
