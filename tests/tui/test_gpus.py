"""Choosing GPUs, and what the pane says of them."""

import json
import shlex

import pytest
from textual.pilot import Pilot

from paramtui.cli import main
from paramtui.memory.gpus.hardware_name import gpus_named
from paramtui.memory.gpus.parallel import Parallel
from paramtui.memory.gpus.verdict import verdict
from paramtui.memory.scenario import Mode
from paramtui.tui.copied import reproducing
from paramtui.tui.screens.gpus import GpusMenu
from paramtui.tui.screens.main import MainScreen

from .conftest import LLAMA, MIXTRAL, frame, main_screen, press, running, until


def chosen(pilot: Pilot[None]) -> str:
    return str(main_screen(pilot).scenario.gpus)


async def answered(pilot: Pilot[None]) -> MainScreen:
    """The main screen once the answers that take their time are there."""
    screen = main_screen(pilot)
    await until(pilot, lambda: screen.costs and screen.costs.answers)
    await pilot.pause()
    return screen


async def test_typing_finds_it_and_says_how_many() -> None:
    async with running() as pilot:
        await press(pilot, "u", *"4090x2")
        assert "how many: 2" in frame(pilot)
        await press(pilot, "enter")
        assert chosen(pilot) == "RTX-4090x2"
        await press(pilot, "u", *"24gib", "left", "enter")
        assert chosen(pilot) == "24GiB"


async def test_arrows_choose_and_count() -> None:
    async with running() as pilot:
        await press(pilot, "u", *"h100", "down", "right", "right", "right", "left", "enter")
        assert chosen(pilot) == "H100-PCIex4"
        await press(pilot, "u")
        assert "H100-PCIe" in frame(pilot)
        await press(pilot, "enter")
        assert chosen(pilot) == "H100-PCIex4"
        await press(pilot, "plus")
        assert chosen(pilot) == "H100-PCIex8"
        await press(pilot, "u", "home", "enter")
        assert chosen(pilot) == "None"
        assert "no GPU" in frame(pilot)


@pytest.mark.parametrize("keys", [("escape",), (*"h100", "escape", "escape")])
async def test_leaving_changes_nothing(keys: tuple[str, ...]) -> None:
    async with running() as pilot:
        before = main_screen(pilot).scenario
        await press(pilot, "u", *keys)
        assert not isinstance(pilot.app.screen, GpusMenu)
        assert main_screen(pilot).scenario == before


async def test_what_nothing_answers_to_takes_no_enter() -> None:
    async with running() as pilot:
        await press(pilot, "u", *"zzz", "enter")
        assert isinstance(pilot.app.screen, GpusMenu)
        assert "no GPU is named 'zzz'" in frame(pilot)
        await press(pilot, *["backspace"] * 3, *"l40s", "enter")
        assert chosen(pilot) == "L40S"


async def test_the_cursor_has_somewhere_to_stand_where_nothing_is_found() -> None:
    async with running(LLAMA, (80, 24)) as pilot:
        await press(pilot, "u", *["down"] * 9, *"qqqq", "pageup", "up", "pagedown", "end")
        assert "qqqq" in frame(pilot)
        await press(pilot, "escape")
        assert pilot.app.is_running


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
@pytest.mark.parametrize(
    ("model", "name", "mode"),
    [(LLAMA, "h100x4", Mode.INFERENCE), (LLAMA, "l4", Mode.LORA), (MIXTRAL, "a100x2", Mode.QLORA)],
)
async def test_the_pane_says_what_the_command_line_does(
    model: str, name: str, mode: Mode, size: tuple[int, int], capsys: pytest.CaptureFixture[str]
) -> None:
    async with running(model, size, {"mode": mode}) as pilot:
        await press(pilot, "u", *name, "enter", "tab")
        screen = await answered(pilot)
        costs, command = screen.costs, shlex.split(reproducing(screen.opened, screen.scenario))
        assert costs is not None
        assert costs.verdict is not None
        assert costs.answers is not None
        lines = "\n".join("".join(span.text for span in line) for line in screen.memory.lines)
    assert main([*command[1:], "--json", "--offline"]) == 0
    gpu = json.loads(capsys.readouterr().out)["gpu"]
    assert gpu["free_bytes"] == costs.verdict.free_bytes
    most = costs.answers.solved.largest
    assert gpu["largest"] == {"context": most.context, "batch": most.batch, "rank": most.rank}
    assert gpu["smallest_count"] == costs.answers.solved.gpus
    assert gpu["speed"].keys() == {bound.name for bound in costs.answers.speed.bounds}
    room = f"{abs(gpu['free_bytes']) / 2**30:,.2f} GiB {'left' if gpu['fits'] else 'too much'}"
    assert room in lines
    if gpu["count"] > 1:
        assert f"{gpu['per_gpu']['total_bytes'] / 2**30:,.2f}" in lines
    for value in (gpu["largest"]["context"], gpu["smallest_count"]):
        assert f"{value:,}" in lines or (not value and "not one token" in lines)


