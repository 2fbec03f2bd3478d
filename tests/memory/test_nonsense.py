"""Sizes that are no sizes: a configuration that says 0 or less has not said anything."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paramtui.checkpoint.config import ModelConfig
from paramtui.checkpoint.dtype import BF16
from paramtui.memory.estimate import estimate
from paramtui.memory.gpus.compute import decode_flops, prefill_flops
from paramtui.memory.scenario import Mode, Scenario
from tests.memory.small_models import TWO_LAYERS, of_tensors

SIZES = (
    "hidden_size",
    "num_hidden_layers",
    "num_attention_heads",
    "num_key_value_heads",
    "head_dim",
    "vocab_size",
    "intermediate_size",
    "max_position_embeddings",
    "num_local_experts",
    "num_experts_per_tok",
    "sliding_window",
    "kv_lora_rank",
    "qk_nope_head_dim",
    "qk_rope_head_dim",
    "v_head_dim",
    "mamba_d_state",
    "num_nextn_predict_layers",
)
PROPERTIES = (
    "hidden_size",
    "layers",
    "heads",
    "vocab_size",
    "intermediate_size",
    "context_length",
    "experts",
    "experts_per_token",
)


@pytest.mark.parametrize("value", [0, -1, -5.0, 2.5, True, "many", None, [0], [-3]])
def test_what_is_no_size_states_nothing(value: Any) -> None:
    config = ModelConfig.from_json(dict.fromkeys(SIZES, value))
    assert [getattr(config, name) for name in PROPERTIES] == [None] * len(PROPERTIES)


def test_the_next_name_is_asked_where_the_first_states_nothing() -> None:
    config = ModelConfig.from_json({"max_position_embeddings": -1, "max_seq_len": 9})
    assert config.context_length == 9


@given(
    st.dictionaries(st.sampled_from(SIZES), st.sampled_from([-(10**9), -5, -1, 0, 1, 3, 64])),
    st.sampled_from(Mode),
)
def test_no_figure_is_negative(sizes: dict[str, Any], mode: Mode) -> None:
    summary = of_tensors(TWO_LAYERS, BF16, architectures=["AnyForCausalLM"], **sizes)
    context = summary.config.context_length or 512
    scenario = Scenario(mode=mode, context=context)
    costs = estimate(summary, scenario)
    assert min(part.bytes for part in costs.components) >= 0
    assert min(costs.peak_bytes, costs.total_bytes, summary.total, summary.active) >= 0
    terms = decode_flops(summary, scenario) + prefill_flops(summary, scenario)
    assert all(term.value >= 0 for term in terms)


@pytest.mark.parametrize("mode", Mode)
def test_a_context_beyond_the_model_is_said_and_counted(mode: Mode) -> None:
    summary = of_tensors(TWO_LAYERS, BF16, max_position_embeddings=100, num_attention_heads=4)
    within, beyond = (estimate(summary, Scenario(mode=mode, context=n)) for n in (100, 101))
    said = set(beyond.not_modelled) - set(within.not_modelled)
    assert said == {"a context of 101: the model was made for 100 tokens at most"}
    assert beyond.total_bytes > within.total_bytes
