"""Keys in the app and in another one, on the same tensors, at 80 × 24 in 256 colours."""

from pathlib import Path
from statistics import median, quantiles

from bench.models import DEEPSEEK, safetensors
from bench.place import Place
from bench.process import MIB, PEERS, paramtui
from bench.screen import Key, Screen, screen
from bench.table import Target, table
from paramtui.sources.catalog import load_bundled

DOWN, UP, HOME, END = b"\x1b[B", b"\x1b[A", b"\x1b[H", b"\x1b[F"
PAGE_DOWN, PAGE_UP = b"\x1b[6~", b"\x1b[5~"
LOADED = b"of weights"
FRAME = 1_500
"""Bytes of a first frame with anything on it."""
IN_ONE_FILE = 10_000
"""Tensors that are shown by others too: with all 91,991 sft painted nothing in three minutes."""
CURSORS, PAGES, REST = 200, 7, 10.0
HEAD = ("key", "median", "99th of 100", "longest", "bytes, mean", "bytes, most")


def ours(where: Place, _: int) -> tuple[str, list[Target]]:
    """Every kind of key with DeepSeek-V3 open, and what loading and resting send."""
    home = where.home()
    with screen(paramtui(DEEPSEEK), home, where.environment(home)) as app:
        app.until(LOADED)
        app.tty.settle()
        load = len(app.tty.output)
        found = pressed(app)
        before = len(app.tty.output)
        app.tty.read(REST)
        rest = len(app.tty.output) - before
    targets = [
        *(
            Target(f"{name}, longest", _longest(found[name]), most=most, unit="ms")
            for name, most in LONGEST.items()
        ),
        Target("cursor, median", _median(found["cursor"]), most=8, unit="ms"),
        Target("cursor, mean of bytes", _mean(found["cursor"]), most=1500, unit="B"),
        *(
            Target(f"{name}, bytes", max(key.sent for key in found[name]), most=7000, unit="B")
            for name in ("page", "home, end")
        ),
        Target("bytes of the load", load, most=20_000, unit="B"),
        Target(f"bytes at rest in {REST:.0f} s", rest, most=0, unit="B"),
    ]
    return table(HEAD, [_row(name, keys) for name, keys in found.items()]), targets


LONGEST = {"cursor": 30, "page": 15, "home, end": 15, "expand all": 150, "search letter": 50}
"""Milliseconds."""


def pressed(app: Screen, cursors: int = CURSORS) -> dict[str, list[Key]]:
    """Keys of every kind, everything open."""
    app.press(HOME + DOWN)
    app.press(HOME)
    expanded = []
    for _ in range(PAGES):
        app.press(b"h")
        expanded.append(app.press(b"*"))
    # Down and back up: at the end of the rows a key changes nothing, and nothing is sent.
    cursor = [app.press(key) for key in (DOWN, UP) for _ in range(cursors // 2)]
    page = [app.press(key) for _ in range(PAGES) for key in (PAGE_DOWN, PAGE_UP)]
    ends = [app.press(key) for _ in range(PAGES) for key in (END, HOME)]
    app.press(b"/")
    letters = [app.press(letter) for letter in (b"d", b"o", b"w", b"n", b"_", b"p", b"r")]
    app.press(b"\x1b", 0.3)
    turned = [app.press(b"x") for _ in range(PAGES)]
    return {
        "expand all": expanded,
        "cursor": cursor,
        "page": page,
        "home, end": ends,
        "search letter": letters,
        "next context": turned,
    }


def beside(where: Place, times: int) -> tuple[str, list[Target]]:
    """One local file, opened by us and by sft: until the tensors are painted."""
    file = where.folder / "model.safetensors"
    _write(file)
    commands = {
        "paramtui": paramtui(str(file)),
        "sft browse": [str(PEERS / "sft"), "browse", str(file)],
    }
    opened: dict[str, list[float]] = {name: [] for name in commands}
    kept: dict[str, tuple[int, int]] = {}
    for _ in range(times):
        for name, command in commands.items():
            home = where.home()
            with screen(command, home, where.environment(home)) as app:
                ours = name == "paramtui"
                opened[name].append(app.until(LOADED) if ours else app.until_painted(FRAME))
                app.tty.settle(1.0)
                kept[name] = len(app.tty.output), app.peak()
        print(".", end="", flush=True)
    rows = [
        (name, f"{median(found):.2f} s", f"{kept[name][0]:,}", f"{kept[name][1] / MIB:.0f} MiB")
        for name, found in opened.items()
    ]
    return table(("app", "opened", "bytes sent", "peak memory"), rows), []


def _write(file: Path) -> None:
    """Tensors of DeepSeek-V3 in one file, without values: a hole where the disk has holes."""
    found = load_bundled(DEEPSEEK)
    assert found is not None
    # The last axis alone: few disks hold a file of 688 GB, even an empty one.
    held = found.tensors[:IN_ONE_FILE]
    content = safetensors(item._replace(shape=item.shape[-1:]) for item in held)
    with file.open("wb") as out:
        out.write(content.head)
        out.truncate(content.size)


def _row(name: str, keys: list[Key]) -> tuple[str, ...]:
    times = [key.seconds * 1e3 for key in keys]
    cut = quantiles(times, n=100)[-1] if len(times) >= 100 else max(times)
    return (
        name, f"{median(times):.1f} ms", f"{cut:.1f} ms", f"{max(times):.1f} ms",
        f"{_mean(keys):.0f}", str(max(key.sent for key in keys)),
    )  # fmt: skip


def _mean(keys: list[Key]) -> float:
    return sum(key.sent for key in keys) / len(keys)


def _median(keys: list[Key]) -> float:
    return median(key.seconds for key in keys) * 1e3


def _longest(keys: list[Key]) -> float:
    return max(key.seconds for key in keys) * 1e3
