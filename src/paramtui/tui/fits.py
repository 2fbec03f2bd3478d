"""`fits:24GiB@q4_k_m` among the words typed: which models a GPU holds; no Textual here."""

from collections.abc import Callable, Mapping
from functools import lru_cache

from paramtui.checkpoint.checkpoint import Checkpoint
from paramtui.checkpoint.dtype import BF16
from paramtui.checkpoint.summary import ParameterSummary, summarise
from paramtui.checkpoint.tensor import TensorInfo
from paramtui.memory.errors import ScenarioError
from paramtui.memory.estimate import estimate
from paramtui.memory.gpus.hardware import Gpus
from paramtui.memory.gpus.hardware_name import gpus_named
from paramtui.memory.gpus.verdict import usable_bytes, verdict
from paramtui.memory.layout.weights import weights
from paramtui.memory.precision import precision_named
from paramtui.named_tuple import NamedTuple
from paramtui.reports.start import start_scenario
from paramtui.sources.listing import Listed

WORD = "fits:"
STORED = "stored"
USUAL = "24GiB"
"""What is asked for where no GPU is known."""
SURE = 0.9
"""Share of the weights' rough bytes that a model needs at least, whatever its layers are."""
_SAMPLE = 4096


class Asked(NamedTuple):
    """What a model is to fit on, and how its weights are held."""

    gpus: Gpus
    precision: str = ""
    """Empty for the one in force."""


class Words(NamedTuple):
    """What was typed, read."""

    names: str
    """The words that names are searched for."""
    asked: Asked | None = None
    problem: str = ""
    """Why the filter is none, in a few words."""


class Fitted(NamedTuple):
    """What a model needs on each GPU."""

    need: int
    """Bytes."""
    fits: bool
    exact: bool
    """Whether that is what the main screen will say; else the weights alone, by their number."""


def read(text: str) -> Words:
    """The filter apart from the other words."""
    words = text.split()
    asked = [word[len(WORD) :] for word in words if word.casefold().startswith(WORD)]
    names = " ".join(word for word in words if not word.casefold().startswith(WORD))
    if not asked:
        return Words(text)
    name, _, precision = asked[-1].partition("@")
    try:
        gpus = gpus_named(name or USUAL)
        return Words(names, Asked(gpus, precision_named(precision).name if precision else ""))
    except ScenarioError as problem:
        told = f"{problem}; {problem.hint}" if problem.hint else str(problem)
        return Words(names, None, told)


def turned(text: str, gpus: Gpus | None) -> str:
    """The same words with the filter, or without it where it was there."""
    words = text.split()
    others = [word for word in words if not word.casefold().startswith(WORD)]
    if len(others) < len(words):
        return " ".join(others)
    name = str(gpus).replace(" ", "") if gpus else USUAL
    return " ".join([*others, f"{WORD}{name}"])


def fitted(
    model: Listed,
    asked: Asked,
    changes: Mapping[str, object],
    describe: Callable[[str], Checkpoint | None],
) -> Fitted | None:
    """What a model needs; None where nothing is known of its size.

    `describe` knows the tensors of bundled models; of others the number of parameters has to do.
    """
    precision = asked.precision or str(changes.get("precision") or STORED)
    rough = _rough(model, precision)
    usable, _ = usable_bytes(asked.gpus, None)
    if model.parameters and model.parameters * _least(precision) > usable * asked.gpus.count:
        need = rough or int(model.parameters * _least(precision))
        return Fitted(need // asked.gpus.count, fits=False, exact=False)
    summary = _summary(model.reference, describe)
    if summary is not None:
        return _exactly(summary[0], summary[1], asked, changes)
    if rough is None:
        return None
    need = rough // asked.gpus.count
    return Fitted(need, need <= usable, exact=False)


def _exactly(
    checkpoint: Checkpoint, summary: ParameterSummary, asked: Asked, changes: Mapping[str, object]
) -> Fitted | None:
    chosen = {**changes, "gpus": asked.gpus}
    if asked.precision:
        chosen["precision"] = asked.precision
    try:
        scenario = start_scenario(checkpoint, chosen)
        found = verdict(summary, scenario, estimate(summary, scenario))
    except ScenarioError:
        return None
    return Fitted(found.need.total_bytes, found.fits, exact=True) if found else None


@lru_cache(maxsize=256)
def _summary(
    reference: str, describe: Callable[[str], Checkpoint | None]
) -> tuple[Checkpoint, ParameterSummary] | None:
    checkpoint = describe(reference)
    return (checkpoint, summarise(checkpoint)) if checkpoint else None


def _rough(model: Listed, precision: str) -> int | None:
    """Bytes of the weights by how many there are."""
    if precision == STORED and model.size is not None:
        return model.size
    return int(model.parameters * _bytes_each(precision)) if model.parameters else None


def _least(precision: str) -> float:
    """Bytes that a parameter takes at least: files may hold 4 bits whatever is usual."""
    return SURE * (_bytes_each("int4") if precision == STORED else _bytes_each(precision))


@lru_cache(maxsize=64)
def _bytes_each(precision: str) -> float:
    """Bytes of a parameter of a large linear layer; stored, those are usually 16 bits."""
    sample = TensorInfo("model.layers.0.mlp.up_proj.weight", BF16, (_SAMPLE, _SAMPLE))
    summary = summarise(Checkpoint("", (sample,)))
    return weights(summary, precision).bytes / _SAMPLE**2
