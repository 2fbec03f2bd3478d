"""An index whose files are not here: config.json describes the model, the index checks it."""

from collections.abc import Iterator

from paramtui.checkpoint.checkpoint import Checkpoint
from paramtui.checkpoint.config import ModelConfig
from paramtui.checkpoint.formats.safetensors import Index
from paramtui.checkpoint.text import clean, clean_all
from paramtui.record import replace
from paramtui.sources.config_file import CONFIG, from_config
from paramtui.sources.described import weighed
from paramtui.sources.weight_files import count_tensors


def without_files(name: str, config: ModelConfig, index: Index, file: str) -> Checkpoint:
    """The model of a config, held against the index `file`; raises BadConfig without a blueprint.

    Some people download all but the weights.
    """
    found = from_config(name, config)
    count = len(index.files)
    told = f"not one of the {count:,} files that {clean(file, 80)} names is here"
    notice, warnings = f"built from {CONFIG}: {told}", tuple(_names(index, found))
    found = replace(found, notice=notice, warnings=warnings)
    # Some indexes claim 0.
    return weighed(found, index.total_size or None, "the sizes in the index")


def _names(index: Index, found: Checkpoint) -> Iterator[str]:
    """The tensors that only index or description has."""
    named, described = (
        set(clean_all(tuple(index.weight_map))),
        {tensor.name for tensor in found.tensors},
    )
    if more := named - described:
        yield f"the index names {count_tensors(more)} that {CONFIG} does not describe"
    if fewer := described - named:
        yield f"{CONFIG} describes {count_tensors(fewer)} that the index does not name"
