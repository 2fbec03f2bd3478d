"""Opening a checkpoint on its own thread."""

import threading
from collections.abc import Callable

import pytest

from paramtui.checkpoint.checkpoint import Checkpoint
from paramtui.tui.opening import Opening

from .conftest import LLAMA, bundled


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
