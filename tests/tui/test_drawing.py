"""Drawing: what was drawn before is shown again where it looks the same, and only there."""

from collections.abc import Mapping

import pytest
from textual.geometry import Region
from textual.pilot import Pilot
from textual.strip import Strip

from paramtui.memory.marks.mark import mark_named
from paramtui.tui import columns
from paramtui.tui.line import Line
from paramtui.tui.visible_rows import Row
from paramtui.tui.widgets.drawn import Drawn

from .conftest import GPT_OSS, frame, main_screen, press, running

WALK = (
    "asterisk", "down", "pagedown", "pagedown", "pageup", "end", "home", "a", "s", "down", "tab",
    "down", "r", "tab", "c", "asterisk", "down", "c", "slash", *"attn", "enter", "n", "escape",
    "left", "right", "equals_sign", "down", "f", "pagedown", "m", "x",
)  # fmt: skip


def drawn(pilot: Pilot[None], *, anew: bool = False) -> Mapping[str, list[Strip]]:
    """The lines of every widget in sight, drawn again if wanted."""
    found = {}
    for widget in in_sight(pilot):
        if anew:
            widget.notify_style_update()
            widget._styles_cache.clear()
        found[f"{widget} {widget.id}"] = widget.render_lines(Region(0, 0, *widget.outer_size))
    return found


def in_sight(pilot: Pilot[None]) -> list[Drawn]:
    """Every widget of ours that is on the screen."""
    shown = pilot.app.screen._compositor.visible_widgets
    return [widget for widget in shown if isinstance(widget, Drawn)]


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
@pytest.mark.parametrize("ascii_only", [False, True])
async def test_what_was_kept_is_what_would_be_drawn(
    size: tuple[int, int], ascii_only: bool
) -> None:
    async with running(GPT_OSS, size, ascii_only=ascii_only) as pilot:
        for key in WALK:
            await press(pilot, key)
            assert drawn(pilot) == drawn(pilot, anew=True), key
        before = drawn(pilot)
        pilot.app.theme = "paramtui-light"
        await pilot.pause()
        assert drawn(pilot) == drawn(pilot, anew=True) != before
        await pilot.resize_terminal(100, 20)
        await pilot.pause()
        assert drawn(pilot) == drawn(pilot, anew=True)
        main_screen(pilot).scenario = main_screen(pilot).scenario.with_(
            marks=(mark_named("model=prune"),)
        )
        await pilot.pause()
        assert drawn(pilot) == drawn(pilot, anew=True)


async def test_lines_are_as_wide_as_their_widget() -> None:
    async with running(GPT_OSS, (80, 24)) as pilot:
        widths = {
            widget.outer_size.width - strip.cell_length
            for widget in in_sight(pilot)
            for strip in widget.render_lines(Region(0, 0, *widget.outer_size))
        }
        assert widths == {0}


async def test_a_row_is_drawn_once(monkeypatch: pytest.MonkeyPatch) -> None:
    rows: list[str] = []

    def noted(row: Row, *rest: object, **more: object) -> Line:
        rows.append(row.module.path)
        return columns.row_line(row, *rest, **more)  # type: ignore[arg-type]

    async with running(GPT_OSS, (80, 24)) as pilot:
        await press(pilot, "asterisk", "pagedown", "pageup")
        monkeypatch.setattr("paramtui.tui.widgets.module_tree.row_line", noted)
        await press(pilot, "pagedown", "pageup", "down", "up")
        seen = len(rows)
        assert seen <= 2
        await press(pilot, "pagedown", "pageup", "down", "up")
        assert len(rows) == seen
        await press(pilot, "a")
        assert len(rows) > seen
        assert "all copies" in frame(pilot)


async def test_rows_that_are_kept_are_few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("paramtui.tui.widgets.module_tree.KEPT", 20)
    async with running(GPT_OSS, (80, 24)) as pilot:
        tree = main_screen(pilot).modules
        await press(pilot, "asterisk")
        for _ in range(4):
            await press(pilot, "pagedown")
            assert len(tree._strips) <= 20 + tree.size.height
