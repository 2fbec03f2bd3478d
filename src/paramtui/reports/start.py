"""The scenario a model begins with."""

from collections.abc import Mapping

from paramtui.checkpoint.checkpoint import Checkpoint
from paramtui.memory.scenario import Mode, Scenario, default_context


def start_scenario(checkpoint: Checkpoint, changes: Mapping[str, object]) -> Scenario:
    """The model's default scenario, of an adapter its own training, with the user's choices."""
    default = Scenario(context=default_context(checkpoint.config.context_length))
    adapter = checkpoint.adapter
    if adapter and adapter.modules and adapter.rank:
        own = {"lora_rank": adapter.rank, "lora_targets": adapter.targets}
        default = default.with_(mode=Mode.LORA, **own)
    return default.with_(**changes)
