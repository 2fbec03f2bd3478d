"""Which files of a folder are the model's weights: one set, counted once."""

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from paramtui.checkpoint.column_tensors import ColumnTensors, are_distinct, names_of
from paramtui.checkpoint.formats.safetensors import Index, WeightIndexError
from paramtui.checkpoint.layouts import total_bytes
from paramtui.checkpoint.tensor import TensorInfo
from paramtui.checkpoint.text import clean, clean_all
from paramtui.record import Record
from paramtui.sources.reference import is_safe_name

SUFFIX = ".safetensors"
MAIN_NAMES = ("model", "diffusion_pytorch_model")
"""What transformers and diffusers call the weights, in the order they are looked for."""
SHARD_LIMIT = 10_000
OTHER_FORMATS = {
    ".bin": "PyTorch .bin",
    ".pt": "PyTorch .pt",
    ".pth": "PyTorch .pth",
    ".ckpt": "PyTorch .ckpt",
    ".gguf": "GGUF",
    ".h5": "TensorFlow .h5",
    ".msgpack": "Flax .msgpack",
    ".onnx": "ONNX",
    ".npz": "NumPy .npz",
    ".nemo": "NeMo",
    ".tflite": "TFLite",
    ".mlmodel": "Core ML",
}

_NUMBERED = re.compile(r"(.*?)[-_.]?(\d+)[-_.]of[-_.](\d+)\.safetensors", re.DOTALL)
_INDEX = re.compile(r"(.+?)\.safetensors\.index(?:\.(.+))?\.json", re.DOTALL)
_SECOND_CHOICE = re.compile(
    r"consolidated|optimizer|training_|\.(fp|bf|f)\d+|\.non_ema|\.ema|-fp\d+|_fp\d+",
    re.IGNORECASE,
)
"""Copies in another type or layout, and files that hold something else than the model."""


class WeightSet(Record):
    """The files of one set of weights, by their names in the folder."""

    files: tuple[str, ...]
    """The shards in order; what an index says, once it is read, counts instead."""
    index: str | None = None
    aside: tuple[str, ...] = ()
    """Other safetensors files of the folder, which are not counted."""


def choose(sizes: Mapping[str, int | None], named: str | None = None) -> WeightSet | None:
    """The weights among the files of one folder, names -> bytes; None when there are none.

    `named` is the file the user pointed at: the set it belongs to is the one that is meant.
    """
    weights = sorted(name for name in sizes if name.endswith(SUFFIX) and not is_adapter(name))
    sets = _sets(sizes, weights)
    if named is not None and (named in weights or (named in sizes and _INDEX.fullmatch(named))):
        with_it = [found for found in sets if named in found.files or named == found.index]
        chosen = with_it[0] if with_it else WeightSet((named,))
    elif sets:
        chosen = sets[0]
    else:
        return None
    aside = tuple(name for name in weights if name not in chosen.files)
    return WeightSet(chosen.files, chosen.index, aside)


def rivals(sizes: Mapping[str, int | None], chosen: WeightSet) -> tuple[WeightSet, ...]:
    """The other sets of a folder where neither a name nor an index says which is the model's."""
    stem = _stem(chosen.files[0]) if chosen.files else ""
    if chosen.index is not None or not stem or stem in MAIN_NAMES:
        return ()
    copy = bool(_SECOND_CHOICE.search(stem))
    weights = sorted({*chosen.files, *chosen.aside} & sizes.keys())
    return tuple(
        found
        for found in _sets({name: sizes[name] for name in weights}, weights)
        if found.files != chosen.files
        and bool(_SECOND_CHOICE.search(_stem(found.files[0]))) is copy
    )


def copies(sizes: Mapping[str, int | None], chosen: WeightSet) -> tuple[WeightSet, ...]:
    """The other sets of a folder that the name of the chosen one, or its index, rules out."""
    weights = sorted({*chosen.files, *chosen.aside} & sizes.keys())
    taken = {file for found in (chosen, *rivals(sizes, chosen)) for file in found.files}
    found = []
    for other in _sets({name: sizes[name] for name in weights}, weights):
        if taken.isdisjoint(other.files):
            found.append(other)
            taken.update(other.files)
    return tuple(found)


def _stem(file: str) -> str:
    """What the files of one set have in common."""
    match = _NUMBERED.fullmatch(file)
    return match[1] if match else file.removesuffix(SUFFIX)


def is_adapter(name: str) -> bool:
    """Whether `name` is what PEFT calls the weights of an adapter."""
    return name.startswith("adapter_model.")


def formats(names: Iterable[str]) -> tuple[str, ...]:
    """The weight formats other than safetensors that `names` show."""
    found = (OTHER_FORMATS.get("." + name.rpartition(".")[2].lower()) for name in names)
    return tuple(dict.fromkeys(sorted(form for form in found if form)))


def files_of(index: Index, is_there: Callable[[str], bool]) -> tuple[str, ...]:
    """The files an index names, in order, without unsafe names.

    Raises WeightIndexError when it cannot be followed.
    """
    files = tuple(sorted(name for name in index.files if is_safe_name(name)))
    if len(files) > SHARD_LIMIT:
        raise WeightIndexError(f"it names {len(files):,} files, more than {SHARD_LIMIT:,}")
    if not any(is_there(file) for file in files):
        raise WeightIndexError("none of the files it names is there")
    if not any(file.endswith(SUFFIX) for file in files):
        raise WeightIndexError("it names no safetensors files")
    return files


