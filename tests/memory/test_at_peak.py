"""Which components are part of the worst moment: those that are not say why."""

import pytest

from paramtui.memory.estimate import estimate
from paramtui.memory.scenario import Mode, Scenario
from paramtui.reports.facts import absence
from tests.memory.small_models import llama_32_1b


@pytest.mark.parametrize(
    ("mode", "context", "checkpointing", "absent"),
    [
        # logits are widest at the start of the backward pass, where no gradient is there yet
        (Mode.LORA, 8192, True, {"gradients": "later"}),
        (Mode.FULL, 16, True, {"activations": "freed", "logits": "freed"}),
        (Mode.FULL, 65_536, False, {"gradients": "later"}),
        (Mode.INFERENCE, 8192, True, {}),
    ],
)
def test_what_is_not_held_at_the_worst_moment_is_told(
    mode: Mode, context: int, checkpointing: bool, absent: dict[str, str]
) -> None:
    found = estimate(
        llama_32_1b(), Scenario(mode=mode, context=context, gradient_checkpointing=checkpointing)
    )
    told = {part.name: absence(found, part.name) for part in found.components}
    assert {name: word for name, word in told.items() if word} == absent
