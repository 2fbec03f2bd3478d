"""In how many bits a precision is multiplied, and how fast a GPU is at that."""

from __future__ import annotations

from paramtui.checkpoint.summary import ParameterSummary
from paramtui.memory.precision import PRECISIONS, Converts
from paramtui.memory.scenario import Mode, Scenario

TYPE_CHECKING = False
if TYPE_CHECKING:
    from paramtui.memory.gpus.hardware import Gpu

NARROW = {
    "int8": 8,
    "bnb-int8": 8,
    "fp8-block": 8,
    "fp8-channel": 8,
    "int4": 4,
    "mxfp4": 4,
    "nvfp4": 4,
}
"""Precisions that some hardware multiplies in themselves; the others are unpacked to 16 bits."""
FOUR_BIT_METHODS = frozenset({"mxfp4", "modelopt", "compressed-tensors"})
"""Ways to quantise whose bytes may hold two 4-bit floats."""


def rate(gpu: Gpu, bits: int) -> float | None:
    """The datasheet's TFLOPS in so many bits, or the next wider; None where it gives none."""
    rates = ((4, gpu.tflops_4), (8, gpu.tflops_8), (16, gpu.tflops_16))
    return next((tflops for width, tflops in rates if width >= bits and tflops), None)


def multiplied_bits(summary: ParameterSummary, scenario: Scenario) -> int:
    """4, 8 or 16: the narrowest arithmetic that software uses for the weights' precision."""
    if scenario.mode is not Mode.INFERENCE:
        return 16
    name = scenario.weights_precision
    if name == "stored":
        return _stored(summary)
    if PRECISIONS[name].converts is Converts.MATRICES:
        return 8  # llama.cpp quantises what it multiplies by to 8 bits (ggml, vec_dot_type)
    return NARROW.get(name, 16)


def _stored(summary: ParameterSummary) -> int:
    usual = max(summary.by_dtype.items(), key=lambda item: item[1], default=("BF16", 0))[0]
    if usual.startswith("F4"):
        return 4
    if usual == "U8":
        method = summary.config.quantization.text("quant_method")
        return 4 if method in FOUR_BIT_METHODS else 16
    return 8 if usual.startswith(("F8", "I8", "Q", "IQ", "MXFP")) else 16
