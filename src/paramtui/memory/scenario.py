"""Scenario: everything the user can turn, as one frozen value."""

from dataclasses import dataclass, replace
from enum import Enum

from paramtui.memory.gpus.hardware import Gpus
from paramtui.memory.gpus.parallel import Parallel
from paramtui.memory.marks.mark import Mark

MAX_CONTEXT, MAX_BATCH, MAX_RANK = 1 << 30, 1 << 20, 1 << 16
"""More of these is a slip of the pen."""
DEFAULT_CONTEXT = 8192
"""Tokens a sequence when the user says nothing; less where the model's own maximum is less."""


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


@dataclass(frozen=True)
class Scenario:
    """One question to the memory model."""

    mode: Mode = Mode.INFERENCE
    precision: str | None = None
    """A name of `memory.precision`; None is the mode's own default."""
    kv_precision: str = "bf16"
    context: int = DEFAULT_CONTEXT
    """Tokens a sequence."""
    batch: int = 1
    """Sequences."""
    lora_rank: int = 16
    lora_targets: str = "all-linear"
    """`all-linear`, `attention`, `mlp`, or module suffixes joined by commas."""
    adapter_precision: str = "fp32"
    optimizer: Optimizer = Optimizer.ADAMW
    training_precision: TrainingPrecision = TrainingPrecision.MIXED
    gradient_checkpointing: bool = True
    overheads: tuple[str, ...] | None = None
    """Names of `memory.overhead`; None: those of one process in eager mode."""
    gpus: Gpus | None = None
    """What it is to run on; None where nobody says."""
    parallel: Parallel = Parallel.AUTO
    """How several GPUs share the work."""
    gpu_memory_utilization: float | None = None
    """Share of a GPU that an engine takes for itself; None: all that can be used."""
    training_tokens: int | None = None
    """Tokens of a whole training run, for its compute."""
    components: Components = Components.ALL
    """Of a pipeline: what of it is on the GPU."""
    marks: tuple[Mark, ...] = ()
    """What is asked of single branches."""

    @property
    def weights_precision(self) -> str:
        """The precision in force: the user's choice, else the mode's default."""
        if self.precision:
            return self.precision
        return "bnb-nf4-dq" if self.mode is Mode.QLORA else "stored"

    @property
    def tokens(self) -> int:
        """Tokens in one step."""
        return self.context * self.batch

    def with_(self, **changes: object) -> "Scenario":
        """A copy with some fields changed."""
        return replace(self, **changes)  # type: ignore[arg-type]


def default_context(context_length: int | None) -> int:
    """The context a model starts with: 8192 tokens, or its own maximum if that is less."""
    return min(DEFAULT_CONTEXT, context_length) if context_length else DEFAULT_CONTEXT
