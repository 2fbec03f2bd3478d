"""What a precision means for training: where it has no effect, and where nothing trains on it."""

from collections.abc import Iterator

from paramtui.memory.precision import PRECISIONS, Converts
from paramtui.memory.scenario import Mode, Scenario, TrainingPrecision


def weights_precision(scenario: Scenario) -> str:
    """What the weights are held in: of a full fine-tune, the training precision itself."""
    if scenario.mode is not Mode.FULL:
        return scenario.weights_precision
    return "fp32" if scenario.training_precision is TrainingPrecision.FP32 else "bf16"


def precision_notes(scenario: Scenario) -> Iterator[str]:
    """What must be said of the precision that was asked for, at most one sentence."""
    asked, held = scenario.precision, weights_precision(scenario)
    row = PRECISIONS.get(asked or "")
    if row is None or scenario.mode is Mode.INFERENCE:
        return
    if scenario.mode is Mode.FULL:
        from paramtui.memory.marks.mark import Action

        frozen = any(mark.action == Action.FREEZE.value for mark in scenario.marks)
        if asked != held:
            rest = f"; only what is frozen is in {asked}" if frozen else f": {asked} has no effect"
            yield (
                "full fine-tuning holds the weights in --training-precision "
                f"{scenario.training_precision.value}, which is {held}{rest}"
            )
    elif row.converts is Converts.MATRICES:
        yield f"{asked} is a format of llama.cpp: PEFT trains no adapter on it"
    elif row.textbook:
        yield f"{asked} is a rule of thumb: no library trains on it, bnb-nf4-dq and bnb-int8 exist"
