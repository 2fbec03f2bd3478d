"""The LoraConfig to paste: valid Python that trains what was counted."""

import ast
import re

import pytest

from paramtui.checkpoint.summary import ParameterSummary, summarise
from paramtui.memory.adapter.adapter_tensors import loaded_name
from paramtui.memory.adapter.lora_kinds import covered
from paramtui.memory.adapter.lora_targets import find_targets
from paramtui.memory.errors import ScenarioError
from paramtui.memory.layout.linear import module_name
from paramtui.memory.scenario import Mode, Scenario
from paramtui.reports.lora_config import lora_config
from paramtui.sources.catalog import load_bundled

LLAMA, GPT_OSS, LLAVA = (
    "meta-llama/Llama-3.1-8B",
    "openai/gpt-oss-20b",
    "llava-hf/llava-1.5-7b-hf",
)


def model(name: str) -> ParameterSummary:
    checkpoint = load_bundled(name)
    assert checkpoint is not None
    return summarise(checkpoint)


def arguments(text: str) -> dict[str, object]:
    call = ast.parse(text, mode="eval").body
    assert isinstance(call, ast.Call)
    assert isinstance(call.func, ast.Name)
    assert call.func.id == "LoraConfig"
    return {word.arg or "": ast.literal_eval(word.value) for word in call.keywords}


def config(name: str, targets: str, rank: int = 16) -> dict[str, object]:
    scenario = Scenario(mode=Mode.LORA, lora_rank=rank, lora_targets=targets)
    return arguments(lora_config(model(name), scenario))


def test_names() -> None:
    assert config(LLAMA, "v_proj, q_proj", 8) == {
        "r": 8,
        "target_modules": ["q_proj", "v_proj"],
        "task_type": "CAUSAL_LM",
    }


def test_pefts_own_word_stays() -> None:
    assert config(LLAMA, "all-linear")["target_modules"] == "all-linear"


def test_our_words_become_names() -> None:
    names = ["q_proj", "k_proj", "v_proj", "o_proj"]
    assert config(LLAMA, "attention")["target_modules"] == names


def test_packed_experts_are_parameters() -> None:
    # peft 0.21, docs/source/developer_guides/lora.md: target_parameters.
    assert config(GPT_OSS, "mlp") == {
        "r": 16,
        "target_parameters": ["experts.gate_up_proj", "experts.down_proj"],
        "task_type": "CAUSAL_LM",
    }
    both = config(GPT_OSS, "all-linear")
    assert both["target_modules"] == "all-linear"
    assert "experts.down_proj" in both["target_parameters"]  # type: ignore[operator]


def test_what_no_list_of_names_can_say_is_an_expression() -> None:
    # The vision tower has a q_proj too, which `attention` leaves alone.
    wanted = config(LLAVA, "attention")["target_modules"]
    assert isinstance(wanted, str)
    assert re.fullmatch(wanted, "model.language_model.layers.31.self_attn.q_proj")
    assert not re.fullmatch(wanted, "model.vision_tower.encoder.layers.3.self_attn.q_proj")
    groups = model(LLAVA).groups
    names = {module_name(tensor.name) for group in groups for tensor in group.tensors}
    config_ = model(LLAVA).config
    matched = {name for name in names if re.fullmatch(wanted, loaded_name(name, config_))}
    targets = find_targets(model(LLAVA), "attention")
    assert matched == {module_name(t.name) for target in targets for t in target.tensors}


@pytest.mark.parametrize("spec", [r".*layers\.[01]\..*q_proj", "layers.3.self_attn.q_proj", "mlp"])
def test_single_layers(spec: str) -> None:
    wanted = config(LLAMA, spec)["target_modules"]
    text = wanted if isinstance(wanted, str) else ",".join(wanted)  # type: ignore[arg-type]
    found = {t.name for target in find_targets(model(LLAMA), text) for t in target.tensors}
    assert found == {t.name for target in find_targets(model(LLAMA), spec) for t in target.tensors}


def test_nothing_to_train_is_an_error() -> None:
    assert not covered(model(LLAMA), "nope")
    with pytest.raises(ScenarioError, match="nope"):
        config(LLAMA, "nope")
