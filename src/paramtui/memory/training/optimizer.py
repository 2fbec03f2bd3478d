"""Optimizer states: what each optimizer keeps beside the parameters it trains."""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from math import prod

from paramtui.checkpoint.summary import PARAMETERS, ParameterSummary
from paramtui.checkpoint.tensor import Shape
from paramtui.memory.adapter.lora_config import LoraConfig
from paramtui.memory.adapter.lora_model import saved_groups
from paramtui.memory.adapter.lora_targets import find_targets
from paramtui.memory.adapter.opened_adapter import low_rank_shapes, opened_adapter, whole_shapes
from paramtui.memory.figure import Basis, Component, Term
from paramtui.memory.precision import adapter_precision_named
from paramtui.memory.scenario import Mode, Optimizer, Scenario, TrainingPrecision
from paramtui.named_tuple import NamedTuple
from paramtui.record import replace

BLOCK = 256
"""Elements that share one absmax (bitsandbytes/optim/optimizer.py, init_state)."""
MIN_8BIT = 4096
"""Tensors of fewer elements keep 32-bit states (the same, min_8bit_size)."""

SOURCES = {
    Optimizer.ADAMW: "torch.optim.AdamW: two moments in the parameters' type",
    Optimizer.ADAMW_8BIT: "bitsandbytes 0.50: optim/optimizer.py, Optimizer2State.init_state",
    Optimizer.ADAFACTOR: "torch.optim.Adafactor: sums of rows and columns, no momentum",
    Optimizer.SGD: "torch.optim.SGD without momentum keeps nothing",
    Optimizer.SGD_MOMENTUM: "torch.optim.SGD: one momentum in the parameters' type",
}


class Trained(NamedTuple):
    """Sizes of the trained tensors, as the optimizers count them."""

    parameters: int
    large: int
    """Parameters of tensors that 8-bit optimizers quantise."""
    blocks: int
    """Blocks of these."""
    factors: int
    """Sums of rows and columns of all matrices."""
    vectors: int
    """Parameters of tensors with one dimension."""


def optimizer(summary: ParameterSummary, scenario: Scenario) -> Component | None:
    """The states of the scenario's optimizer; None where it keeps nothing."""
    trained, saved = trained_sizes(summary, scenario), saved_sizes(summary, scenario)
    if not trained.parameters and not saved.parameters:
        return None
    full = scenario.mode is Mode.FULL
    terms = _states(scenario.optimizer, trained, state_bytes(scenario))
    if saved.parameters:
        terms += tuple(map(of_saved, _states(scenario.optimizer, saved, SAVED_BYTES)))
    if full and scenario.training_precision is TrainingPrecision.MIXED:
        master = Term.of("master weights, fp32", "4 × parameters", parameters=trained.parameters)
        terms = (master, *terms)
    if not terms:
        return None
    return Component(
        name="optimizer",
        terms=terms,
        basis=Basis.EXACT,
        source=SOURCES[scenario.optimizer],
        convention="All states on the GPU, of every trained parameter; nothing sharded or paged."
        if full
        else "States of the adapter in the adapter's type; of modules trained whole in 16 bits.",
    )


def of_saved(term: Term) -> Term:
    """The term, said to be of the modules trained whole beside an adapter."""
    return replace(term, label=f"{term.label}, of modules trained whole")


def state_bytes(scenario: Scenario) -> int:
    """Bytes of one element of a plain optimizer state."""
    if scenario.mode is not Mode.FULL:
        return int(adapter_precision_named(scenario.adapter_precision).bytes)
    return 2 if scenario.training_precision is TrainingPrecision.BF16 else 4


def trained_sizes(summary: ParameterSummary, scenario: Scenario) -> Trained:
    """Sizes of what the scenario trains: all that is not frozen, or the adapter's matrices."""
    if scenario.mode is Mode.FULL:
        return _all(summary)
    return _adapter(summary, scenario.lora_targets, scenario.lora_rank)


SAVED_BYTES = 2
"""Of each parameter trained whole beside an adapter: PEFT copies the module as it is loaded and
makes only the adapter itself fp32 (peft 0.21, ModulesToSaveWrapper, cast_adapter_dtype)."""


def saved_sizes(summary: ParameterSummary, scenario: Scenario) -> Trained:
    """Sizes of what is trained whole beside an adapter; nothing without marks that ask for it."""
    if scenario.mode is Mode.FULL:
        return NOTHING
    if opened := opened_adapter(summary, scenario.lora_targets):
        return _sizes(whole_shapes(opened))
    return NOTHING if summary.whole is None else _saved(summary)


NOTHING = Trained(0, 0, 0, 0, 0)


def _states(kind: Optimizer, trained: Trained, size: int) -> tuple[Term, ...]:
    if kind is Optimizer.ADAMW:
        return (_plain("two moments", "2 × bytes_per_state × parameters", trained, size),)
    if kind is Optimizer.SGD_MOMENTUM:
        return (_plain("momentum", "bytes_per_state × parameters", trained, size),)
    if kind is Optimizer.ADAFACTOR:
        return (
            Term.of(
                "sums of rows and columns, and vectors",
                "bytes_per_state × (factors + vectors)",
                bytes_per_state=size,
                factors=trained.factors,
                vectors=trained.vectors,
            ),
        )
    if kind is Optimizer.ADAMW_8BIT:
        small = trained.parameters - trained.large
        return (
            Term.of("two moments, 8 bits", "2 × parameters", parameters=trained.large),
            Term.of("their scales, one for each 256", "2 × 4 × blocks", blocks=trained.blocks),
            Term.of("small tensors, 32 bits", "2 × 4 × parameters", parameters=small),
        )
    return ()


def _plain(label: str, formula: str, trained: Trained, size: int) -> Term:
    return Term.of(label, formula, bytes_per_state=size, parameters=trained.parameters)


@lru_cache(maxsize=8)
def _all(summary: ParameterSummary) -> Trained:
    return _sizes(
        (group.logical_shape, group.count)
        for group in summary.groups
        if group.kind in PARAMETERS and group.trained is not False
    )


@lru_cache(maxsize=8)
def _saved(summary: ParameterSummary) -> Trained:
    groups = saved_groups(summary, LoraConfig())
    return _sizes((group.logical_shape, group.count) for group in groups)


@lru_cache(maxsize=64)
def _adapter(summary: ParameterSummary, targets: str, rank: int) -> Trained:
    opened = opened_adapter(summary, targets)
    shapes = low_rank_shapes(opened, rank) if opened else _adapter_shapes(summary, targets, rank)
    return _sizes(shapes)


def _adapter_shapes(
    summary: ParameterSummary, targets: str, rank: int
) -> Iterator[tuple[Shape, int]]:
    for target in find_targets(summary, targets):
        yield (rank, target.inputs), target.count
        yield (target.outputs, rank), target.count


def _sizes(shapes: Iterable[tuple[Shape, int]]) -> Trained:
    parameters = large = blocks = factors = vectors = 0
    for shape, count in shapes:
        elements = prod(shape)
        parameters += elements * count
        if elements >= MIN_8BIT:
            large += elements * count
            blocks += -(-elements // BLOCK) * count
        if len(shape) < 2:
            vectors += elements * count
        else:
            factors += (prod(shape[:-1]) + prod(shape[:-2]) * shape[-1]) * count
    return Trained(parameters, large, blocks, factors, vectors)