async def test_folded_the_verdict_stands_in_the_third_line() -> None:
    async with running(size=(80, 24)) as pilot:
        await press(pilot, "u", *"l4", "enter")
        await answered(pilot)
        text = frame(pilot)
        assert "u L4" in text
        assert "fits L4, 4.89 GiB left  up to" in text
        await press(pilot, "m")
        await answered(pilot)
        assert "does not fit L4" in frame(pilot)


async def test_a_way_to_share_that_the_mode_has_not_is_left_behind() -> None:
    async with running(changes={"parallel": Parallel.TENSOR}) as pilot:
        await press(pilot, "u", *"h100x2", "enter", "m")
        await until(pilot, lambda: main_screen(pilot).scenario.mode is Mode.LORA)
        assert main_screen(pilot).scenario.parallel is Parallel.AUTO


@pytest.mark.parametrize(
    ("keys", "field", "value"),
    [
        (("u", *"l4"), "gpus", gpus_named("L4")),
        (("t", "end"), "lora_targets", "all-linear"),
        (("O", "space"), "overheads", None),
        (("down", "equals_sign", "down", "down"), "marks", None),
    ],
)
async def test_a_menu_leaves_alone_what_was_turned_behind_it(
    keys: tuple[str, ...], field: str, value: object
) -> None:
    """A key typed right behind Enter may be carried out before the menu has answered."""
    async with running(changes={"mode": Mode.LORA}) as pilot:
        await press(pilot, *keys)
        main = main_screen(pilot)
        before = getattr(main.scenario, field)
        main.scenario = main.scenario.with_(context=4096)
        await press(pilot, "enter")
        assert main.scenario.context == 4096
        found = getattr(main.scenario, field)
        assert found != before if value is None else found == value


async def test_how_gpus_share_is_turned_in_the_pane() -> None:
    async with running() as pilot:
        await press(pilot, "u", *"h100x2", "enter", "tab")
        panel = main_screen(pilot).memory
        place = next(
            at for at, item in enumerate(panel.items) if getattr(item.about, "id", "") == "serving"
        )
        panel.cursor = place
        await press(pilot, "right", "right", "right")
        screen = main_screen(pilot)
        assert screen.scenario.parallel is Parallel.PIPELINE
        assert screen.costs is not None
        found = verdict(screen.opened.summary, screen.scenario, screen.costs.estimate)
        assert screen.costs.verdict == found
        assert "2 pipeline stages" in frame(pilot)


async def test_answers_explain_and_copy_themselves() -> None:
    async with running() as pilot:
        await press(pilot, "u", *"l4", "enter", "tab", "end", "up", "up")
        await answered(pilot)
        await press(pilot, "up", "y")
        assert pilot.app.clipboard.startswith("best precision: ")
        await press(pilot, "e")
        assert "widest precision" in frame(pilot)


async def test_a_figure_is_explained_for_the_fullest_gpu_too() -> None:
    async with running(changes={"gpus": gpus_named("H100x4")}) as pilot:
        await press(pilot, "tab", "end", *["up"] * 30)
        panel = main_screen(pilot).memory
        panel.cursor = next(
            at for at, item in enumerate(panel.items) if item.about == "memory.weights"
        )
        await press(pilot, "e")
        text = frame(pilot)
        assert "16,060,522,496 bytes" in text
        assert "on the fullest of 4 × H100: tensor parallel over 4 GPUs" in text


async def test_enter_in_the_pane_opens_the_menu() -> None:
    async with running() as pilot:
        await press(pilot, "tab", *["down"] * 7)
        assert getattr(main_screen(pilot).memory.about, "id", "") == "gpus"
        await press(pilot, "enter")
        assert isinstance(pilot.app.screen, GpusMenu)


async def test_ascii_only() -> None:
    async with running(ascii_only=True) as pilot:
        await press(pilot, "u", "right")
        assert frame(pilot).isascii()
        await press(pilot, *"l4", "enter")
        await answered(pilot)
        assert frame(pilot).isascii()
