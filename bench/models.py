"""Models to measure with: the names, types and shapes of DeepSeek-V3, and smaller and larger."""

from collections.abc import Iterable, Sequence
from itertools import islice
from json import dumps

from tests.hub.models import INDEX, text_file
from tests.hub.server import File, Repository

from paramtui.checkpoint.tensor import TensorInfo
from paramtui.sources.catalog import find_entry, load_bundled

DEEPSEEK = "deepseek-ai/DeepSeek-V3"
SHARDS = 163
"""Files the published checkpoint has."""
A_FILE = 564
"""Tensors a file of it has."""


def deepseek() -> Repository:
    """The 91,991 tensors of DeepSeek-V3, in as many files as it is published in."""
    found = load_bundled(DEEPSEEK)
    assert found is not None
    return repository(DEEPSEEK, found.tensors, SHARDS)


def of_size(tensors: int) -> Repository:
    """A model with so many tensors, made of the layers of DeepSeek-V3."""
    made = tuple(islice(_endless(), tensors))
    return repository(f"bench/{tensors}", made, max(tensors // A_FILE, 1))


def _endless() -> Iterable[TensorInfo]:
    """The tensors of DeepSeek-V3, and its usual layers again and again under higher numbers."""
    found = load_bundled(DEEPSEEK)
    assert found is not None
    yield from found.tensors
    layer = [item for item in found.tensors if item.name.startswith("model.layers.60.")]
    number = 61
    while True:
        number += 1
        for item in layer:
            yield item._replace(name=item.name.replace(".60.", f".{number}.", 1))


def repository(name: str, tensors: Sequence[TensorInfo], shards: int) -> Repository:
    """Tensors on the shelf of a Hub; their values are never there."""
    entry = find_entry(DEEPSEEK)
    assert entry is not None
    files: dict[str, File] = {}
    weight_map: dict[str, str] = {}
    counts: dict[str, int] = {}
    each = -(-len(tensors) // shards)
    shards = -(-len(tensors) // each)
    for number in range(shards):
        file = f"model-{number + 1:05}-of-{shards:06}.safetensors"
        held = tensors[number * each : (number + 1) * each]
        files[file] = safetensors(held)
        weight_map |= dict.fromkeys((item.name for item in held), file)
        for item in held:
            counts[item.dtype.name] = counts.get(item.dtype.name, 0) + item.elements
    index = {"metadata": {"total_size": sum(map(_nbytes, tensors))}, "weight_map": weight_map}
    files[INDEX] = text_file(index)
    files["config.json"] = text_file(dict(entry.config.root.values))
    return Repository(name, files, parameters=counts)


def safetensors(tensors: Iterable[TensorInfo]) -> File:
    """A file of so many tensors, without their values."""
    entries: dict[str, object] = {"__metadata__": {"format": "pt"}}
    position = 0
    for item in tensors:
        end = position + item.nbytes
        entries[item.name] = {
            "dtype": item.dtype.name, "shape": item.shape, "data_offsets": [position, end],
        }  # fmt: skip
        position = end
    text = dumps(entries, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return File(len(text).to_bytes(8, "little") + text, 8 + len(text) + position)


def _nbytes(item: TensorInfo) -> int:
    return item.nbytes
