"""The KV cache of every kind of layer, and published figures of it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paramtui.checkpoint.config import Json
from paramtui.checkpoint.dtype import BF16
from paramtui.checkpoint.summary import ParameterSummary
from paramtui.checkpoint.tensor import Shape
from paramtui.memory.cache.attention import AttentionLayers, cache_layout
from paramtui.memory.cache.kv_cache import kv_cache
from paramtui.memory.errors import ScenarioError
from paramtui.memory.figure import Component
from paramtui.memory.precision import KV_PRECISIONS
from paramtui.memory.scenario import Scenario
from tests.memory.small_models import of_config, of_tensors

GIB, MIB = 1 << 30, 1 << 20


def cache(summary: ParameterSummary, context: int, batch: int = 1, precision: str = "bf16") -> int:
    return part(summary, context, batch, precision).bytes


def part(
    summary: ParameterSummary, context: int, batch: int = 1, precision: str = "bf16"
) -> Component:
    found = kv_cache(summary, Scenario(context=context, batch=batch, kv_precision=precision))
    assert found
    return found


def decoder(kv_heads: int, head_dim: int, layers: int, **more: Json) -> ParameterSummary:
    """A decoder of nothing but key and value projections, which is all a cache depends on."""
    width = kv_heads * head_dim
    shapes: dict[str, Shape] = {}
    for layer in range(layers):
        for name in ("k_proj", "v_proj"):
            shapes[f"model.layers.{layer}.self_attn.{name}.weight"] = (width, 64)
    config: dict[str, Json] = {
        "architectures": ["AnyForCausalLM"],
        "hidden_size": 64,
        "num_hidden_layers": layers,
        "num_attention_heads": kv_heads,
        "num_key_value_heads": kv_heads,
        "head_dim": head_dim,
    }
    return of_tensors(shapes, BF16, **{**config, **more})


def layout(summary: ParameterSummary) -> list[tuple[int, int | None]]:
    """How many layers keep how many tokens; None is the whole context."""
    return [(group.layers, group.limit) for group in cache_layout(summary).attention]


def llama(layers: int, heads: int, kv_heads: int, hidden: int, **more: Json) -> ParameterSummary:
    config: dict[str, Json] = {
        "model_type": "llama",
        "architectures": ["LlamaForCausalLM"],
        "hidden_size": hidden,
        "intermediate_size": 2 * hidden,
        "num_hidden_layers": layers,
        "num_attention_heads": heads,
        "num_key_value_heads": kv_heads,
        "vocab_size": 1000,
    }
    return of_config(**{**config, **more})


LLAMA_8B = {"layers": 32, "heads": 32, "kv_heads": 8, "hidden": 4096}
LLAMA_70B = {"layers": 80, "heads": 64, "kv_heads": 8, "hidden": 8192}
LLAMA_405B = {"layers": 126, "heads": 128, "kv_heads": 8, "hidden": 16384}


@pytest.mark.parametrize(
    ("summary", "tokens", "precision", "expected"),
    [
        # 3.81 GiB hold 1,952 blocks of 16 tokens (vllm-project/vllm#10517).
        (llama(**LLAMA_8B), 1, "bf16", 131_072),
        # huggingface/blog#2345, table of the Llama 3.1 post; its GB are GiB, its 128k is 128,000.
        (llama(**LLAMA_8B), 128_000, "fp16", 15.625 * GIB),
        (llama(**LLAMA_70B), 128_000, "fp16", 39.0625 * GIB),
        # 504 KiB a token (tooljolt.com, llama-3-1-405b-kv-cache-calculator).
        (llama(**LLAMA_405B), 1, "bf16", 504 * 1024),
        # K 24,064 bytes a token on each of four GPUs (vllm-project/vllm#21348, Qwen3-235B-A22B).
        (decoder(4, 128, 94), 1, "bf16", 2 * 4 * 24_064),
        # 262,144 tokens need 24.0 GiB (vllm-project/vllm#34076, Qwen3-Coder-30B-A3B).
        (decoder(4, 128, 48), 262_144, "bf16", 24 * GIB),
        # 114,688 bytes a token (vllm-project/vllm#24577 Qwen3-0.6B; FreeToken#126 Qwen3-1.7B).
        (decoder(8, 128, 28), 1, "bf16", 114_688),
        (decoder(8, 128, 28), 2, "fp8", 114_688),
        # Qwen3-4B at 40k (oobabooga/textgen estimates 3.52; peers' table has 5.63 GiB).
        (decoder(8, 128, 36), 40_960, "bf16", 5.625 * GIB),
        # hf-mem's README, MiniMax-M2 with an fp8 cache of 196,608 tokens.
        (decoder(8, 128, 62), 196_608, "fp8", 24_964_497_408),
        # 300 KiB a token, a model of GPT-2 XL's class (ai-paper-delta.vercel.app).
        (decoder(25, 64, 48), 1, "fp16", 300 * 1024),
    ],
)
def test_published_figures(
    summary: ParameterSummary, tokens: int, precision: str, expected: float
) -> None:
    assert cache(summary, tokens, precision=precision) == expected


@pytest.mark.parametrize(
    ("summary", "tokens", "precision", "gibibytes"),
    [
        # vllm-project/vllm#10517, Llama-3.1-8B: 1,952 and 1,478 blocks of 16 tokens.
        (llama(**LLAMA_8B), 1952 * 16, "bf16", 3.81),
        (llama(**LLAMA_8B), 1478 * 16, "bf16", 2.89),
        # huggingface/blog#2345, Llama 3.1 in fp16; its 405B row is for twice as many heads.
        (llama(**LLAMA_8B), 1000, "fp16", 0.12),
        (llama(**LLAMA_8B), 16_000, "fp16", 1.95),
        (llama(**LLAMA_70B), 1000, "fp16", 0.31),
        (llama(**LLAMA_70B), 16_000, "fp16", 4.88),
        (llama(**{**LLAMA_405B, "kv_heads": 16}), 16_000, "fp16", 15.38),
        # vllm-project/vllm#21348, SGLang: K 8.23 and V 8.23 on each of four GPUs, Qwen3-235B;
        # here K and V of half a head, which is K of one.
        (decoder(1, 64, 94), 367_404, "bf16", 8.23),
        # vllm-project/vllm#34076, Qwen3-Coder-30B-A3B.
        (decoder(4, 128, 48), 34_736, "bf16", 3.18),
        # vllm-project/vllm#24577, Qwen3-0.6B.
        (decoder(8, 128, 28), 652_144, "bf16", 69.66),
        # FlashML-org/FreeToken#126, Qwen3-1.7B, and the same in fp8.
        (decoder(8, 128, 28), 27_142, "bf16", 2.90),
        (decoder(8, 128, 28), 54_284, "fp8", 2.90),
    ],
)
def test_published_pools_hold_the_tokens_they_say(
    summary: ParameterSummary, tokens: int, precision: str, gibibytes: float
) -> None:
    assert cache(summary, tokens, precision=precision) / GIB == pytest.approx(gibibytes, abs=0.012)


def test_a_hybrid_of_16_full_layers_in_fp8() -> None:
    # mitchross/talos-argocd-proxmox#1995: Qwen3.8-27B, 16 of 64 layers, 32 KiB a token in fp8.
    full: Json = (["linear_attention"] * 3 + ["full_attention"]) * 16
    summary = decoder(4, 256, 64, layer_types=full)
    assert cache(summary, 302_921, precision="fp8") == 302_921 * 32 * 1024


def alternating(full: int, sliding: int) -> Json:
    return ["sliding_attention"] * sliding + ["full_attention"] * full


def test_gpt_oss_120b_as_llama_cpp_reports_it() -> None:
    # ollama/ollama#16480: 131,072 cells for two sequences, 18 global layers: 9216.00 MiB.
    summary = decoder(8, 64, 36, layer_types=alternating(18, 18), sliding_window=128)
    terms = part(summary, 131_072, batch=2, precision="fp16").terms
    assert [term.value for term in terms] == [18 * 2 * 1024 * 128 * 2, 9216 * MIB]
    assert part(summary, 131_072, batch=2).upper_bytes == 2 * 9216 * MIB


def test_gpt_oss_20b_and_gemma_3_27b_at_128k() -> None:
    # 3.00 GiB: 12 full layers and 12 of 128 tokens; 10.41 GiB: 10 global and 52 of 1,024.
    oss = decoder(8, 64, 24, layer_types=alternating(12, 12), sliding_window=128)
    assert round(cache(oss, 131_072) / GIB, 2) == 3.00
    text: dict[str, Json] = {"model_type": "gemma3_text", "sliding_window": 1024}
    gemma = decoder(16, 128, 62, **text)
    assert layout(gemma) == [(52, 1024), (10, None)]
    assert round(cache(gemma, 131_072) / GIB, 2) == 10.41


def mla(layers: int, **more: Json) -> ParameterSummary:
    shapes: dict[str, Shape] = {
        f"model.layers.{i}.self_attn.kv_a_proj_with_mqa.weight": (576, 64) for i in range(layers)
    }
    config: dict[str, Json] = {
        "model_type": "deepseek_v3",
        "architectures": ["DeepseekV3ForCausalLM"],
        "num_hidden_layers": layers,
        "kv_lora_rank": 512,
        "qk_rope_head_dim": 64,
    }
    return of_tensors(shapes, BF16, **{**config, **more})


def test_latent_attention_keeps_the_latent_and_the_rope_key() -> None:
    # 70,272 bytes a token of DeepSeek-V3 (llm-academy.dev; ai-paper-delta.vercel.app "69KB").
    assert cache(mla(61), 1) == 70_272
    # 1166.62 MiB at 32,768 tokens in q8_0 (ikawrakow/ik_llama.cpp#259, DeepSeek-R1).
    assert cache(mla(61), 32_768, precision="q8_0") == 1166.625 * MIB
    # 2.145 GiB at 32k, where one head of 7168 ÷ 128 for each of 128 gives 53 GiB.
    assert round(cache(mla(61), 32_768) / GIB, 3) == 2.145
    assert part(mla(61), 32_768).upper_bytes is None


def test_prediction_layers_after_the_last_layer_keep_nothing() -> None:
    assert layout(mla(62, num_hidden_layers=61, num_nextn_predict_layers=1)) == [(61, None)]


def test_an_indexer_keeps_a_key_of_its_own() -> None:
    shapes: dict[str, Shape] = {
        "model.layers.0.self_attn.kv_a_proj_with_mqa.weight": (576, 64),
        "model.layers.0.self_attn.indexer.wk.weight": (128, 64),
    }
    config: dict[str, Json] = {"num_hidden_layers": 1, "qk_rope_head_dim": 64}
    # transformers 5, DynamicIndexedLayer: one key of index_head_dim a token and layer.
    assert cache(of_tensors(shapes, BF16, **config), 1) == 2 * (512 + 64 + 128)


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ({"model_type": "llama"}, [(12, None)]),
        ({"model_type": "mistral", "sliding_window": 4096}, [(12, 4096)]),
        ({"model_type": "mistral", "sliding_window": None}, [(12, None)]),
        ({"model_type": "mistral"}, [(12, 4096)]),
        ({"model_type": "phi3", "sliding_window": 2047}, [(12, 2047)]),
        ({"model_type": "gemma2", "sliding_window": 4096}, [(6, 4096), (6, None)]),
        ({"model_type": "gemma3_text"}, [(10, 4096), (2, None)]),
        ({"model_type": "gemma3_text", "sliding_window_pattern": 4}, [(9, 4096), (3, None)]),
        ({"model_type": "cohere2", "sliding_window": 4096}, [(9, 4096), (3, None)]),
        ({"model_type": "cohere2", "_sliding_window_pattern": 2}, [(6, 4096), (6, None)]),
        ({"model_type": "gpt_oss", "sliding_window": 128}, [(6, 128), (6, None)]),
        ({"model_type": "exaone4", "sliding_window_pattern": "LLLG"}, [(9, 4096), (3, None)]),
        ({"model_type": "exaone4", "sliding_window": None}, [(12, None)]),
        ({"model_type": "cwm", "sliding_window": 8192}, [(3, None), (9, 8192)]),
        ({"model_type": "afmoe", "global_attn_every_n_layers": 4}, [(9, 1024), (3, None)]),
        ({"model_type": "llama4_text"}, [(9, 8192), (3, None)]),
        ({"model_type": "llama4_text", "attention_chunk_size": 64}, [(9, 64), (3, None)]),
        (
            {"model_type": "qwen2", "use_sliding_window": False, "sliding_window": 131072},
            [(12, None)],
        ),
        (
            {
                "model_type": "qwen2",
                "use_sliding_window": True,
                "sliding_window": 512,
                "max_window_layers": 8,
            },
            [(8, None), (4, 512)],
        ),
        (
            {"layer_types": ["chunked_attention", "full_attention"] * 6, "sliding_window": 32},
            [(6, 32), (6, None)],
        ),
        ({"model_type": "jamba", "attn_layer_period": 4, "attn_layer_offset": 1}, [(3, None)]),
        ({"full_attention_interval": 4}, [(3, None)]),
        ({"hybrid_override_pattern": "M-M*M-M*M-M*"}, [(3, None)]),
        ({"attn_type_list": [0, 0, 1] * 4}, [(4, None)]),
        ({"linear_attn_config": {"full_attn_layers": [4, 8, 12]}}, [(3, None)]),
        ({"layers_block_type": ["mamba", "hybrid"] * 6}, [(6, None)]),
        ({"block_types": ["recurrent", "recurrent", "attention"]}, [(4, None)]),
        (
            {"hybrid_layer_pattern": [0, 1, 1] * 4, "sliding_window": 128},
            [(4, None), (8, 128)],
        ),
        ({"num_kv_shared_layers": 5}, [(7, None)]),
        ({"full_attn_idxs": [2, 5]}, [(2, None)]),
    ],
    ids=str,
)
def test_which_layers_keep_what(
    config: dict[str, Json], expected: list[tuple[int, int | None]]
) -> None:
    # Each as the family's configuration class in transformers 5.23 expands it.
    assert layout(decoder(2, 8, 12, **config)) == expected


def test_layers_differ_as_their_tensors_differ() -> None:
    # Gemma 4: global layers have heads and dimensions of their own, keys serve as values
    # (the local ones instead are off 8 times, Rapid-MLX#1423).
    local, wide = (
        "model.language_model.layers.0.self_attn",
        "model.language_model.layers.1.self_attn",
    )
    shapes: dict[str, Shape] = {
        f"{local}.k_proj.weight": (8 * 256, 64),
        f"{local}.v_proj.weight": (8 * 256, 64),
        f"{wide}.k_proj.weight": (2 * 512, 64),
    }
    text: dict[str, Json] = {
        "model_type": "gemma4_text",
        "num_hidden_layers": 2,
        "num_attention_heads": 16,
        "num_key_value_heads": 8,
        "head_dim": 256,
        "num_global_key_value_heads": 2,
        "global_head_dim": 512,
        "layer_types": ["sliding_attention", "full_attention"],
        "sliding_window": 1024,
    }
    found = cache_layout(of_tensors(shapes, model_type="gemma4", text_config=text)).attention
    assert found == (
        AttentionLayers(1, 8, 256, 256, limit=1024),
        AttentionLayers(1, 2, 512, 512),
    )


def test_keys_and_values_may_differ_in_width() -> None:
    shapes: dict[str, Shape] = {
        "model.layers.0.self_attn.k_proj.weight": (4 * 192, 64),
        "model.layers.0.self_attn.v_proj.weight": (4 * 128, 64),
    }
    summary = of_tensors(shapes, num_hidden_layers=1, num_key_value_heads=4, head_dim=192)
    assert part(summary, 10).formula == "1 × 4 × (192 + 128) × 10 × 1 × 2"


@pytest.mark.parametrize(
    ("name", "heads", "kv_heads", "more"),
    [
        ("query_key_value", 71, 1, {"model_type": "falcon", "multi_query": True}),
        # Falcon-40B: the 8 heads it stores, as vLLM keeps them; transformers broadcasts to 128.
        ("query_key_value", 128, 8, {"model_type": "falcon", "new_decoder_architecture": True}),
        ("qkv_proj", 40, 10, {"model_type": "phi3"}),
        ("Wqkv", 32, 32, {"model_type": "mpt"}),
        ("wqkv", 16, 8, {"model_type": "internlm2"}),
    ],
)
def test_fused_projections_hold_what_the_queries_leave(
    name: str, heads: int, kv_heads: int, more: dict[str, Json]
) -> None:
    hidden = heads * 64
    shapes: dict[str, Shape] = {
        f"transformer.h.0.self_attention.{name}.weight": ((heads + 2 * kv_heads) * 64, hidden),
        "transformer.h.0.self_attention.dense.weight": (hidden, hidden),
    }
    config: dict[str, Json] = {
        "num_hidden_layers": 1,
        "num_attention_heads": heads,
        "hidden_size": hidden,
    }
    summary = of_tensors(shapes, BF16, **{**config, **more})
    assert cache_layout(summary).attention == (AttentionLayers(1, kv_heads, 64, 64),)


def test_falcon_7b_has_one_head_for_all() -> None:
    # 0.016 GiB at 2k, where 71 heads give 1.109.
    summary = decoder(1, 64, 32, model_type="falcon", multi_query=True, num_attention_heads=71)
    assert round(cache(summary, 2048) / GIB, 3) == 0.016


def encoder_decoder(**more: Json) -> ParameterSummary:
    shapes: dict[str, Shape] = {}
    for side, names in {
        "encoder": ("self_attn",),
        "decoder": ("self_attn", "encoder_attn"),
    }.items():
        for name in names:
            for projection in ("k_proj", "v_proj"):
                shapes[f"model.{side}.layers.0.{name}.{projection}.weight"] = (1280, 1280)
    config: dict[str, Json] = {
        "architectures": ["WhisperForConditionalGeneration"],
        "is_encoder_decoder": True,
        "decoder_layers": 1,
        "encoder_layers": 1,
        "d_model": 1280,
        "decoder_attention_heads": 20,
    }
    return of_tensors(shapes, BF16, **{**config, **more})


def test_an_encoder_decoder_also_keeps_the_encoder_s_tokens() -> None:
    # Whisper: 1,500 audio frames whatever the context; 245,760,000 bytes for 32 layers.
    whisper = encoder_decoder(model_type="whisper", max_source_positions=1500)
    assert [term.value for term in part(whisper, 64).terms] == [2 * 2 * 1280 * 64, 7_680_000]
    assert 32 * 7_680_000 == 245_760_000
    # T5: as many encoder tokens as the context.
    assert cache(encoder_decoder(model_type="t5"), 64) == 2 * 2 * 2 * 1280 * 64


def vision_model(**vision: Json) -> ParameterSummary:
    shapes: dict[str, Shape] = {
        "language_model.model.layers.0.self_attn.k_proj.weight": (1024, 4096),
        "language_model.model.layers.1.cross_attn.k_proj.weight": (1024, 4096),
        "vision_model.transformer.layers.0.self_attn.k_proj.weight": (1280, 1280),
    }
    text: dict[str, Json] = {
        "model_type": "mllama_text_model",
        "num_hidden_layers": 2,
        "num_key_value_heads": 8,
        "num_attention_heads": 32,
        "hidden_size": 4096,
    }
    return of_tensors(shapes, model_type="mllama", text_config=text, vision_config=vision)


def test_layers_that_look_at_an_image_keep_its_tokens() -> None:
    # Llama-3.2-Vision: 4 tiles of 40 × 40 patches and one class token, 6,404 tokens.
    summary = vision_model(image_size=560, patch_size=14, max_num_tiles=4)
    assert [(group.layers, group.tokens) for group in cache_layout(summary).attention] == [
        (1, None),
        (1, 6404),
    ]
    assert part(summary, 128).bytes == 2 * 2 * 1024 * (128 + 6404)


def test_an_image_of_unknown_size_is_named_and_left_out() -> None:
    found = cache_layout(vision_model(model_type="something"))
    assert len(found.attention) == 1
    assert "cross-attention" in found.not_modelled[0]


def test_two_attentions_in_one_layer_both_count() -> None:
    shapes: dict[str, Shape] = {
        f"model.layers.0.self_attn.{i}.kv_a_proj_with_mqa.weight": (576, 64) for i in (0, 1)
    }
    summary = of_tensors(shapes, num_hidden_layers=1, qk_rope_head_dim=64)
    assert cache(summary, 1) == 2 * 2 * 576


@pytest.mark.parametrize(
    "config",
    [
        {"model_type": "bert", "architectures": ["BertForMaskedLM"]},
        {"architectures": ["T5EncoderModel"], "model_type": "t5"},
        {"_class_name": "FluxTransformer2DModel"},
        {"model_type": "vit", "architectures": ["ViTForImageClassification"]},
    ],
    ids=str,
)
def test_models_that_only_read_keep_nothing(config: dict[str, Json]) -> None:
    assert kv_cache(decoder(2, 8, 2, **config), Scenario()) is None


def test_an_unknown_kind_is_named_and_left_out() -> None:
    kinds: list[Json] = ["full_attention", "heavily_compressed_attention"]
    summary = decoder(2, 8, 2, layer_types=kinds)
    assert layout(summary) == [(1, None)]
    assert "heavily_compressed_attention" in cache_layout(summary).not_modelled[0]


def test_without_a_config_the_tensors_speak_and_the_window_is_named() -> None:
    summary = of_tensors({"model.layers.0.self_attn.k_proj.weight": (1024, 64)})
    assert cache(summary, 10) == 2 * 2 * 1024 * 10
    assert "no config.json" in cache_layout(summary).not_modelled[0]


def test_without_tensors_the_config_speaks() -> None:
    config: dict[str, Json] = {
        "model_type": "llama",
        "num_hidden_layers": 32,
        "num_attention_heads": 32,
        "num_key_value_heads": 8,
        "hidden_size": 4096,
    }
    assert cache(of_tensors({}, BF16, **config), 1) == 131_072


def test_the_tensors_win_over_the_config() -> None:
    summary = decoder(2, 8, 4, num_key_value_heads=16, num_hidden_layers=40)
    assert cache(summary, 1) == 4 * 2 * 2 * 8 * 2


def test_an_unknown_precision_is_refused() -> None:
    with pytest.raises(ScenarioError, match="KV precision"):
        kv_cache(decoder(2, 8, 1), Scenario(kv_precision="fp7"))


SLIDING = decoder(2, 8, 12, model_type="gemma3_text", sliding_window=100)
sizes = st.integers(min_value=1, max_value=1 << 20)


@given(context=sizes, batch=st.integers(1, 512), precision=st.sampled_from([*KV_PRECISIONS]))
def test_the_cache_grows_with_context_and_batch(context: int, batch: int, precision: str) -> None:
    one = part(SLIDING, context, 1, precision)
    many = part(SLIDING, context, batch, precision)
    assert batch * (one.bytes - 2) <= many.bytes <= batch * one.bytes
    assert part(SLIDING, context + 1, 1, precision).bytes > one.bytes
    assert (one.upper_bytes or one.bytes) >= one.bytes
    assert (one.upper_bytes is None) == (context <= 100)


@given(context=sizes, precision=st.sampled_from([*KV_PRECISIONS]))
def test_a_precision_s_share_of_32_bits(context: int, precision: str) -> None:
    whole: Any = cache(SLIDING, 32 * context, precision="fp32")
    assert cache(SLIDING, 32 * context, precision=precision) == pytest.approx(
        whole * KV_PRECISIONS[precision].bytes / 4, abs=2
    )


def test_layers_without_a_type_count_as_full_attention() -> None:
    short = decoder(2, 8, 4, layer_types=["sliding_attention"], sliding_window=16)
    assert layout(short) == [(1, 16), (3, None)]
    assert cache_layout(short).not_modelled == (
        "config.json gives the type of 1 of 4 layers: the others count as full attention",
    )


def test_layer_types_that_are_no_words_are_said_not_to_be_used() -> None:
    mixed = decoder(2, 8, 4, layer_types=["full_attention", None, 1, {}])
    assert layout(mixed) == [(4, None)]
    assert cache_layout(mixed).not_modelled == (
        "layer_types is not a list of words: it is not used",
    )


@pytest.mark.parametrize("module", ["time_mix", "retention"])
def test_what_mixes_tokens_with_a_state_keeps_no_keys(module: str) -> None:
    # RWKV and RetNet: keys and values enter a state of fixed size
    shapes: dict[str, Shape] = {
        f"blocks.{layer}.{name}.weight": (64, 64)
        for layer in range(3)
        for name in (f"{module}.key", f"{module}.value", "channel_mix.key", "channel_mix.value")
    }
    config: dict[str, Json] = {"hidden_size": 64, "num_attention_heads": 4, "num_hidden_layers": 3}
    found = cache_layout(of_tensors(shapes, BF16, architectures=["AnyForCausalLM"], **config))
    assert found.attention == ()
    assert found.not_modelled == ("3 recurrent layers: the shape of their state is not known",)


def test_a_bare_file_without_attention_says_that_no_cache_is_counted() -> None:
    bare = of_tensors({f"model.layers.{layer}.mlp.up_proj.weight": (8, 4) for layer in range(3)})
    assert cache_layout(bare).not_modelled == (
        "no config.json, and no attention that can be read: no KV cache",
    )
