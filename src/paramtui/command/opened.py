"""What was typed, opened; and what was chosen, with the host's own GPUs."""

from __future__ import annotations

from paramtui.options import UsageError, scenario_changes

TYPE_CHECKING = False  # not from typing, which takes longer to import than we do
if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from paramtui.checkpoint.checkpoint import Checkpoint
    from paramtui.sources.background import Future


def start_loading(arguments: argparse.Namespace, model: str | None = None) -> Future[Checkpoint]:
    """Load what was typed, or a second `model`, on a thread of its own."""
    from paramtui.sources.background import start  # not for the one load that most reports are

    return start(lambda: open_model(arguments, model=model))


def open_model(
    arguments: argparse.Namespace,
    progress: Callable[[object], None] | None = None,
    model: str | None = None,
    offer: Callable[[Checkpoint], None] | None = None,
    preview: Callable[[object], None] | None = None,
) -> Checkpoint:
    """Open what was typed, or a second `model`, at a revision of its own."""
    # Not by way of the API, which brings what is only needed when the checkpoint is there.
    from paramtui.sources.errors import SourceError
    from paramtui.sources.loading import load

    try:
        return load(
            model or arguments.model,
            revision=None if model else arguments.revision,
            changes=() if model else arguments.config_set or (),
            offline=arguments.offline,
            refresh=arguments.refresh,
            progress=progress,
            offer=offer,
            preview=preview,
        )
    except SourceError as problem:
        raise UsageError(str(problem), problem.hint) from problem


def chosen(arguments: argparse.Namespace) -> Callable[[], dict[str, object]]:
    """The user's choices, and the host's own GPUs where none is named: asked for meanwhile."""
    said = scenario_changes(arguments)
    if "gpus" in said:
        return lambda: said
    from paramtui.sources.host_gpus import HostGpus

    host = HostGpus()

    def changes() -> dict[str, object]:
        cards = host.found()
        if not cards:
            return said
        from paramtui.memory.gpus.hardware_name import of_hosts

        return {**said, "gpus": of_hosts([(c.name, c.memory_bytes, c.usable_bytes) for c in cards])}

    return changes
