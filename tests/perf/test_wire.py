"""Bytes to the terminal at 80 × 24 in 256 colours, what ssh leaves: each key, the load, at rest."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from paramtui.record import replace
from tests.hub.models import described
from tests.hub.server import Hub
from tests.terminal import Terminal, terminal

MODEL = "deepseek-ai/DeepSeek-V3"
LOADED = "0 B of weights"
FRAME = b"\x1b[?2026h"
DOWN, UP, PAGE_DOWN, PAGE_UP, HOME, END = (
    b"\x1b[B", b"\x1b[A", b"\x1b[6~", b"\x1b[5~", b"\x1b[H", b"\x1b[F",
)  # fmt: skip

CURSOR = 1_500
"""Bytes a cursor key may send, the memory shown."""
PAGE = 7_000
SEARCH = 5_500
LOAD = 20_000
FIRST_FRAMES = 2
"""While opening, then the model: nothing is painted twice."""
SLACK = 8
"""More frames a load may take to tell how far it is: four a second."""


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Terminal, bytes]]:
    """The app with a big model open, and all it sent until then."""
    command = [sys.executable, "-m", "paramtui", MODEL, "--offline"]
    with terminal(command, tmp_path_factory.mktemp("home"), {}, synchronised=True) as tty:
        tty.wait_for(LOADED)
        tty.settle()
        sent = bytes(tty.output)
        tty.press(b"*")
        yield tty, sent
        tty.write(b"q")
        assert tty.wait_for_end() == 0


@pytest.fixture
def tty(loaded: tuple[Terminal, bytes]) -> Terminal:
    """Everything open, the cursor on the second row."""
    loaded[0].press(HOME + DOWN)
    return loaded[0]


def test_the_load_is_two_frames(loaded: tuple[Terminal, bytes]) -> None:
    _, sent = loaded
    assert len(sent) <= LOAD
    whole = [frame for frame in sent.split(FRAME) if frame.count(b"\r\n") > 10]
    assert len(whole) <= FIRST_FRAMES
    assert sent.count(FRAME) <= FIRST_FRAMES + SLACK


def test_a_load_that_fills_the_screen_sends_no_more(tmp_path: Path) -> None:
    hub = Hub()
    hub.start()
    hub.add(replace(described(40), answers_headers=False))
    # Some two seconds for the headers, and a good second for what is asked before.
    hub.fault("org/described/*.safetensors", {"pause": 0.002})
    hub.fault("/org/described/*.safetensors", {"pause": 0.002})
    command = [sys.executable, "-m", "paramtui", "org/described"]
    try:
        with terminal(command, tmp_path, {"HF_ENDPOINT": hub.endpoint}, synchronised=True) as tty:
            tty.wait_for("by the Hub's description")
            tty.wait_for("read so far")
            tty.wait_for(LOADED)
            tty.settle()
            sent = bytes(tty.output)
            tty.write(b"q")
            assert tty.wait_for_end() == 0
    finally:
        hub.stop()
    assert len(sent) <= LOAD
    assert sum(frame.count(b"\r\n") > 10 for frame in sent.split(FRAME)) <= FIRST_FRAMES


def test_a_cursor_key_repaints_two_rows_and_the_details(tty: Terminal) -> None:
    for key in (DOWN, DOWN, UP, b"j", b"k"):
        assert 0 < len(tty.press(key)) <= CURSOR


def test_a_cursor_that_leaves_the_view_jumps_half_a_page(tty: Terminal) -> None:
    sent = [len(tty.press(DOWN)) for _ in range(30)]
    assert max(sent) <= PAGE
    assert sum(sent) / len(sent) <= CURSOR
    assert sum(size > CURSOR for size in sent) <= 5, "most keys scroll nothing"


@pytest.mark.parametrize("key", [PAGE_DOWN, END, PAGE_UP, HOME])
def test_a_page_is_one_frame(tty: Terminal, key: bytes) -> None:
    if key in (PAGE_UP, HOME):
        tty.press(END)
    sent = tty.press(key)
    assert 0 < len(sent) <= PAGE
    assert sum(frame.count(b"\r\n") > 5 for frame in sent.split(FRAME)) <= 1


@pytest.mark.parametrize("key", [b"p", b"x", b"b", b"+"])
def test_turning_the_scenario_repaints_its_figures(tty: Terminal, key: bytes) -> None:
    assert 0 < len(tty.press(key)) <= CURSOR


def test_opening_and_closing_a_search_repaints_the_tree_and_one_line(tty: Terminal) -> None:
    for key in (b"/", b"\x1b"):
        assert 0 < len(tty.press(key)) <= SEARCH


def test_a_letter_of_a_search_is_one_frame(tty: Terminal) -> None:
    tty.press(b"/")
    for letter in (b"d", b"o", b"w"):
        assert tty.press(letter).count(FRAME) == 1
    tty.press(b"\x1b")


def test_a_held_key_is_a_few_frames(tty: Terminal) -> None:
    assert len(tty.press(DOWN * 100)) <= 100 * CURSOR / 3


def test_nothing_is_sent_at_rest(tty: Terminal) -> None:
    tty.settle()
    before = len(tty.output)
    tty.read(2.0)
    assert len(tty.output) == before
