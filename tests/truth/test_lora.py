"""Trainable parameters equal PEFT's own count, case by case."""

from typing import Any

import pytest

from paramtui.checkpoint.summary import ParameterSummary
from paramtui.memory.adapter.lora import estimate_lora
from paramtui.memory.adapter.lora_config import LoraConfig
from paramtui.memory.adapter.lora_defaults import DEFAULT_TARGETS
from paramtui.memory.errors import ScenarioError
from paramtui.memory.result import LoraEstimate
from tests.conftest import needs_shared
from tests.truth.reference_models import reference_model, table

pytestmark = needs_shared

ANSWERS = table("lora").get("answers", {})

PER_EXPERT = "all-linear (per-expert nn.Linear, formula)"
"""The convention here: one linear layer an expert, as checkpoints and transformers 4 have it."""

PACKED = {
    "mixtral-8x7b",
    "qwen3-30b-a3b",
    "deepseek-v2-lite",
    "qwen3-next-80b-a3b",
    "jamba-v0.1",
}
"""Models whose experts transformers 5 packs: their other rows are compared with `packed_experts`,
what our note on such an adapter says."""

NAMED_OTHERWISE = "its decoder, tied and with a bias, is no tensor of the files"
NO_DEFAULT = "PEFT's table has q_proj and v_proj; PEFT 0.21 raises all the same"


def aside(model: str, row: Any) -> str:
    """Why a row is not compared; empty when it is."""
    case = row["case"]
    if "modules_to_save" in case and model == "bert-base-uncased":
        return NAMED_OTHERWISE
    if model == "mixtral-8x7b" and case == "default":
        return NO_DEFAULT
    return ""


def estimated(summary: ParameterSummary, row: Any) -> LoraEstimate:
    """Our estimate for the arguments of a row; KeyError when PEFT has no targets of its own."""
    given = row["kwargs"]
    targets = given.get("target_modules", "all-linear")
    if row["case"] == "default":
        targets = DEFAULT_TARGETS[summary.config.model_type or ""]
    return estimate_lora(
        summary,
        LoraConfig(
            rank=row["r"],
            target_modules=targets if isinstance(targets, str) else ",".join(targets),
            bias=given.get("bias", "none"),
            lora_bias=given.get("lora_bias", False),
            use_dora=given.get("use_dora", False),
            modules_to_save=tuple(given.get("modules_to_save", ())),
            ensure_weight_tying=given.get("ensure_weight_tying", False),
            layers_to_transform=tuple(given.get("layers_to_transform", ())),
            trainable_tokens=len(given.get("trainable_token_indices", ())),
            target_parameters=tuple(given.get("target_parameters", ())),
            packed_experts=row["case"].startswith("all-linear") and row["case"] != PER_EXPERT,
        ),
    )


@pytest.mark.parametrize("model", ANSWERS)
def test_trainable_parameters(model: str) -> None:
    summary = reference_model(model)
    wrong = [
        f"{row['case']}, rank {row['r']}: {problem}"
        for row in ANSWERS[model]
        if not aside(model, row) and (problem := difference(summary, row))
    ]
    assert not wrong


def difference(summary: ParameterSummary, row: Any) -> str:
    """What differs from PEFT's own figures; empty when nothing does."""
    try:
        estimate = estimated(summary, row)
    except (KeyError, ScenarioError) as error:
        return "" if "error" in row else f"refused: {error}"
    if "error" in row:
        return "" if any("PEFT refuses" in note for note in estimate.notes) else "not refused"
    if estimate.trainable != row["trainable"]:
        return f"{estimate.trainable} trainable, not {row['trainable']}"
    percent = 100 * row["trainable"] / row["all"] if "all" in row else estimate.percent
    if estimate.percent != pytest.approx(percent, rel=1e-12):
        return f"{estimate.percent} %, not {percent}"
    return _targets_differ(estimate, row)


def _targets_differ(estimate: LoraEstimate, row: Any) -> str:
    # The towers' modules are renamed in memory; there the totals alone are compared.
    ours = sorted((t.module, t.in_features, t.out_features, t.count) for t in estimate.targets)
    theirs = sorted((name.split()[0], i, o, count) for name, i, o, _, count in row["targets"])
    renamed = {name for name, *_ in ours} != {name for name, *_ in theirs}
    return "" if renamed or ours == theirs else f"{ours}, not {theirs}"


def test_the_rows_that_are_set_aside_are_these() -> None:
    """Run with -s to see the table: rows by reason, the empty one being those that agree."""
    counts: dict[str, int] = {}
    for model, found in ANSWERS.items():
        for row in found:
            reason = aside(model, row)
            counts[reason] = counts.get(reason, 0) + 1
    for reason, rows in counts.items():
        print(f"{rows:4} rows {reason or 'equal'}")
    assert counts == {"": 832, NO_DEFAULT: 5, NAMED_OTHERWISE: 2}


@pytest.mark.parametrize("model", sorted(PACKED))
def test_the_note_says_what_peft_counts_under_transformers_5(model: str) -> None:
    row = next(r for r in ANSWERS[model] if r["case"] == "all-linear" and r["r"] == 16)
    notes = estimate_lora(reference_model(model), LoraConfig(16)).notes
    assert any(f"PEFT 0.21 trains {row['trainable']:,} parameters" in note for note in notes)
