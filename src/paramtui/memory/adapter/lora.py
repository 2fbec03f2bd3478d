"""LoRA: what an adapter trains, and what its file weighs, from the checkpoint's own shapes."""

from collections import defaultdict
from functools import lru_cache
from math import prod

from paramtui.checkpoint.category import Category
from paramtui.checkpoint.summary import Kind, ParameterSummary, TensorGroup
from paramtui.checkpoint.tensor import TensorInfo
from paramtui.memory.adapter.adapter_file import FileLayout, lay_out
from paramtui.memory.adapter.adapter_tensors import adapter_tensors, token_rows
from paramtui.memory.adapter.lora_config import LoraConfig
from paramtui.memory.adapter.lora_model import saved_groups, trained_groups
from paramtui.memory.adapter.lora_targets import (
    Target,
    find_targets,
    unmatched,
    wrapped,
)
from paramtui.memory.adapter.opened_adapter import opened_adapter, opened_estimate
from paramtui.memory.adapter.packed_experts import is_expert, packed_targets
from paramtui.memory.errors import ScenarioError
from paramtui.memory.layout.linear import module_name
from paramtui.memory.result import LoraEstimate, LoraTarget
from paramtui.memory.scenario import Scenario
from paramtui.record import replace

REFUSING = frozenset({"mamba", "mamba2", "falcon_mamba", "falcon_h1", "nemotron_h"})
"""Model types whose `out_proj` PEFT refuses to adapt (peft/tuners/tuners_utils.py)."""


def lora_estimate(summary: ParameterSummary, scenario: Scenario) -> LoraEstimate:
    """What the scenario's adapter adds; raises ScenarioError when its targets name nothing."""
    if opened := opened_adapter(summary, scenario.lora_targets):
        return opened_estimate(summary, opened, scenario.lora_rank)
    config = LoraConfig(
        rank=scenario.lora_rank,
        target_modules=scenario.lora_targets,
        precision=scenario.adapter_precision,
    )
    return estimate_lora(summary, config)


def estimate_lora(summary: ParameterSummary, lora: LoraConfig) -> LoraEstimate:
    """The same for any LoraConfig."""
    targets = _targets(summary, lora)
    saved = saved_groups(summary, lora)
    added = sum(adapter_parameters(target, lora) for target in targets)
    added += sum(prod(group.logical_shape) * group.count for group in saved)
    table = _word_table(summary)
    added += lora.trainable_tokens * (table.in_features if table else 0)
    trainable = added + sum(
        prod(group.logical_shape) for group, _ in _trained_biases(summary, targets, lora.bias)
    )
    base = summary.total - summary.by_category.get(Category.MTP, 0)
    layout = _layout(summary, replace(lora, rank=1))
    return LoraEstimate(
        rank=lora.rank,
        targets=_rows(targets),
        trainable=trainable,
        percent=100 * trainable / max(base + added, 1),
        adapter_file_bytes=layout.file_bytes(lora.rank),
        adapter_data_bytes=layout.data_bytes(lora.rank),
        frozen=base + added - trainable,
        notes=_notes(summary, lora, targets),
    )


def _targets(summary: ParameterSummary, lora: LoraConfig) -> tuple[Target, ...]:
    if lora.packed_experts or lora.target_parameters:
        return packed_targets(summary, lora.target_modules, lora.target_parameters)
    return find_targets(summary, lora.target_modules, lora.layers_to_transform)


def adapter_parameters(target: Target, lora: LoraConfig) -> int:
    """Parameters the adapter of a target has: rank × (inputs + outputs) a layer, and extras."""
    layer = target.ranks * lora.rank * (target.inputs + target.outputs)
    if lora.use_dora and not target.packed:
        layer += target.outputs
    if lora.lora_bias and not target.embedding:
        layer += target.outputs
    return layer * target.count


def _word_table(summary: ParameterSummary) -> TensorGroup | None:
    tables = [group for group in summary.groups if group.category is Category.EMBEDDING]
    return max(tables, key=lambda group: group.out_features) if tables else None


def _trained_biases(
    summary: ParameterSummary, targets: tuple[Target, ...], bias: str
) -> list[tuple[TensorGroup, TensorInfo]]:
    if bias == "none":
        return []
    modules = {module_name(tensor.name) for target in targets for tensor in target.tensors}
    return [
        (group, tensor)
        for group in trained_groups(summary)
        # PEFT goes by the parameter's own name: `dt_bias` and the biases of experts stay frozen.
        # The `beta` of old files is loaded as a norm's `bias`.
        if group.kind is Kind.BIAS and group.pattern.rpartition(".")[2] in ("bias", "beta")
        for tensor in group.tensors
        if bias == "all" or tensor.name.rpartition(".")[0] in modules
    ]


@lru_cache(maxsize=8)
def _layout(summary: ParameterSummary, lora: LoraConfig) -> FileLayout:
    # Once for a model and its targets; another rank is then a matter of microseconds.
    targets = _targets(summary, lora)
    whole = _trained_biases(summary, targets, lora.bias)
    # The file holds both names of one matrix.
    for group in saved_groups(summary, replace(lora, ensure_weight_tying=False)):
        whole += [(group, tensor) for tensor in group.tensors]
    entries = list(adapter_tensors(lora, summary.config, targets, whole))
    table = _word_table(summary)
    if table and lora.trainable_tokens:
        entries.append(token_rows(lora, summary.config, table))
    return lay_out(entries)


def _rows(targets: tuple[Target, ...]) -> tuple[LoraTarget, ...]:
    counts: dict[tuple[str, int, int], int] = defaultdict(int)
    for target in targets:
        counts[target.module, target.inputs, target.outputs] += target.count
    return tuple(LoraTarget(*layer, count) for layer, count in counts.items())


def _notes(
    summary: ParameterSummary, lora: LoraConfig, targets: tuple[Target, ...]
) -> tuple[str, ...]:
    notes = [
        f"No layer is named {name}; the other targets are counted."
        for name in unmatched(summary, lora.target_modules)
    ]
    if summary.config.text_model_type in REFUSING:
        refused = sorted({target.module for target in targets} & {"out_proj", "conv1d"})
        notes += [
            f"PEFT refuses {name} on this architecture: name other targets." for name in refused
        ]
    notes += [
        f"PEFT refuses {name}: some layers of that name wrap a matrix, {name}.linear; "
        "an expression can leave them out."
        for name in wrapped(summary, lora.target_modules)
    ]
    if any(target.packed for target in targets):
        notes.append("Experts packed in one tensor count one by one: PEFT's target_parameters.")
    if lora.use_dora and any(target.packed for target in targets):
        notes.append("PEFT refuses DoRA on packed experts: none is counted there.")
    return (*notes, *_packed_note(summary, lora, targets))


def _packed_note(
    summary: ParameterSummary, lora: LoraConfig, targets: tuple[Target, ...]
) -> tuple[str, ...]:
    """What PEFT counts where transformers 5 packs the experts that files keep apart."""
    if lora.packed_experts or not any(is_expert(target.group) for target in targets):
        return ()
    try:
        packed = packed_targets(summary, lora.target_modules)
    except ScenarioError as error:
        return (f"{error}.",)
    trained = sum(adapter_parameters(target, lora) for target in packed)
    note = (
        "Experts count as layers of their own here, as files have them: under transformers 5, "
        f"which packs those of a layer, PEFT 0.21 trains {trained:,} parameters."
    )
    return (note,)
