"""Checkpoint: what a source found: configuration, tensors, files and how they were fetched."""

from __future__ import annotations

from collections.abc import Sequence

from paramtui.checkpoint.config import ModelConfig
from paramtui.checkpoint.dtype import Dtype
from paramtui.checkpoint.group import TensorGroup
from paramtui.checkpoint.tensor import TensorInfo
from paramtui.record import Record, field

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal, TypeAlias

    from paramtui.checkpoint.design.change import ConfigChange
    from paramtui.checkpoint.formats.adapter import Adapter
    from paramtui.checkpoint.module import Module

Source: TypeAlias = 'Literal["hub", "cache", "local", "bundled", "config"]'


class Shard(Record):
    """One file of weights."""

    name: str
    size: int | None = None
    """Bytes, when the source says; headers included."""
    problem: str | None = None
    """Why its header could not be read; its tensors are then missing."""


class Fetched(Record):
    """What the load cost."""

    requests: int = 0
    bytes: int = 0
    """Bytes of response bodies."""
    weight_bytes: int = 0
    """Bytes of tensor data among them; always 0."""
    from_cache: bool = False
    seconds: float = 0.0
    retries: int = 0


class Choice(Record):
    """One of several sets of weights that stand in the same place."""

    name: str
    """What tells it apart, e.g. `Q4_K_M`."""
    reference: str
    """What opens it."""
    size: int | None = None
    """Bytes of its files, when the source says."""
    opened: bool = False


class Component(Record):
    """A part of a checkpoint with a configuration of its own, e.g. the `vae` of a pipeline."""

    name: str
    """What the names of its tensors begin with; empty for the one that the others extend."""
    config: ModelConfig


class Total(Record):
    """Stored elements of one type, where no tensor is known."""

    dtype: Dtype
    elements: int
    parameters: int | None
    """Logical parameters they hold; None where that cannot be told."""
    name: str = ""
    """What holds them, where there are several, e.g. a component of a pipeline."""


class Counted(Record):
    """What was counted of a checkpoint before, and of what."""

    tensors: Sequence[TensorInfo]
    config: ModelConfig
    components: tuple[Component, ...]
    groups: tuple[TensorGroup, ...]
    tree: Module | None = None


class Checkpoint(Record):
    """The files of one model at one revision, without a single weight."""

    id: str
    tensors: Sequence[TensorInfo]
    """A tuple, or what makes its items when they are looked at."""
    config: ModelConfig = field(default_factory=ModelConfig)
    source: Source = "local"
    revision: str | None = None
    commit: str | None = None
    license: str | None = None
    shards: tuple[Shard, ...] = ()
    fetched: Fetched = Fetched()
    notice: str | None = None
    """One sentence the screen must show, e.g. that this is the bundled description."""
    warnings: tuple[str, ...] = ()
    choices: tuple[Choice, ...] = ()
    """What could be opened instead, smallest first, with what is open among it; empty for one."""
    adapter: Adapter | None = None
    """The PEFT adapter whose tensors are among these, on top of its base model or alone."""

    components: tuple[Component, ...] = ()
    """What it is made of, where that is more than one model; empty for one."""
    totals: tuple[Total, ...] = ()
    """All that is known of a checkpoint whose files cannot be read; it then has no tensors."""
    design: tuple[ConfigChange, ...] = ()
    """Fields of its config that were set to something else; its tensors are then a blueprint's."""
    counted: Counted | None = field(default=None, compare=False)
    """What follows from the tensors and the config, where it was counted before."""

    @property
    def partial(self) -> bool:
        """Whether only totals are known: no tensor, no module."""
        return bool(self.totals)

    @property
    def known(self) -> Counted | None:
        """What was counted of these very tensors, under this config; None for a changed one."""
        found = self.counted
        same = found is not None and (
            found.tensors is self.tensors
            and found.config is self.config
            and found.components is self.components
        )
        return found if same else None

    @property
    def complete(self) -> bool:
        """Whether every file could be read; totals are "at least" otherwise."""
        return not self.partial and not any(shard.problem for shard in self.shards)
