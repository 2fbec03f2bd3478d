"""Models of a language model and towers: one row a model_type."""

from paramtui.checkpoint.blueprint.family import Family

COMPOSITES: dict[str, Family] = {}
