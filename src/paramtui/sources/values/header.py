"""Where the data of one tensor lie in a file that is open."""

from collections.abc import Sequence

from paramtui.checkpoint.formats.safetensors import (
    LENGTH_BYTES,
    HeaderError,
    header_length,
    parse_header,
)
from paramtui.checkpoint.tensor import TensorInfo
from paramtui.sources.errors import BadData
from paramtui.sources.files import OpenFile
from paramtui.sources.values.stored import StoredTensor

CHANGED = "its file is not what it was when the model was opened"


class Header:
    """The tensors of a safetensors file by the names a checkpoint has for them.

    Names may differ: those of an adapter and of a pipeline's components are longer.
    """

    def __init__(self, file: OpenFile, known: Sequence[TensorInfo]) -> None:
        self._file = file
        try:
            length = header_length(file.read_at(0, LENGTH_BYTES))
            if LENGTH_BYTES + length > file.size:
                raise HeaderError("the header is longer than the file")
            held = parse_header(file.read_at(LENGTH_BYTES, length), file.size, "")
        except HeaderError as error:
            raise BadData(f"{CHANGED}: {error}") from None
        named = {tensor.name for tensor in held}
        alike = [one[1:3] for one in held] == [one[1:3] for one in known]
        names = [tensor.name for tensor in (known if alike else held)]
        self._places: dict[str, tuple[int, TensorInfo]] = {}
        begin = LENGTH_BYTES + length
        for name, tensor in zip(names, held, strict=True):
            self._places[name if alike else tensor.name] = begin, tensor
            begin += tensor.nbytes
        self.complete = alike or named.issuperset(tensor.name for tensor in known)

    def open(self, tensor: TensorInfo) -> StoredTensor:
        """The data of a tensor; raises BadData when the file has changed."""
        begin, held = self._places.get(tensor.name, (0, None))
        if held is None or held[1:3] != tensor[1:3]:
            raise BadData(f"{tensor.name}: {CHANGED}", "open it again")
        return StoredTensor(self._file, begin, held.dtype, held.shape)