def compare_index(index: Index, tensors: Sequence[TensorInfo], complete: bool) -> list[str]:
    """What an index says that the headers do not, one sentence each; headers are believed."""
    warnings = []
    outside = sorted(name for name in index.files if not is_safe_name(name))
    if outside:
        warnings.append(f"the index names {clean(outside[0], 80)}, which is no file beside it")
    if not _is_followed(index, tensors):
        held, named = set(names_of(tensors)), set(clean_all(tuple(index.weight_map)))
        if complete and not outside and (missing := named - held):
            warnings.append(f"the index names {count_tensors(missing)} that no file holds")
        if unnamed := held - named:
            warnings.append(f"the files hold {count_tensors(unnamed)} that the index does not name")
    if not are_distinct(tensors):  # a name in two files counts once
        tensors = tuple({tensor.name: tensor for tensor in tensors}.values())
    return warnings + compare_total(index.total_size, total_bytes(tensors), complete)


def _is_followed(index: Index, tensors: Sequence[TensorInfo]) -> bool:
    """Whether the files are those of the index, each with the tensors that it names: as ever.

    File by file, since ninety thousand names at once are slow.
    """
    if not isinstance(tensors, ColumnTensors):
        return False
    held = {file.rpartition("/")[2]: names for file, names in tensors.by_file()}
    if sum(map(len, held.values())) != len(tensors):
        return False
    if index.says(held):
        return True
    left: dict[str, set[str]] = {}
    for file, names in index.by_file():
        there = held.pop(file, None)
        if there == names:
            continue
        if there is not None:
            left[file] = set(there)
        # Each name once: of one that is named again nothing is left.
        if file not in left or not _take(left[file], names):
            return False
    return not any(left.values()) and not any(held.values())


def _take(held: set[str], names: Sequence[str]) -> bool:
    """Take names out of a set; returns whether it had all of them, each once."""
    before = len(held)
    held.difference_update(names)
    return before - len(held) == len(names)


def compare_files(named: Collection[str], guessed: Collection[str]) -> list[str]:
    """A warning when files look like shards of the set but the index does not name them."""
    left_out = [file for file in guessed if file not in named]
    if not left_out or len(left_out) == len(guessed):
        return []
    return [f"the index does not name {clean(left_out[0], 80)}: it is not counted"]


def compare_total(claimed: int | None, held: int, complete: bool) -> list[str]:
    """A warning when the index claims another size than the headers add up to, in bytes."""
    if claimed is None or claimed == held or not complete:
        return []
    return [f"the index claims {claimed:,} bytes, the headers add up to {held:,}: those are shown"]


def _sets(sizes: Mapping[str, int | None], weights: list[str]) -> list[WeightSet]:
    """Every set of weights among the files, the likeliest to be the model's own first."""
    ranked: list[tuple[bool, int, int, int, WeightSet]] = []
    for index in filter(None, map(_INDEX.fullmatch, sizes)):
        stem = ".".join(filter(None, index.groups()))
        ranked.append((*_rank(stem), 0, 0, WeightSet(_guess(index[1], weights), index[0])))
    numbered: dict[tuple[str, str], list[str]] = {}
    for name in weights:
        if match := _NUMBERED.fullmatch(name):
            numbered.setdefault((match[1], match[3]), []).append(name)
        else:
            size = sizes[name] or 0
            ranked.append((*_rank(name[: -len(SUFFIX)]), 2, -size, WeightSet((name,))))
    for (stem, count), names in numbered.items():
        ranked.append((*_rank(stem), 1, 0, WeightSet(_with_missing(names, int(count)))))
    ranked.sort(key=lambda row: (*row[:4], row[4].files))
    return [row[4] for row in ranked]


def _guess(stem: str, weights: list[str]) -> tuple[str, ...]:
    """The shards of an index by their names, before it is read."""
    numbered = [name for name in weights if (m := _NUMBERED.fullmatch(name)) and m[1] == stem]
    if numbered:
        return tuple(numbered)
    whole = f"{stem}{SUFFIX}"
    return (whole,) if whole in weights else tuple(weights)


def _with_missing(names: list[str], count: int) -> tuple[str, ...]:
    """A numbered set with the names of the files that are not there, as its numbers tell them."""
    spans = [match.span(2) for match in map(_NUMBERED.fullmatch, names) if match]
    numbers = {int(name[begin:end]) for name, (begin, end) in zip(names, spans, strict=True)}
    first = 0 if 0 in numbers else 1
    if len(names) >= count or count > SHARD_LIMIT:
        return tuple(names)
    (begin, end), name = spans[0], names[0]
    missing = set(range(first, first + count)) - numbers
    more = (f"{name[:begin]}{number:0{end - begin}}{name[end:]}" for number in missing)
    return tuple(sorted({*names, *more}))


def _rank(stem: str) -> tuple[bool, int]:
    """First choices before copies, the usual names before others."""
    usual = MAIN_NAMES.index(stem) if stem in MAIN_NAMES else len(MAIN_NAMES)
    return bool(_SECOND_CHOICE.search(stem)), usual


def count_tensors(names: set[str]) -> str:
    """How many tensors these are, and one of them."""
    example = clean(min(names), 60)
    return (
        f"{len(names):,} tensors (such as {example})" if len(names) > 1 else f"a tensor ({example})"
    )
