"""ParameterSummary: the counts of one checkpoint, over groups of equal tensors."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from paramtui.checkpoint.category import Category
from paramtui.checkpoint.checkpoint import Checkpoint
from paramtui.checkpoint.components import checkpoint_groups
from paramtui.checkpoint.config import EXPERTS_PER_TOKEN, ModelConfig
from paramtui.checkpoint.counting.findings import findings
from paramtui.checkpoint.counting.unread import files_read, unread
from paramtui.checkpoint.group import PARAMETERS, Kind, TensorGroup
from paramtui.record import Record, replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from paramtui.checkpoint.formats.adapter import Adapter

__all__ = [
    "PARAMETERS",
    "Kind",
    "ParameterSummary",
    "TensorGroup",
    "recounted",
    "summarise",
    "without",
]


class ParameterSummary(Record, eq=False):
    """The counts of one checkpoint; equal only to itself, so that estimates can be kept by it."""

    groups: tuple[TensorGroup, ...]
    config: ModelConfig
    total: int
    """Logical parameters."""
    active: int
    """Parameters a token meets: all but routed experts, plus their share of those."""
    stored_elements: int
    stored_bytes: int
    tensors: int
    files: int
    by_category: Mapping[Category, int]
    by_kind: Mapping[Kind, int]
    by_dtype: Mapping[str, int]
    complete: bool = True
    """False when a file could not be read: every total is then "at least"."""
    partial: bool = False
    """Whether only totals by type are known: the groups then stand for no tensors."""
    components: tuple[str, ...] = ()
    """Parts that are a model each: what the names of their tensors begin with."""
    warnings: tuple[str, ...] = ()
    whole: ParameterSummary | None = None
    """The checkpoint as its files have it, where this one was changed (`recounted`)."""
    adapter: Adapter | None = None
    """The PEFT adapter that was opened."""


def summarise(checkpoint: Checkpoint) -> ParameterSummary:
    """Group the tensors of a checkpoint and count them."""
    config = checkpoint.config
    files, complete = len(checkpoint.shards), checkpoint.complete
    broken = unread(checkpoint.shards)
    if checkpoint.partial:
        from paramtui.checkpoint.counting.totals import total_groups

        found = replace(_count(total_groups(checkpoint.totals), config), tensors=0, partial=True)
        warnings = (*broken, *checkpoint.warnings)
        return replace(found, files=files, complete=complete, warnings=warnings)
    groups = checkpoint_groups(checkpoint)
    return replace(
        _count(groups, config),
        components=tuple(part.name for part in checkpoint.components if part.name),
        files=files_read(checkpoint.shards),
        complete=complete,
        warnings=(*broken, *checkpoint.warnings, *_found(checkpoint, groups)),
        adapter=checkpoint.adapter,
    )


def _found(checkpoint: Checkpoint, groups: tuple[TensorGroup, ...]) -> tuple[str, ...]:
    """What the tensors show; a file that is not there, or was not read, denies no config."""
    said = findings(groups, checkpoint.config)
    if not checkpoint.shards or not checkpoint.complete or checkpoint.components:
        return said
    from paramtui.checkpoint.counting.disagreements import disagreements  # of files alone

    return (*said, *disagreements(groups, checkpoint.config))


def recounted(whole: ParameterSummary, groups: tuple[TensorGroup, ...]) -> ParameterSummary:
    """The same checkpoint with other groups: some tensors left out, or given marks."""
    return replace(
        _count(groups, whole.config),
        files=whole.files,
        complete=whole.complete,
        partial=whole.partial,
        components=whole.components,
        warnings=whole.warnings,
        whole=whole,
        adapter=whole.adapter,
    )


def without(summary: ParameterSummary, category: Category) -> ParameterSummary:
    """The same checkpoint as if its files had nothing of a category."""
    groups = tuple(group for group in summary.groups if group.category is not category)
    return replace(recounted(summary, groups), whole=summary.whole)


def _count(groups: tuple[TensorGroup, ...], config: ModelConfig) -> ParameterSummary:
    by_category: dict[Category, int] = defaultdict(int)
    by_kind: dict[Kind, int] = defaultdict(int)
    by_dtype: dict[str, int] = defaultdict(int)
    for group in groups:
        if group.parameters:
            by_category[group.category] += group.parameters
            by_kind[group.kind] += group.parameters
            by_dtype[group.dtype.name] += group.parameters
    return ParameterSummary(
        groups=groups,
        config=config,
        total=sum(by_kind.values()),
        active=sum(_active(group, config) for group in groups),
        stored_elements=sum(group.elements for group in groups),
        stored_bytes=sum(group.nbytes for group in groups),
        tensors=sum(group.count for group in groups),
        files=0,
        by_category=dict(by_category),
        by_kind=dict(by_kind),
        by_dtype=dict(by_dtype),
    )


def visited_experts(group: TensorGroup, config: ModelConfig) -> tuple[int, int] | None:
    """Experts a token visits out of those the layer has; None for what every token meets."""
    experts = group.experts if group.experts > 1 else group.experts and (config.experts or 0)
    visited = config.experts_per_token
    if not experts or visited is None or visited >= experts:
        return None
    return max(visited, 0), experts


def _active(group: TensorGroup, config: ModelConfig) -> int:
    """A token's share of a group: the experts it visits out of those its layer has."""
    if not group.experts:
        return group.parameters
    experts = group.experts if group.experts > 1 else config.experts or 1
    visited = min(max(_visited(config) or experts, 0), experts)
    return group.parameters * visited // experts


def _visited(config: ModelConfig) -> int | None:
    """Experts a token visits; the first layer's number where each layer has its own (Hunyuan)."""
    listed = config.text.integers(*EXPERTS_PER_TOKEN)
    nested = config.text.section("ffn_config").integer(*EXPERTS_PER_TOKEN)  # DBRX
    return config.experts_per_token or (listed[0] if listed else nested)
