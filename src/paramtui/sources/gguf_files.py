"""Which GGUF files of a folder or repository make up a model, and which model is meant."""

import re
from collections.abc import Callable, Iterable, Mapping

from paramtui.checkpoint.checkpoint import Choice
from paramtui.checkpoint.text import clean
from paramtui.record import Record
from paramtui.sources.errors import NotAModel

SUFFIX = ".gguf"
USUAL = "Q4_K_M"
"""The quantisation that is opened where there are several."""
BITS = (4, 5, 6, 8, 3, 2, 16, 1, 32)
"""Where it is not there: the largest of the first of these widths that is."""
PART_LIMIT = 10_000

# Expressions are text: where there is no GGUF file none of them is compiled.
_PART = r"(?is)(.+)-(\d{1,9})-of-(\d{1,9})\.gguf"
_LABEL = (
    r"(?i)(?<![a-z0-9])(UD-)?(I?Q\d(?:_(?:K|0|1|4|8|NL|XXS|XS|S|M|L|XL))*|TQ\d_\d|(?:MX|NV)FP4(?:_MOE)?"
    r"|BF16|FP?(?:16|32))(?![a-z0-9])"
)
_COMPANION = r"(?i)mmproj|imatrix|(^|/)ggml-vocab|(^|[-_./])vocab-only"
"""Vision towers, importance matrices and bare tokenizers, which are no model."""


class GgufModel(Record):
    """The files of one model, by their paths."""

    files: tuple[str, ...]
    """Its parts in order, those that are missing too."""
    label: str
    """The quantisation as the name spells it, in capitals; empty when it names none."""
    size: int | None
    """Bytes of all parts, when all are known."""

    @property
    def name(self) -> str:
        """What tells it apart from the others."""
        return self.label or self.files[0].rpartition("/")[2]


class GgufChoice(Record):
    """The model that is meant, and what stands beside it."""

    model: GgufModel
    models: tuple[GgufModel, ...]
    """All of them, smallest first."""
    companions: tuple[str, ...] = ()
    """GGUF files that are no model."""

    def choices(self, reference: Callable[[str], str]) -> tuple[Choice, ...]:
        """What could be opened; `reference` says what to type for a file."""
        names = [model.name for model in self.models]
        return tuple(
            Choice(
                clean(model.name if names.count(model.name) == 1 else model.files[0]),
                reference(model.files[0]),
                model.size,
                model is self.model,
            )
            for model in (self.models if len(names) > 1 else ())
        )


def is_gguf(name: str | None) -> bool:
    """Whether a file is GGUF by its name."""
    return name is not None and name.lower().endswith(SUFFIX)


def choose_gguf(sizes: Mapping[str, int | None]) -> GgufChoice | None:
    """The model to open among files, paths -> bytes; None when there is none."""
    models, companions = _survey(sizes)
    return GgufChoice(min(models, key=_preference), models, companions) if models else None


def named_gguf(sizes: Mapping[str, int | None], named: str) -> GgufChoice:
    """The model that the file `named` belongs to, and what stands beside it."""
    models, companions = _survey(sizes)
    model = next((model for model in models if named in model.files), _model([named], sizes))
    return GgufChoice(model, models, companions)


NO_GGUF = "leave the quantisation out; --precision q4_k_m and others say what it would weigh"


def labelled_gguf(sizes: Mapping[str, int | None], label: str) -> GgufChoice:
    """The model of the quantisation `label`; raises NotAModel naming those that are there."""
    models, companions = _survey(sizes)
    wanted = label.upper()
    found = [model for model in models if wanted in (model.label, model.label.removeprefix("UD-"))]
    if not found:
        there = ", ".join(dict.fromkeys(model.name for model in models))
        if not there:
            raise NotAModel(f"there are no GGUF files to choose {label} from", NO_GGUF)
        raise NotAModel(f"there is no {label} among its GGUF files", f"it has {there}")
    return GgufChoice(found[0], models, companions)


def _survey(sizes: Mapping[str, int | None]) -> tuple[tuple[GgufModel, ...], tuple[str, ...]]:
    """The models among files, smallest first, and the files that are none."""
    files = sorted(path for path in sizes if is_gguf(path))
    companions = tuple(path for path in files if re.search(_COMPANION, path))
    return _models([path for path in files if path not in companions], sizes), companions


def _preference(model: GgufModel) -> tuple[bool, int, int, tuple[str, ...]]:
    digits = re.search(r"\d+", model.label)
    width = 4 if "FP4" in model.label else int(digits[0]) if digits else 0
    order = BITS.index(width) if width in BITS else len(BITS)
    return model.label.removeprefix("UD-") != USUAL, order, -(model.size or 0), model.files


def _models(files: Iterable[str], sizes: Mapping[str, int | None]) -> tuple[GgufModel, ...]:
    """The files as models, smallest first."""
    parts: dict[tuple[str, str], list[str]] = {}
    for path in files:
        match = re.fullmatch(_PART, path)
        parts.setdefault((match[1], match[3]) if match else (path, ""), []).append(path)
    models = [_model(_all_parts(paths, count), sizes) for (_, count), paths in parts.items()]
    return tuple(sorted(models, key=lambda model: (model.size or 0, model.files)))


def _all_parts(paths: list[str], count: str) -> list[str]:
    """The parts of a split file with those that are not there, as their numbers tell them."""
    match = re.fullmatch(_PART, paths[0])
    if match is None or not count or len(paths) >= int(count) or int(count) > PART_LIMIT:
        return paths
    begin, end = match.span(2)
    numbers = range(1, int(count) + 1)
    named = (f"{paths[0][:begin]}{n:0{end - begin}}{paths[0][end:]}" for n in numbers)
    return sorted({*paths, *named})


def _model(paths: list[str], sizes: Mapping[str, int | None]) -> GgufModel:
    labels = re.findall(_LABEL, paths[0].rpartition("/")[2].rpartition(".")[0])
    known = [size for path in paths if (size := sizes.get(path)) is not None]
    return GgufModel(
        files=tuple(paths),
        label="".join(labels[-1]).upper() if labels else "",
        size=sum(known) if len(known) == len(paths) else None,
    )
