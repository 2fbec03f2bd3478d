"""Totals follow the closed forms; what cannot be told is an error that names it."""

import re
from contextlib import suppress
from math import prod

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paramtui.checkpoint.blueprint import (
    FAMILIES,
    MOST_OUTLINED,
    BlueprintError,
    blueprint,
    has_blueprint,
    outline,
)
from paramtui.checkpoint.config import Json, ModelConfig
from paramtui.checkpoint.dtype import BF16, F16, F32

Config = dict[str, Json]


def total(config: Config) -> int:
    return sum(prod(tensor.shape) for tensor in blueprint(ModelConfig.from_json(config)))


def names(config: Config) -> set[str]:
    return {tensor.name for tensor in blueprint(ModelConfig.from_json(config))}


sizes = st.fixed_dictionaries(
    {
        "h": st.integers(8, 64),
        "i": st.integers(8, 96),
        "layers": st.integers(1, 4),
        "heads": st.integers(1, 4),
        "groups": st.integers(1, 3),
        "d": st.integers(2, 16),
        "v": st.integers(10, 200),
        "tied": st.booleans(),
    }
)
Sizes = dict[str, int]


def config_of(model_type: str, size: Sizes, **more: Json) -> Config:
    return {
        "model_type": model_type,
        "hidden_size": size["h"],
        "intermediate_size": size["i"],
        "num_hidden_layers": size["layers"],
        "num_attention_heads": size["heads"] * size["groups"],
        "num_key_value_heads": size["heads"],
        "head_dim": size["d"],
        "vocab_size": size["v"],
        "tie_word_embeddings": bool(size["tied"]),
        **more,
    }


def frame(size: Sizes) -> int:
    """V×h, twice where head and embedding are two, and the last norm."""
    return (1 if size["tied"] else 2) * size["v"] * size["h"] + size["h"]


def attention(size: Sizes) -> int:
    """h·H·D + 2·h·K·D + H·D·h."""
    queries, keys = size["heads"] * size["groups"] * size["d"], size["heads"] * size["d"]
    return 2 * size["h"] * queries + 2 * size["h"] * keys


@given(sizes)
def test_llama_like_totals(size: Sizes) -> None:
    layer = attention(size) + 3 * size["h"] * size["i"] + 2 * size["h"]
    plain = frame(size) + size["layers"] * layer
    heads, keys = size["heads"] * size["groups"], size["heads"]
    for model_type, extra in {
        "llama": 0,
        "mistral": 0,
        "gemma": 0,
        "granite": 0,
        "qwen2": (heads + 2 * keys) * size["d"],  # biases
        "qwen3": 2 * size["d"],  # a norm for each head's width
        "olmo2": (heads + keys) * size["d"],  # norms over all heads
        "gemma2": 2 * size["h"],  # four norms
        "gemma3_text": 2 * size["h"] + 2 * size["d"],
    }.items():
        assert total(config_of(model_type, size)) == plain + size["layers"] * extra, model_type


@given(sizes)
def test_fused_and_apart_hold_the_same(size: Sizes) -> None:
    assert total(config_of("phi3", size)) == total(config_of("mistral", size))


@given(sizes, st.integers(1, 5))
def test_experts_replace_the_feed_forward(size: Sizes, experts: int) -> None:
    dense, gated = total(config_of("mistral", size)), 3 * size["h"] * size["i"]
    per_layer = experts * size["h"] + (experts - 1) * gated
    mixture = config_of("mixtral", size, num_local_experts=experts)
    assert total(mixture) == dense + size["layers"] * per_layer
    packed = config_of("granitemoe", size, num_local_experts=experts)
    packed.pop("head_dim")
    mixture.pop("head_dim")
    assert total(packed) == total(mixture)


