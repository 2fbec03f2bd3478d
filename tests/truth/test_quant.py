"""Quantised bytes equal what the libraries pack, matrix for matrix and model for model."""

from collections import Counter
from typing import Any

import pytest

from paramtui.checkpoint.category import Category
from paramtui.memory.figure import Term
from paramtui.memory.layout.weights import weights
from paramtui.memory.precision import PRECISIONS
from tests.conftest import needs_shared
from tests.truth.reference_models import reference_model, table

pytestmark = needs_shared

QUANT = table("quant")

NAMES = {
    "nf4": "bnb-nf4",
    "nf4_dq": "bnb-nf4-dq",
    "int8": "bnb-int8",
    "gptq": "gptq-int4",
    "awq": "awq-int4",
    "hqq4g64": "hqq-int4",
    "fp8_block": "fp8-block",
    "fp8_channel": "fp8-channel",
    "mxfp4": "mxfp4",
    "nvfp4": "nvfp4",
}

NOT_OFFERED = dict.fromkeys(
    ("fp8_tensor", "hqq8g64", "hqq3g64", "hqq2g16", "hqq4g128"),
    "no precision of the interface stands for it",
)
"""Layouts of the table that are not compared."""

FUSED_EXPERTS = {"mixtral-8x7b", "qwen3-30b-a3b", "deepseek-v2-lite", "jamba-v0.1"}
"""transformers 5 holds these experts in one 3-D parameter a layer, which bitsandbytes leaves in
16 bits; here they count as linear layers, as the checkpoints have them and transformers 4 did."""


def rows(name: str) -> list[Any]:
    return list(QUANT.get(name, ()))


def label(row: Any) -> str:
    return "-".join(str(row[key]) for key in ("model", "kind", "ftype", "out", "inp") if key in row)


def test_every_layout_of_the_table_is_accounted_for() -> None:
    """Run with -s to see the table: rows by layout, and why some are not compared."""
    kinds = Counter(row["kind"] for row in rows("per_linear"))
    for kind, count in kinds.items():
        print(f"{count:4} matrices in {kind}: {NOT_OFFERED.get(kind, 'equal')}")
    print("  60 models under bitsandbytes: equal, experts as layers (see FUSED_EXPERTS)")
    print("  72 models as GGUF: equal")
    assert kinds.keys() == {*NAMES, *NOT_OFFERED}
    assert len(rows("gguf")) == 72
    assert len(rows("bnb_models")) == 60


@pytest.mark.parametrize(
    "row", [row for row in rows("per_linear") if row["kind"] in NAMES], ids=label
)
def test_one_matrix(row: Any) -> None:
    formula = PRECISIONS[NAMES[row["kind"]]].formula
    value = Term.of("matrix", formula, outputs=row["out"], inputs=row["inp"]).value
    assert value == row.get("real_core", row.get("bytes"))


@pytest.mark.parametrize("row", rows("bnb_models"), ids=label)
def test_a_model_under_bitsandbytes(row: Any) -> None:
    summary, name = reference_model(row["model"]), NAMES[row["kind"]]
    experts = [group for group in summary.groups if group.category is Category.EXPERTS]
    saved = sum(
        2 * group.parameters
        - Term.of(
            "experts",
            f"count × ({PRECISIONS[name].formula})",
            count=group.count * group.matrices,
            outputs=group.out_features,
            inputs=group.in_features,
        ).value
        for group in experts
    )
    assert bool(experts) == (row["model"] in FUSED_EXPERTS)
    assert weights(summary, name).bytes == row["total_bytes"] - saved


@pytest.mark.parametrize("row", rows("gguf"), ids=label)
def test_a_model_as_gguf(row: Any) -> None:
    component = weights(reference_model(row["model"]), row["ftype"].lower())
    assert component.bytes == row["tensor_bytes"]
    found = {term.label: term.value for term in component.terms}
    assert found == {kind: value["bytes"] for kind, value in row["types"].items()}
