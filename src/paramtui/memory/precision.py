"""Precision: what weights, cache and adapters may be held in; one table each."""

from enum import Enum

from paramtui.memory.errors import unknown
from paramtui.record import Record


class Converts(str, Enum):
    """Which tensors a precision applies to; the others stay in 16 bits unless said otherwise."""

    NOTHING = "nothing"
    """The files' bytes as they are."""
    PARAMETERS = "parameters"
    """Every parameter, whatever it is for."""
    LINEAR = "linear"
    """The matrices of linear layers, experts included; not embeddings, head and routers."""
    MATRICES = "matrices"
    """Every matrix, each in the type llama.cpp's mixture gives it."""


class Precision(Record):
    """One choice of the weights' precision."""

    name: str
    label: str
    """A few words for a narrow column."""
    help: str
    """One plain sentence."""
    converts: Converts
    formula: str
    """Bytes: of all `parameters`, of one linear layer's `outputs` × `inputs` matrix, or of the
    `weights` that a llama.cpp mixture holds in its main type."""
    source: str
    """Where the formula comes from."""
    method: str = ""
    """The `quant_method` of a config.json whose files already have this layout."""
    towers: bool = True
    """Whether the linear layers of vision and audio towers are converted too."""
    keeps: tuple[str, ...] = ()
    """Linear layers left in 16 bits, by the last part of their name."""
    textbook: bool = False
    """A rule of thumb and no format that any software has."""


class ElementPrecision(Record):
    """One choice for a tensor of activations or of the adapter: so many bytes an element."""

    name: str
    bytes: float
    """Bytes an element takes, block scales included; exact in binary."""
    help: str


def precision_named(name: str) -> Precision:
    """The row of the table; raises ScenarioError naming the nearest ones."""
    if name not in PRECISIONS:
        raise unknown("precision", name, PRECISIONS)
    return PRECISIONS[name]


def kv_precision_named(name: str) -> ElementPrecision:
    """The KV cache's row; raises ScenarioError naming the nearest ones."""
    if name not in KV_PRECISIONS:
        raise unknown("KV precision", name, KV_PRECISIONS)
    return KV_PRECISIONS[name]


def adapter_precision_named(name: str) -> ElementPrecision:
    """The adapter's row; raises ScenarioError naming the nearest ones."""
    if name not in ADAPTER_PRECISIONS:
        raise unknown("adapter precision", name, ADAPTER_PRECISIONS)
    return ADAPTER_PRECISIONS[name]


_BITSANDBYTES = "bitsandbytes 0.50: bitsandbytes/functional.py, QuantState; measured on CPU"
_LLAMA_CPP = "llama.cpp: src/llama-quant.cpp (mixture), ggml/src/ggml-common.h (blocks)"
_ARITHMETIC = "elements × size of one"
_JOINTS = ("eh_proj",)
"""DeepSeek's FP8 files leave the layer that joins a prediction module to the model in BF16."""

