"""Values of every stored type, out of real files, in bounded memory."""

import tracemalloc
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from paramtui.sources.errors import BadData, Cancelled
from paramtui.sources.loading import load
from paramtui.sources.progress import Progress, Watch
from paramtui.sources.tensor_values import tensor_values
from paramtui.sources.values.stored import SLICE

from .files import read, same, stored, write

KINDS: dict[str, Any] = {
    "BOOL": np.bool_, "U8": np.uint8, "I8": np.int8, "U16": np.uint16, "I16": np.int16,
    "U32": np.uint32, "I32": np.int32, "U64": np.uint64, "I64": np.int64,
    "F16": np.float16, "F32": np.float32, "F64": np.float64, "BF16": ml_dtypes.bfloat16,
    "F8_E4M3": ml_dtypes.float8_e4m3fn, "F8_E5M2": ml_dtypes.float8_e5m2,
    "F8_E4M3FNUZ": ml_dtypes.float8_e4m3fnuz, "F8_E5M2FNUZ": ml_dtypes.float8_e5m2fnuz,
    "F8_E8M0": ml_dtypes.float8_e8m0fnu,
}  # fmt: skip


@pytest.mark.parametrize("dtype", KINDS)
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=160))
def test_any_bytes_in_any_type(dtype: str, data: bytes, tmp_path: Path) -> None:
    size = np.dtype(KINDS[dtype]).itemsize
    data = data[: len(data) // size * size]
    if dtype == "BOOL":
        data = bytes(byte & 1 for byte in data)
    with np.errstate(invalid="ignore"):
        expected = np.frombuffer(data, KINDS[dtype]).astype(np.float64)
    same(stored(tmp_path, dtype, (len(data) // size,), data), expected)


@pytest.mark.parametrize(
    ("dtype", "kind"),
    [
        ("F4", ml_dtypes.float4_e2m1fn),
        ("F6_E2M3", ml_dtypes.float6_e2m3fn),
        ("F6_E3M2", ml_dtypes.float6_e3m2fn),
    ],
)
def test_types_that_do_not_fill_a_byte(dtype: str, kind: Any, tmp_path: Path) -> None:
    bits = 4 if dtype == "F4" else 6
    codes = np.random.default_rng(1).integers(0, 1 << bits, 4 * 1000)
    stream = sum(int(code) << (bits * place) for place, code in enumerate(codes))
    data = stream.to_bytes(len(codes) * bits // 8, "little")
    expected = codes.astype(np.uint8).view(kind).astype(np.float64)
    same(stored(tmp_path, dtype, (40, 100), data), expected)


def test_complex_numbers_by_their_magnitudes(tmp_path: Path) -> None:
    numbers = np.array([3 + 4j, 0, complex(np.inf, np.nan), complex(np.nan, 1)], np.complex64)
    found = stored(tmp_path, "C64", (4,), numbers)
    assert (found.maximum, found.zeros, found.non_finite) == (5.0, 1, 2)


@pytest.mark.parametrize("shape", [(), (1,), (1, 1, 1)])
def test_a_single_number(shape: tuple[int, ...], tmp_path: Path) -> None:
    found = stored(tmp_path, "F32", shape, np.float32(2.5))
    assert (found.count, found.minimum, found.mean, found.std) == (1, 2.5, 2.5, 0.0)


def test_no_numbers_at_all(tmp_path: Path) -> None:
    found = stored(tmp_path, "F32", (0, 7), b"")
    assert (found.count, found.minimum, found.mean) == (0, None, None)


def test_integers_are_exact(tmp_path: Path) -> None:
    numbers = np.array([2**64 - 1, 2**64 - 2, 0], np.uint64)
    found = stored(tmp_path, "U64", (3,), numbers)
    assert (found.minimum, found.maximum) == (0, 2**64 - 1)
    assert isinstance(stored(tmp_path, "I8", (1,), b"\xff").minimum, int)


def test_many_slices_are_one_tensor(tmp_path: Path) -> None:
    numbers = np.random.default_rng(3).normal(5, 0.01, 3 * SLICE + 17).astype(np.float32)
    same(stored(tmp_path, "F32", (numbers.size,), numbers), numbers)


def sparse(folder: Path, dtype: str, elements: int, nbytes: int) -> Path:
    """A folder with a file of zeros that takes no room on the disk."""
    write(folder, {"x": (dtype, (elements,), b"")})
    path = folder / "model.safetensors"
    text = path.read_bytes()[8:].replace(b"[0, 0]", f"[0, {nbytes}]".encode())
    with path.open("wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        file.truncate(8 + len(text) + nbytes)
    return folder


@pytest.mark.parametrize(("dtype", "size"), [("F32", 4), ("BF16", 2), ("I64", 8)])
def test_memory_is_bounded_whatever_the_size(dtype: str, size: int, tmp_path: Path) -> None:
    nbytes = 256 * 1024**2
    folder = sparse(tmp_path / "m", dtype, nbytes // size, nbytes)
    read(write(tmp_path / "warm", {"x": (dtype, (1,), bytes(size))}), "x")
    tracemalloc.start()
    try:
        found = read(folder, "x").stored
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert found is not None
    assert (found.count, found.zeros) == (nbytes // size, nbytes // size)
    assert peak < 64 * SLICE  # 16 MiB


def test_progress_and_cancelling(tmp_path: Path) -> None:
    folder = write(tmp_path, {"x": ("F32", (4 * SLICE,), bytes(16 * SLICE))})
    told: list[Progress] = []
    watch = Watch(told.append)
    read(folder, "x", watch)
    assert [progress.done for progress in told] == [0, SLICE, 2 * SLICE, 3 * SLICE]

    def stop(progress: Progress) -> None:
        if progress.done:
            watch.cancelled.set()

    watch = Watch(stop)
    with pytest.raises(Cancelled):
        read(folder, "x", watch)


def test_a_file_that_has_changed_since_it_was_opened(tmp_path: Path) -> None:
    folder = write(tmp_path, {"x": ("F32", (2,), bytes(8))})
    checkpoint = load(str(folder))
    for other in ({"x": ("F16", (2,), bytes(4))}, {"y": ("F32", (3,), bytes(12))}):
        write(tmp_path, other)
        with pytest.raises(BadData, match="not what it was"):
            tensor_values(checkpoint, str(folder), checkpoint.tensors[0], Watch())
    (folder / "model.safetensors").write_bytes(b"?")
    with pytest.raises(BadData, match="not what it was"):
        tensor_values(checkpoint, str(folder), checkpoint.tensors[0], Watch())


def test_components_of_a_pipeline_have_longer_names(tmp_path: Path) -> None:
    (tmp_path / "model_index.json").write_text('{"_class_name": "P", "vae": ["d", "A"]}')
    vae = write(tmp_path / "vae", {"w": ("F32", (2,), np.float32([1, 3]))}, {"_class_name": "A"})
    (vae / "model.safetensors").rename(vae / "diffusion_pytorch_model.safetensors")
    found = read(tmp_path, "vae.w").stored
    assert found is not None
    assert found.mean == 2
