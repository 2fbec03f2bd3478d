"""How a checkpoint's parts are stored: their types, and the packed formats of some families."""

from collections.abc import Iterator

from paramtui.checkpoint.blueprint.facts import BlueprintError
from paramtui.checkpoint.blueprint.parts import Parts
from paramtui.checkpoint.config import Fields, ModelConfig
from paramtui.checkpoint.dtype import BF16, F32, SAFETENSORS_DTYPES, Dtype
from paramtui.checkpoint.tensor import Shape, TensorInfo

DTYPES = {
    "float32": F32,
    "float": F32,
    "float64": SAFETENSORS_DTYPES["F64"],
    "float16": SAFETENSORS_DTYPES["F16"],
    "half": SAFETENSORS_DTYPES["F16"],
    "bfloat16": BF16,
    "float8_e4m3fn": SAFETENSORS_DTYPES["F8_E4M3"],
}
"""torch's names for the types a config may claim."""


def claimed_dtype(config: ModelConfig) -> Dtype:
    """The type the config claims; 32 bits when it claims none, as torch makes them."""
    name = (config.dtype or "").removeprefix("torch.")
    return DTYPES.get(name, F32)


def stored(
    parts: Parts, quantization: Fields, dtype: Dtype, float32: tuple[str, ...]
) -> Iterator[TensorInfo]:
    """Parts -> tensors; raises BlueprintError for a packed format without a rule here."""
    method = quantization.text("quant_method")
    if not quantization:
        for name, shape in parts:
            kept = float32 and name.endswith(float32)
            yield TensorInfo(name, F32 if kept else dtype, shape)
    elif method == "mxfp4":
        for name, shape in parts:
            yield from _mxfp4(name, shape, dtype)
    else:
        raise BlueprintError(
            f"no blueprint for files quantised with {method or 'an unnamed method'}",
            "open the model's files instead of its config.json",
        )


def _mxfp4(name: str, shape: Shape, dtype: Dtype) -> Iterator[TensorInfo]:
    """gpt-oss's experts: blocks of 32 along the inputs, 4 bits each and one 8-bit scale."""
    if not name.endswith((".gate_up_proj", ".down_proj")) or len(shape) != 3:
        yield TensorInfo(name, dtype, shape)
        return
    experts, inputs, outputs = shape
    byte = SAFETENSORS_DTYPES["U8"]
    yield TensorInfo(f"{name}_blocks", byte, (experts, outputs, inputs // 32, 16))
    yield TensorInfo(f"{name}_scales", byte, (experts, outputs, inputs // 32))
