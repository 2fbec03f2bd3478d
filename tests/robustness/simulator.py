"""The protocol-true simulator beside the project: its catalogue, and what is true of it."""

import importlib
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from paramtui.checkpoint.dtype import SAFETENSORS_DTYPES
from tests.conftest import SHARED

TOKEN = "hf_sim_granted"
READ_WHOLE = 64 << 20
"""Bytes of a file that the safetensors library is asked about as a whole."""

Tensors = Mapping[str, tuple[str, tuple[int, ...]]]


@dataclass(frozen=True)
class Truth:
    """What the files of a repository hold, by the safetensors library's judgement."""

    files: Mapping[str, int | None]
    """Bytes of the tensors of each file; None where the library refuses it."""
    faulty: bool
    """Whether the wire has faults or the description lies, and less may be read."""

    @property
    def stored(self) -> int:
        """Bytes of all tensors that can be read."""
        return sum(size or 0 for size in self.files.values())

    @cached_property
    def readable(self) -> int:
        """Files that can be read."""
        return sum(size is not None for size in self.files.values())


def catalogue(*names: str, kind: str = "bad") -> dict[str, Any]:
    """The simulator's `bad` or `good` repositories, by their names: those given, or all."""
    made = _module("make_catalogue")
    found = {repository["id"].lower(): repository for repository in getattr(made, kind)()}
    return {name: found[name] for name in names} if names else found


@contextmanager
def simulator(repositories: dict[str, Any], **options: Any) -> Iterator[Any]:
    """The simulator, serving some repositories."""
    with _module("hubsim").HubSim(repositories, **options) as hub:
        yield hub


def _module(name: str) -> Any:
    sys.path.insert(0, str(SHARED / "hubsim"))
    try:
        return importlib.import_module(name)
    finally:
        sys.path.pop(0)


def truth_of(repository: Any) -> Truth:
    """What is true of one of the simulator's repositories."""
    files = {name: file for name, file in repository.files.items() if name.endswith(".safetensors")}
    sizes = {name: _held(repository, name, file) for name, file in files.items()}
    return Truth(sizes, bool(repository.faults or repository.d.get("model_info")))


def _held(repository: Any, name: str, file: Any) -> int | None:
    safetensors = importlib.import_module("safetensors")
    if file.size > READ_WHOLE:
        header = repository._headers[name]
        return max(
            (entry["data_offsets"][1] for key, entry in header.items() if key != "__metadata__"),
            default=0,
        )
    try:
        found = safetensors.deserialize(file.prefix + bytes(file.size - len(file.prefix)))
    except safetensors.SafetensorError:
        return None
    return sum(_nbytes(tensor["dtype"], tensor["shape"]) for _, tensor in found)


def _nbytes(dtype: str, shape: list[int]) -> int:
    elements = 1
    for dimension in shape:
        elements *= dimension
    return SAFETENSORS_DTYPES[dtype].nbytes(elements)
