"""The reference data: what transformers, PEFT and torch say of published models."""

import gzip
import json
from functools import lru_cache
from typing import Any

from paramtui.checkpoint.checkpoint import Checkpoint
from paramtui.checkpoint.config import ModelConfig
from paramtui.checkpoint.dtype import SAFETENSORS_DTYPES
from paramtui.checkpoint.summary import ParameterSummary, summarise
from paramtui.checkpoint.tensor import TensorInfo
from tests.conftest import SHARED

TRUTH = SHARED / "truth"


def rows(name: str) -> list[dict[str, Any]]:
    """The rows of one table; none when the data is away."""
    found: list[dict[str, Any]] = table(name).get("rows", [])
    return found


def table(name: str) -> dict[str, Any]:
    """One table; empty when the data is away."""
    path = TRUTH / f"{name}.json.gz"
    if not path.exists():
        return {}
    document: dict[str, Any] = json.loads(gzip.decompress(path.read_bytes()))
    return document


@lru_cache(maxsize=64)
def reference_model(
    name: str, style: str = "config", layers: int | None = None
) -> ParameterSummary:
    """A model as its files have it; with `layers`, only the first of its layers."""
    path = TRUTH / "counts" / f"{name}.json.gz"
    document = json.loads(gzip.decompress(path.read_bytes()))
    config = document[style]
    if layers is not None:
        config = {**config, "num_hidden_layers": layers}
    tensors = tuple(
        TensorInfo(tensor, SAFETENSORS_DTYPES[dtype], tuple(shape))
        for tensor, shape, dtype in document["disk"]
        if layers is None or _layer(tensor) < layers
    )
    return summarise(Checkpoint(name, tensors, ModelConfig.from_json(config)))


def _layer(tensor: str) -> int:
    parts = tensor.split(".")
    return next((int(part) for part in parts if part.isdigit()), -1)
