"""Where the app begins without a model, and what `o` opens over one."""

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import pytest
from textual.events import Key
from textual.pilot import Pilot

from paramtui.checkpoint.checkpoint import Checkpoint, Choice
from paramtui.memory.scenario import Mode
from paramtui.record import replace
from paramtui.sources.errors import NetworkError, RepositoryNotFound
from paramtui.sources.listing import Listed, Origin
from paramtui.tui.app import ParamTui
from paramtui.tui.screens.main import MainScreen
from paramtui.tui.screens.opening import OpeningScreen
from paramtui.tui.screens.start import StartScreen
from paramtui.tui.widgets.query import Query

from .conftest import (
    GPT_OSS,
    LLAMA,
    MIXTRAL,
    MODELS,
    Shelf,
    bundled,
    choosing,
    frame,
    main_screen,
    opening_of,
    press,
    running,
    until,
)

HUB = Listed("org/on-the-hub", Origin.HUB, 1_000_000, 2048, "mit", "text")


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(StartScreen, "PAUSE", 0.01)


def shown(pilot: Pilot[None]) -> list[str]:
    """The first word of every line of the list."""
    lines = frame(pilot).splitlines()[3:-2]
    return [line.split()[0] for line in lines if line.strip()]


def on_main(pilot: Pilot[None]) -> bool:
    return isinstance(pilot.app.screen, MainScreen)


def on_start(pilot: Pilot[None]) -> bool:
    return isinstance(pilot.app.screen, StartScreen)


async def test_it_shows_what_is_nearby_in_columns() -> None:
    async with choosing(Shelf(MODELS)) as pilot:
        assert shown(pilot)[:3] == ["/models/mine", LLAMA, GPT_OSS]
        line = next(line for line in frame(pilot).splitlines() if f"  {LLAMA} " in line)
        assert line.split() == [
            LLAMA,
            "8.03",
            "B",
            "131,072",
            "llama3.1",
            "text",
            "this",
            "machine",
        ]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("mix", [MIXTRAL, "open"]),
        ("IMAGE", ["llava-hf/llava-1.5-7b-hf", "open"]),
        ("apache 20b", [GPT_OSS]),
        ("recent", ["/models/mine", "open"]),
        ("zzz", ["open"]),
        (LLAMA, [LLAMA]),
        ("meta-llama/Lla", ["open", LLAMA]),
    ],
)
async def test_typing_filters(typed: str, found: list[str]) -> None:
    async with choosing(Shelf(MODELS)) as pilot:
        await press(pilot, *typed)
        assert shown(pilot) == found


async def test_sorting() -> None:
    async with choosing(Shelf(MODELS)) as pilot:
        await press(pilot, "tab")
        assert shown(pilot)[:2] == [MIXTRAL, GPT_OSS]
        assert "▾parameters" in frame(pilot)
        await press(pilot, "tab", "tab")
        assert shown(pilot)[0] == "/models/mine"
        assert "▾model" in frame(pilot)
        await press(pilot, "tab")
        assert "nearest first" in frame(pilot)


async def test_enter_opens_and_the_model_is_remembered() -> None:
    shelf = Shelf(MODELS)
    async with choosing(shelf) as pilot:
        await press(pilot, *"mix", "enter")
        await until(pilot, lambda: on_main(pilot) and shelf.remembered)
        assert main_screen(pilot).opened.checkpoint.id == MIXTRAL
        assert shelf.remembered == [MIXTRAL]


async def test_keys_typed_ahead_keep_their_order() -> None:
    async with choosing(Shelf(MODELS)) as pilot:
        await press(
            pilot, *"gptx", "backspace", "escape", *"a", "down", "up", "ctrl+u", *"gpt", "enter"
        )
        await until(pilot, lambda: on_main(pilot))
        assert main_screen(pilot).opened.checkpoint.id == GPT_OSS


async def test_a_reference_that_stands_in_no_list_opens_as_typed() -> None:
    async with choosing(Shelf(MODELS)) as pilot:
        await press(pilot, *"Qwen/Qwen3-0.6B", "enter")
        await until(pilot, lambda: on_main(pilot))
        assert main_screen(pilot).opened.checkpoint.id == "Qwen/Qwen3-0.6B"


