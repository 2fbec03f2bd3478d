"""The bytes of a config.json -> ModelConfig, and a checkpoint from nothing but that."""

import json

from paramtui.checkpoint.checkpoint import Checkpoint
from paramtui.checkpoint.config import ModelConfig
from paramtui.checkpoint.text import clean_json
from paramtui.sources.errors import BadConfig

CONFIG = "config.json"
ADAPTER_CONFIG = "adapter_config.json"
MODEL_INDEX = "model_index.json"
CONFIG_LIMIT = 64_000_000
"""Bytes; the largest configurations published take a few hundred thousand."""


def parse_config(data: bytes, name: str = CONFIG) -> ModelConfig:
    """Decode a configuration; raises BadConfig when it is not a JSON object."""
    try:
        value = clean_json(json.loads(data))
    except (ValueError, RecursionError):
        raise BadConfig(f"{name} is not JSON") from None
    if not isinstance(value, dict):
        raise BadConfig(f"{name} is not a configuration: it holds no JSON object")
    return ModelConfig.from_json(value)


def from_config(name: str, config: ModelConfig, notice: str | None = None) -> Checkpoint:
    """The checkpoint a configuration describes; raises BadConfig when it does not suffice."""
    from paramtui.checkpoint.blueprint import BlueprintError, blueprint

    if config.model_type is None:
        raise BadConfig(
            f"{name} describes no model: it has no model_type",
            "give a config.json, or the folder or repository of a model",
        )
    try:
        tensors = blueprint(config)
    except BlueprintError as error:
        raise BadConfig(str(error), getattr(error, "hint", None)) from error
    return Checkpoint(
        id=name,
        tensors=tensors,
        config=config,
        source="config",
        license=config.root.text("license"),
        notice=notice or "built from config.json alone: sizes of published files may differ",
    )
