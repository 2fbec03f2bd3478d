"""Checkpoints of the reference data, as transformers saves them."""

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


def table(name: str) -> Any:
    """A table of the reference data; empty when the data is not here."""
    path = TRUTH / f"{name}.json.gz"
    return json.loads(gzip.decompress(path.read_bytes())) if path.exists() else {}


@lru_cache(maxsize=4)
def counted(name: str) -> ParameterSummary:
    """The summary of the tensors that transformers saves for a configuration."""
    facts = table(f"counts/{name}")
    tensors = tuple(
        TensorInfo(tensor, SAFETENSORS_DTYPES[dtype], tuple(shape))
        for tensor, shape, dtype in facts["disk"]
    )
    return summarise(Checkpoint(name, tensors, ModelConfig.from_json(facts["config"])))
