"""What goes wrong inside the app is said in a line, and the app goes on."""

import logging

import pytest
from textual.pilot import Pilot

from paramtui.memory.errors import ScenarioError
from paramtui.memory.scenario import Mode
from paramtui.tui.told import REPORT, Told

from .conftest import frame, main_screen, press, running

NOPE = "no layer of this model answers to the LoRA targets 'nope'"


def fault(*_: object, **__: object) -> None:
    raise KeyError("x")


def last_line(pilot: Pilot[None]) -> str:
    return frame(pilot).splitlines()[-1]


def test_our_own_errors_speak_for_themselves() -> None:
    assert Told.problem(ScenarioError("no such rank", "1 … 256")) == (
        "no such rank",
        "1 … 256",
        True,
    )


def test_other_errors_are_named_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    assert Told.problem(KeyError("x")) == ("that failed: KeyError: 'x'", REPORT, True)
    assert caplog.records[0].levelno == logging.ERROR
    caplog.clear()


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
async def test_a_scenario_that_cannot_be_leaves_the_one_before(size: tuple[int, int]) -> None:
    async with running(size=size, changes={"lora_targets": "nope"}) as pilot:
        screen = main_screen(pilot)
        before, costs = screen.scenario, screen.costs
        await press(pilot, "m", "m")
        assert (screen.scenario, screen.costs) == (before, costs)
        assert NOPE in last_line(pilot)
        await press(pilot, "exclamation_mark")
        assert "layers here:" in frame(pilot)
        await press(pilot, "escape", "M")
        assert screen.scenario.mode is Mode.FULL
        assert NOPE not in last_line(pilot)


async def test_the_line_goes_when_another_row_is_selected() -> None:
    async with running(changes={"lora_targets": "nope"}) as pilot:
        await press(pilot, "m", "down")
        assert NOPE not in last_line(pilot)


async def test_a_fault_in_an_action_does_not_end_the_app(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("paramtui.tui.explain.title_of", fault)
    async with running() as pilot:
        await press(pilot, "e")
        assert "that failed: KeyError: 'x'" in last_line(pilot)
        await press(pilot, "m")
        assert main_screen(pilot).scenario.mode is Mode.LORA
    caplog.clear()


async def test_a_fault_in_an_estimate_does_not_end_the_app(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async with running() as pilot:
        with monkeypatch.context() as patch:
            patch.setattr("paramtui.tui.screens.costing.estimate", lambda *_: 1 / 0)
            await press(pilot, "r")
            assert "ZeroDivisionError" in last_line(pilot)
            assert main_screen(pilot).scenario.lora_rank == 16
        await press(pilot, "r")
        assert main_screen(pilot).scenario.lora_rank == 32
    caplog.clear()


async def test_a_fault_nobody_survives_ends_with_its_error_and_no_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("paramtui.tui.widgets.module_tree.row_line", fault)
    app = None
    with pytest.raises(KeyError):
        async with running() as pilot:
            app = pilot.app
    assert isinstance(getattr(app, "failure", None), KeyError)
    assert capsys.readouterr() == ("", "")
