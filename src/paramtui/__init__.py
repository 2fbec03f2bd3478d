"""paramtui: the terminal explorer for what is inside a model and what it costs.

`open_checkpoint` and `estimate` are the way in from Python; see docs/api.md.
"""

TYPE_CHECKING = False  # not from typing, which takes longer to import than we do
if TYPE_CHECKING:
    from paramtui.api import compare, estimate, module_tree, open_checkpoint, parameters
    from paramtui.checkpoint.checkpoint import Checkpoint
    from paramtui.checkpoint.comparing.compare import Comparison
    from paramtui.checkpoint.module import Module
    from paramtui.checkpoint.summary import ParameterSummary, summarise
    from paramtui.checkpoint.tensor import TensorInfo
    from paramtui.memory.errors import ScenarioError
    from paramtui.memory.figure import Component
    from paramtui.memory.marks.mark import Mark
    from paramtui.memory.result import LoraEstimate, MemoryEstimate
    from paramtui.memory.scenario import Mode, Optimizer, Scenario, TrainingPrecision
    from paramtui.sources.errors import SourceError

__version__ = "0.1.0"

__all__ = [
    "Checkpoint",
    "Comparison",
    "Component",
    "LoraEstimate",
    "Mark",
    "MemoryEstimate",
    "Mode",
    "Module",
    "Optimizer",
    "ParameterSummary",
    "Scenario",
    "ScenarioError",
    "SourceError",
    "TensorInfo",
    "TrainingPrecision",
    "compare",
    "estimate",
    "module_tree",
    "open_checkpoint",
    "parameters",
    "summarise",
]

_PLACES = {
    "api": "compare estimate module_tree open_checkpoint parameters",
    "checkpoint.checkpoint": "Checkpoint",
    "checkpoint.comparing.compare": "Comparison",
    "checkpoint.module": "Module",
    "checkpoint.summary": "ParameterSummary summarise",
    "checkpoint.tensor": "TensorInfo",
    "memory.errors": "ScenarioError",
    "memory.figure": "Component",
    "memory.marks.mark": "Mark",
    "memory.result": "LoraEstimate MemoryEstimate",
    "memory.scenario": "Mode Optimizer Scenario TrainingPrecision",
    "sources.errors": "SourceError",
}
"""Where each name is defined: it is imported when it is first asked for (PEP 562)."""


if not TYPE_CHECKING:  # a checker reads the imports above, and knows a wrong name

    def __getattr__(name: str) -> object:
        """Import a public name on first use; the command line starts without them."""
        from importlib import import_module

        place = next((place for place, names in _PLACES.items() if name in names.split()), None)
        if place is None:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value: object = getattr(import_module(f"{__name__}.{place}"), name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    """The public names, whether they were imported yet or not."""
    return sorted({*globals(), *__all__})
