"""Sweeps, overheads and compute: what they show, and the same from the command line."""

import json
import shlex

import pytest
from textual.pilot import Pilot

from paramtui.cli import main
from paramtui.memory.gpus.hardware_name import gpus_named
from paramtui.memory.overhead import USUAL
from paramtui.memory.scenario import Mode
from paramtui.tui.controls import TOKENS
from paramtui.tui.screens.main import MainScreen
from paramtui.tui.screens.sweep import SweepMenu

from .conftest import LLAMA, MIXTRAL, Shelf, frame, main_screen, press, running, until


def shown(pilot: Pilot[None], value: str) -> str:
    """The row of a value in the sweep."""
    return next(line for line in frame(pilot).splitlines() if f" {value} " in line)


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
@pytest.mark.parametrize(
    ("keys", "mode", "gpu"),
    [
        ((), Mode.INFERENCE, "L4"),
        (("b",), Mode.INFERENCE, None),
        (("r",), Mode.LORA, "H100x2"),
        (("p",), Mode.QLORA, "24GiB"),
    ],
)
async def test_a_sweep_says_what_the_command_line_does(
    keys: tuple[str, ...],
    mode: Mode,
    gpu: str | None,
    size: tuple[int, int],
    capsys: pytest.CaptureFixture[str],
) -> None:
    changes = {"mode": mode, "gpus": gpus_named(gpu) if gpu else None}
    async with running(LLAMA, size, changes) as pilot:
        await press(pilot, "S", *keys, "y")
        menu = pilot.app.screen
        assert isinstance(menu, SweepMenu)
        lines = ["".join(span.text for span in item.line) for item in menu.picker.items]
    _, *words = shlex.split(pilot.app.clipboard)
    assert main([*words, "--json", "--offline"]) == 0
    points = json.loads(capsys.readouterr().out)["sweep"]["points"]
    assert len(points) == len(lines)
    for point, line in zip(points, lines, strict=True):
        value = point["value"]
        assert (value if isinstance(value, str) else f"{value:,}") in line
        nbytes = point.get("per_gpu_bytes", point["total_bytes"])
        assert f"{nbytes / 2**30:,.2f} GiB" in line
        assert gpu is None or ("not fit" not in line) == point["fits"]


async def test_it_begins_with_what_was_touched_and_enter_takes_a_value() -> None:
    async with running() as pilot:
        await press(pilot, "b", "S")
        assert "now 2" in frame(pilot)
        await press(pilot, "down", "enter")
        assert main_screen(pilot).scenario.batch == 4
        await press(pilot, "S", "x", "end", "enter")
        assert main_screen(pilot).scenario.context == 131072
        await press(pilot, "S", "tab", "tab", "escape")
        assert isinstance(pilot.app.screen, MainScreen)


async def test_a_rank_is_swept_only_where_there_is_one() -> None:
    async with running() as pilot:
        await press(pilot, "S", "r")
        assert "LoRA rank" not in "".join(frame(pilot).splitlines()[-20:-10])
        await press(pilot, "escape", "m", "S", "r", "home", "enter")
        assert main_screen(pilot).scenario.lora_rank == 1


async def test_the_line_of_the_gpu_stands_in_every_bar() -> None:
    async with running(changes={"gpus": gpus_named("L4")}) as pilot:
        await press(pilot, "S")
        assert "does not fit" in shown(pilot, "131,072")
        assert "just fits" in shown(pilot, "32,768")
        assert "is what L4 has: 21.95 GiB" in frame(pilot)


async def test_a_sweep_is_written_with_the_report() -> None:
    shelf = Shelf()
    async with running(library=shelf) as pilot:
        await press(pilot, "S", "w")
        assert "--sweep context=512..131072" in " ".join(frame(pilot).split())
        await press(pilot, "down", "down", "enter")
        await until(pilot, lambda: main_screen(pilot).told)
        assert shelf.saved["Llama-3.1-8B.csv"].startswith("context,total_bytes")


async def test_overheads_are_switched() -> None:
    async with running() as pilot:
        screen = main_screen(pilot)
        await press(pilot, "O", "n", "enter")
        assert screen.scenario.overheads == ()
        assert screen.costs is not None
        assert screen.costs.estimate.total_bytes == screen.costs.estimate.peak_bytes
        await press(pilot, "O", "t", "enter", "Y")
        assert "--overhead textbook" in pilot.app.clipboard
        # 20 % of 14.96 GiB of weights.
        part = screen.costs.estimate.component("overhead")
        assert part is not None
        assert part.bytes == -(-screen.costs.estimate.components[0].bytes // 5)
        await press(pilot, "O", "u", "enter")
        assert main_screen(pilot).scenario.overheads is None
        await press(pilot, "O", "end", "up", "space", "enter")
        assert main_screen(pilot).scenario.overheads == (*USUAL, "graphs")


async def test_leaving_overheads_changes_nothing() -> None:
    async with running(size=(80, 24)) as pilot:
        await press(pilot, "O", "n", "escape")
        assert main_screen(pilot).scenario.overheads is None


async def test_compute_and_its_bound(capsys: pytest.CaptureFixture[str]) -> None:
    async with running(MIXTRAL, changes={"gpus": gpus_named("H100x2")}) as pilot:
        await press(pilot, "i")
        text = " ".join(frame(pilot).split())
        await press(pilot, "escape", "Y")
    _, *words = shlex.split(pilot.app.clipboard)
    assert main([*words, "--json", "--offline"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert f"{found['speed']['decode_flops']:,} FLOPs" in text
    rate = found["gpu"]["speed"]["decode"]["tokens_per_second"]
    assert f"no more than {rate:,.0f} tokens a second written" in text


async def test_a_training_run_is_counted_beside_6nd() -> None:
    async with running(changes={"mode": Mode.FULL, "training_tokens": TOKENS[-1]}) as pilot:
        # 6 × 8,030,261,248 × 15 T, as Kaplan et al. have it.
        await press(pilot, "i")
        assert "6 N D = 7.23e+23" in frame(pilot)


async def test_ascii_only() -> None:
    async with running(ascii_only=True, changes={"gpus": gpus_named("L4")}) as pilot:
        for key in "SOi":
            await press(pilot, key)
            assert frame(pilot).isascii()
            await press(pilot, "escape")
