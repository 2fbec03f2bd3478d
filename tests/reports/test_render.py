"""What the output options print."""

import csv
import io
import json
from pathlib import Path

import pytest

from paramtui.checkpoint.blueprint import blueprint
from paramtui.checkpoint.checkpoint import Checkpoint
from paramtui.checkpoint.config import Json, ModelConfig
from paramtui.cli import main
from paramtui.reports.render import Form, make_report, render
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


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_no_number_of_a_config_makes_the_json_invalid(value: float) -> None:
    quantised: Json = {"quant_method": "fp8", "bits": value, "modules_to_not_convert": ["a", value]}
    config = ModelConfig.from_json({**MIXTURE, "quantization_config": quantised})
    checkpoint = Checkpoint("test/mixture", blueprint(ModelConfig.from_json(MIXTURE)), config)
    text = render(make_report(checkpoint, {}), Form.JSON)
    found = json.loads(text, parse_constant=pytest.fail)["model"]["quantization"]
    assert (found["bits"], found["modules_to_not_convert"]) == (None, ["a", None])


def test_a_report_has_one_form(config: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([config, "--json", "--csv"]) == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err == "error: --json and --csv: a report has one form\nhint: leave one out\n"