async def test_options_of_the_command_line_hold_for_what_is_chosen() -> None:
    async with choosing(Shelf(MODELS), changes={"mode": Mode.LORA, "lora_rank": 4}) as pilot:
        await press(pilot, "down", "enter")
        await until(pilot, lambda: on_main(pilot))
        scenario = main_screen(pilot).scenario
        assert (scenario.mode, scenario.lora_rank) == (Mode.LORA, 4)


async def test_a_model_that_does_not_open_is_said_in_one_line() -> None:
    problem = RepositoryNotFound("there is no model x/y on the Hub", "check the name")
    shelf = Shelf(MODELS, problem=problem)
    async with choosing(shelf) as pilot:
        await press(pilot, *"x/y", "enter")
        await until(pilot, lambda: on_start(pilot) and "there is no model x/y" in frame(pilot))
        assert pilot.app.is_running
        shelf.problem = None
        await press(pilot, "escape", *"mix", "enter")
        await until(pilot, lambda: on_main(pilot))


async def test_a_scenario_that_cannot_be_is_said_in_one_line() -> None:
    changes = {"mode": Mode.LORA, "lora_targets": "nope"}
    async with choosing(Shelf(MODELS), changes=changes) as pilot:
        await press(pilot, *"mix", "enter")
        await until(pilot, lambda: on_start(pilot) and "'nope'" in frame(pilot))


async def test_the_hub_is_asked_once_for_letters_typed_together() -> None:
    shelf = Shelf(MODELS, on_hub=(HUB, replace(HUB, reference=LLAMA)))
    async with choosing(shelf) as pilot:
        await press(pilot, "o")
        await pilot.pause(0.05)
        assert shelf.asked == []
        await press(pilot, *"rg/on")
        await until(pilot, lambda: "org/on-the-hub" in shown(pilot))
        assert shelf.asked == ["org/on"]
        assert frame(pilot).count("Hub") == 1
        await press(pilot, "ctrl+u", *"llama-3")
        await until(pilot, lambda: len(shelf.asked) == 2)
        assert shown(pilot) == [LLAMA, "open"]


async def test_a_search_that_fails_is_one_line_and_no_obstacle() -> None:
    shelf = Shelf(MODELS, problem=NetworkError("cannot reach huggingface.co", "try again"))
    async with choosing(shelf) as pilot:
        await press(pilot, *"mix")
        await until(pilot, lambda: "cannot reach huggingface.co" in frame(pilot))
        assert shown(pilot)[0] == MIXTRAL
        await press(pilot, "backspace", "backspace")
        assert "cannot reach" not in frame(pilot)


@dataclass
class Slow(Shelf):
    """Answers only when it is told to go on, or that nobody waits."""

    def __post_init__(self) -> None:
        self.go_on = threading.Event()
        self.cancelled: list[threading.Event] = []

    def search(self, query: str, cancelled: threading.Event) -> Sequence[Listed]:
        self.asked.append(query)
        self.cancelled.append(cancelled)
        self.go_on.wait(30)
        return [replace(HUB, reference=f"org/{query}")]

    def open(
        self, reference: str, progress: Callable[[object], None], cancelled: threading.Event
    ) -> Checkpoint:
        self.cancelled.append(cancelled)
        progress("waiting for the server")
        cancelled.wait(30)
        raise NetworkError("cancelled")


@pytest.fixture
def slow() -> Iterator[Slow]:
    shelf = Slow(MODELS)
    yield shelf
    shelf.go_on.set()


async def test_an_answer_nobody_waits_for_is_not_shown(slow: Slow) -> None:
    async with choosing(slow) as pilot:
        await press(pilot, *"aa")
        await until(pilot, lambda: slow.asked == ["aa"])
        assert "asking the Hub" in frame(pilot)
        await press(pilot, *"bb")
        await until(pilot, lambda: slow.asked == ["aa", "aabb"])
        assert [event.is_set() for event in slow.cancelled] == [True, False]
        slow.go_on.set()
        await until(pilot, lambda: "org/aabb" in shown(pilot))
        assert "org/aa" not in shown(pilot)


async def test_enter_and_escape_pressed_twice_count_once(slow: Slow) -> None:
    async with running(library=slow) as pilot:
        await press(pilot, "o", "escape", "escape", "o", *"x/y", "enter", "enter", "enter")
        await until(pilot, lambda: "waiting for the server" in frame(pilot))
        names = [type(one).__name__ for one in pilot.app.screen_stack[1:]]
        assert names == ["MainScreen", "StartScreen", "OpeningScreen"]


