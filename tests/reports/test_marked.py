"""Marks, comparisons and sweeps from the command line to the report."""

import json
from pathlib import Path
from typing import Any

import pytest

from paramtui.cli import main
from paramtui.memory.marks.mark import mark_named
from paramtui.reports.render import Form, render
from tests.reports.small_reports import MIXTURE, mixture


@pytest.fixture
def model(tmp_path: Path) -> str:
    path = tmp_path / "config.json"
    path.write_text(json.dumps(MIXTURE))
    return str(path)


def printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    assert main([*arguments, "--json"]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_prune_takes_a_branch_out_of_everything(
    model: str, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = printed(capsys, model)
    left = printed(capsys, model, "--set", "model.layers.1-2=prune", "--set", "lm_head=prune")
    assert left["parameters"]["total"] < whole["parameters"]["total"]
    assert "head" not in left["parameters"]["by_category"]
    assert sum(left["parameters"]["by_category"].values()) == left["parameters"]["total"]
    assert left["scenario"]["set"] == ["model.layers.1-2=prune", "lm_head=prune"]
    sizes = [{p["name"]: p["bytes"] for p in d["memory"]["components"]} for d in (whole, left)]
    assert sizes[1]["kv_cache"] * 3 == sizes[0]["kv_cache"]
    assert sizes[1]["weights"] == left["parameters"]["stored_bytes"]


def test_a_comparison_and_a_sweep_stand_beside_the_rest(
    model: str, capsys: pytest.CaptureFixture[str]
) -> None:
    found = printed(capsys, model, "--compare", model, "--sweep", "batch=1..4")
    assert found["compare"]["differences"] == []
    assert found["compare"]["model"] == found["model"]["id"]
    assert [point["value"] for point in found["sweep"]["points"]] == [1, 2, 4]
    assert found["sweep"]["points"][0]["total_bytes"] == found["memory"]["total_bytes"]


@pytest.mark.parametrize(
    "arguments",
    [
        ("--set", "lm_haed=prune"),
        ("--set", "lm_head=int7"),
        ("--set", "lm_head=train", "--set", "lm_head=freeze"),
        ("--sweep", "context=8k..1k"),
        ("--compare", "/nowhere/config.json"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_a_hint(
    model: str, arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([model, *arguments]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    error, *hints = captured.err.splitlines()
    assert error.startswith("error: ")
    assert len(hints) <= 1
    assert all(line.startswith("hint: ") for line in hints)


def test_the_tree_has_no_row_for_what_is_pruned_and_none_more_for_other_marks() -> None:
    marks = tuple(map(mark_named, ("lm_head=prune", "model.layers.1=int8", "*.self_attn=freeze")))
    report = mixture(with_tree=True, marks=marks)
    assert report.tree
    plain = mixture(with_tree=True).tree
    assert plain
    paths = [module.path for module in report.tree.walk()]
    assert paths == [module.path for module in plain.walk() if module.path != "lm_head"]
    assert report.tree.parameters == report.summary.total
    assert "lm_head" not in render(report, Form.CSV)
