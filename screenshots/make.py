"""Make the pictures of the README from the bundled models: an SVG and a PNG each.

`python screenshots/make.py [NAME …]`; the PNGs need the extra `shots`.
"""

import asyncio
import html
import os
import re
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from paramtui.checkpoint.checkpoint import Checkpoint

HERE = Path(__file__).resolve().parent
FONT = "DejaVu Sans Mono"
WIDE, SMALL = (120, 40), (80, 24)


class Picture(NamedTuple):
    """One picture: the model, the size of the terminal, the keys pressed before it is taken."""

    name: str
    model: str
    size: tuple[int, int]
    keys: tuple[str, ...] = ()
    theme: str = "paramtui-dark"


LLAMA, MIXTRAL, GPT_OSS = (
    "meta-llama/Llama-3.1-8B",
    "mistralai/Mixtral-8x7B-v0.1",
    "openai/gpt-oss-20b",
)
LAYER = ("down", "down", "down", "down", "down", "right", "down")
SEARCH = ("slash", *"layers.17.self")
WAIT = "wait"
"""No key: what others work on comes first."""
GPUS = ("u", *"4090x4", "enter", WAIT)
MARKS = (
    *("slash", *"experts", "enter", "equals_sign", *["down"] * 15, "enter"),
    *("slash", "ctrl+u", *"self_attn", "enter", "f"),
    *("end", "equals_sign", *["down"] * 3, "enter", "up", "up"),
)
COMPARE = ("d", WAIT, *"Qwen/Qwen2.5-7B", "enter", WAIT, "n", "n")
SWEEP = ("u", *"l4", "enter", WAIT, "S")

PICTURES = (
    Picture("dense", LLAMA, WIDE, LAYER),
    Picture("dense-80x24", LLAMA, SMALL, LAYER),
    Picture("dense-light", LLAMA, WIDE, LAYER, "paramtui-light"),
    Picture("moe", MIXTRAL, WIDE),
    Picture("moe-80x24", MIXTRAL, SMALL),
    Picture("quantised", GPT_OSS, WIDE),
    Picture("lora", LLAMA, WIDE, ("m", "r", "r", *LAYER)),
    Picture("lora-80x24", LLAMA, SMALL, ("m", "tab")),
    Picture("search", LLAMA, WIDE, SEARCH),
    Picture("search-80x24", LLAMA, SMALL, SEARCH),
    Picture("categories", MIXTRAL, WIDE, ("c", "right", "down")),
    Picture("categories-80x24", MIXTRAL, SMALL, ("c", "right", "down")),
    Picture("explain", LLAMA, WIDE, ("m", "tab", "end", "up", "e")),
    Picture("help", LLAMA, WIDE, ("question_mark",)),
    Picture("gpu", MIXTRAL, WIDE, GPUS),
    Picture("gpu-80x24", MIXTRAL, SMALL, GPUS),
    Picture("gpus", LLAMA, WIDE, ("m", "u", *"rtx", "right")),
    Picture("gpus-80x24", LLAMA, SMALL, ("m", "u", *"rtx", "right")),
    Picture("marks", MIXTRAL, WIDE, ("m", *MARKS, "escape")),
    Picture("marks-80x24", MIXTRAL, SMALL, ("m", *MARKS, "escape")),
    Picture("marks-list", MIXTRAL, WIDE, ("m", *MARKS, "escape", "L")),
    Picture("marks-list-80x24", MIXTRAL, SMALL, ("m", *MARKS, "escape", "L")),
    Picture("compare", LLAMA, WIDE, COMPARE),
    Picture("compare-80x24", LLAMA, SMALL, COMPARE),
    Picture("sweep", LLAMA, WIDE, SWEEP),
    Picture("sweep-80x24", LLAMA, SMALL, SWEEP),
    Picture("overheads-80x24", LLAMA, SMALL, ("O",)),
)


def main(names: list[str]) -> None:
    """Take the pictures named, or all."""
    # The colours of a picture must not depend on the terminal it is made in.
    os.environ.update(TERM="xterm-256color", COLORTERM="truecolor")
    os.environ.pop("NO_COLOR", None)
    for picture in PICTURES:
        if not names or picture.name in names:
            svg = asyncio.run(take(picture))
            (HERE / f"{picture.name}.svg").write_text(svg, encoding="utf-8")
            write_png(svg, HERE / f"{picture.name}.png")
            print(picture.name)