@given(sizes)
def test_latent_attention(size: Sizes) -> None:
    """h·(dn+dr)·H + h·(kvr+dr) + kvr + kvr·H·(dn+dv) + H·dv·h, and with q_lora its own two."""
    heads = size["heads"] * size["groups"]
    ranks: Config = {"kv_lora_rank": 6, "qk_nope_head_dim": 5, "qk_rope_head_dim": 4}
    plain = config_of("deepseek_v2", size, **ranks, v_head_dim=3, q_lora_rank=None)
    h = size["h"]
    shared = h * (6 + 4) + 6 + 6 * heads * (5 + 3) + heads * 3 * h
    layer = shared + 3 * h * size["i"] + 2 * h
    queries = h * heads * (5 + 4)
    assert total(plain) == frame(size) + size["layers"] * (layer + queries)
    lora = {**plain, "q_lora_rank": 7}
    queries = h * 7 + 7 + 7 * heads * (5 + 4)
    assert total(lora) == frame(size) + size["layers"] * (layer + queries)


def test_gpt2_layer_stores_inputs_first() -> None:
    config: Config = {"model_type": "gpt2", "n_embd": 8, "n_layer": 1, "n_head": 2}
    config |= {"vocab_size": 11, "n_positions": 5}
    shapes = {tensor.name: tensor.shape for tensor in blueprint(ModelConfig.from_json(config))}
    assert shapes["transformer.h.0.attn.c_attn.weight"] == (8, 24)
    assert shapes["transformer.h.0.mlp.c_proj.weight"] == (32, 8)
    assert "lm_head.weight" not in shapes


def test_the_class_decides_the_head() -> None:
    size: Sizes = {"h": 8, "i": 8, "layers": 1, "heads": 1, "groups": 1, "d": 8, "v": 9, "tied": 0}
    config = config_of("llama", size)
    assert "lm_head.weight" in names(config)
    assert "embed_tokens.weight" in names({**config, "architectures": ["LlamaModel"]})
    scored = {**config, "architectures": ["LlamaForSequenceClassification"]}
    assert "score.weight" in names(scored)
    assert "lm_head.weight" not in names(scored)
    with pytest.raises(BlueprintError, match="LlamaForSomething"):
        blueprint(ModelConfig.from_json({**config, "architectures": ["LlamaForSomething"]}))


def test_nested_sections_leave_defaults_out() -> None:
    """transformers drops what equals the class default in a nested section, and only there."""
    text: Config = {"model_type": "gemma3_text", "num_hidden_layers": 1}
    config: Config = {"model_type": "gemma3", "text_config": text, "vision_config": {}}
    shapes = {tensor.name: tensor.shape for tensor in blueprint(ModelConfig.from_json(config))}
    assert shapes["language_model.model.embed_tokens.weight"] == (262208, 2304)
    with pytest.raises(BlueprintError, match="hidden_size"):
        blueprint(ModelConfig.from_json(text))


def test_layers_that_predict_further_tokens() -> None:
    size: Sizes = {"h": 8, "i": 8, "layers": 2, "heads": 1, "groups": 1, "d": 8, "v": 9, "tied": 0}
    config = config_of("glm4_moe", size, n_routed_experts=2, moe_intermediate_size=4)
    config |= {"num_nextn_predict_layers": 1}
    assert {"model.layers.2.eh_proj.weight", "model.layers.2.shared_head.head.weight"} <= names(
        config
    )
    # transformers 5 keeps the field and drops the layer.
    assert not any(
        name.startswith("model.layers.2.")
        for name in names({**config, "transformers_version": "5.0.0"})
    )


def test_dtype_is_the_claimed_one_unless_told() -> None:
    size: Sizes = {"h": 8, "i": 8, "layers": 1, "heads": 1, "groups": 1, "d": 8, "v": 9, "tied": 0}
    config = config_of("llama", size)
    silent = ModelConfig.from_json(config)
    assert {tensor.dtype for tensor in blueprint(silent)} == {F32}
    assert {tensor.dtype for tensor in blueprint(silent, BF16)} == {BF16}
    for name in ("torch_dtype", "dtype"):
        claimed = ModelConfig.from_json({**config, name: "float16"})
        assert {tensor.dtype for tensor in blueprint(claimed)} == {F16}


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({}, "no model_type"),
        ({"model_type": "no-such"}, "no-such"),
        ({"model_type": "llama"}, "hidden_size"),
        ({"model_type": "llama", "hidden_size": 8}, "vocab_size"),
        ({"model_type": "llama", "hidden_size": -8, "vocab_size": 9}, "hidden_size"),
        ({"model_type": "llama", "hidden_size": "8", "vocab_size": 9}, "hidden_size"),
        ({"model_type": "llama", "hidden_size": 10**30, "vocab_size": 9}, "hidden_size"),
        ({"model_type": "llava", "text_config": {"model_type": "no-such"}}, "no-such"),
        ({"model_type": "llama", "quantization_config": {"quant_method": "vapour"}}, "vapour"),
    ],
)
def test_what_is_missing_is_named(config: Config, message: str) -> None:
    with pytest.raises(BlueprintError, match=message) as caught:
        blueprint(ModelConfig.from_json(config))
    assert "\n" not in caught.value.message + caught.value.hint


