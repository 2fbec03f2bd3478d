"""paramtui from Python: open a checkpoint, ask what it costs. The command line asks here too."""

import os
from collections.abc import Callable, Mapping

from paramtui.checkpoint.checkpoint import Checkpoint
from paramtui.checkpoint.comparing.compare import Comparison
from paramtui.checkpoint.comparing.compare import compare as compare_summaries
from paramtui.checkpoint.fields import Json
from paramtui.checkpoint.module import Module, build_module_tree
from paramtui.checkpoint.summary import ParameterSummary, summarise
from paramtui.memory.estimate import estimate as estimate_summary
from paramtui.memory.marks.marks import marked
from paramtui.memory.result import MemoryEstimate
from paramtui.memory.scenario import Scenario, default_context

TYPE_CHECKING = False
if TYPE_CHECKING:
    from paramtui.sources.progress import Progress


def open_checkpoint(
    reference: str | os.PathLike[str],
    *,
    revision: str | None = None,
    offline: bool = False,
    refresh: bool = False,
    config_set: Mapping[str, Json] | None = None,
    progress: "Callable[[Progress], None] | None" = None,
) -> Checkpoint:
    """Open a repository of the Hub, a folder, a file or a config.json; raises SourceError.

    Reads configuration and headers, never weights. A bundled model opens from its description
    where the Hub cannot be reached, and says so in `notice`. `config_set` gives fields of its
    config.json other values (`{"hidden_size": 6144}`): the checkpoint is then the model that would
    be. `progress` is called from threads.
    """
    from paramtui.checkpoint.design.change import DesignError, changes_of
    from paramtui.sources.errors import BadConfig
    from paramtui.sources.loading import load

    try:
        changes = changes_of(config_set or {})
    except DesignError as problem:
        raise BadConfig(str(problem), problem.hint) from None
    return load(
        os.fspath(reference),
        revision=revision,
        offline=offline,
        refresh=refresh,
        changes=changes,
        progress=progress,
    )


def estimate(
    checkpoint: Checkpoint | ParameterSummary, scenario: Scenario | None = None
) -> MemoryEstimate:
    """What a scenario costs, in bytes; raises ScenarioError for a choice this model has not.

    Without a scenario: inference as stored, one sequence of at most 8,192 tokens. Every component
    has its formula, its source and whether it is exact. Give `summarise(checkpoint)` where many
    scenarios are asked of one model: the tensors are then counted once.
    """
    summary = _summary(checkpoint)
    if scenario is None:
        scenario = Scenario(context=default_context(summary.config.context_length))
    return estimate_summary(summary, scenario)


def parameters(
    checkpoint: Checkpoint | ParameterSummary, scenario: Scenario | None = None
) -> ParameterSummary:
    """Counts of parameters, elements and bytes, under the marks of a scenario if one is given.

    A packed format counts what it stands for and a tied tensor once; scales and buffers are no
    parameters. Raises ScenarioError for a mark that names nothing.
    """
    summary = _summary(checkpoint)
    return marked(summary, scenario) if scenario else summary


def module_tree(checkpoint: Checkpoint | ParameterSummary) -> Module:
    """The tree of modules, repeated layers folded; counts are those of one copy."""
    return build_module_tree(_summary(checkpoint))


def compare(
    here: Checkpoint | ParameterSummary, there: Checkpoint | ParameterSummary
) -> Comparison:
    """What differs between two checkpoints, aligned by name; deltas are there minus here."""
    return compare_summaries(_summary(here), _summary(there))


def _summary(checkpoint: Checkpoint | ParameterSummary) -> ParameterSummary:
    return checkpoint if isinstance(checkpoint, ParameterSummary) else summarise(checkpoint)
