"""What leaves the app: by the clipboard, or into a file."""

import json
import shlex

import pytest
from textual.pilot import Pilot

from paramtui.memory.scenario import Mode
from paramtui.options import parser, scenario_changes
from paramtui.sources.saving import NotWritten
from paramtui.tui.screens.write import WriteMenu, stem

from .conftest import LLAMA, Shelf, frame, main_screen, press, running, until


def last_line(pilot: Pilot[None]) -> str:
    return frame(pilot).splitlines()[-1].strip()


async def test_copying_a_row() -> None:
    async with running() as pilot:
        await press(pilot, "slash", *"q_proj", "enter", "y")
        assert pilot.app.clipboard == (
            "model.layers.0-31.self_attn.q_proj: "
            "4096 × 4096 · BF16 · 16,777,216 parameters · 32.00 MiB · × 32"
        )
        assert last_line(pilot) == f"copied {pilot.app.clipboard}"
        await press(pilot, "down")
        assert "copied" not in last_line(pilot)


async def test_copying_a_figure() -> None:
    async with running(changes={"mode": Mode.LORA}) as pilot:
        await press(pilot, "tab", "end", "up", "y")
        # PEFT prints the same for all linear layers at rank 16.
        assert pilot.app.clipboard == "trainable parameters: 41,943,040 parameters"


@pytest.mark.parametrize("keys", [("tab", "y"), ("Y",), ("w", "y")])
async def test_copying_the_command_line(keys: tuple[str, ...]) -> None:
    async with running() as pilot:
        await press(pilot, "m", "r", "x", "P", "t", "t", "enter", *keys)
        program, *words = shlex.split(pilot.app.clipboard)
        arguments = parser().parse_args(words)
        assert (program, arguments.model) == ("paramtui", LLAMA)
        scenario = main_screen(pilot).scenario
        changed = scenario_changes(arguments)
        assert scenario == scenario.with_(**changed)
        assert changed == {
            "mode": Mode.LORA,
            "precision": scenario.precision,
            "context": 16384,
            "lora_rank": 32,
            "lora_targets": "attention",
        }


async def write(pilot: Pilot[None], *keys: str) -> None:
    await press(pilot, "w", *keys)
    await until(pilot, lambda: main_screen(pilot).told)


FORMS = (("md", "# meta-llama"), ("json", "{"), ("csv", "path,"), ("txt", LLAMA), ("svg", "<svg"))


@pytest.mark.parametrize(("place", "suffix", "start"), [(n, *row) for n, row in enumerate(FORMS)])
async def test_every_form(place: int, suffix: str, start: str) -> None:
    shelf = Shelf()
    async with running(library=shelf) as pilot:
        await write(pilot, *["down"] * place, "enter")
        text = shelf.saved[f"Llama-3.1-8B.{suffix}"]
        assert text.lstrip().casefold().startswith(start.casefold())
        assert text.endswith("\n")
        assert last_line(pilot) == f"wrote Llama-3.1-8B.{suffix}"


async def test_a_report_is_of_the_scenario_on_the_screen() -> None:
    shelf = Shelf()
    async with running(library=shelf) as pilot:
        await press(pilot, "m", "r")
        await write(pilot, "down", "enter")
        report = json.loads(shelf.saved["Llama-3.1-8B.json"])
        assert report["scenario"]["mode"] == "lora"
        assert report["lora"]["rank"] == 32
        screen = main_screen(pilot)
        assert screen.costs is not None
        assert report["memory"]["total_bytes"] == screen.costs.estimate.total_bytes


async def test_a_picture_shows_the_screen_without_the_menu() -> None:
    shelf = Shelf()
    async with running(library=shelf) as pilot:
        await write(pilot, "end", "enter")
        picture = shelf.saved["Llama-3.1-8B.svg"]
        assert "embed_tokens" in picture
        assert "spreadsheet" not in picture


async def test_another_name() -> None:
    shelf = Shelf()
    async with running(library=shelf) as pilot:
        await write(pilot, "n", *["backspace"] * 3, *"-mq.md", "enter")
        assert list(shelf.saved) == ["Llama-3.1-8B-mq.md"]


async def test_leaving_writes_nothing() -> None:
    shelf = Shelf()
    async with running(library=shelf) as pilot:
        await press(pilot, "w", "n", "escape")
        assert isinstance(pilot.app.screen, WriteMenu)
        await press(pilot, "escape")
        assert not shelf.saved
        assert main_screen(pilot).told is None


async def test_what_cannot_be_written_is_said_and_the_app_goes_on() -> None:
    shelf = Shelf(problem=NotWritten("cannot write x: No space left on device", "choose a folder"))
    async with running(library=shelf) as pilot:
        await write(pilot, "enter")
        assert "No space left on device" in last_line(pilot)
        await press(pilot, "m")
        assert main_screen(pilot).scenario.mode is Mode.LORA


def test_names_that_any_file_system_takes() -> None:
    assert stem(LLAMA) == "Llama-3.1-8B"
    assert stem("/models/my model (v2)/") == "my-model-v2"
    assert stem("../..") == "model"
    assert stem("a\x1b/:*?") == "model"