def test_a_config_cannot_ask_for_endless_tensors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("paramtui.checkpoint.blueprint.MOST_TENSORS", 1000)
    size: Sizes = {"h": 8, "i": 8, "layers": 1, "heads": 1, "groups": 1, "d": 8, "v": 9, "tied": 0}
    config = config_of("llama", size) | {"num_hidden_layers": 10**9}
    with pytest.raises(BlueprintError, match="more than"):
        blueprint(ModelConfig.from_json(config))


FIELDS = [
    "hidden_size",
    "num_hidden_layers",
    "num_attention_heads",
    "num_key_value_heads",
    "vocab_size",
    "head_dim",
    "intermediate_size",
    "n_embd",
    "n_layer",
    "n_head",
    "d_model",
    "d_ff",
    "num_layers",
    "layer_types",
    "patch_size",
    "image_size",
    "num_experts",
    "moe_intermediate_size",
    "text_config",
    "vision_config",
    "architectures",
    "tie_word_embeddings",
    "quantization_config",
    "max_position_embeddings",
    "hybrid_override_pattern",
]
values = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-2, 9),
    st.floats(allow_nan=False),
    st.text(max_size=4),
    st.lists(st.integers(-1, 9), max_size=3),
)
sections = st.dictionaries(st.sampled_from(FIELDS), values, max_size=12)


def test_a_family_is_in_one_table() -> None:
    assert len(FAMILIES) == len(set(FAMILIES)) > 140
    assert has_blueprint("unet") is has_blueprint(None) is ("unet" in FAMILIES) is False


@settings(max_examples=400)
@given(
    st.sampled_from(sorted(FAMILIES)),
    st.dictionaries(st.sampled_from(FIELDS), st.one_of(values, sections), max_size=16),
)
def test_hostile_configs_raise_nothing_else(model_type: str, config: Config) -> None:
    assert has_blueprint(model_type)
    with suppress(BlueprintError):
        tensors = blueprint(ModelConfig.from_json({**config, "model_type": model_type}))
        assert len({tensor.name for tensor in tensors}) == len(tensors)


@pytest.mark.parametrize("family", ["mixtral", "deepseek_v3", "qwen3_moe", "llama"])
def test_an_outline_is_the_blueprint_with_one_expert_of_each_layer(family: str) -> None:
    config = ModelConfig.from_json(
        {
            "model_type": family, "hidden_size": 64, "intermediate_size": 96, "vocab_size": 128,
            "num_hidden_layers": 5, "num_attention_heads": 4, "num_local_experts": 8,
            "n_routed_experts": 8, "num_experts": 8, "moe_intermediate_size": 32,
            "q_lora_rank": 16, "kv_lora_rank": 16, "qk_nope_head_dim": 8, "qk_rope_head_dim": 8,
            "v_head_dim": 8,
        }
    )  # fmt: skip
    whole = blueprint(config)
    others = [tensor for tensor in whole if re.search(r"experts\.[1-9]", tensor.name)]
    assert bool(others) is (family != "llama")
    assert set(outline(config)) == set(whole) - set(others)


def test_an_outline_has_an_end() -> None:
    size = {"hidden_size": 8, "intermediate_size": 8, "vocab_size": 8, "num_attention_heads": 1}
    endless: Config = {"model_type": "llama", "num_hidden_layers": 2**39, **size}
    assert len(outline(ModelConfig.from_json(endless))) == MOST_OUTLINED
