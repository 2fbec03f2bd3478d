"""Parts: what modules are made of, as names relative to their module and shapes."""

from collections.abc import Callable, Iterator
from itertools import groupby
from operator import itemgetter

from paramtui.checkpoint.blueprint.facts import Facts
from paramtui.checkpoint.repeated import NUMBER, Copies
from paramtui.checkpoint.tensor import Shape

Piece = tuple[str, Shape, Copies | None]
"""Name and shape of a parameter, or of that of every copy of a module: with `*` for their number.

A bare tuple, since each is made again in every module it is in.
"""

Parts = Iterator[Piece]
"""In module order."""

Part = Callable[[Facts], Parts]
"""What a module holds, by the facts of its model and its layer."""

Test = Callable[[Facts], bool]
"""A question about a layer."""


def tensor(name: str, *shape: int) -> Parts:
    """One parameter by its own name."""
    yield name, shape, None


def linear(name: str, inputs: int, outputs: int, bias: bool = False) -> Parts:
    """`torch.nn.Linear`: out × in, as torch stores it."""
    yield f"{name}.weight", (outputs, inputs), None
    if bias:
        yield f"{name}.bias", (outputs,), None


def conv1d(name: str, inputs: int, outputs: int) -> Parts:
    """GPT-2's `Conv1D`: a linear layer stored in × out, always with a bias."""
    yield f"{name}.weight", (inputs, outputs), None
    yield f"{name}.bias", (outputs,), None


def norm(name: str, size: int, bias: bool = False) -> Parts:
    """RMSNorm, or LayerNorm with `bias`."""
    yield f"{name}.weight", (size,), None
    if bias:
        yield f"{name}.bias", (size,), None


def embedding(name: str, rows: int, columns: int) -> Parts:
    """`torch.nn.Embedding`."""
    yield f"{name}.weight", (rows, columns), None


def within(module: str, *parts: Parts) -> Parts:
    """The parts as parts of `module`; an empty name leaves them where they are."""
    prefix = f"{module}." if module else ""
    for part in parts:
        for name, shape, copies in part:
            yield prefix + name, shape, copies


def moved(parts: Parts, old: str, new: str) -> Parts:
    """The parts with another beginning of their names, where they begin so."""
    for name, shape, copies in parts:
        inside = name.startswith(old)
        yield new + name.removeprefix(old) if inside else name, shape, copies


def copied(module: str, count: int, parts: Parts) -> Parts:
    """What `module` holds under each of so many numbers, told once."""
    copies = Copies(count)
    for name, shape, _ in parts:
        yield f"{module}.{NUMBER}.{name}", shape, copies


def each(parts: Parts) -> Parts:
    """The same, every copy told by itself."""
    for copies, held in groupby(parts, key=itemgetter(2)):
        if copies is None:
            yield from held
            continue
        pieces = tuple(held)
        for number in range(copies.count):
            for name, shape, _ in pieces:
                yield name.replace(NUMBER, str(number), 1), shape, None


def in_turn(*layers: Part) -> Part:
    """One layer that holds what all of these hold."""

    def parts(facts: Facts) -> Parts:
        for layer in layers:
            yield from layer(facts)

    return parts


def nested(module: str, *layers: Part) -> Part:
    """The layer as a part of `module`."""

    def parts(facts: Facts) -> Parts:
        for layer in layers:
            yield from within(module, layer(facts))

    return parts


def either(test: Test, yes: Part, no: Part) -> Part:
    """`yes` in layers that pass the test, `no` in the others."""

    def parts(facts: Facts) -> Parts:
        return yes(facts) if test(facts) else no(facts)

    return parts


def stack(facts: Facts, layer: Part, name: str = "layers", count: int | None = None) -> Parts:
    """Layer after layer, each under its number."""
    for number in range(facts.layers if count is None else count):
        yield from within(f"{name}.{number}", layer(facts.at_layer(number)))


def norms(*names: str, bias: bool = False) -> Part:
    """Norms over the residual stream."""

    def parts(facts: Facts) -> Parts:
        for name in names:
            yield from norm(name, facts.hidden, bias)

    return parts
