"""Parts: what modules are made of, as names relative to their module and shapes."""

from collections.abc import Callable, Iterator

from paramtui.checkpoint.blueprint.facts import Facts
from paramtui.checkpoint.tensor import Shape

Parts = Iterator[tuple[str, Shape]]
"""Names and shapes, in module order."""

Layer = Callable[[Facts, int], Parts]
"""What one layer holds: its facts and its number -> its parts."""

Model = Callable[[Facts], Parts]
"""What a whole model holds."""


def tensor(name: str, *shape: int) -> Parts:
    """One parameter by its own name."""
    yield name, shape


def linear(name: str, inputs: int, outputs: int, bias: bool = False) -> Parts:
    """`torch.nn.Linear`: out × in, as torch stores it."""
    yield f"{name}.weight", (outputs, inputs)
    if bias:
        yield f"{name}.bias", (outputs,)


def conv1d(name: str, inputs: int, outputs: int) -> Parts:
    """GPT-2's `Conv1D`: a linear layer stored in × out, always with a bias."""
    yield f"{name}.weight", (inputs, outputs)
    yield f"{name}.bias", (outputs,)


def norm(name: str, size: int, bias: bool = False) -> Parts:
    """RMSNorm, or LayerNorm with `bias`."""
    yield f"{name}.weight", (size,)
    if bias:
        yield f"{name}.bias", (size,)


def embedding(name: str, rows: int, columns: int) -> Parts:
    """`torch.nn.Embedding`."""
    yield f"{name}.weight", (rows, columns)


def within(module: str, *parts: Parts) -> Parts:
    """The parts as parts of `module`; an empty name leaves them where they are."""
    prefix = f"{module}." if module else ""
    for part in parts:
        for name, shape in part:
            yield prefix + name, shape


def in_turn(*layers: Layer) -> Layer:
    """One layer that holds what all of these hold."""

    def parts(facts: Facts, index: int) -> Parts:
        for layer in layers:
            yield from layer(facts, index)

    return parts


def nested(module: str, *layers: Layer) -> Layer:
    """The layer as a part of `module`."""

    def parts(facts: Facts, index: int) -> Parts:
        for layer in layers:
            yield from within(module, layer(facts, index))

    return parts


def either(test: Callable[[Facts, int], bool], yes: Layer, no: Layer) -> Layer:
    """`yes` in layers that pass the test, `no` in the others."""

    def parts(facts: Facts, index: int) -> Parts:
        return yes(facts, index) if test(facts, index) else no(facts, index)

    return parts


def norms(*names: str, bias: bool = False) -> Layer:
    """Norms over the residual stream."""

    def parts(facts: Facts, index: int) -> Parts:
        for name in names:
            yield from norm(name, facts.hidden, bias)

    return parts


def nothing(facts: Facts, index: int) -> Parts:
    """No part at all."""
    return iter(())
