"""The tree as comma-separated values."""

import csv
import io

import pytest

from paramtui.reports.csv_report import COLUMNS, csv_report
from paramtui.reports.document import Report
from tests.reports.small_reports import mixture, named


def read(report: Report) -> list[dict[str, str]]:
    assert report.tree
    return list(csv.DictReader(io.StringIO(csv_report(report.tree))))


def test_rows_without_children_add_up_to_the_model() -> None:
    report = mixture(with_tree=True)
    leaves = [row for row in read(report) if row["children"] == "0"]
    for column, whole in (
        ("parameters", report.summary.total),
        ("bytes", report.summary.stored_bytes),
    ):
        assert sum(int(row[column]) * int(row["copies"]) for row in leaves) == whole


def test_a_row_says_what_it_is() -> None:
    rows = {row["path"]: row for row in read(mixture(with_tree=True))}
    expert = rows["model.layers.0-2.block_sparse_moe.experts.0-3.w1"]
    assert tuple(expert) == COLUMNS
    assert expert == {
        "path": "model.layers.0-2.block_sparse_moe.experts.0-3.w1",
        "category": "experts",
        "kind": "weight",
        "dtype": "BF16",
        "shape": "96x64",
        "repeat": "1",
        "copies": "12",
        "parameters": str(96 * 64),
        "bytes": str(2 * 96 * 64),
        "children": "0",
        "file": "",
        "note": "",
    }
    assert rows["model.layers.0-2.block_sparse_moe.experts.0-3"]["repeat"] == "4"


@pytest.mark.parametrize("start", ["=1+1", "+1", "-1", "@SUM(A1)"])
def test_no_cell_is_a_formula(start: str) -> None:
    report = named({f"{start}.weight": (2, 3)}, file="=evil.safetensors")
    for row in read(report):
        assert row["path"].startswith(f"'{start}")
        assert row["file"] in ("", "'=evil.safetensors")
        assert not any(value.startswith(("=", "+", "-", "@")) for value in row.values())


def test_names_with_separators_stay_one_cell() -> None:
    rows = read(named({'a,"b";c\td.weight': (2,)}))
    assert len(rows[0]) == len(COLUMNS)
    assert rows[0]["path"].startswith('a,"b";c')
    assert rows[0]["parameters"] == "2"


def test_a_checkpoint_without_tensors_is_a_heading() -> None:
    report = named({})
    assert report.tree
    assert csv_report(report.tree) == ",".join(COLUMNS)
