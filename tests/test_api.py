"""The public names, and what they take and give."""

import json
from pathlib import Path

import pytest

import paramtui
from paramtui import (
    Checkpoint,
    Mark,
    Mode,
    Scenario,
    ScenarioError,
    SourceError,
    compare,
    estimate,
    module_tree,
    open_checkpoint,
    parameters,
    summarise,
)
from paramtui.memory import estimate as estimate_module

CONFIG = {
    "architectures": ["LlamaForCausalLM"],
    "model_type": "llama",
    "hidden_size": 64,
    "intermediate_size": 128,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "vocab_size": 100,
    "max_position_embeddings": 512,
    "torch_dtype": "bfloat16",
}


@pytest.fixture
def checkpoint(tmp_path: Path) -> Checkpoint:
    path = tmp_path / "config.json"
    path.write_text(json.dumps(CONFIG))
    return open_checkpoint(path)


def test_every_public_name_is_there_and_no_other() -> None:
    for name in paramtui.__all__:
        assert getattr(paramtui, name) is not None
    assert set(paramtui.__all__) <= set(dir(paramtui))
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        paramtui.nothing  # type: ignore[attr-defined]  # noqa: B018


def test_an_estimate_is_the_one_of_the_reports(checkpoint: Checkpoint) -> None:
    scenario = Scenario(mode=Mode.LORA, context=100)
    summary = summarise(checkpoint)
    expected = estimate_module.estimate(summary, scenario)
    assert estimate(checkpoint, scenario) == estimate(summary, scenario) == expected


def test_without_a_scenario_the_model_is_asked_for_its_own_context(checkpoint: Checkpoint) -> None:
    assert estimate(checkpoint) == estimate(checkpoint, Scenario(context=512))


def test_counts_follow_the_marks(checkpoint: Checkpoint) -> None:
    left = parameters(checkpoint, Scenario(marks=(Mark("lm_head", "prune"),)))
    assert parameters(checkpoint).total - left.total == 100 * 64
    assert module_tree(left).parameters == left.total
    assert module_tree(checkpoint).parameters == parameters(checkpoint).total


def test_nothing_differs_from_itself(checkpoint: Checkpoint) -> None:
    assert compare(checkpoint, summarise(checkpoint)).differences == ()


def test_what_cannot_be_done_says_so_and_what_to_do(checkpoint: Checkpoint) -> None:
    with pytest.raises(ScenarioError) as asked:
        estimate(checkpoint, Scenario(precision="int7"))
    assert asked.value.hint
    with pytest.raises(SourceError):
        open_checkpoint("/nowhere/at/all.safetensors")
