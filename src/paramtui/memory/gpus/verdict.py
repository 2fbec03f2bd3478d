"""Verdict: whether a scenario fits on its GPUs, and by how much."""

from __future__ import annotations

from enum import Enum
from math import floor

from paramtui.checkpoint.summary import ParameterSummary
from paramtui.memory.marks.marks import marked
from paramtui.memory.result import MemoryEstimate
from paramtui.memory.scenario import Scenario
from paramtui.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from paramtui.memory.gpus.hardware import Gpus
    from paramtui.memory.gpus.share import Share


class Fit(str, Enum):
    """The three answers."""

    FITS = "fits"
    """Even with every component at its upper figure."""
    TIGHT = "just fits"
    """The total fits, its upper figure does not."""
    TOO_LARGE = "does not fit"


class Verdict(Record):
    """The fullest of the GPUs decides for all."""

    gpus: Gpus
    share: Share
    usable_bytes: int
    """Of one GPU."""
    usable_rule: str
    """What was taken off, and why."""
    utilization: float | None = None
    """The share of it that an engine keeps to, where it does."""

    @property
    def need(self) -> MemoryEstimate:
        """What the fullest GPU holds."""
        return self.share.estimate

    @property
    def fits(self) -> bool:
        """Whether the total is no more than what can be used."""
        return self.free_bytes >= 0

    @property
    def free_bytes(self) -> int:
        """What the fullest GPU has left; what it lacks, where that is negative."""
        return self.usable_bytes - self.need.total_bytes

    @property
    def fit(self) -> Fit:
        """The answer with the range of the total."""
        if self.need.total_upper_bytes <= self.usable_bytes:
            return Fit.FITS
        return Fit.TIGHT if self.fits else Fit.TOO_LARGE


def verdict(summary: ParameterSummary, scenario: Scenario, whole: MemoryEstimate) -> Verdict | None:
    """The verdict on a scenario whose estimate on one GPU is `whole`.

    None where no GPU is named, or only the weights are known. Raises ScenarioError for a strategy
    of several GPUs that is none for the mode.
    """
    if scenario.gpus is None or summary.partial:
        return None
    from paramtui.memory.gpus.share import share

    summary = marked(summary, scenario)
    usable, rule = usable_bytes(scenario.gpus, scenario.gpu_memory_utilization)
    shared = share(summary, scenario, whole)
    return Verdict(scenario.gpus, shared, usable, rule, scenario.gpu_memory_utilization)


def usable_bytes(gpus: Gpus, utilization: float | None) -> tuple[int, str]:
    """What one GPU has for the scenario, and the rule; an engine may keep to a share of it."""
    usable, rule = gpus.gpu.usable_bytes, gpus.gpu.usable_rule
    if utilization is None:
        return usable, rule
    engine = f"of that {utilization:g}, the share that the engine keeps to (vLLM)"
    return floor(usable * utilization), f"{rule}; {engine}"
