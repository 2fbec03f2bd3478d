"""What can be chosen by name, and how much of what has a number; imported by every start."""

from enum import Enum

MAX_CONTEXT, MAX_BATCH, MAX_RANK = 1 << 30, 1 << 20, 1 << 16
"""More of these is a slip of the pen."""


class Mode(str, Enum):
    """What the model is loaded for."""

    INFERENCE = "inference"
    LORA = "lora"
    QLORA = "qlora"
    FULL = "full"


class Optimizer(str, Enum):
    """The optimizers whose states are counted."""

    ADAMW = "adamw"
    ADAMW_8BIT = "adamw-8bit"
    ADAFACTOR = "adafactor"
    SGD = "sgd"
    SGD_MOMENTUM = "sgd-momentum"


class TrainingPrecision(str, Enum):
    """The types of weights, gradients and optimizer states."""

    BF16 = "bf16"
    """Weights, gradients and states in bf16."""
    MIXED = "mixed"
    """bf16 weights and gradients, fp32 master weights and states."""
    FP32 = "fp32"


class Components(str, Enum):
    """How much of a pipeline is on the GPU."""

    ALL = "all"
    ONE_AT_A_TIME = "one-at-a-time"
    """The component that works; the others wait in the host's memory."""


class Parallel(str, Enum):
    """The strategies of `--parallel`."""

    AUTO = "auto"
    TENSOR = "tensor"
    TENSOR_WHOLE_VOCABULARY = "tensor-whole-vocabulary"
    PIPELINE = "pipeline"
    EXPERT = "expert"
    FSDP = "fsdp"
    ZERO_3 = "zero3"
    ZERO_2 = "zero2"
    ZERO_1 = "zero1"
    DDP = "ddp"
