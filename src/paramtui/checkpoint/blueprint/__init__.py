"""Blueprint: config -> the tensors a checkpoint of that family has on disk."""

from collections.abc import Iterator
from itertools import islice

from paramtui.checkpoint.blueprint.facts import BlueprintError
from paramtui.checkpoint.blueprint.families import FAMILIES
from paramtui.checkpoint.blueprint.stored import stored
from paramtui.checkpoint.config import ModelConfig
from paramtui.checkpoint.dtype import Dtype
from paramtui.checkpoint.repeated import Repeated, RepeatedTensors
from paramtui.checkpoint.tensor import TensorInfo
from paramtui.checkpoint.tying import is_tied

__all__ = ["FAMILIES", "BlueprintError", "blueprint", "has_blueprint", "outline"]

MOST_TENSORS = 1_000_000
"""More than any published checkpoint; a config that asks for more is not one."""
MOST_OUTLINED = 50_000
"""The same where one expert stands for all."""


def blueprint(config: ModelConfig, dtype: Dtype | None = None) -> RepeatedTensors:
    """The tensors on disk, all in `dtype` or in the type the config claims.

    Raises BlueprintError when the family is not known or a field it needs is absent.
    """
    once, count = [], 0
    for found in _tensors(config, dtype):
        once.append(found)
        count += found.copies.count if found.copies else 1
        if count > MOST_TENSORS:
            raise BlueprintError(f"the config asks for more than {MOST_TENSORS:,} tensors")
    return RepeatedTensors(once)


def outline(config: ModelConfig) -> tuple[TensorInfo, ...]:
    """The blueprint with one expert for all of a layer: the largest are told in a moment.

    It ends where no model goes on. Raises BlueprintError as `blueprint` does.
    """
    return tuple(found.first for found in islice(_tensors(config, None), MOST_OUTLINED))


def has_blueprint(model_type: str | None) -> bool:
    """Whether the family is known."""
    return model_type in FAMILIES


def _tensors(config: ModelConfig, dtype: Dtype | None) -> Iterator[Repeated]:
    name = config.model_type or ""
    family = FAMILIES.get(name)
    if family is None:
        raise BlueprintError(
            f"no blueprint for model_type {name[:64]!r}"
            if name
            else "the config has no model_type",
            "open the model's files instead of its config.json",
        )
    facts = family.facts(name, config.root, tied=is_tied(config))
    return stored(family.parts(facts), config, dtype, family)