async def test_escape_ends_the_wait_for_a_model(slow: Slow) -> None:
    async with choosing(slow) as pilot:
        await press(pilot, "enter")
        await until(pilot, lambda: "waiting for the server" in frame(pilot))
        await press(pilot, "escape")
        assert slow.cancelled[0].is_set()
        assert on_start(pilot)
        await pilot.pause(0.05)
        assert on_start(pilot)
        assert "cancelled" not in frame(pilot)


async def test_o_opens_over_a_model_and_escape_goes_back() -> None:
    async with running(library=Shelf(MODELS)) as pilot:
        before = main_screen(pilot)
        await press(pilot, "o")
        await until(pilot, lambda: "/models/mine" in frame(pilot))
        await press(pilot, *"ab", "escape")
        assert on_start(pilot)
        assert pilot.app.screen.query_one("Box").value == ""  # type: ignore[attr-defined]
        await press(pilot, "escape")
        assert pilot.app.screen is before


async def test_another_model_takes_the_place_of_the_first_in_the_same_scenario() -> None:
    async with running(library=Shelf(MODELS)) as pilot:
        await press(pilot, "m", "r", "x", "x", "o", *"mix", "enter")
        await until(pilot, lambda: on_main(pilot) and len(pilot.app.screen_stack) == 2)
        screen = main_screen(pilot)
        assert screen.opened.checkpoint.id == MIXTRAL
        assert (screen.scenario.mode, screen.scenario.lora_rank) == (Mode.LORA, 32)
        # The context is the other model's own.
        assert screen.scenario.context == 8192
        assert not any(isinstance(one, OpeningScreen) for one in pilot.app.screen_stack[1:])


async def test_other_files_of_the_repository_stand_first() -> None:
    choices = (
        Choice("Q4_K_M", "org/m/a.Q4_K_M.gguf", 4_920_000_000, opened=True),
        Choice("Q8_0", "org/m/a.Q8_0.gguf", 8_540_000_000),
    )
    checkpoint = replace(bundled(LLAMA), choices=choices)
    async with running(opening_of(lambda: checkpoint), library=Shelf(MODELS)) as pilot:
        await press(pilot, "o")
        await until(pilot, lambda: "/models/mine" in frame(pilot))
        assert shown(pilot)[:2] == ["org/m/a.Q8_0.gguf", "/models/mine"]
        assert "7.95 GiB" in frame(pilot)


async def test_mouse_chooses() -> None:
    async with choosing(Shelf(MODELS)) as pilot:
        await pilot.click("#models", offset=(5, 3))
        await pilot.click("#models", offset=(5, 3))
        await until(pilot, lambda: on_main(pilot))
        assert main_screen(pilot).opened.checkpoint.id == MIXTRAL


async def test_leaving() -> None:
    async with choosing(Shelf(MODELS)) as pilot:
        await press(pilot, "escape", "escape", "q")
        assert not pilot.app._exit
        await press(pilot, "ctrl+c")
        assert pilot.app._exit


async def test_names_that_a_terminal_would_obey_are_made_safe() -> None:
    hostile = Listed("m\x1b[31m/x\u202e", Origin.HUB, 1, 1, "\x07", "\x9b")
    async with choosing(Shelf((MODELS[1], hostile)), ascii_only=True) as pilot:
        assert frame(pilot).isascii()
        assert not set(frame(pilot)) & set("\x1b\x07")


async def test_what_is_typed_before_the_screen_is_there_is_meant_for_it() -> None:
    shelf = Shelf(MODELS)
    app = ParamTui(None, {}, shelf)
    async with app.run_test(size=(80, 24)) as pilot:
        screen = app.screen
        assert isinstance(screen, StartScreen)
        screen.set_focus(None)
        screen.query_one(Query).listens = False
        for key in (*"mixx", "backspace", "enter"):
            screen._forward_event(Key(key, key if len(key) == 1 else None))
        await pilot.pause()
        screen.listen()
        await until(pilot, lambda: on_main(pilot))
        assert main_screen(pilot).opened.checkpoint.id == MIXTRAL


async def test_enter_waits_for_the_list(slow: Slow) -> None:
    go_on = threading.Event()
    slow.nearby = lambda: (go_on.wait(10), MODELS)[1]  # type: ignore[method-assign]
    app = ParamTui(None, {}, slow)
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, *"gpt", "enter")
        assert on_start(pilot)
        go_on.set()
        await until(pilot, lambda: "waiting for the server" in frame(pilot))
        assert GPT_OSS in frame(pilot)
