"""A config is read under every family's names, and whatever is in it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paramtui.checkpoint.config import Fields, Json, ModelConfig


def read(value: Json) -> ModelConfig:
    return ModelConfig.from_json(value)


@pytest.mark.parametrize(
    ("config", "hidden", "layers", "heads", "context"),
    [
        (
            {
                "hidden_size": 8,
                "num_hidden_layers": 2,
                "num_attention_heads": 4,
                "max_position_embeddings": 9,
            },
            8,
            2,
            4,
            9,
        ),
        ({"n_embd": 8, "n_layer": 2, "n_head": 4, "n_positions": 9}, 8, 2, 4, 9),
        ({"n_embed": 8, "n_layer": 2, "num_attention_heads": 4, "seq_length": 9}, 8, 2, 4, 9),
        ({"d_model": 8, "n_layers": 2, "n_heads": 4, "max_seq_len": 9}, 8, 2, 4, 9),
        ({"d_model": 8, "num_layers": 2, "num_heads": 4, "n_positions": 9}, 8, 2, 4, 9),
        (
            {
                "d_model": 8,
                "decoder_layers": 2,
                "encoder_layers": 3,
                "decoder_attention_heads": 4,
                "max_target_positions": 9,
            },
            8,
            2,
            4,
            9,
        ),
        ({"hidden_size": 8.0, "num_layers": 2, "num_heads": 4}, 8, 2, 4, None),
        ({}, None, None, None, None),
    ],
    ids=["llama", "gpt2", "bloom", "mpt", "t5", "whisper", "floats", "empty"],
)
def test_aliases(
    config: Json, hidden: int | None, layers: int | None, heads: int | None, context: int | None
) -> None:
    found = read(config)
    assert (found.hidden_size, found.layers, found.heads, found.context_length) == (
        hidden,
        layers,
        heads,
        context,
    )


@pytest.mark.parametrize(
    ("config", "experts", "chosen"),
    [
        ({"num_local_experts": 8, "num_experts_per_tok": 2}, 8, 2),
        ({"n_routed_experts": 256, "num_experts_per_tok": 8}, 256, 8),
        ({"num_experts": 64, "moe_topk": [4, 4]}, 64, 4),
        ({"moe_num_experts": [64, 32], "moe_k": 6}, 64, 6),
        ({"ffn_config": {"moe_num_experts": 16, "moe_top_k": 4}}, 16, 4),
        ({"hidden_size": 8}, None, None),
    ],
    ids=["mixtral", "deepseek", "hunyuan", "ernie-vl", "dbrx", "dense"],
)
def test_experts(config: Json, experts: int | None, chosen: int | None) -> None:
    assert (read(config).experts, read(config).experts_per_token) == (experts, chosen)


@pytest.mark.parametrize(
    "section", ["text_config", "llm_config", "language_config", "language_model_config"]
)
def test_the_language_models_section(section: str) -> None:
    config = read({"model_type": "x", section: {"model_type": "llama", "hidden_size": 8}})
    assert config.hidden_size == 8
    assert config.model_type == "x"
    assert config.text_model_type == "llama"


def test_a_section_within_a_section() -> None:
    inner: Json = {"model_type": "qwen2", "hidden_size": 8}
    config = read({"model_type": "omni", "thinker_config": {"text_config": inner}})
    assert (config.hidden_size, config.text_model_type) == (8, "qwen2")


def test_nested_sections_get_what_they_leave_out() -> None:
    """google/gemma-3-4b-pt names four sizes and leaves the rest to transformers' defaults."""
    text: Json = {
        "model_type": "gemma3_text",
        "hidden_size": 2560,
        "intermediate_size": 10240,
        "num_hidden_layers": 34,
        "sliding_window": 1024,
    }
    config = read({"model_type": "gemma3", "text_config": text})
    assert (config.heads, config.vocab_size, config.context_length) == (8, 262208, 131072)
    assert config.text.integer("num_key_value_heads", "x") == 4
    assert config.text.integer("sliding_window") == 1024
    assert read(text).heads is None


