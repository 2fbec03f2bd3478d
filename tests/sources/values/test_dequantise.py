"""Packed numbers against what each library's own packing, written out number by number, holds.

Layouts: AutoGPTQ `qlinear_cuda.pack`, AutoAWQ `WQLinear_GEMM.from_linear`, compressed-tensors
`pack_to_int32`, bitsandbytes `quantize_4bit` and `int8_vectorwise_quant`, MLX `quantize`,
HQQ `bitpack.py`, DeepSeek-V3's `weight_scale_inv`, OpenAI's `_blocks` and `_scales`.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np
import pytest

from .files import Stored, read, same, write

RANDOM = np.random.default_rng(6)
FP4 = np.array([0, 0.5, 1, 1.5, 2, 3, 4, 6, -0.0, -0.5, -1, -1.5, -2, -3, -4, -6])
Array = Any


def check(
    folder: Path,
    tensors: Stored,
    expected: Array,
    quantization: Mapping[str, object] | None = None,
    name: str = "m",
) -> str:
    """The dequantised figures are those of `expected`; returns how it is said to be packed."""
    config = {"quantization_config": quantization} if quantization else {}
    found = read(write(folder, tensors, config), name)
    assert not found.note
    same(found.dequantised, expected)
    return found.packing


def not_modelled(folder: Path, tensors: Stored, quantization: Mapping[str, object]) -> str:
    found = read(write(folder, tensors, {"quantization_config": quantization}), "m")
    assert found.dequantised is None
    assert found.stored is not None
    return found.note


@pytest.fixture(params=[1 << 18, 64], autouse=True)
def _slices(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """In one slice, and in many."""
    for module in ("stored", "blocks"):
        monkeypatch.setattr(f"paramtui.sources.values.{module}.SLICE", request.param)


def stream(numbers: Array, bits: int) -> Array:
    """Rows of numbers as 32-bit words, the first in the lowest bits."""
    rows = []
    for row in numbers:
        whole = sum(int(number) << (bits * place) for place, number in enumerate(row))
        rows.append(np.frombuffer(whole.to_bytes(len(row) * bits // 8, "little"), "<i4"))
    return np.array(rows)


def gptq(bits: int, inputs: int, outputs: int, groups: int, less: int) -> tuple[Stored, Array]:
    """Numbers [inputs, outputs] packed down the columns, zero points along the rows."""
    codes = RANDOM.integers(0, 1 << bits, (inputs, outputs))
    zeros = RANDOM.integers(less, (1 << bits) - 1 + less, (groups, outputs))
    scales = RANDOM.uniform(0.001, 0.1, (groups, outputs)).astype(np.float16)
    order = RANDOM.permutation(np.arange(inputs) % groups).astype(np.int32)
    expected = (codes - zeros[order]) * scales.astype(float)[order]
    words, packed = stream(codes.T, bits).T, stream(zeros - less, bits)
    tensors: Stored = {
        "m.qweight": ("I32", words.shape, words),
        "m.qzeros": ("I32", packed.shape, packed),
        "m.scales": ("F16", scales.shape, scales),
        "m.g_idx": ("I32", (inputs,), order),
    }
    return tensors, expected


@pytest.mark.parametrize("bits", [2, 3, 4, 8])
@pytest.mark.parametrize(("form", "less"), [("gptq", 1), ("gptq_v2", 0)])
def test_gptq(bits: int, form: str, less: int, tmp_path: Path) -> None:
    tensors, expected = gptq(bits, 128, 64, 4, less)
    options = {"quant_method": "gptq", "bits": bits, "group_size": 32, "checkpoint_format": form}
    words = check(tmp_path, tensors, expected, options)
    assert words == f"GPTQ, {bits} bits in groups of 32"


def test_gptq_without_an_order_or_zero_points(tmp_path: Path) -> None:
    codes = RANDOM.integers(0, 16, (64, 8))
    scales = RANDOM.uniform(0.01, 0.1, (2, 8)).astype(np.float16)
    words = stream(codes.T, 4).T
    tensors = {
        "m.qweight": ("I32", words.shape, words),
        "m.scales": ("F16", scales.shape, scales),
    }
    expected = (codes - 8) * scales.astype(float)[np.arange(64) // 32]
    check(tmp_path, tensors, expected, {"quant_method": "gptq", "bits": 4, "group_size": 32})


def test_awq(tmp_path: Path) -> None:
    order = [0, 2, 4, 6, 1, 3, 5, 7]
    codes, zeros = RANDOM.integers(0, 16, (64, 32)), RANDOM.integers(0, 16, (2, 32))
    scales = RANDOM.uniform(0.01, 0.1, (2, 32)).astype(np.float16)

    def pack(numbers: Array) -> Array:
        words = np.zeros((len(numbers), numbers.shape[1] // 8), np.int64)
        for word in range(words.shape[1]):
            for place in range(8):
                words[:, word] |= numbers[:, word * 8 + order[place]] << (4 * place)
        return words.astype(np.uint32).view(np.int32)

    tensors = {
        "m.qweight": ("I32", (64, 4), pack(codes)),
        "m.qzeros": ("I32", (2, 4), pack(zeros)),
        "m.scales": ("F16", (2, 32), scales),
    }
    group: Array = np.arange(64) // 32
    expected = (codes - zeros[group]) * scales.astype(float)[group]
    options = {"quant_method": "awq", "bits": 4, "group_size": 32}
    assert check(tmp_path, tensors, expected, options) == "AWQ, 4 bits in groups of 32"


@pytest.mark.parametrize("bits", [4, 8])
@pytest.mark.parametrize("symmetric", [True, False])
def test_compressed_tensors(bits: int, symmetric: bool, tmp_path: Path) -> None:
    half = 1 << (bits - 1)
    codes, zeros = RANDOM.integers(-half, half, (16, 64)), RANDOM.integers(-half, half, (16, 2))
    scales = RANDOM.uniform(0.01, 0.1, (16, 2)).astype(ml_dtypes.bfloat16)
    words = stream(codes + half, bits)
    tensors = {
        "m.weight_packed": ("I32", words.shape, words),
        "m.weight_scale": ("BF16", (16, 2), scales),
        "m.weight_shape": ("I64", (2,), np.array([16, 64])),
    }
    if symmetric:
        zeros = np.zeros_like(zeros)
    else:
        packed = stream((zeros + half).T, bits).T
        tensors["m.weight_zero_point"] = ("I32", packed.shape, packed)
    group: Array = np.arange(64) // 32
    expected = (codes - zeros[:, group]) * scales.astype(float)[:, group]
    weights = {"num_bits": bits, "group_size": 32}
    options = {"quant_method": "compressed-tensors", "config_groups": {"g": {"weights": weights}}}
    check(tmp_path, tensors, expected, options)


@pytest.mark.parametrize("scaled_by", ["weight_scale_2", "weight_global_scale"])
def test_nvfp4(scaled_by: str, tmp_path: Path) -> None:
    codes = RANDOM.integers(0, 16, (8, 64)).astype(np.uint8)
    scales = RANDOM.uniform(0.1, 4, (8, 4)).astype(ml_dtypes.float8_e4m3fn)
    outer = np.float32([0.25])
    divided = scaled_by == "weight_global_scale"
    tensors = {
        "m.weight_packed" if divided else "m.weight": (
            "U8", (8, 32), codes[:, ::2] | codes[:, 1::2] << 4,
        ),
        "m.weight_scale": ("F8_E4M3", (8, 4), scales),
        f"m.{scaled_by}": ("F32", (1,), outer),
    }  # fmt: skip
    spread = np.repeat(scales.astype(float), 16, 1)
    expected = FP4[codes] * spread * (4 if divided else 0.25)
    assert check(tmp_path, tensors, expected, {"quant_method": "modelopt"}).startswith("NVFP4")


@pytest.mark.parametrize("shape", [(3, 8, 2, 16), (8, 3, 16)])
def test_mxfp4_as_gpt_oss(shape: tuple[int, ...], tmp_path: Path) -> None:
    blocks = RANDOM.integers(0, 256, shape).astype(np.uint8)
    scales = RANDOM.integers(100, 140, shape[:-1]).astype(np.uint8)
    tensors = {
        "m.w_blocks": ("U8", shape, blocks),
        "m.w_scales": ("U8", shape[:-1], scales),
    }
    pairs = np.stack([blocks & 15, blocks >> 4], -1).reshape(*shape[:-1], 32)
    expected = FP4[pairs] * 2.0 ** (scales[..., None].astype(float) - 127)
    options = {"quant_method": "mxfp4"}
    assert check(tmp_path, tensors, expected, options, "m.w_blocks") == "MXFP4 in blocks of 32"


def bnb(count: int, block: int, kind: str, shape: tuple[int, ...]) -> tuple[dict[str, Any], Array]:
    code = np.sort(RANDOM.uniform(-1, 1, 16)).astype(np.float32)
    places = RANDOM.integers(0, 16, count)
    absmax = RANDOM.uniform(0.1, 3, -(-count // block)).astype(np.float32)
    state = {"quant_type": kind, "blocksize": block, "dtype": "bfloat16", "shape": shape}
    packed = (places[::2] << 4 | places[1::2]).astype(np.uint8)
    tensors: dict[str, Any] = {
        "m.weight": ("U8", (count // 2, 1), packed),
        "m.weight.absmax": ("F32", absmax.shape, absmax),
        "m.weight.quant_map": ("F32", (16,), code),
    }
    tensors |= _state(state)
    return tensors, code.astype(float)[places] * np.repeat(absmax.astype(float), block)[:count]


def _state(state: Mapping[str, object]) -> dict[str, Any]:
    raw = json.dumps(state).encode()
    name = f"m.weight.quant_state.bitsandbytes__{state['quant_type']}"
    return {name: ("U8", (len(raw),), raw)}


@pytest.mark.parametrize("kind", ["nf4", "fp4"])
@pytest.mark.parametrize(("shape", "block"), [((16, 32), 64), ((10, 10), 64), ((4, 64), 128)])
def test_bitsandbytes_4_bits(kind: str, shape: tuple[int, int], block: int, tmp_path: Path) -> None:
    tensors, expected = bnb(shape[0] * shape[1], block, kind, shape)
    words = check(tmp_path, tensors, expected, {"quant_method": "bitsandbytes"}, "m.weight")
    assert words == f"bitsandbytes {kind.upper()} in blocks of {block}"


def test_bitsandbytes_double_quantisation(tmp_path: Path) -> None:
    tensors, _ = bnb(64 * 300, 64, "nf4", (300, 64))
    code = np.sort(RANDOM.uniform(-1, 1, 256)).astype(np.float32)
    nested = RANDOM.integers(0, 256, 300).astype(np.uint8)
    outer = np.float32([0.5, 0.75])
    state = {
        "quant_type": "nf4", "blocksize": 64, "shape": [300, 64],
        "nested_blocksize": 256, "nested_offset": 1.5,
    }  # fmt: skip
    tensors["m.weight.absmax"] = ("U8", (300,), nested)
    tensors["m.weight.nested_absmax"] = ("F32", (2,), outer)
    tensors["m.weight.nested_quant_map"] = ("F32", (256,), code)
    tensors |= _state(state)
    packed = tensors["m.weight"][2]
    places = np.stack([packed >> 4, packed & 15], -1).ravel()
    absmax = code.astype(float)[nested] * outer[np.arange(300) // 256] + 1.5
    expected = tensors["m.weight.quant_map"][2].astype(float)[places] * np.repeat(absmax, 64)
    words = check(tmp_path, tensors, expected, {"quant_method": "bitsandbytes"}, "m.weight")
    assert words.endswith("scales in 8 bits")


def test_bitsandbytes_8_bits(tmp_path: Path) -> None:
    codes = RANDOM.integers(-127, 128, (8, 16)).astype(np.int8)
    scales = RANDOM.uniform(0.1, 2, 8).astype(np.float32)
    tensors = {
        "m.weight": ("I8", (8, 16), codes),
        "m.SCB": ("F32", (8,), scales),
        "m.weight_format": ("U8", (), b"\0"),
    }
    check(tmp_path, tensors, codes * (scales.astype(float)[:, None] / 127))


@pytest.mark.parametrize("bits", [2, 3, 4, 5, 6, 8])
def test_mlx(bits: int, tmp_path: Path) -> None:
    codes = RANDOM.integers(0, 1 << bits, (8, 128))
    scales = RANDOM.uniform(-0.1, 0.1, (8, 2)).astype(ml_dtypes.bfloat16)
    biases = RANDOM.uniform(-1, 1, (8, 2)).astype(ml_dtypes.bfloat16)
    words = stream(codes, bits)
    tensors = {
        "m.weight": ("U32", words.shape, words),
        "m.scales": ("BF16", (8, 2), scales),
        "m.biases": ("BF16", (8, 2), biases),
    }
    spread = [np.repeat(one.astype(float), 64, 1) for one in (scales, biases)]
    expected = codes * spread[0] + spread[1]
    words_ = check(tmp_path, tensors, expected, {"bits": bits, "group_size": 64})
    assert words_ == f"MLX, {bits} bits in groups of 64"


def test_mlx_of_experts(tmp_path: Path) -> None:
    codes = RANDOM.integers(0, 16, (3, 8, 64))
    scales, biases = RANDOM.uniform(0.1, 1, (2, 3, 8, 1)).astype(np.float16)
    words = np.stack([stream(one, 4) for one in codes])
    tensors = {
        "m.weight": ("U32", words.shape, words),
        "m.scales": ("F16", (3, 8, 1), scales),
        "m.biases": ("F16", (3, 8, 1), biases),
    }
    expected = codes * scales.astype(float) + biases.astype(float)
    check(tmp_path, tensors, expected, {"bits": 4, "group_size": 64})


@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize("bits", [2, 4, 8])
def test_hqq(axis: int, bits: int, tmp_path: Path) -> None:
    rows, columns = (64, 24) if axis == 0 else (24, 64)
    codes = RANDOM.integers(0, 1 << bits, (rows, columns))
    shape = (1, columns) if axis == 0 else (rows, 1)
    scale, zero = RANDOM.uniform(0.1, 2, (2, *shape)).astype(np.float16)
    times = 8 // bits
    parts = codes.reshape(times, rows // times, columns)
    packed = sum(part << (8 - bits * (place + 1)) for place, part in enumerate(parts))
    tensors = {
        "m.W_q": ("U8", (rows // times, columns), np.asarray(packed).astype(np.uint8)),
        "m.scale": ("F16", shape, scale),
        "m.zero": ("F16", shape, zero),
    }
    expected = (codes - zero.astype(float)) * scale.astype(float)
    options = {"quant_method": "hqq", "quant_config": {"weight_quant_params": {"nbits": bits}}}
    assert check(tmp_path, tensors, expected, options) == f"HQQ, {bits} bits in groups of 64"


@pytest.mark.parametrize(
    ("shape", "scales"),
    [
        ((200, 300), (2, 3)),
        ((200, 300), (200, 1)),
        ((200, 300), (200,)),
        ((200, 300), ()),
        ((200, 300), (1,)),
        ((4, 64, 96), (4,)),
        ((4, 64, 96), (4, 1, 96)),
        ((4, 64, 96), (4, 64)),
        ((4, 128, 256), (4, 1, 2)),
    ],
)
def test_fp8_scaled_by(shape: tuple[int, ...], scales: tuple[int, ...], tmp_path: Path) -> None:
    codes = RANDOM.normal(size=shape).astype(ml_dtypes.float8_e4m3fn)
    scale = RANDOM.uniform(0.1, 2, scales).astype(np.float32)
    tensors = {
        "m.weight": ("F8_E4M3", shape, codes),
        "m.weight_scale_inv": ("F32", scales, scale),
    }
    spread = scale.astype(float)
    if scales == (200,) or scales == (4, 64):
        spread = spread[..., None]
    elif scales == (4,):
        spread = spread[:, None, None]
    elif spread.ndim == len(shape):
        for place, size in enumerate(shape):
            block = 128 if size > 128 and spread.shape[place] > 1 else 1
            block = 1 if size == spread.shape[place] else block
            if spread.shape[place] > 1:
                spread = np.repeat(spread, block, place).take(range(size), place)
    options = {"quant_method": "fp8", "weight_block_size": [128, 128]}
    check(tmp_path, tensors, codes.astype(float) * spread, options)


def test_int8_with_zero_points(tmp_path: Path) -> None:
    codes = RANDOM.integers(-128, 128, (8, 16)).astype(np.int8)
    zeros = RANDOM.integers(-5, 5, (8, 1)).astype(np.int8)
    scales = RANDOM.uniform(0.1, 1, (8, 1)).astype(np.float32)
    tensors = {
        "m.weight": ("I8", (8, 16), codes),
        "m.weight_scale": ("F32", (8, 1), scales),
        "m.weight_zero_point": ("I8", (8, 1), zeros),
    }
    expected = (codes.astype(float) - zeros) * scales.astype(float)
    check(tmp_path, tensors, expected, {"quant_method": "compressed-tensors"})


def test_what_is_not_modelled_says_so(tmp_path: Path) -> None:
    aqlm = {
        "m.codes": ("I16", (4, 8, 1), bytes(64)),
        "m.codebooks": ("F16", (1, 256, 1, 8), bytes(4096)),
        "m.scales": ("F16", (4, 1, 1, 1), bytes(8)),
    }
    assert "AQLM" in not_modelled(tmp_path, aqlm, {"quant_method": "aqlm"})
    kernel = {
        "m.qweight": ("I32", (4, 8), bytes(128)),
        "m.scales": ("F16", (2, 3), bytes(12)),
    }
    assert "kernel" in not_modelled(tmp_path, kernel, {"quant_method": "gptq", "bits": 4})
    odd = {
        "m.weight": ("F8_E4M3", (200, 300), bytes(60_000)),
        "m.weight_scale_inv": ("F32", (7, 11), bytes(308)),
    }
    assert "11 scales for 300" in not_modelled(tmp_path, odd, {"quant_method": "fp8"})
