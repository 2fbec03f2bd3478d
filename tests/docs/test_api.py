"""The examples of docs/api.md run and print what they say; every public name is described."""

import doctest
from pathlib import Path

import pytest

import paramtui

PAGE = Path(__file__).resolve().parents[2] / "docs" / "api.md"


def test_the_examples_are_true(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    for name in ("HF_HUB_CACHE", "HF_ENDPOINT"):
        monkeypatch.delenv(name, raising=False)
    text = PAGE.read_text("utf-8").replace("```", "")
    test = doctest.DocTestParser().get_doctest(text, {}, PAGE.name, str(PAGE), 0)
    assert len(test.examples) > 10
    report: list[str] = []
    results = doctest.DocTestRunner().run(test, out=report.append)
    assert results.failed == 0, "".join(report)


def test_every_public_name_is_described() -> None:
    table = PAGE.read_text("utf-8").partition("## What there is")[2]
    assert [name for name in paramtui.__all__ if f"`{name}" not in table] == []
