"""How a checkpoint's parts are stored: their types, and the packed formats families publish."""

import re
from collections.abc import Iterator

from paramtui.checkpoint.blueprint.facts import BlueprintError
from paramtui.checkpoint.blueprint.family import Family
from paramtui.checkpoint.blueprint.parts import Parts
from paramtui.checkpoint.config import Fields, ModelConfig
from paramtui.checkpoint.dtype import BF16, F16, F32, SAFETENSORS_DTYPES, Dtype
from paramtui.checkpoint.tensor import Shape, TensorInfo

DTYPES = {
    "float32": F32,
    "float": F32,
    "float64": SAFETENSORS_DTYPES["F64"],
    "float16": F16,
    "half": F16,
    "bfloat16": BF16,
    "float8_e4m3fn": SAFETENSORS_DTYPES["F8_E4M3"],
}
"""torch's names for the types a config may claim."""

U8 = SAFETENSORS_DTYPES["U8"]
F8 = SAFETENSORS_DTYPES["F8_E4M3"]
PLAIN = re.compile(
    r"(^|\.)(embed\w*|wte|lm_head|head|output|gate|router|eh_proj|\w*norm\w*|\w*conv\w*)\.weight$"
)
"""Matrices that block-wise FP8 leaves alone: embedding, head, router and the like
(deepseek-ai/DeepSeek-V3, README_WEIGHTS.md)."""


def claimed_dtype(config: ModelConfig) -> Dtype | None:
    """The type the config claims; None when it claims none."""
    return DTYPES.get((config.dtype or "").removeprefix("torch."))


def stored(
    parts: Parts, quantization: Fields, dtype: Dtype, family: Family
) -> Iterator[TensorInfo]:
    """Parts -> tensors; raises BlueprintError for a packed format without a rule here."""
    method = quantization.text("quant_method")
    block = quantization.integers("weight_block_size")
    if not quantization:
        for name, shape in parts:
            yield _plain(name, shape, dtype, family.float32)
    elif method == "mxfp4":
        for name, shape in parts:
            yield from _mxfp4(name, shape, dtype)
    elif method == "fp8" and block and len(block) == 2 and min(block) > 0:
        kept = quantization.texts("modules_to_not_convert", "ignored_layers") or ()
        for name, shape in parts:
            if len(shape) != 2 or PLAIN.search(name) or _listed(name, kept):
                yield _plain(name, shape, dtype, family.float32 + family.float32_beside_fp8)
            else:
                yield from _fp8(name, shape, block)
    else:
        raise BlueprintError(
            f"no blueprint for files quantised with {(method or 'an unnamed method')[:64]}",
            "open the model's files instead of its config.json",
        )


def _plain(name: str, shape: Shape, dtype: Dtype, float32: tuple[str, ...]) -> TensorInfo:
    return TensorInfo(name, F32 if float32 and name.endswith(float32) else dtype, shape)


def _listed(name: str, modules: tuple[str, ...]) -> bool:
    module = name.removesuffix(".weight")
    return any(module == one or module.startswith(f"{one}.") for one in modules)


def _fp8(name: str, shape: Shape, block: tuple[int, ...]) -> Iterator[TensorInfo]:
    """8-bit numbers and one 32-bit scale for each block."""
    rows, columns = -(-shape[0] // block[0]), -(-shape[1] // block[1])
    yield TensorInfo(name, F8, shape)
    yield TensorInfo(f"{name}_scale_inv", F32, (rows, columns))


def _mxfp4(name: str, shape: Shape, dtype: Dtype) -> Iterator[TensorInfo]:
    """gpt-oss's experts: blocks of 32 along the inputs, 4 bits each and one 8-bit scale."""
    if not name.endswith((".gate_up_proj", ".down_proj")) or len(shape) != 3:
        yield TensorInfo(name, dtype, shape)
        return
    experts, inputs, outputs = shape
    yield TensorInfo(f"{name}_blocks", U8, (experts, outputs, inputs // 32, 16))
    yield TensorInfo(f"{name}_scales", U8, (experts, outputs, inputs // 32))
