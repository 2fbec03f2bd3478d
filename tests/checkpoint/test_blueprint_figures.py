"""Blueprints give the figures that others published for the files."""

from collections import Counter
from collections.abc import Sequence
from math import prod

import pytest

from paramtui.checkpoint.blueprint import BlueprintError, blueprint
from paramtui.checkpoint.checkpoint import Checkpoint
from paramtui.checkpoint.config import Json, ModelConfig
from paramtui.checkpoint.summary import summarise
from paramtui.checkpoint.tensor import TensorInfo
from tests.truth.published_models import stable_diffusion_unet

Config = dict[str, Json]

FP8: Config = {"quant_method": "fp8", "weight_block_size": [128, 128]}

DEEPSEEK_V3: Config = {
    "model_type": "deepseek_v3",
    "architectures": ["DeepseekV3ForCausalLM"],
    "hidden_size": 7168,
    "intermediate_size": 18432,
    "moe_intermediate_size": 2048,
    "num_hidden_layers": 61,
    "num_attention_heads": 128,
    "num_key_value_heads": 128,
    "q_lora_rank": 1536,
    "kv_lora_rank": 512,
    "qk_nope_head_dim": 128,
    "qk_rope_head_dim": 64,
    "v_head_dim": 128,
    "n_routed_experts": 256,
    "n_shared_experts": 1,
    "first_k_dense_replace": 3,
    "num_nextn_predict_layers": 1,
    "vocab_size": 129280,
    "torch_dtype": "bfloat16",
    "quantization_config": FP8,
}


def build(config: Config) -> Sequence[TensorInfo]:
    return blueprint(ModelConfig.from_json(config))


def test_deepseek_v3_as_its_files_hold_it() -> None:
    """DeepSeek-R1's index: 91,991 tensors, 688,574,839,360 bytes; its three types as the Hub
    counts them."""
    tensors = build(DEEPSEEK_V3)
    elements: Counter[str] = Counter()
    for tensor in tensors:
        elements[tensor.dtype.name] += prod(tensor.shape)
    assert len(tensors) == 91_991
    assert elements == {"BF16": 3_918_786_560, "F8_E4M3": 680_571_043_840, "F32": 41_555_600}
    assert sum(tensor.nbytes for tensor in tensors) == 688_574_839_360


def test_deepseek_v3_main_model() -> None:
    """671,026,404,352 parameters and 14,848 router corrections without scales and extra layer."""
    config = {key: value for key, value in DEEPSEEK_V3.items() if key != "quantization_config"}
    total = sum(prod(tensor.shape) for tensor in build({**config, "num_nextn_predict_layers": 0}))
    assert total == 671_026_404_352 + 58 * 256


def test_minimax_m2_bytes() -> None:
    """hf-mem's README (alvarobartt/hf-mem): 230,121,630,720 bytes of weights."""
    tensors = build(
        {
            "model_type": "minimax_m2",
            "hidden_size": 3072,
            "intermediate_size": 1536,
            "num_hidden_layers": 62,
            "num_attention_heads": 48,
            "num_key_value_heads": 8,
            "head_dim": 128,
            "num_local_experts": 256,
            "vocab_size": 200064,
            "tie_word_embeddings": False,
            "torch_dtype": "bfloat16",
            "quantization_config": {
                **FP8,
                "modules_to_not_convert": ["gate", "e_score_correction_bias", "lm_head"],
            },
        }
    )
    assert sum(tensor.nbytes for tensor in tensors) == 230_121_630_720


def test_gpt_oss_20b_as_its_files_hold_it() -> None:
    """huggingface.js counts U8 19,110,297,600 (two numbers a byte) and BF16 1,804,459,584;
    the index of openai/gpt-oss-20b gives 13,761,264,768 bytes in 459 tensors."""
    tensors = build(
        {
            "model_type": "gpt_oss",
            "head_dim": 64,
            "hidden_size": 2880,
            "intermediate_size": 2880,
            "num_attention_heads": 64,
            "num_hidden_layers": 24,
            "num_key_value_heads": 8,
            "num_local_experts": 32,
            "vocab_size": 201088,
            "tie_word_embeddings": False,
            "quantization_config": {"quant_method": "mxfp4"},
        }
    )
    blocks = sum(prod(tensor.shape) for tensor in tensors if tensor.name.endswith("_blocks"))
    plain = sum(prod(tensor.shape) for tensor in tensors if tensor.dtype.name == "BF16")
    assert (2 * blocks, plain) == (19_110_297_600, 1_804_459_584)
    assert (len(tensors), sum(tensor.nbytes for tensor in tensors)) == (459, 13_761_264_768)


