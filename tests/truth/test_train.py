"""Training memory against real runs of transformers and PEFT under torch's fake tensors.

`pytest -s tests/truth/test_train.py` prints the table of cases and errors.
"""

from typing import Any

import pytest

from paramtui.memory.estimate import MemoryEstimate, estimate
from paramtui.memory.scenario import Mode, Scenario, TrainingPrecision
from tests.conftest import needs_shared
from tests.truth.reference_models import reference_model, rows

ROWS = rows("train")

pytestmark = needs_shared


def name_of(row: dict[str, Any]) -> str:
    return f"{row['case']}-B{row['batch']}-S{row['seq']}{'-ckpt' if row['ckpt'] else ''}"


def unmatched(row: dict[str, Any]) -> str | None:
    """Why a row cannot be compared; None where it can."""
    if row["attn"] != "flash":
        return f"{row['attn']} attention keeps a mask or S × S scores: the convention is flash"
    if row["autocast"]:
        return "autocast under fp32 adapters is between the two adapter precisions"
    return None


def estimated(row: dict[str, Any]) -> MemoryEstimate:
    lora = row["lora"] or {}
    targets = lora.get("target_modules", "all-linear")
    scenario = Scenario(
        mode=Mode(row["mode"]),
        context=row["seq"],
        batch=row["batch"],
        precision="bf16",
        lora_rank=lora.get("r", 16),
        lora_targets=targets if isinstance(targets, str) else ",".join(targets),
        adapter_precision="fp32" if lora.get("autocast_adapter_dtype", True) else "bf16",
        training_precision=TrainingPrecision.BF16,
        gradient_checkpointing=row["ckpt"],
    )
    return estimate(reference_model(row["model"], layers=row["layers"]), scenario)


def errors(row: dict[str, Any]) -> tuple[float, float]:
    """Relative errors of the saved activations and of the peak, weights and states included."""
    result = estimated(row)
    saved = _bytes(result, "activations") + _bytes(result, "logits") // 3
    peak = row["backward_peak_total"] + row["optimizer_states"]
    return saved / row["saved_bytes"] - 1, result.peak_bytes / peak - 1


def _bytes(result: MemoryEstimate, name: str) -> int:
    part = result.component(name)
    assert part, f"no {name}"
    return part.bytes


COMPARED = [row for row in ROWS if not unmatched(row)]


@pytest.mark.parametrize("row", COMPARED, ids=name_of)
def test_saved_activations_and_peak(row: dict[str, Any]) -> None:
    saved, peak = errors(row)
    experts = "mixtral" in row["model"] or "a3b" in row["model"]
    assert abs(saved) < 0.001
    # transformers' loop over experts builds the gradients of packed experts twice.
    assert abs(peak) < (0.08 if experts else 0.001)


@pytest.mark.parametrize("row", COMPARED, ids=name_of)
def test_what_is_held_is_exact(row: dict[str, Any]) -> None:
    result = estimated(row)
    adapter = result.component("adapter")
    held = _bytes(result, "weights") + (adapter.bytes if adapter else 0)
    assert held == row["weights_bytes"]
    assert _bytes(result, "gradients") == row["grads_bytes"]
    assert _bytes(result, "optimizer") == row["optimizer_states"]


def test_the_rows_that_cannot_match_are_few_and_named() -> None:
    left = {name_of(row): reason for row in ROWS if (reason := unmatched(row))}
    assert len(left) == 5
    assert len(COMPARED) == len(ROWS) - 5


def test_print_the_table() -> None:
    for row in ROWS:
        reason = unmatched(row)
        if reason:
            print(f"{name_of(row):64} {reason}")
            continue
        saved, peak = errors(row)
        print(f"{name_of(row):64} saved {saved:+9.4%}  peak {peak:+9.4%}")
