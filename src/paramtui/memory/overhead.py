"""What neither the files nor the formulae show: the driver, the libraries, fragmentation."""

from paramtui.memory.figure import Basis, Component, Term

MIB = 1 << 20
CONTEXT = (300 * MIB, 500 * MIB)
"""CUDA context and lazily loaded kernels, CUDA 11.7 and later (pytorch#107667, pytorch#109888)."""
WORKSPACE = (8 * MIB, 32 * MIB)
"""cuBLAS workspace; the larger on Hopper (torch/cuda, CUBLAS_WORKSPACE_CONFIG)."""
FRAGMENTATION = (0.02, 0.10)
"""Share of what comes and goes that the caching allocator cannot hand out again."""


def overhead(transient: int) -> Component:
    """The range of a process with `transient` bytes of short-lived tensors at its worst moment."""
    low, high = (
        (
            Term.of("CUDA context and kernels", "context", context=CONTEXT[end]),
            Term.of("cuBLAS workspace", "workspace", workspace=WORKSPACE[end]),
            Term.of(
                "fragmentation",
                "share × transient",
                share=FRAGMENTATION[end],
                transient=max(transient, 0),
            ),
        )
        for end in (0, 1)
    )
    return Component(
        name="overhead",
        terms=low,
        basis=Basis.ESTIMATE,
        source="pytorch issues 107667 and 109888; c10/cuda/CUDACachingAllocator.cpp",
        convention="The low end; the upper figure is the high end. One process on one GPU.",
        upper_bytes=sum(term.value for term in high),
        upper_terms=high,
    )
