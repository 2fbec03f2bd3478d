"""Anything a person can press, at any size: nothing raises, the state stays whole."""

import random

import pytest
from textual.geometry import Size

from paramtui.tui.commands import COMMANDS

from .conftest import GPT_OSS, LLAMA, MIXTRAL, frame, main_screen, press, running

KEYS = [key for row in COMMANDS for key in row.keys if key not in ("q", "ctrl+c", "ctrl+p")]
TYPED = [*"layers.17mp", "backspace", "ctrl+u", "delete"]


@pytest.mark.parametrize(("model", "seed"), [(LLAMA, 1), (MIXTRAL, 2), (GPT_OSS, 3)])
async def test_random_keys(model: str, seed: int, long: bool) -> None:
    chance = random.Random(seed)  # noqa: S311 - a repeatable walk, no secret
    sizes = [(120, 40), (80, 24), (60, 15)]
    async with running(model, sizes[seed % 3]) as pilot:
        screen = main_screen(pilot)
        for _ in range(120 if long else 10):  # 10,080 keys in all
            keys = chance.choices(KEYS, k=25) + chance.choices(TYPED, k=3)
            await press(pilot, *keys)
            if long and chance.random() < 0.1:
                await pilot.resize_terminal(chance.randint(20, 200), chance.randint(5, 60))
            rows = screen.modules.rows
            assert rows is not None
            assert 0 <= screen.modules.cursor < len(rows), keys
            assert screen.costs is not None
            assert screen.costs.scenario == screen.scenario, keys
            assert pilot.app.is_running


async def test_resizing() -> None:
    sizes = [(20, 5), (200, 60), (99, 9), (100, 10), (100, 17), (99, 18), (1, 1), (80, 24)]
    async with running(GPT_OSS, (120, 40)) as pilot:
        for width, height in sizes:
            await press(pilot, "down", "tab", "m", "escape")
            await pilot.resize_terminal(width, height)
            await pilot.pause()
            assert pilot.app.size == Size(width, height)
            lines = frame(pilot).splitlines()
            assert len(lines) == height
            assert all(len(line) <= width for line in lines)


async def test_every_size_shows_the_tree() -> None:
    async with running(size=(20, 5)) as pilot:
        for width in range(20, 121, 20):
            for height in (5, 9, 15, 24):
                await pilot.resize_terminal(width, height)
                assert "model" in frame(pilot), (width, height)
                assert main_screen(pilot).modules.size.height >= 2, (width, height)


async def test_the_heads_of_columns_stand_over_them_at_every_size() -> None:
    async with running(GPT_OSS, (80, 24)) as pilot:
        for size in [(160, 45), (80, 24), (120, 40), (99, 30), (100, 30)]:
            await pilot.resize_terminal(*size)
            await pilot.pause()
            lines = frame(pilot).splitlines()
            head = next(line for line in lines if line.startswith("  module"))
            row = next(line for line in lines if "embed_tokens" in line)
            assert head.index("type") == row.index("BF16"), size
