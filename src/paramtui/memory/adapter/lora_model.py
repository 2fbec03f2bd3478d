"""The model that an adapter is trained on: what transformers loads of a checkpoint."""

import re

from paramtui.checkpoint.category import Category, Operator
from paramtui.checkpoint.summary import PARAMETERS, Kind, ParameterSummary, TensorGroup
from paramtui.memory.adapter.lora_config import LoraConfig
from paramtui.memory.layout.linear import module_name
from paramtui.record import replace

HEAD_NAMES = ("lm_head", "proj_out")
"""How transformers names an output head; a tied one has no tensor of its own in the files."""


def trained_groups(summary: ParameterSummary) -> tuple[TensorGroup, ...]:
    """What transformers loads for training: all but the modules that predict further tokens.

    A tied output head is a module of its own all the same, as a duplicate of the embedding.
    """
    groups = tuple(group for group in summary.groups if group.category is not Category.MTP)
    speaks = re.search("LMHead|CausalLM|ConditionalGeneration", summary.config.architecture or "")
    return (*groups, *_tied_head(groups, summary)) if speaks else groups


def saved_groups(summary: ParameterSummary, lora: LoraConfig) -> tuple[TensorGroup, ...]:
    """The parameters of `modules_to_save`: of every module whose name ends so, dot or not.

    Those that are marked to be trained whole are among them.
    """
    found = tuple(
        group
        for group in trained_groups(summary)
        if (group.kind in PARAMETERS and group.trained)
        or (
            group.kind in (*PARAMETERS, Kind.DUPLICATE)
            and any(_answers(group, name) for name in lora.modules_to_save)
        )
    )
    if lora.ensure_weight_tying and any(_is_table(group) for group in found):
        return tuple(group for group in found if group.kind is not Kind.DUPLICATE)
    return found


def _tied_head(
    groups: tuple[TensorGroup, ...], summary: ParameterSummary
) -> tuple[TensorGroup, ...]:
    every = (summary.whole or summary).groups
    if any(group.category is Category.HEAD and len(group.shape) > 1 for group in every):
        return ()
    tables = [
        group for group in groups if group.category is Category.EMBEDDING and _is_table(group)
    ]
    if not tables:
        return ()
    table = max(tables, key=lambda group: group.out_features)
    return tuple(
        replace(
            table,
            pattern=f"{name}.weight",
            category=Category.HEAD,
            kind=Kind.DUPLICATE,
            operator=Operator.LINEAR,
            tensors=(table.tensors[0]._replace(name=f"{name}.weight"),),
            layers=(-1,),
        )
        for name in HEAD_NAMES
    )


def _answers(group: TensorGroup, name: str) -> bool:
    # transformers 5 loads a head of any name (GPT-NeoX's `embed_out`) as `lm_head`.
    head = group.category is Category.HEAD and group.kind in PARAMETERS
    return _part_of(module_name(group.pattern), name) or (head and name == HEAD_NAMES[0])


def _part_of(module: str, ending: str) -> bool:
    # The module itself or any above it: `classifier` saves `classifier.dense` too.
    parts = module.split(".")
    return any(".".join(parts[:end]).endswith(ending) for end in range(1, len(parts) + 1))


def _is_table(group: TensorGroup) -> bool:
    """Whether the tensors are tables of embeddings."""
    return group.kind is Kind.WEIGHT and group.operator is Operator.EMBEDDING
