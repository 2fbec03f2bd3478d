"""What is said of a precision that a training run cannot have."""

import pytest

from paramtui.memory.marks.mark import mark_named
from paramtui.memory.scenario import Mode, Scenario, TrainingPrecision
from paramtui.memory.training.trainable import precision_notes
from paramtui.reports.document import document
from tests.reports.small_reports import mixture


def notes(**changes: object) -> str:
    return "".join(precision_notes(Scenario().with_(**changes)))


@pytest.mark.parametrize(
    ("training", "held"),
    [(TrainingPrecision.MIXED, "bf16"), (TrainingPrecision.FP32, "fp32")],
)
def test_a_full_fine_tune_tells_that_it_takes_no_precision(
    training: TrainingPrecision, held: str
) -> None:
    report = mixture(mode=Mode.FULL, precision="bnb-nf4", training_precision=training)
    told = document(report)
    words = f"--training-precision {training.value}, which is {held}: bnb-nf4 has no effect"
    assert words in report.estimate.not_modelled[0]
    assert told["scenario"]["precision"] == held  # type: ignore[index, call-overload]
    plain = mixture(mode=Mode.FULL, training_precision=training)
    assert plain.estimate.peak_bytes == report.estimate.peak_bytes


def test_what_is_frozen_keeps_its_precision() -> None:
    frozen = (mark_named("model.embed_tokens=freeze"),)
    assert "only what is frozen is in fp32" in notes(mode=Mode.FULL, precision="fp32", marks=frozen)


@pytest.mark.parametrize("mode", [Mode.LORA, Mode.QLORA])
def test_adapters_have_no_base_in_a_format_of_llama_cpp(mode: Mode) -> None:
    report = mixture(mode=mode, precision="q4_k_m")
    assert "q4_k_m is a format of llama.cpp" in report.estimate.not_modelled[0]
    assert "rule of thumb" in notes(mode=mode, precision="int4")


@pytest.mark.parametrize("precision", [None, "stored", "bf16", "bnb-nf4", "gptq-int4", "awq-int4"])
def test_what_adapters_train_on_needs_no_word(precision: str | None) -> None:
    assert notes(mode=Mode.QLORA, precision=precision) == ""
    assert notes(mode=Mode.INFERENCE, precision="q4_k_m") == ""
    assert notes(mode=Mode.FULL, precision="bf16") == ""
