"""A config.json on this machine that alone describes a model: read without a look at any format."""

from paramtui.checkpoint.checkpoint import Checkpoint
from paramtui.checkpoint.text import clean
from paramtui.sources.config_file import ADAPTER_CONFIG, MODEL_INDEX, from_config, parse_config
from paramtui.sources.files import read_all
from paramtui.sources.reference import LocalKind, LocalReference

INDEX_LIMIT = 250_000_000
"""Bytes; half a million tensors take about 60 MB."""


def load_config(reference: LocalReference) -> Checkpoint | None:
    """The model a JSON file describes, by whatever name; None where it leads to other files."""
    path = reference.path
    if reference.kind is not LocalKind.CONFIG or path.name in (ADAPTER_CONFIG, MODEL_INDEX):
        return None
    config = parse_config(read_all(path, INDEX_LIMIT), path.name)
    if config.root.section("weight_map") or config.root.text("peft_type"):
        return None
    return from_config(clean(str(path)), config)
