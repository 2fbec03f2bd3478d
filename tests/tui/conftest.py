"""The app on bundled models, without a terminal, and what its screen shows as text."""

from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event

import pytest
from textual import events
from textual.pilot import Pilot

from paramtui.checkpoint.checkpoint import Checkpoint
from paramtui.checkpoint.dtype import SAFETENSORS_DTYPES
from paramtui.checkpoint.tensor import TensorInfo
from paramtui.checkpoint.values import Histogram, Statistics, TensorValues
from paramtui.record import replace
from paramtui.sources.catalog import load_bundled
from paramtui.sources.errors import RepositoryNotFound
from paramtui.sources.listing import Listed, Origin
from paramtui.tui.app import ParamTui
from paramtui.tui.library import Library
from paramtui.tui.opening import Opened, Opening
from paramtui.tui.screens.main import MainScreen
from paramtui.tui.told import LOG

LLAMA = "meta-llama/Llama-3.1-8B"
MIXTRAL = "mistralai/Mixtral-8x7B-v0.1"
GPT_OSS = "openai/gpt-oss-20b"
MODELS = (
    Listed("/models/mine", Origin.RECENT, 7_241_732_096, 32768),
    Listed(LLAMA, Origin.CACHE, 8_030_261_248, 131072, "llama3.1", "text"),
    Listed(GPT_OSS, Origin.BUNDLED, 20_914_757_184, 131072, "apache-2.0", "text"),
    Listed(MIXTRAL, Origin.BUNDLED, 46_702_792_704, 32768, "apache-2.0", "text"),
    Listed("llava-hf/llava-1.5-7b-hf", Origin.BUNDLED, 7_063_427_072, 4096, "llama2", "text+image"),
    Listed("org/a-model-with-a-name-longer-than-any-column-has-room-for", Origin.BUNDLED),
)
"""What a start screen may show; the catalogue itself grows."""

VALUES = TensorValues(
    TensorInfo("weight", SAFETENSORS_DTYPES["BF16"], (4, 4)),
    Statistics(16, 4, 1, 0, 0, -1.5, 2.0, 0.25, 0.75, Histogram(-1.5, 2.0, (1, 2, 8, 4))),
)
"""What a shelf says the numbers of every tensor are."""

Running = Callable[..., AbstractAsyncContextManager[Pilot[None]]]
_openings: dict[str, Opening] = {}


def opening(model: str) -> Opening:
    """A bundled model, opened once for all tests: nothing in it can change."""
    if model not in _openings:
        _openings[model] = opening_of(lambda: bundled(model), model)
    return _openings[model]


def opening_of(load: Callable[[], Checkpoint], reference: str = "") -> Opening:
    """An opening that has ended."""
    result = Opening(lambda _: load(), reference)
    result.future.exception(timeout=30)
    return result


def bundled(model: str) -> Checkpoint:
    checkpoint = load_bundled(model)
    assert checkpoint is not None
    return checkpoint


def opened(model: str) -> Opened:
    return opening(model).future.result()


@dataclass
class Shelf:
    """A library of a few models that keeps what it is given."""

    models: tuple[Listed, ...] = ()
    known: dict[str, Listed] = field(default_factory=dict)
    on_hub: tuple[Listed, ...] = ()
    problem: Exception | None = None
    numbers: TensorValues = VALUES
    asked: list[str] = field(default_factory=list)
    remembered: list[str] = field(default_factory=list)
    saved: dict[str, str] = field(default_factory=dict)

    def open(
        self, reference: str, progress: Callable[[object], None], cancelled: Event
    ) -> Checkpoint:
        progress("looking on the shelf")
        self._fail()
        found = load_bundled(reference)
        if found is None:
            raise RepositoryNotFound(f"there is no model {reference} on the shelf")
        return found

    def nearby(self) -> Sequence[Listed]:
        return self.models

    def described(self, reference: str) -> Checkpoint | None:
        return load_bundled(reference)

    def details(self, model: Listed) -> Listed:
        self._fail()
        return self.known.get(model.reference, model)

    def search(self, query: str, cancelled: Event) -> Sequence[Listed]:
        self.asked.append(query)
        self._fail()
        return self.on_hub

    def values(
        self,
        checkpoint: Checkpoint,
        reference: str,
        tensor: TensorInfo,
        progress: Callable[[object], None],
        cancelled: Event,
    ) -> TensorValues:
        self._fail()
        self.asked.append(tensor.name)
        return replace(self.numbers, tensor=tensor)

    def remember(self, reference: str, checkpoint: Checkpoint, parameters: int) -> None:
        self.remembered.append(reference)

    def save(self, name: str, text: str, *, numbered: bool) -> Path:
        self._fail()
        self.saved[name] = text
        return Path(name)

    def _fail(self) -> None:
        if self.problem:
            raise self.problem


@asynccontextmanager
async def choosing(
    shelf: Shelf,
    size: tuple[int, int] = (120, 40),
    changes: Mapping[str, object] | None = None,
    *,
    ascii_only: bool = False,
) -> AsyncIterator[Pilot[None]]:
    """The app where it begins when no model is named."""
    app = ParamTui(None, changes or {}, shelf, ascii_only=ascii_only)
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: shelf.models[0].reference[:8] in frame(pilot))
        yield pilot


async def until(pilot: Pilot[None], true: Callable[[], object]) -> None:
    """Wait for what another thread is about to bring."""
    for _ in range(1000):
        if true():
            return
        await pilot.pause(0.005)
    raise AssertionError(frame(pilot))


@asynccontextmanager
async def running(
    model: str | Opening = LLAMA,
    size: tuple[int, int] = (120, 40),
    changes: Mapping[str, object] | None = None,
    *,
    library: Library | None = None,
    ascii_only: bool = False,
) -> AsyncIterator[Pilot[None]]:
    """The app at rest on its main screen."""
    source = opening(model) if isinstance(model, str) else model
    app = ParamTui(source, changes or {}, library or Shelf(), ascii_only=ascii_only)
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        yield pilot


async def press(pilot: Pilot[None], *keys: str) -> None:
    """Press keys as fast as a link that held them back delivers them, then wait for rest."""
    for key in keys:
        driver = pilot.app._driver
        assert driver is not None
        driver.send_message(events.Key(key, key if len(key) == 1 else None))
    await pilot.pause()
    await pilot.pause()


def main_screen(pilot: Pilot[None]) -> MainScreen:
    """The main screen, whatever stands on top of it."""
    return next(screen for screen in pilot.app.screen_stack if isinstance(screen, MainScreen))


def frame(pilot: Pilot[None]) -> str:
    """What is on the screen, a line each, trailing blanks cut."""
    strips = pilot.app.screen._compositor.render_strips()
    return "\n".join("".join(part.text for part in strip).rstrip() for strip in strips) + "\n"


@pytest.fixture
def check_frame(request: pytest.FixtureRequest) -> Callable[[Pilot[None], str], None]:
    """Compare the screen with a golden frame; `--update-frames` writes it instead."""

    def check(pilot: Pilot[None], name: str) -> None:
        path = Path(__file__).parent / "frames" / f"{name}.txt"
        if request.config.getoption("--update-frames"):
            path.write_text(frame(pilot), encoding="utf-8")
        assert frame(pilot) == path.read_text(encoding="utf-8"), f"differs from {path.name}"

    return check


@pytest.fixture(autouse=True)
def _nothing_unexpected(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """What the app survives is a fault all the same."""
    yield
    found = [record for record in caplog.get_records("call") if record.name == LOG.name]
    assert not found, found[0].exc_info
