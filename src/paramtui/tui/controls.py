"""What the user can turn, a row each: key, title, values and how one is shown; no Textual here."""

from collections.abc import Callable, Sequence

from paramtui.checkpoint.config import ModelConfig
from paramtui.memory.gpus.parallel import STRATEGIES, Parallel
from paramtui.memory.precision import ADAPTER_PRECISIONS, KV_PRECISIONS, PRECISIONS
from paramtui.memory.scenario import (
    DEFAULT_CONTEXT,
    Components,
    Mode,
    Optimizer,
    Scenario,
    TrainingPrecision,
)
from paramtui.record import Record, replace
from paramtui.reports.units import count, exact, plural

ALL = frozenset(Mode)
TRAINING = frozenset({Mode.LORA, Mode.QLORA, Mode.FULL})
ADAPTERS = frozenset({Mode.LORA, Mode.QLORA})


class Control(Record):
    """One thing to turn."""

    id: str
    field: str
    """The scenario's field."""
    key: str
    """Empty where only the memory pane turns it."""
    title: str
    values: Callable[[ModelConfig], Sequence[object]]
    """None where the model leaves nothing to turn."""
    show: Callable[[Scenario, ModelConfig], str]
    modes: frozenset[Mode] = ALL
    """Where it has an effect."""
    rising: bool = False
    """Whether the values are numbers in rising order."""
    menu: str = ""
    """The command of a menu that sets it, which Enter opens."""
    applies: Callable[[Scenario], bool] = lambda _: True
    """Where it has an effect, besides the modes."""

    def current(self, scenario: Scenario) -> object:
        """The value in force."""
        if self.field == "precision":
            return scenario.weights_precision
        return getattr(scenario, self.field)

    def turned(
        self, scenario: Scenario, config: ModelConfig, step: int, *, wrap: bool = True
    ) -> Scenario:
        """The scenario with the next (1) or previous (-1) value; without `wrap` numbers end."""
        values = list(self.values(config))
        if not values:
            return scenario
        current = self.current(scenario)
        if self.rising:
            return scenario.with_(**{self.field: _stepped(values, current, step, wrap=wrap)})
        at = values.index(current) if current in values else -1 if step > 0 else 0
        return scenario.with_(**{self.field: values[(at + step) % len(values)]})


class GpuCount(Control):
    """How many of the GPU that was chosen: doubled or halved."""

    def turned(
        self,
        scenario: Scenario,
        config: ModelConfig,  # noqa: ARG002 - one signature
        step: int,
        *,
        wrap: bool = True,
    ) -> Scenario:
        """Twice as many or half as many GPUs, those of a machine being powers of two."""
        if scenario.gpus is None:
            return scenario
        count = _stepped([*powers(1, MOST_GPUS)], scenario.gpus.count, step, wrap=wrap)
        return scenario.with_(gpus=replace(scenario.gpus, count=count))


def control(name: str) -> Control:
    """The row of that id."""
    return next(row for row in CONTROLS if row.id == name)


def powers(first: int, last: int) -> list[int]:
    """Powers of two from `first` on, and `last` itself."""
    values = []
    while first < last:
        values.append(first)
        first *= 2
    return [*values, last]


MODE_TITLES = {
    Mode.INFERENCE: "inference",
    Mode.LORA: "LoRA",
    Mode.QLORA: "QLoRA",
    Mode.FULL: "full fine-tuning",
}
RESIDENT = {
    Components.ALL: "all components",
    Components.ONE_AT_A_TIME: "one component at a time",
}
LEAST_CONTEXT = 512
MOST_BATCH = 1024
MOST_RANK = 256
MOST_GPUS = 1024
TOKENS = (10**9, 10**10, 10**11, 10**12, 15 * 10**12)
"""Tokens of a training run: from a fine-tune to what a large model was trained on."""


def _contexts(config: ModelConfig) -> list[int]:
    most = config.context_length or 16 * DEFAULT_CONTEXT
    return powers(min(LEAST_CONTEXT, most), most)


def _precision(scenario: Scenario, config: ModelConfig) -> str:  # noqa: ARG001 - one signature
    name = scenario.weights_precision
    return "as stored" if name == "stored" else name


def _context(scenario: Scenario, config: ModelConfig) -> str:
    most = config.context_length or scenario.context + 1
    limit = ", max" if scenario.context == most else ""
    return f"{exact(scenario.context)} tokens{' > max' if scenario.context > most else limit}"


def _checkpointing(scenario: Scenario, config: ModelConfig) -> str:  # noqa: ARG001
    return "on" if scenario.gradient_checkpointing else "off"


def _text(field: str) -> Callable[[Scenario, ModelConfig], str]:
    def show(scenario: Scenario, config: ModelConfig) -> str:  # noqa: ARG001 - one signature
        value = getattr(scenario, field)
        return str(getattr(value, "value", value))

    return show


