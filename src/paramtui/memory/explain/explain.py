"""Every figure of a report, explained."""

from collections.abc import Iterator

from paramtui.checkpoint.summary import ParameterSummary
from paramtui.memory.explain.explain_counts import explain_counts
from paramtui.memory.explain.explain_memory import explain_memory
from paramtui.memory.explain.explanation import Explanation
from paramtui.memory.gpus.speed import speed
from paramtui.memory.gpus.verdict import verdict
from paramtui.memory.marks.marks import marked
from paramtui.memory.result import MemoryEstimate
from paramtui.memory.scenario import Scenario


def explain(
    summary: ParameterSummary, scenario: Scenario, estimate: MemoryEstimate
) -> Iterator[Explanation]:
    """Counts, memory, adapter, speed and verdict, in the order of the report."""
    summary = marked(summary, scenario)
    yield from explain_counts(summary)
    yield from explain_memory(estimate)
    if estimate.lora is not None:
        from paramtui.memory.explain.explain_adapter import explain_adapter

        yield from explain_adapter(estimate.lora, scenario.adapter_precision)
    found = verdict(summary, scenario, estimate)
    fast = speed(summary, scenario, estimate, found)
    yield from fast.figures
    if found is not None:
        from paramtui.memory.explain.explain_gpu import explain_gpu

        yield from explain_gpu(found)
        yield from (bound.explanation for bound in fast.bounds)
