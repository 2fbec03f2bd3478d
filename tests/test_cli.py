"""The command's exit statuses and error lines."""

import gc

import pytest

from paramtui import cli


def fail(*_: object) -> int:
    raise KeyError("x")


def test_the_unexpected_is_one_line_too(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(cli, "_run", fail)
    monkeypatch.delenv("PARAMTUI_DEBUG", raising=False)
    assert cli.main(["gpt2"]) == 2
    output, errors = capsys.readouterr()
    assert output == ""
    assert errors.splitlines()[0] == "error: unexpected: KeyError: 'x'"
    assert errors.splitlines()[1].startswith("hint: ")


def test_who_looks_for_the_fault_sees_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli, "_run", fail)
    monkeypatch.setenv("PARAMTUI_DEBUG", "1")
    with pytest.raises(KeyError):
        cli.main(["gpt2"])


@pytest.mark.parametrize("argv", [None, ["--version"]])
def test_a_command_ends_without_a_collection(
    monkeypatch: pytest.MonkeyPatch, argv: list[str] | None
) -> None:
    """Who calls it with arguments goes on, and collects as before."""
    monkeypatch.setattr("sys.argv", ["paramtui", "--version"])
    assert gc.isenabled()
    try:
        with pytest.raises(SystemExit):
            cli.main(argv)
        assert gc.isenabled() is (argv is not None)
    finally:
        gc.enable()
