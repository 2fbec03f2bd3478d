"""The values of one tensor of this machine, as long as NumPy is there to compute them."""

from importlib.util import find_spec

from paramtui.checkpoint.checkpoint import Checkpoint
from paramtui.checkpoint.tensor import TensorInfo
from paramtui.checkpoint.values import TensorValues
from paramtui.sources.errors import SourceError
from paramtui.sources.gguf_files import is_gguf
from paramtui.sources.progress import Watch


class ExtraMissing(SourceError):  # noqa: N818 - as its kin in errors.py
    """A package that only this needs is not installed."""


def tensor_values(
    checkpoint: Checkpoint, reference: str, tensor: TensorInfo, watch: Watch
) -> TensorValues:
    """Statistics of a tensor, read from its file in slices; raises SourceError.

    `reference` is what was typed to open the checkpoint. Nothing is fetched.
    """
    from paramtui.sources.values.place import path_of

    path = path_of(checkpoint, reference, tensor)
    if find_spec("numpy") is None:
        raise ExtraMissing("values need NumPy", "pip install 'paramtui[values]'")
    if is_gguf(path.name):
        from paramtui.sources.values.gguf import read_gguf_values

        return read_gguf_values(checkpoint, tensor, path, watch)
    from paramtui.sources.values.read import read_values

    return read_values(checkpoint, tensor, lambda one: path_of(checkpoint, reference, one), watch)
