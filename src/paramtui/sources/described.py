"""Weights that are not read, such as PyTorch's pickles: config.json describes, sizes weigh them."""

import re
from collections.abc import Mapping
from functools import partial

from paramtui.checkpoint.checkpoint import Checkpoint, Shard, Total
from paramtui.checkpoint.config import ModelConfig
from paramtui.checkpoint.counting.totals import FILES
from paramtui.checkpoint.dtype import BF16, F16, F32, Dtype
from paramtui.checkpoint.layouts import each_changed, total_bytes, total_elements
from paramtui.checkpoint.tensor import TensorInfo
from paramtui.checkpoint.text import clean
from paramtui.record import replace
from paramtui.sources.config_file import from_config
from paramtui.sources.errors import BadConfig, NoSafetensors
from paramtui.sources.weight_files import OTHER_FORMATS, formats

NEAR = 50
"""A size is explained when the difference is no more than one of so many parts of it."""
_NO_MODEL = r"(?i)train|optim|schedul|rng|random|scaler|tokenizer|(?:^|[-_.])args[-_.]|events"
_NAMES = {F32: "float32", BF16: "bfloat16", F16: "float16"}


def describe(
    name: str, config: ModelConfig, sizes: Mapping[str, int | None], prefix: str = ""
) -> Checkpoint:
    """The model that config.json describes, as large as the files are that hold its weights.

    Where the configuration does not suffice the sizes are all that is known; raises NoSafetensors
    where they are not.
    """
    others = ", ".join(formats(sizes))
    files = other_weights(sizes)
    shards = tuple(Shard(clean(prefix + file), sizes[file]) for file in files)
    known = [shard.size for shard in shards if shard.size is not None]
    held = sum(known) if known and len(known) == len(shards) else None
    try:
        what = f"its weights are {others}" if others else "it has no weights"
        found = from_config(name, config, f"built from config.json: {what}")
    except BadConfig as error:
        told = f"{name} has no safetensors files", f"it has {others}; {error}"
        if held is None or not config.model_type:
            raise NoSafetensors(*told) from None
        notice = f"partial, from the sizes of its files: it has {others}, and {error}"
        totals = (Total(FILES, held, None),)
        return Checkpoint(name, (), config, "config", shards=shards, notice=notice, totals=totals)
    return weighed(replace(found, shards=shards), held)


def other_weights(sizes: Mapping[str, int | None]) -> tuple[str, ...]:
    """The weights in the first of the other formats that is there, by their names."""
    for ending in OTHER_FORMATS:
        files = [name for name in sizes if name.endswith(ending) and not re.search(_NO_MODEL, name)]
        usual = [name for name in files if name.startswith("pytorch_model")]
        if files:
            return tuple(sorted(usual or files))
    return ()


def weighed(found: Checkpoint, held: int | None, who: str = "the sizes of the files") -> Checkpoint:
    """The description in the type that `held` bytes tell, or what the two differ by."""
    expected = total_bytes(found.tensors)
    if held is None or _near(expected, held):
        return found
    elements = total_elements(found.tensors)
    claimed = found.config.dtype
    for dtype in (F32, BF16 if claimed == _NAMES[BF16] else F16):
        if _near(dtype.nbytes(elements), held):
            told = f"config.json says {claimed or 'no type'}, {who} {dtype.name}"
            return replace(
                found,
                tensors=each_changed(found.tensors, partial(_stored, dtype)),
                warnings=(*found.warnings, f"{told}: the sizes are believed"),
            )
    told = f"{who} add up to {held:,} bytes, config.json describes {expected:,}"
    return replace(found, warnings=(*found.warnings, told))


def _stored(dtype: Dtype, described: TensorInfo) -> TensorInfo:
    return described._replace(dtype=dtype) if described.dtype in _NAMES else described


def _near(size: int, held: int) -> bool:
    return abs(size - held) * NEAR <= held
