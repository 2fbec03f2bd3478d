"""Values of GGUF files that llama.cpp's own package has quantised."""

import sys
from pathlib import Path

import gguf
import numpy as np
import pytest

from paramtui.sources.errors import SourceError
from paramtui.sources.loading import load
from paramtui.sources.progress import Watch
from paramtui.sources.tensor_values import tensor_values
from tests.checkpoint.gguf_bytes import Gguf, Info

from .files import same

NAME = "blk.0.ffn_down.weight"
NUMBERS = np.random.default_rng(2).normal(size=(8, 512)).astype(np.float32)


def file(path: Path, kind: str, data: bytes) -> Path:
    code = gguf.GGMLQuantizationType[kind].value
    entries = {"general.architecture": "llama", "llama.block_count": 1}
    described = Gguf(entries, {NAME: Info((8, 512), code)}).description()
    path.write_bytes(described + bytes(-len(described) % 32) + data)
    return path


@pytest.mark.parametrize("kind", ["Q8_0", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "MXFP4", "TQ2_0"])
def test_blocks_as_llama_cpp_reads_them(kind: str, tmp_path: Path) -> None:
    numbered = gguf.GGMLQuantizationType[kind]
    data = gguf.quants.quantize(NUMBERS, numbered)
    path = file(tmp_path / "m.gguf", kind, data.tobytes())
    found = load(str(path))
    read = tensor_values(found, str(path), found.tensors[0], Watch())
    assert read.stored is None
    assert read.packing.startswith(f"{kind} in blocks of")
    same(read.dequantised, gguf.quants.dequantize(data, numbered))


@pytest.mark.parametrize("kind", ["F32", "F16", "BF16", "F64"])
def test_plain_types(kind: str, tmp_path: Path) -> None:
    whole = NUMBERS.astype(np.float64)
    raw = {"F32": NUMBERS, "F16": NUMBERS.astype(np.float16), "F64": whole}.get(kind)
    if raw is None:
        raw = (NUMBERS.view(np.uint32) >> 16).astype(np.uint16)
        whole = (raw.astype(np.uint32) << 16).view(np.float32).astype(np.float64)
    path = file(tmp_path / "m.gguf", kind, raw.tobytes())
    found = load(str(path))
    read = tensor_values(found, str(path), found.tensors[0], Watch())
    same(read.stored, whole if kind == "BF16" else raw.astype(np.float64))


def test_without_the_package_blocks_are_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = file(tmp_path / "m.gguf", "Q8_0", bytes(8 * 16 * 34))
    found = load(str(path))
    monkeypatch.setitem(sys.modules, "gguf", None)
    with pytest.raises(SourceError, match="need the gguf package") as told:
        tensor_values(found, str(path), found.tensors[0], Watch())
    assert "paramtui[values-gguf]" in str(told.value.hint)
