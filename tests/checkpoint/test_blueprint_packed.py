"""Packed files of bitsandbytes and compressed-tensors, told from their configs alone."""

from typing import Any

import pytest

from paramtui.checkpoint.blueprint import BlueprintError, blueprint
from paramtui.checkpoint.checkpoint import Checkpoint
from paramtui.checkpoint.config import ModelConfig
from paramtui.checkpoint.summary import summarise
from paramtui.checkpoint.tensor import TensorInfo
from tests.checkpoint.test_blueprint_figures import GPTQ, LLAMA_31_8B

NF4: dict[str, Any] = {
    "quant_method": "bitsandbytes",
    "load_in_4bit": True,
    "bnb_4bit_quant_type": "nf4",
}
WEIGHTS: dict[str, Any] = {"num_bits": 4, "type": "int", "strategy": "group", "group_size": 128}


def scheme(form: str, weights: dict[str, Any], **more: Any) -> dict[str, Any]:
    group = {"targets": ["Linear"], "weights": {"symmetric": True, **WEIGHTS, **weights}}
    group |= {key: more.pop(key) for key in ("input_activations", "targets") if key in more}
    return {
        "quant_method": "compressed-tensors",
        "format": form,
        "ignore": ["lm_head"],
        "config_groups": {"group_0": group},
        **more,
    }


FP8 = {"num_bits": 8, "type": "float", "strategy": "channel"}
INT8 = {"num_bits": 8, "type": "int", "strategy": "channel"}


def build(options: dict[str, Any], **changes: Any) -> dict[str, TensorInfo]:
    config = {**LLAMA_31_8B, "torch_dtype": "bfloat16", "quantization_config": options, **changes}
    return {tensor.name: tensor for tensor in blueprint(ModelConfig.from_json(config))}


def rows(options: dict[str, Any], module: str) -> dict[str, tuple[str, tuple[int, ...]]]:
    found = build(options)
    return {
        name.removeprefix(f"{module}."): (tensor.dtype.name, tensor.shape)
        for name, tensor in found.items()
        if name.startswith(f"{module}.")
    }


K_PROJ = "model.layers.3.self_attn.k_proj"
"""1,024 × 4,096."""


STATE = '{"quant_type": "nf4", "blocksize": 64, "dtype": "bfloat16", "shape": [1024, 4096]}'
NESTED = ', "nested_blocksize": 256, "nested_dtype": "float32", "nested_offset": '
"""What stands there as text; a number of 17 digits or so follows."""


