"""Reports on streams that cannot write everything."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paramtui.cli import main
from paramtui.output import to_ascii
from tests.reports.small_reports import MIXTURE

FULL = Path("/dev/full")


@pytest.fixture
def config(tmp_path: Path) -> str:
    path = tmp_path / "config.json"
    path.write_text(json.dumps(MIXTURE))
    return str(path)


def run(*arguments: str, stdout: int = subprocess.PIPE, **environment: str) -> tuple[int, str, str]:
    done = subprocess.run(
        [sys.executable, "-m", "paramtui", *arguments],
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=subprocess.PIPE,
        check=False,
        timeout=60,
    )
    return done.returncode, (done.stdout or b"").decode("cp1252"), done.stderr.decode("cp1252")


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_a_narrow_encoding_is_written_round(config: str, encoding: str) -> None:
    status, text, errors = run(config, "--markdown", "--tree", PYTHONIOENCODING=encoding)
    assert (status, errors) == (0, "")
    assert text.isascii() is (encoding == "ascii")
    assert ("64 × 96" if encoding == "cp1252" else "64 x 96") in text
    assert "?" not in text


@pytest.mark.parametrize("form", ["--plain", "--markdown", "--csv", "--json"])
def test_ascii_is_for_reports_too(
    config: str, form: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([config, form, "--tree", "--ascii"]) == 0
    assert capsys.readouterr().out.isascii()


@pytest.mark.parametrize("arguments", [("--json",), ("--help",), ("--list",)])
@pytest.mark.skipif(not FULL.exists(), reason="no device that is always full")
def test_a_full_disk_is_one_line(config: str, arguments: tuple[str, ...]) -> None:
    with FULL.open("wb") as full:
        status, _, errors = run(config, *arguments, stdout=full.fileno())
    assert (status, errors) == (2, "error: cannot write: No space left on device\n")


def test_known_twins() -> None:
    assert to_ascii("⌈2 × 3⌉ ≥ 4 – é…") == "ceil(2 x 3) >= 4 - e..."
    assert to_ascii("模") == "?"


@given(st.text())
def test_any_text_becomes_ascii(text: str) -> None:
    assert to_ascii(text).isascii()


def test_every_character_of_ours_has_a_twin() -> None:
    root = Path(__file__).parents[1] / "src" / "paramtui" / "reports"
    ours = set(
        re.findall(r"[^\x00-\x7f]", "".join(p.read_text("utf-8") for p in root.glob("*.py")))
    )
    assert len(ours) > 5
    assert {char for char in ours if "?" in to_ascii(char)} == set()
