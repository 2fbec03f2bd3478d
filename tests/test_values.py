"""--values: the values of one tensor on the command line."""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from paramtui import cli
from tests.sources.values.files import Stored, write

Q = "model.layers.{}.self_attn.q_proj.weight"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    numbers: Any = np.arange(-8, 8, dtype=np.float32)
    numbers[0] = np.nan
    layers: Stored = {Q.format(layer): ("F32", (4, 4), numbers * (layer + 1)) for layer in range(2)}
    return write(tmp_path / "m", layers, {"model_type": "llama"})


def test_as_text(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([str(folder), "--values", Q.format(1), "--ascii"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == Q.format(1)
    text = {line[:16].strip(): line[16:].strip() for line in lines}
    assert text["file"] == "model.safetensors"
    assert text["stored"] == "F32, 4 x 4 = 16, 64 B"
    assert (text["min"], text["max"], text["mean"]) == ("-14", "14", "0")
    assert text["non-finite"] == "6.2 % (1 NaN)"
    assert text["zeros"] == "6.2 %"
    assert all(len(line) <= 80 for line in lines)
    assert lines[-1].endswith("the fullest holds 1")


def test_a_module_stands_for_its_weight(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([str(folder), "--values", "model.layers.0.self_attn.q_proj", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    values = document["values"]
    assert (document["schema"], values["name"], values["dtype"]) == (1, Q.format(0), "F32")
    assert values["shape"] == [4, 4]
    assert (values["min"], values["max"], values["count"], values["nan"]) == (-7, 7, 16, 1)
    assert values["std"] == pytest.approx(np.arange(-7, 8).std())
    assert sum(values["histogram"]["counts"]) == 15
    assert values["dequantised"] is None
    assert document["fetched"]["weight_bytes"] == 0


def test_a_terminal_sees_how_far_it_is(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    assert cli.main([str(folder), "--values", Q.format(0), "--plain"]) == 0
    errors = capsys.readouterr().err
    assert errors.startswith("\rreading values 0/32")
    assert errors.endswith("\r\x1b[K")


@pytest.mark.parametrize(
    ("name", "more", "error"),
    [
        ("nope", [], "error: it has no tensor nope"),
        ("model.layers.0-1.self_attn.q_proj", [], "names 2 tensors"),
        (Q.format(0), ["--csv"], "error: --values has no --csv"),
    ],
)
def test_what_cannot_be_read(
    name: str, more: list[str], error: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main([str(folder), "--values", name, *more]) == 2
    output, errors = capsys.readouterr()
    assert output == ""
    assert error in errors.splitlines()[0]
    assert errors.splitlines()[1].startswith("hint: ")


def test_without_numpy(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "numpy", None)
    assert cli.main([str(folder), "--values", Q.format(0)]) == 2
    assert capsys.readouterr().err == (
        "error: values need NumPy\nhint: pip install 'paramtui[values]'\n"
    )


def test_a_model_without_files(capsys: pytest.CaptureFixture[str]) -> None:
    name = "model.norm.weight"
    assert cli.main(["meta-llama/Llama-3.1-8B", "--offline", "--values", name]) == 2
    assert "hint: hf download meta-llama/Llama-3.1-8B" in capsys.readouterr().err