async def take(picture: Picture) -> str:
    """The SVG of one picture."""
    from paramtui.sources.library import LocalLibrary
    from paramtui.tui.app import ParamTui
    from paramtui.tui.opening import Opening

    opening = Opening(lambda _: bundled(picture.model), picture.model)
    opening.future.result()
    app = ParamTui(opening, {}, LocalLibrary(offline=True))
    async with app.run_test(size=picture.size) as pilot:
        app.theme = picture.theme
        await pilot.pause()
        for key in picture.keys:
            await (settled(pilot) if key == WAIT else pilot.press(key))
        await pilot.pause()
        svg = app.export_screenshot(title=f"paramtui {picture.model}")
    return _stable(svg)


async def settled(pilot: "Pilot[None]") -> None:
    """Wait until nothing is worked on any more."""
    await pilot.pause(0.5)
    while any(thread.name.startswith("paramtui-") for thread in threading.enumerate()):
        await pilot.pause(0.05)
    await pilot.pause(0.1)


def bundled(model: str) -> "Checkpoint":
    """The bundled description, whatever else this machine holds."""
    from paramtui.sources.catalog import load_bundled

    checkpoint = load_bundled(model)
    if checkpoint is None:
        raise SystemExit(f"{model} is not bundled")
    return checkpoint


def write_png(svg: str, path: Path) -> None:
    """Draw an SVG with a font that has every character of ours, each glyph on its own cell."""
    try:
        import cairosvg
    except ImportError:
        print(f"{path.name}: not made, it needs `pip install paramtui[shots]`", file=sys.stderr)
        return
    svg = re.sub(r"@font-face \{.*?\}", "", svg, flags=re.DOTALL)
    svg = re.sub(r"font-family: ?[^;]*;", f"font-family: {FONT};", svg)
    # A little wider than its cell: blocks side by side then leave no hairline.
    svg = re.sub(r"font-size: 20px", "font-size: 20.6px", svg)
    svg = _TEXT.sub(_on_cells, svg)
    cairosvg.svg2png(bytestring=svg.encode(), write_to=str(path))


_TEXT = re.compile(
    r'<text class="([^"]*)" x="([\d.]+)" y="([\d.]+)" textLength="([\d.]+)"[^>]*>([^<]*)</text>'
)
_CELL = 24.4
"""Height of a cell in the exported picture."""
_BASELINE = 18.5
"""How far a line's top stands above its baseline."""

_EIGHTHS = {char: index + 1 for index, char in enumerate("▏▎▍▌▋▊▉█")}
_SHADES = {"▓": 0.7, "▒": 0.45, "░": 0.22}
_QUARTERS = {
    "▀": ((0, 0), (0.5, 0)),
    "▄": ((0, 0.5), (0.5, 0.5)),
}


def _on_cells(match: re.Match[str]) -> str:
    """Place each character on its cell, blocks as rectangles: fonts leave gaps between them."""
    style, x, y, length, text = match.groups()
    characters = html.unescape(text)
    step = float(length) / max(len(characters), 1)
    top = float(y) - _BASELINE
    drawn = []
    for index, char in enumerate(characters):
        left = float(x) + step * index
        blocks = _blocks(char)
        for dx, dy, w, h, opacity in blocks:
            drawn.append(
                f'<rect class="{style}" x="{left + dx * step:.2f}" y="{top + dy * _CELL:.2f}" '
                f'width="{w * step + 0.1:.2f}" height="{h * _CELL:.2f}" '
                f'fill-opacity="{opacity}" shape-rendering="crispEdges"/>'
            )
        if not blocks and not char.isspace():
            drawn.append(f'<text class="{style}" x="{left:.1f}" y="{y}">{html.escape(char)}</text>')
    return "".join(drawn)


def _blocks(char: str) -> list[tuple[float, float, float, float, float]]:
    """A block character as rectangles in its cell: left, top, width, height, opacity."""
    if char in _EIGHTHS:
        return [(0, 0.04, _EIGHTHS[char] / 8, 0.92, 1)]
    if char in _SHADES:
        return [(0, 0.04, 1, 0.92, _SHADES[char])]
    return [(dx, dy, 0.5, 0.5, 1) for dx, dy in _QUARTERS.get(char, ())]


def _stable(svg: str) -> str:
    """The same picture has the same text: identifiers are random otherwise."""
    found = re.search(r"terminal-(\d+)-", svg)
    return svg.replace(found.group(1), "0") if found else svg


if __name__ == "__main__":
    main(sys.argv[1:])
