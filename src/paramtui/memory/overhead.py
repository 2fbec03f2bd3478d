"""What neither the files nor the formulae show: the driver, the libraries, fragmentation."""

from collections.abc import Iterable

from paramtui.memory.errors import ScenarioError, unknown
from paramtui.memory.figure import Basis, Component, Term
from paramtui.record import Record

MIB = 1 << 20
GIB = 1 << 30


class Overhead(Record):
    """One overhead that can be switched on and off: a formula and the two ends of its factor."""

    name: str
    label: str
    help: str
    """One plain sentence."""
    formula: str
    """Bytes, of `transient` tensors, `weights`, or the factor alone."""
    factor: str
    """The name in the formula that has a low and a high end."""
    ends: tuple[float, float]
    source: str
    several: bool = False
    """Only where several GPUs work together."""

    def term(self, end: int, sizes: dict[str, int]) -> Term:
        """The low (0) or high (1) end, with the sizes its formula names."""
        values = {name: size for name, size in sizes.items() if name in self.formula}
        return Term.of(self.label, self.formula, **{self.factor: self.ends[end]}, **values)


_ROWS = (
    Overhead(
        "context",
        "CUDA context and kernels",
        "What a process holds before its first tensor, CUDA 11.7 and later.",
        "context",
        "context",
        (300 * MIB, 500 * MIB),
        "pytorch issues 107667 and 109888",
    ),
    Overhead(
        "workspace",
        "cuBLAS workspace",
        "What matrix products work in; the larger on Hopper.",
        "workspace",
        "workspace",
        (8 * MIB, 32 * MIB),
        "torch.backends.cuda, CUBLAS_WORKSPACE_CONFIG",
    ),
    Overhead(
        "allocator",
        "fragmentation",
        "Share of what comes and goes that the caching allocator cannot hand out again.",
        "share × transient",
        "share",
        (0.02, 0.10),
        "c10/cuda/CUDACachingAllocator.cpp",
    ),
    Overhead(
        "communication",
        "NCCL buffers",
        "What GPUs that work together exchange through.",
        "buffers",
        "buffers",
        (100 * MIB, 1 * GIB),
        "NCCL_BUFFSIZE, 4 MiB for each channel and peer",
        several=True,
    ),
    Overhead(
        "graphs",
        "CUDA graphs",
        "What an engine captures for batches of many sizes: 24 MiB a size to 3 GiB in all.",
        "graphs",
        "graphs",
        (300 * MIB, 3 * GIB),
        "vLLM: worker/model_runner.py's warning of 1 to 3 GiB; vllm pull 22897",
    ),
    Overhead(
        "textbook",
        "20 to 40 % of the weights",
        "The rule of thumb for all that is not weights; say it alone, without the others.",
        "share × weights",
        "share",
        (0.20, 0.40),
        "EleutherAI, Transformer Math 101: total inference memory is 1.2 × the model's",
    ),
)
OVERHEADS: dict[str, Overhead] = {row.name: row for row in _ROWS}
USUAL = ("context", "workspace", "allocator", "communication")
"""Counted when nothing is said: a process that runs the model in eager mode."""


def overhead(
    names: Iterable[str] | None = None, *, transient: int, weights: int = 0, gpus: int = 1
) -> Component:
    """The range for a process with `transient` bytes of short-lived tensors at its worst moment."""
    chosen = [OVERHEADS[name] for name in (USUAL if names is None else names)]
    rows = [row for row in chosen if gpus > 1 or not row.several]
    sizes = {"transient": max(transient, 0), "weights": weights}
    low, high = (tuple(row.term(end, sizes) for row in rows) for end in (0, 1))
    return Component(
        name="overhead",
        terms=low,
        basis=Basis.ESTIMATE,
        source="; ".join(row.source for row in rows) or "left out by choice",
        convention="The low end; the upper figure is the high end. One process on one GPU.",
        upper_bytes=sum(term.value for term in high),
        upper_terms=high,
    )


def shares(names: Iterable[str] | None) -> tuple[float, float]:
    """The low ends' shares of transient tensors and of weights: what grows with a model."""
    chosen = [OVERHEADS[name] for name in (USUAL if names is None else names)]
    of = ("transient", "weights")
    transient, weights = (sum(row.ends[0] for row in chosen if name in row.formula) for name in of)
    return transient, weights


def overheads_named(text: str) -> tuple[str, ...]:
    """`none`, `usual`, or names joined by commas, in the table's order; raises ScenarioError."""
    words = [word.strip() for word in text.lower().split(",") if word.strip()]
    if words in (["none"], ["usual"]):
        return () if words == ["none"] else USUAL
    for word in words:
        if word not in OVERHEADS:
            raise unknown("overhead", word, (*OVERHEADS, "none", "usual"))
    if not words:
        raise ScenarioError("no overhead is named", f"none, usual, or some of {_listed()}")
    return tuple(name for name in OVERHEADS if name in words)


def _listed() -> str:
    return ", ".join(OVERHEADS)
