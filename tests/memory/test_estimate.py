"""The whole estimate: its parts, its total, and that no configuration breaks it."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from paramtui.checkpoint.config import Json
from paramtui.checkpoint.dtype import BF16
from paramtui.checkpoint.tensor import Shape
from paramtui.memory.errors import ScenarioError
from paramtui.memory.estimate import MemoryEstimate, estimate
from paramtui.memory.figure import Basis
from paramtui.memory.scenario import Mode, Optimizer, Scenario, TrainingPrecision
from paramtui.record import replace
from tests.memory.small_models import llama, of_config, of_tensors

GIB = 1 << 30
LLAMA_8B = llama(4096, 14336, 32, 32, 8, 128256)
SMALL = llama(64, 128, 2, 4, 2, 320)
ORDER = (
    "weights",
    "kv_cache",
    "state",
    "adapter",
    "gradients",
    "optimizer",
    "activations",
    "logits",
    "overhead",
)


def names(result: MemoryEstimate) -> list[str]:
    return [part.name for part in result.components]


def sizes(result: MemoryEstimate) -> dict[str, int]:
    return {part.name: part.bytes for part in result.components}


def test_inference_holds_weights_cache_and_the_pass_over_the_prompt() -> None:
    result = estimate(LLAMA_8B, Scenario(context=8192))
    assert names(result) == ["weights", "kv_cache", "activations", "overhead"]
    assert result.peak_bytes == sum(sizes(result).values()) - sizes(result)["overhead"]
    assert sizes(result)["kv_cache"] == GIB
    assert result.lora is None


def test_a_long_prompt_is_read_in_passes() -> None:
    # Three 16-bit tensors of the feed-forward width and two of the residual stream, and the
    # logits of the last token in 16 and 32 bits; generate() reads the whole prompt at once.
    part = estimate(LLAMA_8B, Scenario(context=65_536)).component("activations")
    assert part
    each, logits = 2 * (2 * 4096 + 3 * 14336), 6 * 128256
    assert part.bytes == 8192 * each + logits
    assert part.upper_bytes == 65_536 * each + logits
    assert part.basis is Basis.ESTIMATE


def test_lora_of_llama_8b() -> None:
    # Rank 16, all linear layers, 8,192 tokens, checkpointing: torch 2.13 and PEFT 0.21 peak at
    # 31,119,172,104 bytes and 335,544,320 of states with four sequences of 2,048 tokens.
    result = estimate(LLAMA_8B, Scenario(mode=Mode.LORA, context=2048, batch=4))
    shown = {name: round(size / GIB, 2) for name, size in sizes(result).items()}
    assert shown["weights"] == 14.96
    assert shown["adapter"] == shown["gradients"] == 0.16
    assert shown["optimizer"] == 0.31
    assert shown["logits"] == 11.74
    assert result.peak_bytes == pytest.approx(31_119_172_104 + 335_544_320, rel=1e-4)
    assert result.lora
    assert result.lora.trainable == 41_943_040
    assert "start of the backward pass" in result.peak_formula


@pytest.mark.parametrize("mode", [Mode.LORA, Mode.QLORA, Mode.FULL])
def test_training_has_no_kv_cache(mode: Mode) -> None:
    assert "kv_cache" not in names(estimate(SMALL, Scenario(mode=mode)))


@pytest.mark.parametrize("mode", [*Mode])
def test_components_stand_in_order_and_say_where_they_come_from(mode: Mode) -> None:
    result = estimate(SMALL, Scenario(mode=mode, context=100))
    assert names(result) == [name for name in ORDER if name in names(result)]
    for part in result.components:
        assert part.source
        assert part.convention
        assert part.formula
    assert result.components[-1].basis is Basis.ESTIMATE
    assert result.total_bytes == result.peak_bytes + sizes(result)["overhead"]
    assert result.total_upper_bytes >= result.total_bytes


def test_an_encoder_has_neither_cache_nor_logits() -> None:
    shapes: dict[str, Shape] = {
        "bert.encoder.layer.0.attention.self.query.weight": (64, 64),
        "bert.encoder.layer.0.attention.self.key.weight": (64, 64),
        "bert.encoder.layer.0.attention.self.value.weight": (64, 64),
        "bert.encoder.layer.0.intermediate.dense.weight": (256, 64),
        "bert.encoder.layer.0.output.dense.weight": (64, 256),
    }
    config: dict[str, Json] = {"model_type": "bert", "architectures": ["BertForMaskedLM"]}
    summary = of_tensors(shapes, BF16, hidden_size=64, num_attention_heads=4, **config)
    assert "kv_cache" not in names(estimate(summary, Scenario()))
    assert "logits" not in names(estimate(summary, Scenario(mode=Mode.FULL)))


def test_choices_that_do_not_exist_are_refused() -> None:
    for scenario in (
        Scenario(precision="int7"),
        Scenario(kv_precision="int7"),
        Scenario(mode=Mode.LORA, adapter_precision="int7"),
        Scenario(mode=Mode.LORA, lora_targets="no_such_layer"),
    ):
        with pytest.raises(ScenarioError):
            estimate(SMALL, scenario)


scenarios = st.builds(
    Scenario,
    mode=st.sampled_from(Mode),
    context=st.integers(1, 1 << 24),
    batch=st.integers(1, 1 << 12),
    lora_rank=st.integers(1, 1 << 12),
    adapter_precision=st.sampled_from(["fp32", "bf16"]),
    optimizer=st.sampled_from(Optimizer),
    training_precision=st.sampled_from(TrainingPrecision),
    gradient_checkpointing=st.booleans(),
)


@given(scenario=scenarios)
def test_more_tokens_never_cost_less(scenario: Scenario) -> None:
    small, large = (
        estimate(SMALL, replace(scenario, context=context))
        for context in (scenario.context, scenario.context * 2)
    )
    assert large.peak_bytes >= small.peak_bytes
    assert small.peak_bytes >= sizes(small)["weights"]
    assert 0 <= small.band <= 1


@given(scenario=scenarios.filter(lambda scenario: scenario.mode is not Mode.INFERENCE))
def test_the_peak_holds_every_moment_s_largest_parts(scenario: Scenario) -> None:
    result = estimate(SMALL, scenario)
    held = sizes(result)
    staying = held["weights"] + held.get("adapter", 0) + held.get("optimizer", 0)
    start = held["activations"] + held["logits"]
    assert result.peak_bytes >= staying + max(start, held["gradients"])


# What config.json must never do: break the estimate, whatever stands in it.
_FIELDS = (
    "model_type architectures text_config vision_config hidden_size num_hidden_layers head_dim "
    "num_attention_heads num_key_value_heads intermediate_size vocab_size sliding_window "
    "layer_types layers_block_type sliding_window_pattern use_sliding_window max_window_layers "
    "attention_chunk_size num_kv_shared_layers attn_layer_period attn_layer_offset "
    "full_attention_interval hybrid_override_pattern attn_type_list block_types kv_lora_rank "
    "qk_rope_head_dim qk_nope_head_dim v_head_dim num_experts num_experts_per_tok mamba_d_state "
    "mamba_n_groups linear_key_head_dim linear_attn_config num_nextn_predict_layers n_head "
    "global_head_dim num_global_key_value_heads multi_query max_source_positions image_size "
    "patch_size max_num_tiles is_encoder_decoder final_logit_softcapping attn_layer_indices "
    "full_attn_idxs hybrid_layer_pattern tie_word_embeddings quantization_config"
)
FIELDS = _FIELDS.split()
_WORDS = (
    "llama gemma3_text gemma4 llama4_text qwen3_next jamba gpt2 phi3 olmo2 bert mistral "
    "full_attention sliding_attention mamba LLLG M*-E ForCausalLM LlamaForCausalLM T5EncoderModel"
)
WORDS = _WORDS.split()
scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(1 << 70), 1 << 70)
    | st.integers(-2, 70)
    | st.floats()
    | st.sampled_from(WORDS)
)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=5) | st.dictionaries(st.sampled_from(FIELDS), inner, max_size=5)
    ),
    max_leaves=8,
)
configs = st.dictionaries(st.sampled_from(FIELDS), values, max_size=14)
_MODULES = (
    "embed_tokens lm_head layers.0.self_attn.k_proj layers.0.self_attn.v_proj "
    "layers.1.self_attn.qkv_proj layers.0.self_attn.o_proj layers.2.self_attn.kv_a_proj_with_mqa "
    "layers.0.mlp.down_proj layers.0.mlp.experts.3.down_proj layers.0.mlp.experts.down_proj "
    "layers.1.mamba.conv1d layers.1.mamba.out_proj layers.1.linear_attn.conv1d "
    "layers.1.linear_attn.out_proj layers.1.linear_attn.norm layers.9.cross_attn.k_proj "
    "layers.99999999999.self_attn.k_proj encoder.layers.0.self_attn.k_proj layers.0.input_layernorm"
)
MODULES = _MODULES.split()
PARAMETERS = [
    *(f"model.{module}.weight" for module in MODULES),
    "model.layers.1.mamba.A_log",
    "model.layers.1.linear_attn.A_log",
    "model.layers.0.self_attn.k_proj.bias",
]
shapes = st.lists(st.integers(0, 300) | st.integers(0, 1 << 40), max_size=4).map(tuple)
tensors = st.dictionaries(st.sampled_from(PARAMETERS), shapes, max_size=10)


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(config=configs, found=tensors, scenario=scenarios)
def test_no_configuration_breaks_it(
    config: dict[str, Json], found: dict[str, Shape], scenario: Scenario
) -> None:
    summary = of_tensors(found, BF16, **config)
    try:
        result = estimate(summary, scenario)
    except ScenarioError:
        assert scenario.mode in (Mode.LORA, Mode.QLORA)
        return
    assert all(part.bytes >= 0 for part in result.components)
    assert result.total_upper_bytes >= result.total_bytes >= result.peak_bytes >= 0


def test_a_key_press_runs_over_groups() -> None:
    # 128 experts in each of 48 layers are one group: as many terms as for one.
    config: dict[str, Json] = {
        "model_type": "qwen3_moe",
        "architectures": ["Qwen3MoeForCausalLM"],
        "hidden_size": 64,
        "num_hidden_layers": 48,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "head_dim": 16,
        "intermediate_size": 128,
        "moe_intermediate_size": 32,
        "num_experts": 128,
        "num_experts_per_tok": 8,
        "vocab_size": 320,
        "decoder_sparse_step": 1,
        "mlp_only_layers": [],
    }
    many = of_config(**config)
    few = of_config(**{**config, "num_experts": 8, "num_hidden_layers": 2})
    for mode in Mode:
        terms = [
            sum(len(part.terms) for part in estimate(summary, Scenario(mode=mode)).components)
            for summary in (many, few)
        ]
        assert terms[0] == terms[1]
