"""LoRA where transformers 5 packs the experts of a layer: what PEFT 0.21 trains then."""

import pytest

from paramtui.checkpoint.summary import ParameterSummary
from paramtui.memory.adapter.lora import estimate_lora, lora_estimate
from paramtui.memory.adapter.lora_config import LoraConfig
from paramtui.memory.adapter.packed_experts import packed_targets
from paramtui.memory.errors import ScenarioError
from paramtui.memory.scenario import Mode, Scenario
from tests.memory.small_models import llama_31_8b, mixtral_8x7b, of_config


def trainable(summary: ParameterSummary, **given: object) -> int:
    return estimate_lora(summary, LoraConfig(16, **given)).trainable  # type: ignore[arg-type]


def deepseek() -> ParameterSummary:
    """One dense layer and two with four experts and a shared one."""
    return of_config(
        model_type="deepseek_v3",
        architectures=["DeepseekV3ForCausalLM"],
        hidden_size=64,
        intermediate_size=96,
        moe_intermediate_size=24,
        num_hidden_layers=3,
        num_attention_heads=4,
        num_key_value_heads=4,
        q_lora_rank=16,
        kv_lora_rank=16,
        qk_nope_head_dim=16,
        qk_rope_head_dim=8,
        v_head_dim=16,
        n_routed_experts=4,
        num_experts_per_tok=2,
        n_shared_experts=1,
        first_k_dense_replace=1,
        vocab_size=128,
    )


def test_mixtral_as_published() -> None:
    # reference figures of peft 0.21.2 on transformers 5.23: 242,225,152 by the files' layers,
    # 209,715,200 by target_parameters, 359,665,664 by all-linear.
    summary = mixtral_8x7b()
    packs = ("mlp.experts.gate_up_proj", "mlp.experts.down_proj")
    assert trainable(summary) == 242_225_152
    assert trainable(summary, target_modules="", target_parameters=packs) == 209_715_200
    assert trainable(summary, packed_experts=True) == 359_665_664


def test_gate_and_up_share_a_pair_of_twice_the_rank() -> None:
    found = {
        target.module: (target.inputs, target.outputs, target.count, target.ranks)
        for target in packed_targets(deepseek(), "all-linear")
    }
    assert found["gate_up_proj"] == (64, 48, 8, 2)
    assert found["down_proj"] == (24, 64, 8, 1)
    assert found["gate"] == (64, 4, 2, 1)
    # Dense layers and the shared expert have the experts' names, and are left out.
    assert set(found) == {
        "gate_up_proj", "down_proj", "gate",
        "q_a_proj", "q_b_proj", "kv_a_proj_with_mqa", "kv_b_proj", "o_proj",
    }  # fmt: skip


def test_half_of_a_pair_is_refused() -> None:
    with pytest.raises(ScenarioError, match="PEFT refuses gate_proj alone"):
        packed_targets(deepseek(), "q_b_proj,gate_proj")


def test_a_note_says_what_peft_trains() -> None:
    scenario = Scenario(mode=Mode.LORA, lora_rank=16)
    notes = lora_estimate(mixtral_8x7b(), scenario).notes
    assert any("PEFT 0.21 trains 359,665,664 parameters" in note for note in notes)
    assert lora_estimate(llama_31_8b(), scenario).notes == ()
    attention = Scenario(mode=Mode.LORA, lora_rank=16, lora_targets="attention")
    assert lora_estimate(mixtral_8x7b(), attention).notes == ()


def test_the_file_holds_what_is_trained() -> None:
    estimate = estimate_lora(deepseek(), LoraConfig(16, packed_experts=True))
    assert estimate.adapter_data_bytes == 4 * estimate.trainable
