"""Every packed format holds the matrix it was made from.

The layouts are written out here from the formats' own definitions, as a packer would lay them out;
sources beside each.
"""

from collections.abc import Callable, Mapping
from math import ceil

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paramtui.checkpoint.checkpoint import Checkpoint, Shard
from paramtui.checkpoint.config import Json, ModelConfig
from paramtui.checkpoint.counting.packing import FORMATS, Format
from paramtui.checkpoint.dtype import SAFETENSORS_DTYPES
from paramtui.checkpoint.summary import Kind, ParameterSummary, summarise
from paramtui.checkpoint.tensor import Shape, TensorInfo

Tensors = dict[str, tuple[str, Shape]]
Packer = Callable[[int, int], Tensors]
"""Outputs and inputs of a linear layer -> its tensors, by what follows the module's name."""


def gptq(bits: int, group: int, order: bool = True) -> Packer:
    # AutoGPTQ qlinear_cuda_old.py: qweight packs inputs, qzeros outputs, into 32-bit words
    def pack(o: int, i: int) -> Tensors:
        groups = ceil(i / group)
        return {
            ".qweight": ("I32", (i * bits // 32, o)),
            ".qzeros": ("I32", (groups, o * bits // 32)),
            ".scales": ("F16", (groups, o)),
        } | ({".g_idx": ("I32", (i,))} if order else {})

    return pack


def awq(o: int, i: int) -> Tensors:
    # AutoAWQ WQLinear_GEMM
    return {
        ".qweight": ("I32", (i, o // 8)),
        ".qzeros": ("I32", (i // 128, o // 8)),
        ".scales": ("F16", (i // 128, o)),
    }


def awq_gemv(o: int, i: int) -> Tensors:
    # AutoAWQ WQLinear_GEMV
    return {
        ".qweight": ("I32", (o, i // 8)),
        ".qzeros": ("I32", (o, ceil(i / 128 / 8))),
        ".scales": ("F16", (o, ceil(i / 128 / 8) * 8)),
    }


def compressed(bits: int, group: int, *, zero: bool = False, order: bool = False) -> Packer:
    # compressed-tensors, pack_quantized
    def pack(o: int, i: int) -> Tensors:
        groups = ceil(i / group) if group > 0 else 1
        found: Tensors = {
            ".weight_packed": ("I32", (o, ceil(i / (32 // bits)))),
            ".weight_scale": ("BF16", (o, groups)),
            ".weight_shape": ("I64", (2,)),
        }
        if zero:
            found[".weight_zero_point"] = ("I32", (ceil(o / (32 // bits)), groups))
        if order:
            found[".weight_g_idx"] = ("I32", (i,))
        return found

    return pack


def compressed_config(bits: int, group: int) -> dict[str, Json]:
    scheme = {"num_bits": bits, "group_size": group if group > 0 else None, "type": "int"}
    return {
        "quant_method": "compressed-tensors",
        "format": "pack-quantized",
        "config_groups": {"group_0": {"targets": ["Linear"], "weights": scheme}},
    }


def fp4_packed(group: int, dtype: str) -> Packer:
    # the formats nvfp4-pack-quantized, groups of 16, and mxfp4-pack-quantized, groups of 32
    return lambda o, i: {
        ".weight_packed": ("U8", (o, i // 2)),
        ".weight_scale": (dtype, (o, i // group)),
        ".weight_global_scale": ("F32", (1,)),
        ".input_global_scale": ("F32", (1,)),
    }


def modelopt(o: int, i: int) -> Tensors:
    # NVIDIA ModelOpt's unified Hugging Face export, NVFP4
    return {
        ".weight": ("U8", (o, i // 2)),
        ".weight_scale": ("F8_E4M3", (o, i // 16)),
        ".weight_scale_2": ("F32", ()),
        ".input_scale": ("F32", ()),
    }


def modelopt_int4(o: int, i: int) -> Tensors:
    # ModelOpt W4A16_AWQ packs two outputs into a byte
    return {
        ".weight": ("U8", (o // 2, i)),
        ".weight_scale": ("F16", (o, i // 128)),
        ".pre_quant_scale": ("F16", (i,)),
    }


def fp8(suffix: str, *scale: int) -> Packer:
    # DeepSeek-V3's README_WEIGHTS (blocks), compressed-tensors float-quantized (channel, tensor)
    def pack(o: int, i: int) -> Tensors:
        shape = {2: (ceil(o / 128), ceil(i / 128)), 1: (o, 1), 0: ()}[len(scale)]
        return {".weight": ("F8_E4M3", (o, i)), suffix: ("F32", shape)}

    return pack


def fp4_in_int8(o: int, i: int) -> Tensors:
    # DeepSeek-V4: `expert_dtype: fp4`, one E8M0 for 32 numbers
    return {".weight": ("I8", (o, i // 2)), ".scale": ("F8_E8M0", (o, i // 32))}


def bnb_int8(o: int, i: int) -> Tensors:
    return {".weight": ("I8", (o, i)), ".SCB": ("F32", (o,)), ".weight_format": ("U8", ())}


def bnb_4bit(kind: str, *, nested: bool, dtype: str = "U8") -> Packer:
    # bitsandbytes functional.quantize_4bit, blocks of 64
    def pack(o: int, i: int) -> Tensors:
        n, per = o * i, SAFETENSORS_DTYPES[dtype].bits // 4
        found: Tensors = {
            ".weight": (dtype, (n // per, 1)),
            ".weight.absmax": ("U8" if nested else "F32", (ceil(n / 64),)),
            ".weight.quant_map": ("F32", (16,)),
            f".weight.quant_state.bitsandbytes__{kind}": ("U8", (172,)),
        }
        if nested:
            found[".weight.nested_absmax"] = ("F32", (ceil(n / 64 / 256),))
            found[".weight.nested_quant_map"] = ("F32", (256,))
        return found

    return pack


def mlx(bits: int, group: int) -> Packer:
    # mlx.core.quantize
    return lambda o, i: {
        ".weight": ("U32", (o, i * bits // 32)),
        ".scales": ("BF16", (o, i // group)),
        ".biases": ("BF16", (o, i // group)),
    }


def hqq(bits: int, group: int) -> Packer:
    # hqq.core.bitpack: groups along the last axis; 3 bits go ten to a word
    def pack(o: int, i: int) -> Tensors:
        groups = o * i // group
        rows, dtype = (ceil(groups / 10), "I32") if bits == 3 else (groups * bits // 8, "U8")
        return {
            ".W_q": (dtype, (rows, group)),
            ".scale": ("BF16", (groups, 1)),
            ".zero": ("BF16", (groups, 1)),
            ".shape": ("I64", (2,)),
            ".nbits": ("I64", ()),
        }

    return pack


def aqlm(o: int, i: int) -> Tensors:
    # AQLM 1x16: one code for eight inputs
    return {
        ".codes": ("I16", (o, i // 8, 1)),
        ".codebooks": ("F16", (1, 65536, 1, 8)),
        ".scales": ("F16", (o, 1, 1, 1)),
    }


def exl2(o: int, i: int) -> Tensors:
    return {
        ".q_weight": ("I32", (i * 5 // 32, o)),
        ".q_invperm": ("I32", (i,)),
        ".q_scale": ("I32", (i // 32, o // 8)),
        ".q_scale_max": ("F16", (i // 32,)),
        ".q_groups": ("I16", (i // 16,)),
    }


def exl3(o: int, i: int) -> Tensors:
    return {
        ".trellis": ("I16", (i // 16, o // 16, 48)),
        ".suh": ("F16", (i,)),
        ".svh": ("F16", (o,)),
    }


def torchao_int4(o: int, i: int) -> Tensors:
    # torchao Int4Tensor
    return {
        "._weight_qdata": ("I8", (o, i // 2)),
        "._weight_scale": ("BF16", (i // 128, o)),
        "._weight_zero_point": ("BF16", (i // 128, o)),
    }


def torchao_tiles(o: int, i: int) -> Tensors:
    # torchao Int4TilePackedTo4dTensor, inner_k_tiles 8
    return {
        "._weight_qdata": ("I32", (o // 8, i // 128, 32, 4)),
        "._weight_scale_and_zero": ("BF16", (i // 128, o, 2)),
    }


def torchao_fp8(o: int, i: int) -> Tensors:
    return {"._weight_qdata": ("F8_E4M3", (o, i)), "._weight_scale": ("F32", (o, 1))}


def quanto(o: int, i: int) -> Tensors:
    return {".weight._data": ("I8", (o, i)), ".weight._scale": ("BF16", (o, 1))}


def quanto_4bit(o: int, i: int) -> Tensors:
    # optimum-quanto QBitsTensor: groups of 128 in rows, two rows a byte
    rows = o * i // 128
    return {
        ".weight._data": ("U8", (rows // 2, 128)),
        ".weight._scale": ("BF16", (rows, 1)),
        ".weight._shift": ("BF16", (rows, 1)),
    }


def eetq(o: int, i: int) -> Tensors:
    # NetEase EETQ: in × out
    return {".weight": ("I8", (i, o)), ".weight_scales": ("F16", (o,))}


def bitnet(o: int, i: int) -> Tensors:
    return {".weight": ("U8", (o // 4, i)), ".weight_scale": ("BF16", (1,))}


def paddle(o: int, i: int) -> Tensors:
    return {".quant_weight": ("F8_E4M3", (o, i)), ".weight_scale": ("F32", (o, 1))}


LAYOUTS: dict[str, tuple[Packer, dict[str, Json]]] = {
    **{f"gptq {b}": (gptq(b, 128), {"quant_method": "gptq", "bits": b}) for b in (2, 3, 4, 8)},
    "gptq without order": (gptq(3, 128, order=False), {"quant_method": "gptq", "bits": 3}),
    "gptq, silent config": (gptq(8, 128, order=False), {}),
    "awq": (awq, {"quant_method": "awq", "bits": 4}),
    "awq gemv": (awq_gemv, {"quant_method": "awq", "bits": 4, "version": "gemv"}),
    "compressed 4": (compressed(4, 128), compressed_config(4, 128)),
    "compressed 4, groups of 32": (compressed(4, 32), compressed_config(4, 32)),
    "compressed 8, channels": (compressed(8, 0), compressed_config(8, 0)),
    "compressed, zero points": (compressed(4, 64, zero=True), compressed_config(4, 64)),
    "compressed, ordered": (compressed(4, 128, order=True), {}),
    "nvfp4": (fp4_packed(16, "F8_E4M3"), {"format": "nvfp4-pack-quantized"}),
    "mxfp4": (fp4_packed(32, "U8"), {"format": "mxfp4-pack-quantized"}),
    "modelopt nvfp4": (modelopt, {"quant_method": "modelopt", "quant_algo": "NVFP4"}),
    "modelopt int4": (modelopt_int4, {"quant_method": "modelopt", "quant_algo": "W4A16_AWQ"}),
    "fp8 blocks": (fp8(".weight_scale_inv", 128, 128), {"quant_method": "fp8"}),
    "fp8 channels": (fp8(".weight_scale", 1), {"quant_method": "compressed-tensors"}),
    "fp8 tensor": (fp8(".weight_scale"), {}),
    "fp4 in int8": (fp4_in_int8, {"quant_method": "fp8"}),
    "bnb int8": (bnb_int8, {"load_in_8bit": True}),
    "bnb nf4": (bnb_4bit("nf4", nested=False), {"load_in_4bit": True}),
    "bnb nf4 twice": (bnb_4bit("nf4", nested=True), {"load_in_4bit": True}),
    "bnb fp4 in bf16": (bnb_4bit("fp4", nested=False, dtype="BF16"), {"load_in_4bit": True}),
    **{f"mlx {b}": (mlx(b, 64), {"bits": b, "group_size": 64}) for b in (2, 3, 4, 5, 6, 8)},
    "mlx 8, groups of 32": (mlx(8, 32), {"bits": 8, "group_size": 32}),
    "mlx, silent config": (mlx(6, 64), {}),
    **{f"hqq {b}": (hqq(b, 64), {"quant_method": "hqq"}) for b in (2, 3, 4, 8)},
    "aqlm": (aqlm, {"quant_method": "aqlm"}),
    "exl2": (exl2, {"quant_method": "exl2", "bits": 5.0}),
    "exl3": (exl3, {"quant_method": "exl3", "bits": 3.0}),
    "torchao int4": (torchao_int4, {"quant_method": "torchao"}),
    "torchao tiles": (torchao_tiles, {"quant_method": "torchao"}),
    "torchao fp8": (torchao_fp8, {"quant_method": "torchao"}),
    "quanto": (quanto, {"quant_method": "quanto"}),
    "quanto, 4 bits": (quanto_4bit, {"quant_method": "quanto", "weights": "int4"}),
    "eetq": (eetq, {"quant_method": "eetq"}),
    "bitnet": (bitnet, {"quant_method": "bitnet"}),
    "paddle": (paddle, {}),
}


def count(tensors: Mapping[str, tuple[str, Shape]], quantization: Json = None) -> ParameterSummary:
    infos = tuple(
        TensorInfo(name, SAFETENSORS_DTYPES[dtype], shape)
        for name, (dtype, shape) in tensors.items()
    )
    config = ModelConfig.from_json({"quantization_config": quantization})
    return summarise(Checkpoint("test", infos, config))


def summarise_files(tensors: Tensors, quantization: Json) -> ParameterSummary:
    """The same, as one file that was read."""
    infos = tuple(
        TensorInfo(name, SAFETENSORS_DTYPES[dtype], shape)
        for name, (dtype, shape) in tensors.items()
    )
    config = ModelConfig.from_json({"quantization_config": quantization})
    return summarise(Checkpoint("test", infos, config, shards=(Shard("model.safetensors"),)))


def layer(packer: Packer, hidden: int, wide: int) -> Tensors:
    """One decoder layer's norm and two of its packed linear layers."""
    tensors: Tensors = {"model.layers.0.input_layernorm.weight": ("BF16", (hidden,))}
    for name, o, i in (("mlp.up_proj", wide, hidden), ("mlp.down_proj", hidden, wide)):
        for suffix, tensor in packer(o, i).items():
            tensors[f"model.layers.0.{name}{suffix}"] = tensor
    return tensors


@pytest.mark.parametrize("name", LAYOUTS)
@settings(max_examples=8)
@given(hidden=st.integers(1, 6), wide=st.integers(1, 6))
def test_a_packed_layer_counts_as_what_it_was(name: str, hidden: int, wide: int) -> None:
    packer, quantization = LAYOUTS[name]
    hidden, wide = hidden * 256, wide * 128
    summary = count(layer(packer, hidden, wide), quantization)
    shapes = {
        group.suffix if group.suffix != "weight" else group.pattern.split(".")[-3]: (
            group.logical_shape,
            group.in_features,
            group.out_features,
        )
        for group in summary.groups
        if group.kind is Kind.WEIGHT and "mlp" in group.pattern
    }
    assert shapes == {
        "up_proj": ((wide, hidden), hidden, wide),
        "down_proj": ((hidden, wide), wide, hidden),
    }
    assert summary.total == hidden + 2 * hidden * wide


def test_a_vptq_layer_is_what_its_config_describes() -> None:
    # microsoft/VPTQ, VQuantLinear: indices of vectors; the config lists each layer's features
    tensors: Tensors = {
        "model.layers.0.mlp.up_proj.indices": ("I32", (1, 512, 12)),
        "model.layers.0.mlp.up_proj.centroids.weight": ("BF16", (1, 524_288)),
        "model.layers.0.mlp.up_proj.res_centroids.weight": ("BF16", (1, 2048)),
        "model.layers.0.mlp.up_proj.weight_scale": ("BF16", (256,)),
        "model.layers.0.mlp.up_proj.weight_bias": ("BF16", (256,)),
        "model.layers.0.mlp.up_proj.perm": ("I16", (256,)),
    }
    sizes: Json = {"in_features": 256, "out_features": 512, "vector_lens": [-1, 8]}
    told: Json = {
        "quant_method": "vptq",
        "config_for_layers": {"model.layers.0.mlp.up_proj": sizes},
    }
    summary = count(tensors, told)
    assert (summary.total, summary.by_kind) == (512 * 256, {Kind.WEIGHT: 512 * 256})
    (said,) = summarise_files(tensors, {"quant_method": "vptq"}).warnings
    assert said == "1 tensor is packed in a way that is not known (vptq): counted as stored."


@pytest.mark.parametrize("bits", [4, 8])
def test_compressed_words_without_a_config_follow_the_widths_around(bits: int) -> None:
    for hidden, wide in ((256, 768), (512, 1024)):
        assert count(layer(compressed(bits, 64), hidden, wide)).total == hidden * (1 + 2 * wide)


def test_mlx_output_projections_take_in_the_queries() -> None:
    shapes = {
        "q_proj": (512, 256),
        "k_proj": (128, 256),
        "v_proj": (128, 256),
        "o_proj": (256, 512),
    }
    tensors: Tensors = {"model.layers.0.input_layernorm.weight": ("BF16", (256,))}
    for name, (o, i) in shapes.items():
        for end, tensor in mlx(4, 128)(o, i).items():
            tensors[f"model.layers.0.self_attn.{name}{end}"] = tensor
    assert count(tensors).total == 256 + 2 * 512 * 256 + 2 * 128 * 256


def test_mlx_overrides_for_single_modules_are_read() -> None:
    tensors = {f"lm_head{end}": tensor for end, tensor in mlx(8, 32)(512, 256).items()}
    tensors |= {f"model.layers.0.mlp.up_proj{e}": t for e, t in mlx(4, 64)(512, 256).items()}
    quantization: Json = {
        "bits": 4,
        "group_size": 64,
        "lm_head": {"bits": 8, "group_size": 32},
    }
    assert count(tensors, quantization).total == 2 * 512 * 256


@pytest.mark.parametrize(("bits", "group"), [(8, 32), (4, 64), (4, 128), (2, 128)])
def test_mlx_bits_without_a_config_follow_from_the_widths_around(bits: int, group: int) -> None:
    hidden, wide = 512, 1024
    pack = mlx(bits, group)
    layers = {"up_proj": pack(wide, hidden), "down_proj": pack(hidden, wide)}
    tensors: Tensors = {"model.layers.0.input_layernorm.weight": ("BF16", (hidden,))}
    for name, parts in layers.items():
        tensors |= {f"model.layers.0.mlp.{name}{end}": tensor for end, tensor in parts.items()}
    tensors |= {f"lm_head{end}": tensor for end, tensor in pack(4096, hidden).items()}
    summary = count(tensors)
    assert summary.total == hidden + 2 * hidden * wide + 4096 * hidden
    assert summary.warnings == ()


def test_mlx_bits_that_nothing_settles_are_said_to_be_assumed() -> None:
    summary = count({f"some.up_proj{end}": tensor for end, tensor in mlx(8, 32)(100, 512).items()})
    assert summary.total == 100 * 1024
    (said,) = summary.warnings
    assert "how many bits the numbers of 1 packed tensor have: groups of 64 are assumed" in said


def test_mlx_experts_of_three_axes() -> None:
    name = "model.layers.0.mlp.switch_mlp.up_proj"
    summary = count(
        {
            f"{name}.weight": ("U32", (16, 128, 32)),
            f"{name}.scales": ("BF16", (16, 128, 4)),
            f"{name}.biases": ("BF16", (16, 128, 4)),
        },
        {"bits": 4, "group_size": 64},
    )
    group = next(group for group in summary.groups if group.kind is Kind.WEIGHT)
    assert (group.logical_shape, group.matrices) == ((16, 128, 256), 16)
    assert (group.in_features, group.out_features, group.experts) == (256, 128, 16)


def test_mxfp4_blocks_of_gpt_oss() -> None:
    # gpt-oss-20b, one layer: 32 experts × (5760 × 2880 + 2880 × 2880) and their biases
    experts = "model.layers.0.mlp.experts"
    summary = count(
        {
            f"{experts}.gate_up_proj_blocks": ("U8", (32, 5760, 90, 16)),
            f"{experts}.gate_up_proj_scales": ("U8", (32, 5760, 90)),
            f"{experts}.gate_up_proj_bias": ("BF16", (32, 5760)),
            f"{experts}.down_proj_blocks": ("U8", (32, 2880, 90, 16)),
            f"{experts}.down_proj_scales": ("U8", (32, 2880, 90)),
            f"{experts}.down_proj_bias": ("BF16", (32, 2880)),
        },
        {"quant_method": "mxfp4"},
    )
    assert summary.by_kind[Kind.WEIGHT] * 24 == 19_110_297_600
    assert summary.by_kind[Kind.BIAS] == 32 * (5760 + 2880)
    up = summary.groups[0]
    assert (up.matrices, up.in_features, up.out_features) == (32, 2880, 5760)


def test_experts_packed_in_one_fp8_tensor() -> None:
    experts = "model.layers.0.mlp.experts"
    summary = count(
        {
            f"{experts}.gate_up_proj": ("F8_E4M3", (8, 256, 512)),
            f"{experts}.gate_up_proj_scale_inv": ("F32", (8, 2, 4)),
        }
    )
    assert summary.total == 8 * 256 * 512
    assert [group.kind for group in summary.groups] == [Kind.WEIGHT, Kind.SCALE]


def test_biases_that_a_packer_added_are_not_the_models() -> None:
    # Qwen-7B-Chat-Int4 has a bias of zeros wherever Qwen-7B has none; both count 7,721,324,544.
    def linear(name: str, o: int, i: int) -> Tensors:
        packed = gptq(4, 128)(o, i) | {".bias": ("F16", (o,))}
        return {f"transformer.h.0.{name}{end}": tensor for end, tensor in packed.items()}

    tensors = linear("attn.c_attn", 768, 256) | linear("mlp.w1", 512, 256)
    tensors["transformer.h.0.ln_1.weight"] = ("F16", (256,))
    infos = tuple(TensorInfo(n, SAFETENSORS_DTYPES[d], s) for n, (d, s) in tensors.items())
    config = ModelConfig.from_json(
        {"model_type": "qwen", "quantization_config": {"quant_method": "gptq", "bits": 4}}
    )
    summary = summarise(Checkpoint("test", infos, config))
    assert summary.by_kind[Kind.BIAS] == 768
    assert summary.total == 768 * 256 + 512 * 256 + 768 + 256
    assert any("1 bias was added" in warning for warning in summary.warnings)


def test_biases_beside_biased_norms_are_the_models() -> None:
    tensors = {f"h.0.mlp.fc1{end}": tensor for end, tensor in gptq(4, 128)(512, 256).items()}
    tensors |= {
        "h.0.mlp.fc1.bias": ("F16", (512,)),
        "h.0.ln_1.weight": ("F16", (256,)),
        "h.0.ln_1.bias": ("F16", (256,)),
    }
    assert count(tensors, {"bits": 4}).by_kind[Kind.BIAS] == 512 + 256


def test_an_unknown_layout_counts_the_words_bits() -> None:
    tensors: Tensors = {"model.layers.0.mlp.up_proj.marlin": ("I32", (16, 1024))}
    assert count(tensors, {"quant_method": "new", "bits": 4}).total == 16 * 1024 * 8
    assert count(tensors).total == 0


@given(
    row=st.sampled_from(FORMATS),
    dtype=st.sampled_from(["I32", "U32", "U8", "I8", "I16", "F8_E4M3", "F16"]),
    shape=st.lists(st.integers(0, 5), max_size=4).map(tuple),
    parts=st.dictionaries(
        st.sampled_from(sorted({part for row in FORMATS for part in row.signs.split()}))
        | st.sampled_from([".scales", ".qzeros", ".g_idx", ".weight_scale", ".scale"]),
        st.lists(st.integers(0, 5), max_size=4).map(tuple),
    ),
    bits=st.one_of(st.none(), st.integers(-1, 40), st.just("four")),
)
def test_no_shape_raises(
    row: Format, dtype: str, shape: Shape, parts: dict[str, Shape], bits: Json
) -> None:
    tensors: Tensors = {f"a{row.matrix}": (dtype, shape)}
    tensors |= {f"a{suffix}": ("F16", part) for suffix, part in parts.items()}
    assert count(tensors, {"bits": bits, "group_size": bits}).total >= 0
