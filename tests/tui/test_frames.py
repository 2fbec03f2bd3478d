"""Golden frames: what a person sees, a character each."""

from collections.abc import Callable

import pytest
from textual.pilot import Pilot

from paramtui.tui.screens.compare import CompareScreen

from .conftest import (
    GPT_OSS,
    LLAMA,
    MIXTRAL,
    MODELS,
    Shelf,
    choosing,
    main_screen,
    press,
    running,
    until,
)

SIZES = {"120x40": (120, 40), "80x24": (80, 24), "60x15": (60, 15)}
EVERYWHERE = ("dense", "moe", "lora", "search", "targets", "gpu", "marks", "sweep")
STATES: dict[str, tuple[str, tuple[str, ...]]] = {
    "dense": (LLAMA, ("down", "down", "down")),
    "moe": (MIXTRAL, ()),
    "quantised": (GPT_OSS, ("asterisk", "end")),
    "lora": (LLAMA, ("m", "tab")),
    "search": (LLAMA, ("slash", *"layers.17.self")),
    "targets": (LLAMA, ("t", "d")),
    "categories": (MIXTRAL, ("c", "right", "down")),
    "explain": (LLAMA, ("e",)),
    "help": (LLAMA, ("question_mark",)),
    "gpu": (MIXTRAL, ("u", *"4090x4", "enter")),
    "gpus": (LLAMA, ("m", "u", *"h100", "right")),
    "marks": (MIXTRAL, ("m", "end", "z", "up", "f", "up", "equals_sign", "end", "enter")),
    "marks-list": (MIXTRAL, ("end", "z", "up", "f", "L")),
    "sweep": (LLAMA, ("S",)),
    "overheads": (LLAMA, ("O", "down")),
    "compute": (LLAMA, ("i",)),
}


@pytest.mark.parametrize(
    ("state", "size"),
    [(state, size) for state in STATES for size in SIZES if state in EVERYWHERE or size == "80x24"],
)
async def test_frame(
    check_frame: Callable[[Pilot[None], str], None], state: str, size: str
) -> None:
    model, keys = STATES[state]
    async with running(model, SIZES[size]) as pilot:
        await press(pilot, *keys)
        costs = main_screen(pilot).costs
        if costs and costs.verdict:
            await until(pilot, lambda: (now := main_screen(pilot).costs) and now.answers)
        await pilot.pause()
        check_frame(pilot, f"{state}-{size}")


@pytest.mark.parametrize("size", SIZES)
async def test_compare(check_frame: Callable[[Pilot[None], str], None], size: str) -> None:
    async with running(LLAMA, SIZES[size], library=Shelf(MODELS)) as pilot:
        await press(pilot, "d", *"Qwen/Qwen2.5-7B", "enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, CompareScreen))
        await press(pilot, "n", "n")
        check_frame(pilot, f"compare-{size}")


@pytest.mark.parametrize("size", SIZES)
async def test_start(check_frame: Callable[[Pilot[None], str], None], size: str) -> None:
    async with choosing(Shelf(MODELS), SIZES[size]) as pilot:
        await press(pilot, *"l", "tab", "down")
        check_frame(pilot, f"start-{size}")
