"""Opening a checkpoint on its own thread."""

import threading
from collections.abc import Callable

import pytest

from paramtui.checkpoint.checkpoint import Checkpoint
from paramtui.tui.app import ParamTui
from paramtui.tui.opening import Opening

from .conftest import LLAMA, Shelf, bundled, frame, press


def test_it_counts_and_folds_what_was_loaded() -> None:
    opened = Opening(lambda _: bundled(LLAMA)).future.result(30)
    assert opened.summary.total == opened.tree.parameters == 8_030_261_248


def test_it_starts_at_once_and_keeps_the_last_progress() -> None:
    told, go_on = threading.Event(), threading.Event()

    def load(tell: Callable[[object], None]) -> Checkpoint:
        tell("headers 1/4")
        tell("headers 2/4")
        told.set()
        go_on.wait(30)
        return bundled(LLAMA)

    opening = Opening(load)
    assert told.wait(30)
    assert opening.progress == "headers 2/4"
    assert not opening.future.done()
    go_on.set()
    assert opening.future.result(30)


def test_what_the_load_raises_waits_for_whoever_asks() -> None:
    def load(tell: Callable[[object], None]) -> Checkpoint:
        raise LookupError("no such model")

    with pytest.raises(LookupError, match="no such model"):
        Opening(load).future.result(30)


async def test_until_then_a_line_of_text_says_how_far_it_is() -> None:
    go_on = threading.Event()

    def load(tell: Callable[[object], None]) -> Checkpoint:
        tell("headers 37/163")
        go_on.wait(30)
        return bundled(LLAMA)

    opening = Opening(load, LLAMA)
    app = ParamTui(opening, {}, Shelf())
    async with app.run_test(size=(60, 15)) as pilot:
        await pilot.pause()
        assert f"opening {LLAMA} …" in frame(pilot)
        assert "headers 37/163" in frame(pilot)
        await press(pilot, "tab", "e", "x", "slash", "escape", "down")
        go_on.set()
        opening.future.result(30)
        await pilot.pause()
        await pilot.pause()
        assert "0 … 31" in frame(pilot)


async def test_leaving_does_not_wait_for_the_load() -> None:
    go_on = threading.Event()

    def load(tell: Callable[[object], None]) -> Checkpoint:
        go_on.wait(30)
        return bundled(LLAMA)

    app = ParamTui(Opening(load, LLAMA), {}, Shelf())
    async with app.run_test() as pilot:
        await press(pilot, "q")
        assert app._exit
    go_on.set()
