"""The values of one tensor of this machine, as long as NumPy is there to compute them."""

from paramtui.checkpoint.checkpoint import Checkpoint
from paramtui.checkpoint.tensor import TensorInfo
from paramtui.checkpoint.values import TensorValues
from paramtui.sources.extras import need
from paramtui.sources.gguf_files import is_gguf
from paramtui.sources.progress import Watch


def tensor_values(
    checkpoint: Checkpoint, reference: str, tensor: TensorInfo, watch: Watch
) -> TensorValues:
    """Statistics of a tensor, read from its file in slices; raises SourceError.

    `reference` is what was typed to open the checkpoint. Nothing is fetched.
    """
    from paramtui.sources.values.place import path_of

    path = path_of(checkpoint, reference, tensor)
    need("numpy", "values need NumPy", "values")
    if is_gguf(path.name):
        from paramtui.sources.values.gguf import read_gguf_values

        return read_gguf_values(checkpoint, tensor, path, watch)
    from paramtui.sources.values.read import read_values

    return read_values(checkpoint, tensor, lambda one: path_of(checkpoint, reference, one), watch)