def _gpus(scenario: Scenario, config: ModelConfig) -> str:  # noqa: ARG001 - one signature
    gpus = scenario.gpus
    if gpus is None:
        return "no GPU"
    return gpus.gpu.name if gpus.count == 1 else f"{gpus.count:,} × {gpus.gpu.name}"


def _utilization(scenario: Scenario, config: ModelConfig) -> str:  # noqa: ARG001
    share = scenario.gpu_memory_utilization
    return "all that is usable" if share is None else f"{share * 100:g} % of it"


def _parallel(name: str, modes: frozenset[Mode]) -> Control:
    """How several GPUs share the work: serving has other ways than training."""
    training = modes is TRAINING
    ways = [way for way, row in STRATEGIES.items() if row.training is training]
    return Control(
        name,
        "parallel",
        "",
        "shared by",
        lambda _: (Parallel.AUTO, *ways),
        _text("parallel"),
        modes,
        applies=lambda s: s.gpus is not None and s.gpus.count > 1,
    )


def _components(config: ModelConfig) -> Sequence[object]:
    return tuple(Components) if config.is_pipeline else ()


CONTROLS: tuple[Control, ...] = (
    Control("mode", "mode", "m", "mode", lambda _: tuple(Mode), lambda s, _: MODE_TITLES[s.mode]),
    Control(
        "precision",
        "precision",
        "p",
        "weights",
        lambda _: tuple(PRECISIONS),
        _precision,
        ALL - {Mode.FULL},
    ),
    Control(
        "kv_precision",
        "kv_precision",
        "",
        "KV cache",
        lambda _: tuple(KV_PRECISIONS),
        _text("kv_precision"),
        frozenset({Mode.INFERENCE}),
    ),
    Control(
        "rank",
        "lora_rank",
        "r",
        "LoRA rank",
        lambda _: powers(1, MOST_RANK),
        _text("lora_rank"),
        ADAPTERS,
        rising=True,
    ),
    Control(
        "targets",
        "lora_targets",
        "t",
        "LoRA on",
        lambda _: ("all-linear", "attention", "mlp"),
        _text("lora_targets"),
        ADAPTERS,
        menu="targets",
    ),
    Control("context", "context", "x", "context", _contexts, _context, rising=True),
    Control(
        "batch",
        "batch",
        "b",
        "batch",
        lambda _: powers(1, MOST_BATCH),
        lambda s, _: plural(s.batch, "sequence"),
        rising=True,
    ),
    GpuCount("gpus", "gpus", "u", "GPU", lambda _: (), _gpus, menu="gpus"),
    _parallel("serving", frozenset({Mode.INFERENCE})),
    _parallel("sharding", TRAINING),
    Control(
        "utilization",
        "gpu_memory_utilization",
        "",
        "engine takes",
        lambda _: (None, 0.95, 0.9, 0.85, 0.8),
        _utilization,
        frozenset({Mode.INFERENCE}),
        applies=lambda s: s.gpus is not None,
    ),
    Control(
        "components",
        "components",
        "",
        "resident",
        _components,
        lambda s, _: RESIDENT[s.components],
        frozenset({Mode.INFERENCE}),
    ),
    Control(
        "optimizer",
        "optimizer",
        "",
        "optimizer",
        lambda _: tuple(Optimizer),
        _text("optimizer"),
        TRAINING,
    ),
    Control(
        "training_precision",
        "training_precision",
        "",
        "training in",
        lambda _: tuple(TrainingPrecision),
        _text("training_precision"),
        frozenset({Mode.FULL}),
    ),
    Control(
        "adapter_precision",
        "adapter_precision",
        "",
        "adapter in",
        lambda _: tuple(ADAPTER_PRECISIONS),
        _text("adapter_precision"),
        ADAPTERS,
    ),
    Control(
        "tokens",
        "training_tokens",
        "",
        "train on",
        lambda _: (None, *TOKENS),
        lambda s, _: f"{count(s.training_tokens)} tokens" if s.training_tokens else "one step",
        TRAINING,
        # Of an adapter it is asked for how long it takes, which a GPU says.
        applies=lambda s: s.mode is Mode.FULL or bool(s.gpus or s.training_tokens),
    ),
    Control(
        "checkpointing",
        "gradient_checkpointing",
        "",
        "checkpointing",
        lambda _: (True, False),
        _checkpointing,
        TRAINING,
    ),
)


def _stepped(values: Sequence[object], current: object, step: int, *, wrap: bool) -> int:
    """The neighbour of a number that need not be one of the values itself."""
    numbers = [value for value in values if isinstance(value, int)]
    at = current if isinstance(current, int) else numbers[0]
    if step > 0:
        above = [value for value in numbers if value > at]
        return above[0] if above else numbers[0] if wrap else at
    below = [value for value in numbers if value < at]
    return below[-1] if below else numbers[-1] if wrap else at