def test_minicpm_v_2_6() -> None:
    """openbmb/MiniCPM-V-2_6: its index claims 16,198,350,304 bytes for 789 tensors."""
    config: Config = {
        "model_type": "minicpmv",
        "version": 2.6,
        "hidden_size": 3584,
        "intermediate_size": 18944,
        "num_hidden_layers": 28,
        "num_attention_heads": 28,
        "num_key_value_heads": 4,
        "vocab_size": 151666,
        "query_num": 64,
        "torch_dtype": "bfloat16",
        "tie_word_embeddings": False,
        "vision_config": {
            "hidden_size": 1152,
            "image_size": 980,
            "intermediate_size": 4304,
            "num_attention_heads": 16,
            "num_hidden_layers": 27,
            "patch_size": 14,
        },
    }
    tensors = build(config)
    assert (len(tensors), sum(tensor.nbytes for tensor in tensors)) == (789, 16_198_350_304)
    with pytest.raises(BlueprintError, match="this version of MiniCPM-V"):
        build({**config, "version": "4.0"})


def test_dbrx() -> None:
    """databricks/dbrx-instruct: "132B"; 36B of them active with 4 of 16 experts (its card)."""
    config: Config = {
        "model_type": "dbrx",
        "d_model": 6144,
        "n_heads": 48,
        "n_layers": 40,
        "vocab_size": 100352,
        "attn_config": {"kv_n_heads": 8},
        "ffn_config": {"ffn_hidden_size": 10752, "moe_num_experts": 16, "moe_top_k": 4},
    }
    summary = summarise(Checkpoint("x", build(config), ModelConfig.from_json(config)))
    assert summary.total == 131_596_523_520
    assert round(summary.active / 1e9) == 36
    assert not summary.warnings


def test_the_u_net_of_stable_diffusion_1() -> None:
    """859,520,964, as `published_models` adds its shapes up and diffusers counts."""
    config: Config = {
        "_class_name": "UNet2DConditionModel",
        "block_out_channels": [320, 640, 1280, 1280],
        "cross_attention_dim": 768,
        "down_block_types": [*["CrossAttnDownBlock2D"] * 3, "DownBlock2D"],
        "up_block_types": ["UpBlock2D", *["CrossAttnUpBlock2D"] * 3],
        "in_channels": 4,
        "out_channels": 4,
        "layers_per_block": 2,
    }
    tensors = build(config)
    assert sum(tensor.elements for tensor in tensors) == 859_520_964
    shapes = {tensor.name: tensor.shape for tensor in tensors}
    assert shapes == dict(stable_diffusion_unet())


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("block_out_channels", []),
        ("block_out_channels", [0]),
        ("down_block_types", ["AttnDownBlock2D"]),
        ("mid_block_type", "UNetMidBlock2D"),
    ],
)
def test_a_u_net_of_another_kind_says_what_is_missing(field: str, value: Json) -> None:
    config: Config = {
        "_class_name": "UNet2DConditionModel",
        "block_out_channels": [32],
        "cross_attention_dim": 8,
        "down_block_types": ["DownBlock2D"],
        "up_block_types": ["UpBlock2D"],
        field: value,
    }
    with pytest.raises(BlueprintError, match=field):
        build(config)


def test_gemma_4_31b() -> None:
    """31,273,088,876 elements in the files of google/gemma-4-31b, as its index adds up."""
    config: Config = {
        "model_type": "gemma4",
        "text_config": {
            "model_type": "gemma4_text",
            "hidden_size": 5376,
            "intermediate_size": 21504,
            "num_hidden_layers": 60,
            "num_attention_heads": 32,
            "num_key_value_heads": 16,
            "num_global_key_value_heads": 4,
            "head_dim": 256,
            "global_head_dim": 512,
            "attention_k_eq_v": True,
            "hidden_size_per_layer_input": 0,
            "vocab_size": 262144,
        },
        "vision_config": {
            "hidden_size": 1152,
            "intermediate_size": 4304,
            "num_hidden_layers": 27,
            "num_attention_heads": 16,
            "num_key_value_heads": 16,
            "head_dim": 72,
            "standardize": True,
        },
    }
    assert sum(prod(tensor.shape) for tensor in build(config)) == 31_273_088_876


@pytest.mark.parametrize(
    ("untied", "total"),
    # The Hub lists falcon-7b-instruct with 7,217,189,760: its file stores the head as well.
    [(False, 6_921_720_704), (True, 7_217_189_760)],
)
def test_falcon_7b(untied: bool, total: int) -> None:
    config: Config = {
        "model_type": "falcon",
        "hidden_size": 4544,
        "num_hidden_layers": 32,
        "num_attention_heads": 71,
        "vocab_size": 65024,
        "multi_query": True,
        "parallel_attn": True,
    }
    if untied:
        config["tie_word_embeddings"] = False
    assert sum(prod(tensor.shape) for tensor in build(config)) == total