PRECISIONS: dict[str, Precision] = {
    row.name: row
    for row in (
        Precision(
            "stored",
            "as stored",
            "What the files hold, byte for byte.",
            Converts.NOTHING,
            "",
            "the headers of the files",
        ),
        Precision(
            "fp32",
            "float32",
            "Every parameter in 32 bits.",
            Converts.PARAMETERS,
            "4 × parameters",
            _ARITHMETIC,
        ),
        Precision(
            "bf16",
            "bfloat16",
            "Every parameter in 16 bits, with float32's range.",
            Converts.PARAMETERS,
            "2 × parameters",
            _ARITHMETIC,
        ),
        Precision(
            "fp16",
            "float16",
            "Every parameter in 16 bits, with more digits and less range than bf16.",
            Converts.PARAMETERS,
            "2 × parameters",
            _ARITHMETIC,
        ),
        Precision(
            "int8",
            "8 bits, textbook",
            "One byte for every parameter, scales ignored: the rule of thumb.",
            Converts.PARAMETERS,
            "parameters",
            _ARITHMETIC,
            textbook=True,
        ),
        Precision(
            "int4",
            "4 bits, textbook",
            "Half a byte for every parameter, scales ignored: the rule of thumb.",
            Converts.PARAMETERS,
            "parameters ÷ 2",
            _ARITHMETIC,
            textbook=True,
        ),
        Precision(
            "bnb-int8",
            "bitsandbytes LLM.int8",
            "bitsandbytes' 8 bits: a float32 scale for each output of a linear layer.",
            Converts.LINEAR,
            "outputs × inputs + 4 × outputs",
            "bitsandbytes 0.50: bitsandbytes/nn/modules.py, Int8Params (SCB); measured on CPU",
            "bitsandbytes",
        ),
        Precision(
            "bnb-nf4",
            "bitsandbytes NF4",
            "bitsandbytes' 4-bit NormalFloat: a float32 scale for each 64 weights.",
            Converts.LINEAR,
            "⌈outputs × inputs ÷ 2⌉ + 4 × ⌈outputs × inputs ÷ 64⌉ + 64",
            _BITSANDBYTES,
            "bitsandbytes",
        ),
        Precision(
            "bnb-nf4-dq",
            "bitsandbytes NF4, double quantisation",
            "NF4 whose scales are themselves held in 8 bits, as QLoRA trains on.",
            Converts.LINEAR,
            "⌈outputs × inputs ÷ 2⌉ + ⌈outputs × inputs ÷ 64⌉"
            " + 4 × ⌈⌈outputs × inputs ÷ 64⌉ ÷ 256⌉ + 1024 + 64",
            _BITSANDBYTES,
            "bitsandbytes",
        ),
        Precision(
            "gptq-int4",
            "GPTQ 4 bits, groups of 128",
            "GPTQ's 4 bits: 16-bit scales and 4-bit zeros for each 128 inputs, and g_idx.",
            Converts.LINEAR,
            "4 × ⌈inputs ÷ 8⌉ × outputs"
            " + ⌈inputs ÷ 128⌉ × (4 × ⌈outputs ÷ 8⌉ + 2 × outputs) + 4 × inputs",
            "GPTQModel: nn_modules/qlinear/__init__.py, PackableQuantLinear buffers",
            "gptq",
            towers=False,
        ),
        Precision(
            "awq-int4",
            "AWQ 4 bits, groups of 128",
            "AWQ's 4 bits: 16-bit scales and 4-bit zeros for each 128 inputs.",
            Converts.LINEAR,
            "4 × inputs × ⌈outputs ÷ 8⌉ + ⌈inputs ÷ 128⌉ × (4 × ⌈outputs ÷ 8⌉ + 2 × outputs)",
            "AutoAWQ: awq/modules/linear/gemm.py, WQLinear_GEMM buffers",
            "awq",
            towers=False,
        ),
        Precision(
            "hqq-int4",
            "HQQ 4 bits, groups of 64",
            "HQQ's 4 bits: a 16-bit scale and a 16-bit zero for each 64 weights.",
            Converts.LINEAR,
            "⌈outputs × inputs ÷ 2⌉ + 4 × ⌈outputs × inputs ÷ 64⌉",
            "hqq 0.2.8: hqq/core/quantize.py, Quantizer.quantize; measured on CPU",
            "hqq",
        ),
        Precision(
            "fp8-block",
            "FP8, blocks of 128 × 128",
            "8-bit floats with a float32 scale for each 128 × 128 block, as DeepSeek-V3.",
            Converts.LINEAR,
            "outputs × inputs + 4 × ⌈outputs ÷ 128⌉ × ⌈inputs ÷ 128⌉",
            "DeepSeek-V3 README_WEIGHTS.md, weight_scale_inv; equals the Hub's element counts",
            "fp8",
            keeps=_JOINTS,
        ),
        Precision(
            "fp8-channel",
            "FP8, a scale per output",
            "8-bit floats with a 16-bit scale for each output of a linear layer.",
            Converts.LINEAR,
            "outputs × inputs + 2 × outputs",
            "compressed-tensors: float-quantized, strategy channel",
            "compressed-tensors",
        ),
        Precision(
            "mxfp4",
            "MXFP4",
            "4-bit floats with an 8-bit scale for each 32 inputs, as gpt-oss.",
            Converts.LINEAR,
            "17 × outputs × ⌈inputs ÷ 32⌉",
            "OCP Microscaling Formats 1.0; equals gpt-oss's files to the byte",
            "mxfp4",
        ),
        Precision(
            "nvfp4",
            "NVFP4",
            "4-bit floats with an 8-bit scale for each 16 inputs and two float32 scales.",
            Converts.LINEAR,
            "⌈outputs × inputs ÷ 2⌉ + outputs × ⌈inputs ÷ 16⌉ + 8",
            "TensorRT Model Optimizer and compressed-tensors: nvfp4-pack-quantized",
            "modelopt",
        ),
        Precision(
            "q8_0",
            "GGUF Q8_0",
            "llama.cpp's 8 bits: every matrix in blocks of 32 with a 16-bit scale.",
            Converts.MATRICES,
            "weights × 34 ÷ 32",
            _LLAMA_CPP,
        ),
        Precision(
            "q6_k",
            "GGUF Q6_K",
            "llama.cpp's 6 bits, about 6.56 bits a weight.",
            Converts.MATRICES,
            "weights × 210 ÷ 256",
            _LLAMA_CPP,
        ),
        Precision(
            "q5_k_m",
            "GGUF Q5_K_M",
            "llama.cpp's 5-bit mixture: 6 bits where they matter most.",
            Converts.MATRICES,
            "weights × 176 ÷ 256",
            _LLAMA_CPP,
        ),
        Precision(
            "q4_k_m",
            "GGUF Q4_K_M",
            "llama.cpp's usual 4-bit mixture: 6 bits where they matter most.",
            Converts.MATRICES,
            "weights × 144 ÷ 256",
            _LLAMA_CPP,
        ),
        Precision(
            "q4_k_s",
            "GGUF Q4_K_S",
            "llama.cpp's small 4-bit mixture: 5 bits in the first layers only.",
            Converts.MATRICES,
            "weights × 144 ÷ 256",
            _LLAMA_CPP,
        ),
        Precision(
            "q4_0",
            "GGUF Q4_0",
            "llama.cpp's plain 4 bits: blocks of 32 with a 16-bit scale.",
            Converts.MATRICES,
            "weights × 18 ÷ 32",
            _LLAMA_CPP,
        ),
    )
}

KV_PRECISIONS: dict[str, ElementPrecision] = {
    row.name: row
    for row in (
        ElementPrecision("fp32", 4, "32-bit floats."),
        ElementPrecision("bf16", 2, "16-bit floats with float32's range: the usual cache."),
        ElementPrecision("fp16", 2, "16-bit floats, llama.cpp's default."),
        ElementPrecision("fp8", 1, "8-bit floats, one scale for the whole tensor."),
        ElementPrecision("int8", 1, "8-bit integers, scales not counted."),
        ElementPrecision("q8_0", 34 / 32, "llama.cpp: 8 bits and a 16-bit scale for each 32."),
        ElementPrecision("q4_0", 18 / 32, "llama.cpp: 4 bits and a 16-bit scale for each 32."),
    )
}

ADAPTER_PRECISIONS: dict[str, ElementPrecision] = {
    row.name: row
    for row in (
        ElementPrecision("fp32", 4, "32-bit floats, what PEFT makes of an adapter by default."),
        ElementPrecision("bf16", 2, "16-bit floats (autocast_adapter_dtype=False)."),
    )
}