def test_a_section_without_a_name_is_the_usual_one() -> None:
    config = read({"model_type": "llava", "text_config": {"hidden_size": 5120}})
    assert config.text_model_type == "llama"
    assert (config.hidden_size, config.heads) == (5120, 32)


@pytest.mark.parametrize(
    ("config", "dtype"),
    [
        ({"torch_dtype": "bfloat16"}, "bfloat16"),
        ({"dtype": "float16"}, "float16"),
        ({"text_config": {"hidden_size": 8, "torch_dtype": "bfloat16"}}, "bfloat16"),
        ({"torch_dtype": 3}, None),
    ],
)
def test_dtype(config: Json, dtype: str | None) -> None:
    assert read(config).dtype == dtype


@pytest.mark.parametrize(
    ("version", "tied"),
    [("4.57.0", False), ("5.0.0", True), (None, False)],
)
def test_whose_tie_flag_counts(version: str | None, tied: bool) -> None:
    config = read(
        {
            "transformers_version": version,
            "tie_word_embeddings": True,
            "text_config": {"hidden_size": 8, "tie_word_embeddings": False},
        }
    )
    assert config.tied is tied


def test_quantization_under_either_name() -> None:
    assert read({"quantization_config": {"quant_method": "awq"}}).quantization
    assert read({"quantization": {"bits": 4}}).quantization.integer("bits") == 4
    nested = read({"text_config": {"hidden_size": 8, "quantization_config": {"bits": 8}}})
    assert nested.quantization.integer("bits") == 8
    assert not read({"hidden_size": 8}).quantization


def test_a_value_of_the_wrong_type_is_an_absent_one() -> None:
    fields = Fields({"a": True, "b": "7", "c": 7.5, "d": float("inf"), "e": [1, "2"], "f": None})
    for name in "abcdef":
        assert fields.integer(name) is None
    assert fields.integer("a", "g") is None
    assert fields.number("d") is None
    assert fields.number("c") == 7.5
    assert fields.flag("a") is True
    assert fields.flag("b") is None
    assert fields.texts("e") is None
    assert fields.integers("e") is None
    assert not fields.section("b")


def test_what_no_width_can_be_is_not_stated() -> None:
    fields = Fields({"a": 1e308, "b": 10**400, "c": [1, 2**63], "d": 2**62, "e": 10_000.0})
    assert (fields.integer("a"), fields.integer("b"), fields.number("b")) == (None, None, None)
    assert fields.integers("c") is None
    assert (fields.integer("d"), fields.integer("e"), fields.number("a")) == (2**62, 10_000, 1e308)


def test_over_keeps_what_is_written() -> None:
    fields = Fields({"a": 1, "b": None}).over({"a": 2, "b": 3, "c": 4})
    assert (fields.integer("a"), fields.integer("b"), fields.integer("c")) == (1, None, 4)


json_values: st.SearchStrategy[Json] = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=12), inner, max_size=4)
    ),
    max_leaves=8,
)
NAMES = (
    "text_config",
    "vision_config",
    "model_type",
    "hidden_size",
    "num_hidden_layers",
    "architectures",
    "num_experts",
    "quantization_config",
    "tie_word_embeddings",
    "torch_dtype",
)


@given(st.one_of(json_values, st.dictionaries(st.sampled_from(NAMES), json_values)))
def test_any_json_is_a_config(value: Json) -> None:
    config = read(value)
    for name in (
        *("hidden_size", "layers", "heads", "vocab_size", "intermediate_size"),
        *("context_length", "experts", "experts_per_token"),
    ):
        found = getattr(config, name)
        assert found is None or isinstance(found, int)
    assert config.dtype is None or isinstance(config.dtype, str)
    assert config.tied in (None, True, False)
    assert isinstance(config.text_model_type, (str, type(None)))
    assert isinstance(config.architecture, (str, type(None)))
    assert config.vision.names() is not None
    assert config.quantization.names() is not None
