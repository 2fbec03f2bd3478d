import gguf
import pytest

from paramtui.checkpoint.dtype import F32
from paramtui.checkpoint.formats.ggml_types import GGML_TYPES
from paramtui.checkpoint.formats.gguf import Array, Value
from paramtui.checkpoint.formats.gguf_config import MODEL_TYPES, gguf_config
from paramtui.checkpoint.tensor import TensorInfo
from paramtui.memory.cache.generation import generates
from paramtui.memory.cache.layer_types import LayerType, layer_types

TABLE = TensorInfo("model.embed_tokens.weight", F32, (64, 8))
HEAD = TensorInfo("lm_head.weight", F32, (64, 8))


def metadata(architecture: str = "llama", **values: Value) -> dict[str, Value]:
    """Keys of an architecture, `__` for dots."""
    named = {f"{architecture}.{key.replace('__', '.')}": value for key, value in values.items()}
    return {"general.architecture": architecture, **named}


def test_figures_under_the_names_of_config_json() -> None:
    config = gguf_config(
        metadata(
            block_count=4,
            embedding_length=8,
            feed_forward_length=32,
            context_length=4096,
            attention__head_count=4,
            attention__head_count_kv=2,
            attention__key_length=16,
        )
        | {"general.file_type": 15, "general.license": "mit"},
        [TABLE, HEAD._replace(dtype=GGML_TYPES[12], shape=(64, 256))],
    )
    assert (config.layers, config.hidden_size, config.intermediate_size) == (4, 8, 32)
    assert (config.heads, config.context_length, config.vocab_size) == (4, 4096, 64)
    assert config.text.integer("num_key_value_heads") == 2
    assert config.text.integer("head_dim") == 16
    assert config.tied is False
    assert config.quantization.text("file_type") == "Q4_K_M"
    assert config.root.text("license") == "mit"


def test_a_file_of_plain_floats_is_not_quantised() -> None:
    assert not gguf_config(metadata() | {"general.file_type": 1}, [TABLE]).quantization


def test_the_vocabulary_is_as_long_as_its_list_of_tokens() -> None:
    tokens: dict[str, Value] = {"tokenizer.ggml.tokens": Array(99)}
    assert gguf_config(metadata() | tokens, [TABLE]).vocab_size == 99
    assert gguf_config(metadata(vocab_size=98) | tokens, [TABLE]).vocab_size == 98
    assert gguf_config(metadata(), [TABLE]).vocab_size == 64


def test_without_a_head_the_embedding_is_the_head() -> None:
    assert gguf_config(metadata(), [TABLE]).tied is True
    assert gguf_config(metadata(), []).tied is None


def test_the_context_is_the_models_and_not_the_one_it_was_stretched_from() -> None:
    # A rule that only looks at how a key ends takes the second for the first.
    values = {"rope__scaling__original_context_length": 4096, "context_length": 163_840}
    assert gguf_config(metadata("deepseek2", **values), []).context_length == 163_840


def test_values_layer_by_layer() -> None:
    config = gguf_config(
        metadata(
            attention__head_count_kv=Array(4, (0, 8, 0, 0)),
            feed_forward_length=Array(4, (64, 32, 32, 0)),
        ),
        [],
    )
    assert config.text.integer("num_key_value_heads") == 8
    assert config.intermediate_size == 32


def test_windows_one_by_one_by_a_period_or_not_at_all() -> None:
    full, sliding = LayerType.FULL, LayerType.SLIDING
    window: dict[str, Value] = {"attention__sliding_window": 512}
    listed = Array(3, (True, False, True))
    cases: list[tuple[dict[str, Value], tuple[LayerType, ...]]] = [
        (
            metadata("gemma4", **window, attention__sliding_window_pattern=listed),
            (sliding, full, sliding),
        ),
        (
            metadata("gemma3", **window, attention__sliding_window_pattern=3),
            (sliding, sliding, full),
        ),
        (metadata("gemma2", **window), (sliding, full, sliding)),
        (metadata("gemma2"), (sliding, full, sliding)),
        (metadata("exaone4"), (full, full, full)),
    ]
    for values, expected in cases:
        assert layer_types(gguf_config(values, []), 3).types == expected


def test_latent_attention_by_the_keys_of_newer_and_older_files() -> None:
    latent: dict[str, Value] = {"attention__kv_lora_rank": 512, "rope__dimension_count": 64}
    older = metadata("deepseek2", **latent, attention__key_length=192, attention__value_length=128)
    newer = metadata(
        "deepseek2",
        **latent,
        attention__key_length=576,
        attention__value_length=512,
        attention__key_length_mla=192,
        attention__value_length_mla=128,
    )
    for values in (older, newer):
        text = gguf_config(values, []).text
        fields = ("kv_lora_rank", "qk_rope_head_dim", "qk_nope_head_dim", "v_head_dim")
        assert [text.integer(field) for field in fields] == [512, 64, 128, 128]
        assert "head_dim" not in text


def test_prediction_layers_are_not_the_models_own() -> None:
    config = gguf_config(metadata("glm4moe", block_count=47, nextn_predict_layers=1), [])
    assert (config.layers, config.text.integer("num_nextn_predict_layers")) == (46, 1)


def test_encoders_do_not_generate() -> None:
    assert not generates(gguf_config(metadata("gemma-embedding", attention__causal=False), []))
    assert not generates(gguf_config(metadata("bert"), []))
    assert generates(gguf_config(metadata("qwen3"), []))


@pytest.mark.parametrize(
    ("values", "model_type"),
    [
        (metadata("qwen3moe"), "qwen3_moe"),
        (metadata("gpt-oss"), "gpt_oss"),
        (metadata("llama"), "llama"),
        (metadata("llama", expert_count=8), "mixtral"),
        (metadata("olmo2", attention__sliding_window=4096), "olmo3"),
        (metadata("something-new"), "something_new"),
        ({}, ""),
    ],
)
def test_families(values: dict[str, Value], model_type: str) -> None:
    assert (gguf_config(values, []).model_type or "") == model_type


def test_families_are_named_after_architectures_of_llama_cpp() -> None:
    assert set(MODEL_TYPES) <= set(gguf.MODEL_ARCH_NAMES.values())


@pytest.mark.parametrize("value", [-1, 2**63, "text", 1.5, True, Array(0), Array(2, (1, 2)), ""])
@pytest.mark.parametrize("key", ["block_count", "attention.head_count", "rope.dimension_count"])
def test_values_nobody_expects_are_no_trouble(key: str, value: Value) -> None:
    values = {"general.architecture": "x", f"x.{key}": value, "x.attention.kv_lora_rank": 4}
    config = gguf_config(values, [TABLE])
    assert config.layers is None or isinstance(config.layers, int)
