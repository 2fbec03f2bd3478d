"""A second model beside the one that is open."""

import json
import shlex

import pytest
from textual.pilot import Pilot

from paramtui.cli import main
from paramtui.memory.marks.mark import mark_named
from paramtui.memory.scenario import Mode
from paramtui.sources.errors import RepositoryNotFound
from paramtui.tui.compare_lines import title
from paramtui.tui.screens.compare import CompareScreen
from paramtui.tui.screens.main import MainScreen
from paramtui.tui.screens.second import SecondModel, SecondOpening

from .conftest import GPT_OSS, LLAMA, MODELS, Shelf, frame, main_screen, press, running, until

QWEN = "Qwen/Qwen2.5-7B"


async def beside(pilot: Pilot[None], model: str) -> CompareScreen:
    """Compare with a model, and wait for it."""
    await press(pilot, "d")
    await until(pilot, lambda: isinstance(pilot.app.screen, SecondModel))
    await press(pilot, *model, "enter")
    await until(pilot, lambda: isinstance(pilot.app.screen, CompareScreen))
    await pilot.pause()
    screen = pilot.app.screen
    assert isinstance(screen, CompareScreen)
    return screen


def selected(screen: CompareScreen) -> str:
    row = screen.pairs.selected
    assert row is not None
    return row.module.path


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
async def test_it_says_what_the_command_line_does(
    size: tuple[int, int], capsys: pytest.CaptureFixture[str]
) -> None:
    changes = {"mode": Mode.LORA}
    async with running(LLAMA, size, changes, library=Shelf(MODELS)) as pilot:
        await beside(pilot, QWEN)
        text = frame(pilot)
        await press(pilot, "Y")
        program, *words = shlex.split(pilot.app.clipboard)
    assert program == "paramtui"
    assert main([*words, "--json", "--offline"]) == 0
    found = json.loads(capsys.readouterr().out)["compare"]
    assert found["model"] == QWEN
    assert f"{len(found['differences'])} differences" in text
    assert f"−{abs(found['parameters_delta']):,}" in text
    for delta in ("bytes_delta", "memory_delta"):
        assert f"{abs(found[delta]) / 2**30:,.2f} GiB" in text


async def test_n_goes_from_difference_to_difference_and_round() -> None:
    async with running(library=Shelf(MODELS)) as pilot:
        screen = await beside(pilot, QWEN)
        assert selected(screen) == "model.embed_tokens"
        await press(pilot, "n", "n")
        assert selected(screen) == "model.layers.0-27.self_attn.q_proj.weight"
        assert "another shape" in frame(pilot)
        await press(pilot, "N", "N", "N")
        assert selected(screen) == "lm_head"
        await press(pilot, "n")
        assert selected(screen) == "model.embed_tokens"
        await press(pilot, "slash", "N", "N", *["n"] * 20)
        assert selected(screen) in {place.path for place in screen._places}


async def test_a_model_and_itself_differ_nowhere() -> None:
    async with running(library=Shelf(MODELS)) as pilot:
        await beside(pilot, LLAMA)
        assert "0 differences, 291 tensors alike" in frame(pilot)
        await press(pilot, "n", "N")
        assert "no difference" in frame(pilot)


async def test_marks_hold_for_both_and_one_that_cannot_is_told() -> None:
    changes = {"marks": (mark_named("model.layers.30-31=prune"),)}
    async with running(changes=changes, library=Shelf(MODELS)) as pilot:
        await press(pilot, "d")
        await press(pilot, *QWEN, "enter")
        await until(pilot, lambda: "no module or tensor" in frame(pilot))
        assert isinstance(pilot.app.screen, MainScreen)


async def test_what_does_not_open_is_told_and_the_model_stays() -> None:
    shelf = Shelf(MODELS, problem=RepositoryNotFound("there is no such model"))
    async with running(library=shelf) as pilot:
        await press(pilot, "d", *"org/nope", "enter")
        await until(pilot, lambda: "there is no such model" in frame(pilot))
        assert isinstance(pilot.app.screen, MainScreen)
        assert main_screen(pilot).opened.checkpoint.id == LLAMA


async def test_escape_leads_back_and_d_to_another() -> None:
    async with running(library=Shelf(MODELS)) as pilot:
        await press(pilot, "d", "escape")
        assert isinstance(pilot.app.screen, MainScreen)
        await beside(pilot, QWEN)
        await press(pilot, "d")
        assert isinstance(pilot.app.screen, SecondModel)
        # The last one is offered first.
        await press(pilot, "enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, CompareScreen))
        await press(pilot, "escape")
        assert isinstance(pilot.app.screen, MainScreen)


async def test_a_row_is_copied_and_the_report_holds_the_comparison() -> None:
    shelf = Shelf(MODELS)
    async with running(library=shelf) as pilot:
        screen = await beside(pilot, GPT_OSS)
        await press(pilot, "y")
        assert pilot.app.clipboard == (
            "model.embed_tokens: here 128256 × 4096 BF16, 0.98 GiB, "
            "there 201088 × 2880 BF16, 1.08 GiB (another shape)"
        )
        await press(pilot, "w", "down", "enter")
        await until(pilot, lambda: screen.told)
        report = json.loads(shelf.saved["Llama-3.1-8B.json"])
        assert report["compare"]["model"] == GPT_OSS


async def test_waiting_can_be_stopped() -> None:
    class Slow(Shelf):
        def open(self, reference, progress, cancelled):  # type: ignore[no-untyped-def]
            cancelled.wait(10)
            return super().open(reference, progress, cancelled)

    async with running(library=Slow(MODELS)) as pilot:
        await press(pilot, "d", *QWEN, "enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, SecondOpening))
        await press(pilot, "escape")
        assert isinstance(pilot.app.screen, MainScreen)
        await pilot.pause(0.1)
        assert isinstance(pilot.app.screen, MainScreen)


async def test_ascii_only() -> None:
    async with running(library=Shelf(MODELS), ascii_only=True) as pilot:
        await beside(pilot, GPT_OSS)
        assert frame(pilot).isascii()


@pytest.mark.parametrize(("model", "cells"), [(QWEN, 80), ("Qwen/Qwen2.5-7B-Instruct-1M", 80)])
async def test_the_title_tells_two_of_one_family_apart(model: str, cells: int) -> None:
    async with running(QWEN, (cells, 24), library=Shelf(MODELS)) as pilot:
        compared = (await beside(pilot, QWEN))._beside.compared
        line = title(QWEN, model, compared, cells)
    text = "".join(span.text for span in line)
    first, _, rest = text.partition("  beside  ")
    assert first.strip().endswith("Qwen2.5-7B")
    assert model[-6:] in rest
    assert "0 differences" in rest
