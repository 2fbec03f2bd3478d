"""Scenario: everything the user can turn, as one frozen value."""

from __future__ import annotations

from paramtui.memory.choices import (
    MAX_BATCH,
    MAX_CONTEXT,
    MAX_RANK,
    Components,
    Mode,
    Optimizer,
    Parallel,
    TrainingPrecision,
)
from paramtui.record import Record, replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from paramtui.memory.gpus.hardware import Gpus
    from paramtui.memory.marks.mark import Mark

__all__ = [
    "DEFAULT_CONTEXT",
    "MAX_BATCH",
    "MAX_CONTEXT",
    "MAX_RANK",
    "Components",
    "Mode",
    "Optimizer",
    "Parallel",
    "Scenario",
    "TrainingPrecision",
]

DEFAULT_CONTEXT = 8192
"""Tokens a sequence when the user says nothing; less where the model's own maximum is less."""


class Scenario(Record):
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

    def with_(self, **changes: object) -> Scenario:
        """A copy with some fields changed."""
        return replace(self, **changes)


def default_context(context_length: int | None) -> int:
    """The context a model starts with: 8192 tokens, or its own maximum if that is less."""
    return min(DEFAULT_CONTEXT, context_length) if context_length else DEFAULT_CONTEXT