def test_four_bits_of_bitsandbytes() -> None:
    count = 1024 * 4096
    assert rows({**NF4, "bnb_4bit_use_double_quant": True}, K_PROJ) == {
        "weight": ("U8", (count // 2, 1)),
        "weight.absmax": ("U8", (count // 64,)),
        "weight.quant_map": ("F32", (16,)),
        "weight.nested_absmax": ("F32", (count // 64 // 256,)),
        "weight.nested_quant_map": ("F32", (256,)),
        "weight.quant_state.bitsandbytes__nf4": ("U8", (len(STATE) + len(NESTED) + 19,)),
    }
    plain = rows({**NF4, "bnb_4bit_quant_storage": "bfloat16"}, K_PROJ)
    assert plain["weight"] == ("BF16", (count // 4, 1))
    assert plain["weight.absmax"] == ("F32", (count // 64,))
    assert plain["weight.quant_state.bitsandbytes__nf4"] == ("U8", (len(STATE),))
    assert len(plain) == 4


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (
            scheme("pack-quantized", {}),
            {
                "weight_packed": ("I32", (1024, 512)),
                "weight_shape": ("I64", (2,)),
                "weight_scale": ("BF16", (1024, 32)),
            },
        ),
        (
            scheme("pack-quantized", {"symmetric": False, "actorder": "group"}),
            {
                "weight_packed": ("I32", (1024, 512)),
                "weight_shape": ("I64", (2,)),
                "weight_zero_point": ("I32", (128, 32)),
                "weight_g_idx": ("I32", (4096,)),
                "weight_scale": ("BF16", (1024, 32)),
            },
        ),
        (
            scheme("float-quantized", FP8, input_activations={"dynamic": True}),
            {"weight": ("F8_E4M3", (1024, 4096)), "weight_scale": ("BF16", (1024, 1))},
        ),
        (
            scheme(
                "float-quantized",
                {**FP8, "strategy": "tensor"},
                input_activations={"dynamic": False},
            ),
            {
                "weight": ("F8_E4M3", (1024, 4096)),
                "weight_scale": ("BF16", (1,)),
                "input_scale": ("BF16", (1,)),
            },
        ),
        (
            scheme("float-quantized", {**FP8, "strategy": "block", "block_structure": [128, 128]}),
            {"weight": ("F8_E4M3", (1024, 4096)), "weight_scale": ("BF16", (8, 32))},
        ),
        (
            scheme("int-quantized", INT8),
            {"weight": ("I8", (1024, 4096)), "weight_scale": ("BF16", (1024, 1))},
        ),
    ],
)
def test_layouts_of_compressed_tensors(
    options: dict[str, Any], expected: dict[str, tuple[str, tuple[int, ...]]]
) -> None:
    assert rows(options, K_PROJ) == expected


@pytest.mark.parametrize(
    "options",
    [
        NF4,
        {**NF4, "bnb_4bit_use_double_quant": True},
        scheme("pack-quantized", {}),
        scheme("pack-quantized", {"num_bits": 8, "strategy": "channel"}),
        scheme("float-quantized", FP8),
        scheme("int-quantized", INT8),
    ],
)
def test_they_stand_for_the_same_parameters(options: dict[str, Any]) -> None:
    config = ModelConfig.from_json(
        {**LLAMA_31_8B, "torch_dtype": "bfloat16", "quantization_config": options}
    )
    summary = summarise(Checkpoint("x", blueprint(config), config))
    assert summary.total == 8_030_261_248
    assert not summary.warnings


@pytest.mark.parametrize(
    ("entry", "left_alone"),
    [
        ("re:.*self_attn.*", {"k_proj", "q_proj"}),
        (r"re:.*\.self_attn\.k_proj$", {"k_proj"}),
        (f"{K_PROJ}", {"k_proj"}),
        ("k_proj", set()),
    ],
)
def test_modules_that_are_ignored(entry: str, left_alone: set[str]) -> None:
    found = build(scheme("pack-quantized", {}, ignore=["lm_head", entry]))
    plain = {
        name.split(".")[-2]
        for name in found
        if name.startswith("model.layers.3.") and name.endswith("proj.weight")
    }
    assert plain & {"k_proj", "q_proj"} == left_alone


@pytest.mark.parametrize(
    "options",
    [
        scheme("nvfp4-pack-quantized", {}),
        scheme("pack-quantized", {"strategy": "odd"}),
        scheme("pack-quantized", {"group_size": 0}),
        scheme("pack-quantized", {"num_bits": 99}),
        scheme("pack-quantized", {}, ignore=["re:(a+)+$"]),
        scheme("pack-quantized", {}, targets=["re:.*mlp.*"]),
        scheme("pack-quantized", {}, kv_cache_scheme={"num_bits": 8}),
        scheme("pack-quantized", {}, config_groups={"a": {}, "b": {}}),
        {"quant_method": "compressed-tensors"},
        {**NF4, "load_in_4bit": False},
        {**GPTQ, "quant_method": "eetq"},
    ],
)
def test_what_the_config_does_not_tell_is_named(options: dict[str, Any]) -> None:
    with pytest.raises(BlueprintError, match="no blueprint for files quantised with"):
        build(options)


def test_packed_experts_are_layers_of_their_own() -> None:
    text: dict[str, Any] = {
        "model_type": "gemma4_text",
        "hidden_size": 64,
        "intermediate_size": 96,
        "num_hidden_layers": 1,
        "num_attention_heads": 4,
        "vocab_size": 100,
        "hidden_size_per_layer_input": 0,
        "enable_moe_block": True,
        "num_experts": 3,
        "moe_intermediate_size": 32,
        "quantization_config": scheme("pack-quantized", {"group_size": 32}),
    }
    found = {tensor.name: tensor.shape for tensor in blueprint(ModelConfig.from_json(text))}
    assert found["model.layers.0.experts.2.up_proj.weight_packed"] == (32, 8)
    assert found["model.layers.0.experts.2.down_proj.weight_scale"] == (64, 1)
    assert not any(name.endswith("gate_up_proj") for name in found)
