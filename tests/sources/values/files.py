"""Small safetensors files with values, and what is read of them."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from paramtui.checkpoint.comparing.tensors_at import tensors_at
from paramtui.checkpoint.summary import summarise
from paramtui.checkpoint.values import Statistics, TensorValues
from paramtui.sources.loading import load
from paramtui.sources.progress import Watch
from paramtui.sources.tensor_values import tensor_values

Stored = Mapping[str, tuple[str, tuple[int, ...], Any]]
"""Name -> type, shape, and an array or bytes."""


def write(folder: Path, tensors: Stored, config: object = None) -> Path:
    """A folder with one file of these tensors."""
    folder.mkdir(exist_ok=True)
    header, data = {}, b""
    for name, (dtype, shape, numbers) in tensors.items():
        raw = numbers if isinstance(numbers, bytes) else np.ascontiguousarray(numbers).tobytes()
        header[name] = {
            "dtype": dtype, "shape": shape, "data_offsets": [len(data), len(data) + len(raw)],
        }  # fmt: skip
        data += raw
    text = json.dumps(header).encode()
    whole = len(text).to_bytes(8, "little") + text + data
    (folder / "model.safetensors").write_bytes(whole)
    if config is not None:
        (folder / "config.json").write_text(json.dumps(config))
    return folder


def read(folder: Path, name: str, watch: Watch | None = None) -> TensorValues:
    """The values of a tensor of a folder, by a name it has in the tree."""
    checkpoint = load(str(folder))
    (tensor,) = tensors_at(summarise(checkpoint), name)
    return tensor_values(checkpoint, str(folder), tensor, watch or Watch())


def stored(folder: Path, dtype: str, shape: tuple[int, ...], numbers: Any) -> Statistics:
    """The statistics of one tensor as its file holds it."""
    found = read(write(folder, {"x": (dtype, shape, numbers)}), "x")
    assert found.dequantised is None
    assert found.stored is not None
    return found.stored


def same(found: Statistics | None, expected: Any) -> None:
    """Compare with NumPy's own figures of the same numbers, in float64."""
    assert found is not None
    values = np.asarray(expected, dtype=np.float64).ravel()
    finite = values[np.isfinite(values)]
    assert found.count == values.size
    assert found.zeros == np.count_nonzero(values == 0)
    assert (found.nan, found.positive_infinite, found.negative_infinite) == (
        np.isnan(values).sum(),
        np.isposinf(values).sum(),
        np.isneginf(values).sum(),
    )
    if not finite.size:
        assert (found.minimum, found.mean, found.histogram) == (None, None, None)
        return
    assert found.minimum is not None
    assert found.mean is not None
    assert found.std is not None
    assert found.histogram is not None
    np.testing.assert_allclose(float(found.minimum), finite.min(), rtol=1e-12)
    np.testing.assert_allclose(float(found.maximum or 0), finite.max(), rtol=1e-12)
    scale = np.abs(finite).max()
    with np.errstate(over="ignore", under="ignore"):
        # Scaled first: NumPy's own sums overflow where ours may not.
        shares = finite / scale if scale else finite
        np.testing.assert_allclose(found.mean, shares.mean() * (scale or 1), atol=scale * 1e-12)
        np.testing.assert_allclose(found.std, shares.std() * (scale or 1), atol=scale * 1e-12)
    assert sum(found.histogram.counts) == finite.size
