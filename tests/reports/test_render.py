"""What the output options print."""

import csv
import io
import json
from pathlib import Path

import pytest

from paramtui.cli import main
from tests.reports.small_reports import MIXTURE


@pytest.fixture
def config(tmp_path: Path) -> str:
    path = tmp_path / "config.json"
    path.write_text(json.dumps(MIXTURE))
    return str(path)


def test_markdown(config: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([config, "--markdown", "--tree", "--units", "GB"]) == 0
    text = capsys.readouterr().out
    assert text.startswith("# ")
    assert "## Modules" in text
    assert "GiB" not in text


def test_csv_needs_no_tree_option(config: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([config, "--csv"]) == 0
    rows = list(csv.reader(io.StringIO(capsys.readouterr().out)))
    assert rows[0][0] == "path"
    assert len(rows) > 10


def test_json_with_explanations(config: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([config, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["explanations"]


def test_a_report_has_one_form(config: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([config, "--json", "--csv"]) == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err == "error: --json and --csv: a report has one form\nhint: leave one out\n"