def test_qwen3_fp8_scales() -> None:
    """The Hub: Qwen3-0.6B-FP8 holds 26,880 scales more than Qwen3-0.6B."""
    config: Config = {
        "model_type": "qwen3",
        "hidden_size": 1024,
        "intermediate_size": 3072,
        "num_hidden_layers": 28,
        "num_attention_heads": 16,
        "num_key_value_heads": 8,
        "head_dim": 128,
        "vocab_size": 151936,
        "tie_word_embeddings": True,
        "torch_dtype": "bfloat16",
    }
    plain, packed = build(config), build({**config, "quantization_config": FP8})
    elements = [sum(prod(tensor.shape) for tensor in tensors) for tensors in (plain, packed)]
    assert elements[1] - elements[0] == 26_880


LLAMA_31_8B: Config = {
    "model_type": "llama",
    "hidden_size": 4096,
    "intermediate_size": 14336,
    "num_hidden_layers": 32,
    "num_attention_heads": 32,
    "num_key_value_heads": 8,
    "vocab_size": 128256,
}
QWEN_7B: Config = {
    "model_type": "qwen",
    "hidden_size": 4096,
    "intermediate_size": 22016,
    "num_hidden_layers": 32,
    "num_attention_heads": 32,
    "kv_channels": 128,
    "no_bias": True,
    "vocab_size": 151936,
    "tie_word_embeddings": False,
}
QWEN3_14B: Config = {
    "model_type": "qwen3",
    "hidden_size": 5120,
    "intermediate_size": 17408,
    "num_hidden_layers": 40,
    "num_attention_heads": 40,
    "num_key_value_heads": 8,
    "head_dim": 128,
    "vocab_size": 151936,
    "tie_word_embeddings": False,
    "torch_dtype": "bfloat16",
}
QWEN25_32B: Config = {
    "model_type": "qwen2",
    "hidden_size": 5120,
    "intermediate_size": 27648,
    "num_hidden_layers": 64,
    "num_attention_heads": 40,
    "num_key_value_heads": 8,
    "vocab_size": 152064,
    "torch_dtype": "float16",
}
GPTQ: Config = {"quant_method": "gptq", "bits": 4, "group_size": 128}


@pytest.mark.parametrize(
    ("config", "quantization", "tensors", "size"),
    [
        # Qwen/Qwen-7B-Chat-Int4: its index
        (QWEN_7B, GPTQ, 867, 5_860_564_992),
        # Qwen/Qwen3-14B-MLX-4bit: its index
        (QWEN3_14B, {"bits": 4, "group_size": 64}, 1_007, 8_307_783_680),
        # a Llama-3.1-8B saved by bitsandbytes with the rest in 32 bits: its index
        (
            {**LLAMA_31_8B, "torch_dtype": "float32"},
            {"quant_method": "bitsandbytes", "load_in_8bit": True},
            739,
            11_188_584_672,
        ),
    ],
    ids=["gptq", "mlx", "bnb-int8"],
)
def test_packed_files(config: Config, quantization: Config, tensors: int, size: int) -> None:
    found = build({**config, "quantization_config": quantization})
    assert len(found) == tensors
    assert sum(tensor.nbytes for tensor in found) == size


@pytest.mark.parametrize(
    ("config", "quantization", "total"),
    [
        # The Hub counts Qwen2.5-32B-AWQ like Qwen2.5-32B.
        (QWEN25_32B, {"quant_method": "awq", "bits": 4, "group_size": 128}, 32_763_876_352),
        (QWEN3_14B, {"bits": 4, "group_size": 64}, 14_768_307_200),
        (LLAMA_31_8B, FP8, 8_030_261_248),
    ],
    ids=["awq", "mlx", "fp8"],
)
def test_packed_files_hold_the_same_parameters(
    config: Config, quantization: Config, total: int
) -> None:
    packed: Config = {**config, "quantization_config": quantization}
    checkpoint = Checkpoint("x", build(packed), ModelConfig.from_json(packed))
    assert summarise(checkpoint).total == total


def test_a_bias_is_not_packed_twice() -> None:
    """GPTQModel signs its files and keeps biases as they were; AutoGPTQ gives every layer one."""
    plain = {tensor.name for tensor in build({**QWEN25_32B, "quantization_config": GPTQ})}
    signed: Config = {**GPTQ, "meta": {"quantizer": ["gptqmodel:1.4.2"]}}
    kept = {tensor.name for tensor in build({**QWEN25_32B, "quantization_config": signed})}
    assert "model.layers.0.self_attn.o_proj.bias" in plain - kept
    assert "model.layers.0.self_attn.q_proj.bias" in plain & kept
