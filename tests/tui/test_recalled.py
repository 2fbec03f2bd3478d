"""What was opened before is shown at once, and confirmed or replaced when the load has ended."""

from collections.abc import Callable
from threading import Event

from paramtui.checkpoint.checkpoint import Checkpoint, Fetched
from paramtui.record import replace
from paramtui.tui.app import ParamTui
from paramtui.tui.opening import Opening

from .conftest import LLAMA, MIXTRAL, Shelf, bundled, frame, main_screen, press, until


def opening_with(offered: Checkpoint, found: Callable[[], Checkpoint]) -> tuple[Opening, Event]:
    """An opening that offers one checkpoint, and ends with another when the event is set."""
    go_on = Event()

    def load(_: object) -> Checkpoint:
        opening.offer(offered)
        go_on.wait(30)
        return found()

    opening = Opening(load, LLAMA, held=True)
    return opening, go_on


async def test_it_is_shown_before_the_load_ends_and_then_confirmed() -> None:
    remembered = replace(bundled(LLAMA), fetched=Fetched(from_cache=True), notice=None)
    confirmed = replace(remembered, fetched=Fetched(requests=1, bytes=8_000))
    opening, go_on = opening_with(remembered, lambda: confirmed)
    async with ParamTui(opening, {}, Shelf()).run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "from the cache" in frame(pilot))
        await press(pilot, "j", "m")
        screen, row = main_screen(pilot), main_screen(pilot).selected
        go_on.set()
        await until(pilot, lambda: "1 request" in frame(pilot))
        assert main_screen(pilot) is screen, "what the user did stays"
        assert screen.selected == row
        assert "m LoRA" in frame(pilot)


async def test_files_that_have_changed_take_its_place() -> None:
    opening, go_on = opening_with(bundled(LLAMA), lambda: bundled(MIXTRAL))
    async with ParamTui(opening, {}, Shelf()).run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: LLAMA in frame(pilot).splitlines()[0])
        go_on.set()
        await until(pilot, lambda: MIXTRAL in frame(pilot).splitlines()[0])


async def test_nothing_is_loaded_before_the_first_frame() -> None:
    painted: list[str] = []

    def load(_: object) -> Checkpoint:
        painted.append(frame(pilot))
        return bundled(LLAMA)

    opening = Opening(load, LLAMA, held=True)
    async with ParamTui(opening, {}, Shelf()).run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "parameters" in frame(pilot))
    assert f"opening {LLAMA}" in painted[0]
