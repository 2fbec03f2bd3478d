"""How a checkpoint's parts are stored: their types, and the packed formats of some publishers."""

from collections.abc import Iterator
from functools import lru_cache

from paramtui.checkpoint.blueprint.compressed import experts_apart
from paramtui.checkpoint.blueprint.facts import BlueprintError
from paramtui.checkpoint.blueprint.family import Family
from paramtui.checkpoint.blueprint.packed import U8, Packing, packing_of
from paramtui.checkpoint.blueprint.parts import Parts, each
from paramtui.checkpoint.config import Fields, ModelConfig
from paramtui.checkpoint.dtype import BF16, F16, F32, SAFETENSORS_DTYPES, Dtype
from paramtui.checkpoint.repeated import Repeated
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


def stored(
    parts: Parts, config: ModelConfig, dtype: Dtype | None, family: Family
) -> Iterator[Repeated]:
    """Parts -> tensors in `dtype`, or in the type the config claims.

    Raises BlueprintError for a packed format without a rule here.
    """
    options = config.quantization
    kind = dtype or claimed_dtype(config)
    if not options:
        return _plain(parts, kind or family.silent, family.float32)
    if options.text("quant_method") == "mxfp4":
        return _mxfp4(parts, kind or family.silent)
    packing = packing_of(options)
    if packing is None or family.inputs_first or (config.experts and not packing.experts):
        raise BlueprintError(
            f"no blueprint for files quantised with {_method(options)}",
            "open the model's files instead of its config.json",
        )
    return _packed(parts, packing, options, kind or packing.silent or family.silent, family)


def claimed_dtype(config: ModelConfig) -> Dtype | None:
    """The type the config claims; None when it claims none."""
    return DTYPES.get((config.dtype or "").removeprefix("torch."))


def _plain(parts: Parts, dtype: Dtype, float32: tuple[str, ...]) -> Iterator[Repeated]:
    for name, shape, copies in parts:
        yield Repeated(_one(name, shape, dtype, float32), copies)


def _one(name: str, shape: Shape, dtype: Dtype, float32: tuple[str, ...]) -> TensorInfo:
    return _tensor(name, F32 if float32 and name.endswith(float32) else dtype, shape)


def _tensor(name: str, dtype: Dtype, shape: Shape) -> TensorInfo:
    return TensorInfo(name, dtype, _shared(*shape))


@lru_cache(maxsize=1 << 10)
def _shared(*sizes: int) -> Shape:
    """One object for all shapes that are equal: tensors are sorted by it at once."""
    return sizes


def _packed(
    parts: Parts, packing: Packing, options: Fields, dtype: Dtype, family: Family
) -> Iterator[Repeated]:
    float32, replaced = family.float32 + family.float32_beside_fp8, ""
    brings_bias, kept = packing.own_bias(options), packing.kept(options)
    parts = experts_apart(parts) if packing.apart else parts
    for name, shape, copies in each(parts) if packing.tells_copies_apart(options) else parts:
        if packing.packs(name, shape, options, kept):
            replaced = f"{name.removesuffix('.weight')}.bias" if brings_bias else ""
            for tensor in packing.layout(name, shape, dtype, options):
                yield Repeated(_tensor(*tensor), copies)
        elif name != replaced:
            yield Repeated(_one(name, shape, dtype, float32), copies)


def _mxfp4(parts: Parts, dtype: Dtype) -> Iterator[Repeated]:
    """gpt-oss's experts: blocks of 32 along the inputs, 4 bits each and one 8-bit scale."""
    for name, shape, copies in parts:
        if name.endswith((".gate_up_proj", ".down_proj")) and len(shape) == 3:
            experts, inputs, outputs = shape
            blocks = experts, outputs, inputs // 32
            yield Repeated(_tensor(f"{name}_blocks", U8, (*blocks, 16)), copies)
            yield Repeated(_tensor(f"{name}_scales", U8, blocks), copies)
        else:
            yield Repeated(_tensor(name, dtype, shape), copies)


def _method(options: Fields) -> str:
    return (options.text("quant_method") or "an unnamed method")[:64]
