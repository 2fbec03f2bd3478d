"""`v`: the values of the selected tensor, read on a thread while one waits."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from threading import Event

import pytest

from paramtui.checkpoint.checkpoint import Checkpoint
from paramtui.checkpoint.tensor import TensorInfo
from paramtui.checkpoint.values import TensorValues
from paramtui.record import replace
from paramtui.sources.errors import Cancelled, NotFound
from paramtui.tui.screens.main import MainScreen
from paramtui.tui.screens.values import ValuesScreen

from .conftest import LLAMA, VALUES, Shelf, frame, press, running, until

NORM = "model.norm.weight"


@pytest.fixture(autouse=True)
def _often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ValuesScreen, "UPDATES", 100)


async def test_of_the_selected_tensor() -> None:
    shelf = Shelf()
    async with running(LLAMA, (80, 24), library=shelf) as pilot:
        await press(pilot, "slash", *"model.norm", "enter", "v")
        await until(pilot, lambda: "std. deviation" in frame(pilot))
        assert shelf.asked == [NORM]
        shown = frame(pilot)
        for text in ("-1.5", "0.25", "0.75", "25.0 %", "1 NaN", "█", "logarithmic"):
            assert text in shown
        await press(pilot, "v")
        assert isinstance(pilot.app.screen, MainScreen)


async def test_of_one_copy_after_the_other() -> None:
    shelf = Shelf()
    async with running(LLAMA, library=shelf) as pilot:
        await press(pilot, "slash", *"q_proj", "enter", "v")
        await until(pilot, lambda: "1 of 32," in frame(pilot) and "0.25" in frame(pilot))
        await press(pilot, "right")
        await until(pilot, lambda: "layers.1.self_attn" in frame(pilot) and "0.25" in frame(pilot))
        await press(pilot, "left", "left")
        await until(pilot, lambda: "32 of 32" in frame(pilot) and "0.25" in frame(pilot))
        assert [name.split(".")[2] for name in shelf.asked] == ["0", "1", "0", "31"]


async def test_a_module_of_several_tensors_has_none() -> None:
    async with running(LLAMA, library=Shelf()) as pilot:
        await press(pilot, "slash", *"self_attn", "enter", "v")
        assert "values are of one tensor" in frame(pilot)
        assert isinstance(pilot.app.screen, MainScreen)


async def test_where_there_are_no_files_it_says_how_to_get_them() -> None:
    problem = NotFound("values need a local copy of org/m", "hf download org/m fetches it")
    async with running(LLAMA, (80, 24), library=Shelf(problem=problem)) as pilot:
        await press(pilot, "slash", *"model.norm", "enter", "v")
        await until(pilot, lambda: "values need a local copy of org/m" in frame(pilot))
        assert "hf download org/m" in frame(pilot)
        await press(pilot, "escape")
        assert isinstance(pilot.app.screen, MainScreen)


@dataclass
class Slow(Shelf):
    """A shelf whose numbers take until somebody says so."""

    go_on: Event = field(default_factory=Event)
    cancelled: list[Event] = field(default_factory=list)

    def values(
        self,
        checkpoint: Checkpoint,
        reference: str,
        tensor: TensorInfo,
        progress: Callable[[object], None],
        cancelled: Event,
    ) -> TensorValues:
        self.cancelled.append(cancelled)
        progress("reading values 3/7")
        while not self.go_on.wait(0.002):
            if cancelled.is_set():
                raise Cancelled
        return replace(VALUES, tensor=tensor)


@pytest.fixture
def slow() -> Iterator[Slow]:
    shelf = Slow()
    yield shelf
    shelf.go_on.set()
    for thread in threading.enumerate():
        if thread.name == "paramtui-values":
            thread.join(5)


async def test_progress_and_leaving_stops_it(slow: Slow) -> None:
    async with running(LLAMA, library=slow) as pilot:
        await press(pilot, "slash", *"q_proj", "enter", "v")
        await until(pilot, lambda: "reading values 3/7" in frame(pilot))
        await press(pilot, "right")
        assert slow.cancelled[0].is_set()
        await until(pilot, lambda: len(slow.cancelled) == 2)
        await press(pilot, "escape")
        assert slow.cancelled[1].is_set()
        assert isinstance(pilot.app.screen, MainScreen)


async def test_in_ascii() -> None:
    async with running(LLAMA, (60, 15), library=Shelf(), ascii_only=True) as pilot:
        await press(pilot, "slash", *"model.norm", "enter", "v")
        await until(pilot, lambda: "F32" in frame(pilot) or "BF16" in frame(pilot))
        assert frame(pilot).isascii()
