"""A comparison in every form of a report."""

import csv
import io
import json
from collections.abc import Mapping

import pytest

from paramtui.checkpoint.checkpoint import Checkpoint
from paramtui.checkpoint.dtype import BF16, F16
from paramtui.checkpoint.tensor import Shape, TensorInfo
from paramtui.memory.errors import ScenarioError
from paramtui.memory.marks.mark import mark_named
from paramtui.reports.document import Report
from paramtui.reports.render import Form, make_report, render
from tests.reports.small_reports import mixture

HERE = {"model.embed_tokens.weight": (8, 4), "model.norm.weight": (4,)}
THERE = {"model.embed_tokens.weight": (8, 4), "lm_head.weight": (16, 4)}


def checkpoint(shapes: Mapping[str, Shape], name: str) -> Checkpoint:
    tensors = tuple(TensorInfo(tensor, BF16, shape, "a") for tensor, shape in shapes.items())
    return Checkpoint(name, tensors)


def compared(here: Checkpoint, there: Checkpoint, **changes: object) -> Report:
    return make_report(here, changes, other=there)


def small() -> Report:
    return compared(checkpoint(HERE, "test/here"), checkpoint(THERE, "test/there"))


def test_the_json_is_as_the_interface_says() -> None:
    report = small()
    found = json.loads(render(report, Form.JSON))["compare"]
    assert found["model"] == "test/there"
    assert found["parameters_delta"] == 16 * 4 - 4
    assert found["bytes_delta"] == 2 * (16 * 4 - 4)
    assert report.compared
    assert found["memory_delta"] == (
        report.compared.estimate.total_bytes - report.estimate.total_bytes
    )
    assert [{k: d[k] for k in ("path", "kind", "here", "there")} for d in found["differences"]] == [
        {
            "path": "model.norm.weight",
            "kind": "only_here",
            "here": {"dtype": "BF16", "shape": [4]},
            "there": None,
        },
        {
            "path": "lm_head.weight",
            "kind": "only_there",
            "here": None,
            "there": {"dtype": "BF16", "shape": [16, 4]},
        },
    ]


def test_shapes_and_types_stand_side_by_side() -> None:
    here = Checkpoint("test/a", (TensorInfo("lm_head.weight", BF16, (4, 8)),))
    there = Checkpoint("test/b", (TensorInfo("model.lm_head.weight", F16, (6, 8)),))
    found = json.loads(render(compared(here, there), Form.JSON))["compare"]["differences"]
    assert [(d["kind"], d["here"], d["there"]) for d in found] == [
        ("shape", [4, 8], [6, 8]),
        ("dtype", "BF16", "F16"),
    ]
    assert {d.get("path_here", d["path"]) for d in found} == {"lm_head.weight"}
    assert {d.get("path_there", d["path"]) for d in found} == {"model.lm_head.weight"}


def test_a_model_and_itself() -> None:
    report = compared(mixture().checkpoint, mixture().checkpoint, context=64)
    found = json.loads(render(report, Form.JSON))["compare"]
    assert found["differences"] == []
    assert found["parameters_delta"] == found["bytes_delta"] == found["memory_delta"] == 0
    assert "0 differences" in render(report)


def test_words_and_tables() -> None:
    report = small()
    shown = render(report)
    assert "compared with test/there: 2 differences, 1 tensors alike" in shown
    assert "only here       model.norm.weight  BF16 4" in shown
    assert "+60" in shown
    table = render(report, Form.MARKDOWN)
    assert "## Compared with test/there" in table
    assert "| `lm_head.weight` | only there |  | BF16 16 × 4 | 1 |" in table
    rows = list(csv.DictReader(io.StringIO(render(report, Form.CSV))))
    assert rows[1] == {
        "path": "lm_head.weight",
        "kind": "only_there",
        "here": "",
        "there": "BF16 16x4",
        "tensors": "1",
    }


def test_no_cell_begins_a_formula() -> None:
    report = compared(checkpoint(HERE, "a"), checkpoint({"=cmd()": (2, 2)}, "b"))
    assert "\n'=cmd()," in render(report, Form.CSV)


def test_a_mark_the_second_model_does_not_know_names_that_model() -> None:
    marks = (mark_named("model.norm=fp32"),)
    with pytest.raises(ScenarioError, match=r"^test/there: no module"):
        compared(checkpoint(HERE, "test/here"), checkpoint(THERE, "test/there"), marks=marks)
