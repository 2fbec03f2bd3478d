"""Layers that their names do not tell apart: prediction layers and recurrent mixers."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain, compress, repeat

from paramtui.checkpoint.category import Category
from paramtui.checkpoint.column_tensors import PickedTensors, chosen_of
from paramtui.checkpoint.config import ModelConfig
from paramtui.checkpoint.dtype import Dtype
from paramtui.checkpoint.repeated import Repeated, RepeatedTensors
from paramtui.checkpoint.tensor import Shape, TensorInfo
from paramtui.record import Record, replace


class Bucket(Record, eq=False):
    """Tensors equal in pattern, dtype and shape."""

    pattern: str
    dtype: Dtype
    shape: Shape
    tensors: Sequence[TensorInfo]
    layers: Sequence[int]
    apart: Category | None = None
    """What the module is, where its name says something else or nothing."""
    repeated: bool = False
    """Tensors of the same names were met before, in another file."""
    once: list[Repeated] | None = None
    """What each of `tensors` is the first copy of, where copies are told once."""

    @property
    def most_in_a_layer(self) -> int:
        """Tensors of the layer that has most of them, copies included."""
        if self.once is None:
            return max(Counter(self.layers).values())
        found: dict[int, int] = defaultdict(int)
        for layer, each in zip(self.layers, self.once, strict=True):
            found[layer] += each.times
        return max(found.values())

    def members(self) -> tuple[Sequence[TensorInfo], tuple[int, ...]]:
        """All tensors, copies included, and the layer of each."""
        counts = [each.times for each in self.once or ()]
        if sum(counts) == len(counts):
            lazy = isinstance(self.tensors, PickedTensors)
            return self.tensors if lazy else tuple(self.tensors), tuple(self.layers)
        layers = chain.from_iterable(map(repeat, self.layers, counts))
        return RepeatedTensors(self.once or ()), tuple(layers)


Apart = Mapping[str, set[int]]
"""Layer numbers by what their patterns start with."""


def split_apart(buckets: Iterable[Bucket], config: ModelConfig) -> list[Bucket]:
    """The same tensors, with those of layers that are something else in buckets of their own."""
    buckets = list(buckets)
    prediction = _prediction_layers(buckets, config)
    recurrent = _recurrent_mixers(buckets)
    found = []
    for bucket in buckets:
        for part in _split(bucket, prediction, Category.MTP):
            if part.apart is None:
                found += _split(part, recurrent, Category.LINEAR_ATTENTION)
            else:
                found.append(part)
    return found


def _split(bucket: Bucket, apart: Apart, category: Category) -> list[Bucket]:
    layers = next((apart[start] for start in apart if bucket.pattern.startswith(start)), None)
    inside = bytes(map(layers.__contains__, bucket.layers)) if layers else b""
    if 1 not in inside:
        return [bucket]
    if 0 not in inside:
        return [replace(bucket, apart=category)]
    outside = inside.translate(_OTHERS)
    return [_part(bucket, outside, None), _part(bucket, inside, category)]


_OTHERS = bytes.maketrans(b"\0\1", b"\1\0")


def _part(bucket: Bucket, kept: bytes, apart: Category | None) -> Bucket:
    return replace(
        bucket,
        tensors=chosen_of(bucket.tensors, kept),
        layers=list(compress(bucket.layers, kept)),
        once=list(compress(bucket.once, kept)) if bucket.once else None,
        apart=apart,
    )


_PREDICTION = re.compile(r"([^*]*\*\.)(eh_proj|enorm|hnorm|shared_head|nextn)(\.|$)")
_COUNTS = ("num_nextn_predict_layers", "num_mtp_layers", "mtp_num_hidden_layers", "num_mtp_modules")


def _prediction_layers(buckets: list[Bucket], config: ModelConfig) -> Apart:
    """Numbered layers beyond the model's own that predict a further token (DeepSeek-V3 §2.2)."""
    marked: dict[str, set[int]] = defaultdict(set)
    rest: dict[str, set[int]] = defaultdict(set)
    for bucket in buckets:
        prefix = bucket.pattern[: bucket.pattern.find("*") + 1] + "."
        if match := _PREDICTION.match(bucket.pattern):
            marked[match[1]].update(bucket.layers)
        elif len(prefix) > 1:
            rest[prefix].update(bucket.layers)
    layers, further = config.layers, config.text.integer(*_COUNTS) or 0
    if not marked and layers and further > 0:
        beyond = range(layers, layers + further)
        marked.update({prefix: found & set(beyond) for prefix, found in rest.items()})
    # They stand behind all others: a family that calls something else so keeps its layers.
    return {
        prefix: numbers
        for prefix, numbers in marked.items()
        if numbers and min(numbers) > max(rest[prefix] - numbers, default=-1)
    }


_RECURRENT = re.compile(
    r"(.*\*\.(?:[^.]*(?:attn|attention)[^.]*|att)\.)"
    r"(A_log|time_decay|receptance|r_proj|gk_proj|k_conv1d|output_gate)(\.|$)"
)


def _recurrent_mixers(buckets: list[Bucket]) -> Apart:
    """Modules named attention that keep a recurrent state: decays, or lightning attention."""
    patterns = {bucket.pattern for bucket in buckets}
    found: dict[str, set[int]] = defaultdict(set)
    for bucket in buckets:
        match = _RECURRENT.match(bucket.pattern)
        # An output gate alone is no sign; lightning attention norms its output as well.
        if match and (match[2] != "output_gate" or f"{match[1]}norm.weight" in patterns):
            found[match[1]].update(bucket.layers)
    return found
