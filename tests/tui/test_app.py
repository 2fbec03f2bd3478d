"""Every key, and the state it changes."""

import pytest
from textual.pilot import Pilot

from paramtui.memory.scenario import Mode
from paramtui.tui.screens.overlay import Overlay
from paramtui.tui.visible_rows import Order

from .conftest import (
    GPT_OSS,
    LLAMA,
    MIXTRAL,
    bundled,
    frame,
    main_screen,
    opening_of,
    press,
    running,
)


def selected(pilot: Pilot[None]) -> str:
    row = main_screen(pilot).selected
    assert row is not None
    return row.module.path


def turned(pilot: Pilot[None], field: str) -> object:
    return getattr(main_screen(pilot).scenario, field)


async def test_it_opens_inside_the_biggest_layer() -> None:
    async with running() as pilot:
        tree = main_screen(pilot).modules
        assert tree.has_focus
        assert tree.rows is not None
        paths = [row.module.path for row in tree.rows.rows]
        assert "model.layers.0-31.mlp.down_proj" in paths
        assert selected(pilot) == "model"


async def test_moving() -> None:
    async with running(size=(80, 24)) as pilot:
        tree = main_screen(pilot).modules
        for keys, cursor in (
            (("down",), 1),
            (("j",), 2),
            (("up",), 1),
            (("k",), 0),
            (("k",), 0),
            (("end",), len(tree.rows or ()) - 1),
            (("down",), len(tree.rows or ()) - 1),
            (("home",), 0),
            (("G",), len(tree.rows or ()) - 1),
            (("g",), 0),
        ):
            await press(pilot, *keys)
            assert tree.cursor == cursor, keys


async def test_pages_move_by_a_screen_and_keep_the_cursor_in_sight() -> None:
    async with running(GPT_OSS, size=(80, 24)) as pilot:
        tree = main_screen(pilot).modules
        await press(pilot, "asterisk", "pagedown")
        assert tree.cursor == tree.size.height - 1
        await press(pilot, "pagedown", "pagedown", "pagedown")
        assert tree.scroll_offset.y <= tree.cursor < tree.scroll_offset.y + tree.size.height
        await press(pilot, "pageup", "home")
        assert (tree.cursor, tree.scroll_offset.y) == (0, 0)


async def test_opening_and_closing() -> None:
    async with running() as pilot:
        tree = main_screen(pilot).modules
        assert tree.rows is not None
        everything = len(tree.rows)
        await press(pilot, "left")
        assert len(tree.rows) == 2
        await press(pilot, "right")
        assert len(tree.rows) == everything
        await press(pilot, "right")
        assert selected(pilot) == "model.embed_tokens"
        await press(pilot, "h")
        assert selected(pilot) == "model"
        for key in ("enter", "space"):
            before = len(tree.rows)
            await press(pilot, key)
            assert len(tree.rows) != before
        await press(pilot, "h", "asterisk")
        assert len(tree.rows) == everything


async def test_sorting_keeps_the_selected_row() -> None:
    async with running() as pilot:
        screen = main_screen(pilot)
        await press(pilot, "end")
        for order in (Order.PARAMETERS, Order.BYTES, Order.NAME, Order.MODEL):
            await press(pilot, "s")
            assert screen.order is order
            assert selected(pilot) == "lm_head"
        await press(pilot, "s")
        assert "▾parameters" in frame(pilot)


async def test_the_category_view_holds_every_parameter_once() -> None:
    async with running(MIXTRAL) as pilot:
        screen = main_screen(pilot)
        await press(pilot, "c")
        rows = screen.modules.rows
        assert rows is not None
        shown = {row.module.name: row.module.parameters for row in rows.rows}
        wanted = {key.value: number for key, number in screen.opened.summary.by_category.items()}
        assert shown == {key.replace("_", " "): number for key, number in wanted.items()}
        assert next(iter(shown)) == "experts"
        await press(pilot, "c")
        assert selected(pilot) == "model"


async def test_figures_of_all_copies() -> None:
    async with running() as pilot:
        await press(pilot, "slash", *"q_proj", "enter")
        assert "16.78 M" in _row(frame(pilot), "q_proj")
        await press(pilot, "a")
        # 32 layers of 4096 x 4096
        assert "536.87 M" in _row(frame(pilot), "q_proj")


async def test_search_counts_as_you_type_and_jumps() -> None:
    async with running(size=(80, 24)) as pilot:
        screen = main_screen(pilot)
        await press(pilot, "slash", *"layers.17.self")
        assert screen.search.count == "1 of 1"
        assert selected(pilot) == "model.layers.0-31.self_attn"
        await press(pilot, "backspace", "backspace", "backspace", "backspace", *"mlp.down")
        assert selected(pilot) == "model.layers.0-31.mlp.down_proj"
        await press(pilot, "ctrl+u", *"proj", "enter")
        assert screen.search.count == "1 of 7"
        assert screen.modules.has_focus
        await press(pilot, "n", "n")
        assert screen.search.count == "3 of 7"
        await press(pilot, "N", "N", "N")
        assert screen.search.count == "7 of 7"
        assert "7 of 7" in frame(pilot)
        await press(pilot, "escape")
        assert screen.search.query == ""


async def test_keys_typed_ahead_keep_their_order() -> None:
    async with running() as pilot:
        await press(
            pilot, "slash", *"q_projx", "backspace", "enter", *"mrr", "slash", *"quit", "escape"
        )
        assert turned(pilot, "mode") == Mode.LORA
        assert turned(pilot, "lora_rank") == 64
        assert selected(pilot) == "model.layers.0-31.self_attn.q_proj"
        assert pilot.app.is_running
        await press(pilot, "tab", "right", "e", "q", "question_mark", "q", "tab", "end")
        assert turned(pilot, "mode") == Mode.QLORA
        assert selected(pilot) == "lm_head"


async def test_escape_in_the_search_goes_back() -> None:
    async with running() as pilot:
        await press(pilot, "end", "slash", *"embed", "escape")
        assert selected(pilot) == "lm_head"
        assert not main_screen(pilot).searching


async def test_search_of_nothing_there() -> None:
    async with running() as pilot:
        await press(pilot, "slash", *"zzz")
        assert "no hit" in frame(pilot)
        await press(pilot, "enter", "n", "N")
        assert selected(pilot) == "model"


CONTROLS = (
    ("m", "mode", Mode.LORA),
    ("M", "mode", Mode.FULL),
    ("p", "precision", "fp32"),
    ("P", "precision", "q4_0"),
    ("r", "lora_rank", 32),
    ("R", "lora_rank", 8),
    ("x", "context", 16384),
    ("X", "context", 4096),
    ("x plus", "context", 32768),
    ("b", "batch", 2),
    ("b b minus", "batch", 2),
    ("r plus", "lora_rank", 64),
    ("r minus", "lora_rank", 16),
    ("b minus minus", "batch", 1),
)


async def test_controls_turn_one_field_each() -> None:
    async with running() as pilot:
        screen = main_screen(pilot)
        before = screen.scenario
        for keys, field, value in CONTROLS:
            screen.scenario = before
            await press(pilot, *keys.split())
            assert screen.scenario == before.with_(**{field: value}), keys
            assert screen.costs is not None
            assert screen.costs.scenario == screen.scenario


async def test_the_pane_shows_the_new_costs() -> None:
    async with running() as pilot:
        before = frame(pilot)
        await press(pilot, "m")
        after = frame(pilot)
        assert "LoRA" not in _row(before, " mode ")
        assert "LoRA" in _row(after, " mode ")
        # PEFT prints the same for all linear layers at rank 16.
        assert "41,943,040" in after


async def test_the_memory_pane_has_a_cursor_and_turns_controls() -> None:
    async with running() as pilot:
        screen = main_screen(pilot)
        await press(pilot, "tab")
        assert screen.memory.has_focus
        await press(pilot, "right")
        assert turned(pilot, "mode") == Mode.LORA
        await press(pilot, "h")
        assert turned(pilot, "mode") == Mode.INFERENCE
        await press(pilot, "down", "enter")
        assert screen.scenario.precision == "fp32"
        await press(pilot, "end", "home", "pagedown", "pageup", "tab")
        assert screen.modules.has_focus


async def test_totals_stay_in_sight_where_the_height_is_short() -> None:
    async with running(size=(100, 24)) as pilot:
        await press(pilot, "m")
        assert " total " in frame(pilot)
        assert "optimizer     adamw" not in frame(pilot)
        await press(pilot, "tab")
        assert "optimizer     adamw" in frame(pilot)
        await press(pilot, "end")
        assert "adapter file" in frame(pilot)


async def test_tab_opens_the_folded_pane() -> None:
    async with running(size=(80, 24)) as pilot:
        screen = main_screen(pilot)
        folded = [screen.memory.folded]
        for key in ("tab", "escape", "tab"):
            await press(pilot, key)
            folded.append(screen.memory.folded)
        assert folded == [True, False, True, False]
        assert screen.memory.size.height > 15
        await press(pilot, "tab")
        assert screen.modules.has_focus


async def test_explaining_a_figure_a_control_and_a_row() -> None:
    async with running() as pilot:
        await press(pilot, "slash", *"down_proj", "enter", "e")
        assert "1,879,048,192 parameters" in frame(pilot)
        assert "32 × 4,096 × 14,336" in frame(pilot)
        assert "feed-forward network" in frame(pilot)
        await press(pilot, "escape", "tab", "down", "e")
        assert "What the files hold" in frame(pilot)
        await press(pilot, "q", "end", "e")
        assert "source:" in frame(pilot)
        assert "What one process on one GPU takes" in frame(pilot)
        await press(pilot, "e")
        assert not isinstance(pilot.app.screen, Overlay)


async def test_help_lists_every_command() -> None:
    async with running(size=(100, 90)) as pilot:
        await press(pilot, "question_mark")
        text = frame(pilot)
        for words in ("Find modules by path", "tokens a sequence", "never quits", "m M", "x X"):
            assert words in text
        await press(pilot, "question_mark")
        assert not isinstance(pilot.app.screen, Overlay)


async def test_the_palette_runs_commands() -> None:
    async with running() as pilot:
        await press(pilot, "ctrl+p", *"categories")
        await pilot.pause()
        await press(pilot, "enter")
        await pilot.pause()
        assert main_screen(pilot).by_category


async def test_warnings_are_one_key_away() -> None:
    async with running() as pilot:
        await press(pilot, "exclamation_mark")
        notice = main_screen(pilot).opened.checkpoint.notice
        assert notice is not None
        assert notice[:40] in frame(pilot)


@pytest.mark.parametrize("before", ["", "tab", "slash", "question_mark", "ctrl+p"])
async def test_leaving(before: str) -> None:
    async with running() as pilot:
        await press(pilot, *filter(None, [before]), "q")
        # In a text field q is a letter, and an overlay is what it closes.
        assert pilot.app._exit is (before in ("", "tab"))
        await press(pilot, "ctrl+c")
        assert pilot.app._exit


async def test_escape_never_quits() -> None:
    async with running() as pilot:
        await press(pilot, "escape", "escape", "escape")
        assert not pilot.app._exit


async def test_mouse_selects_opens_and_turns() -> None:
    async with running() as pilot:
        tree, memory = main_screen(pilot).modules, main_screen(pilot).memory
        assert tree.rows is not None
        await pilot.click(tree, offset=(20, 1))
        assert selected(pilot) == "model.embed_tokens"
        before = len(tree.rows)
        await pilot.click(tree, offset=(0, 0))
        assert len(tree.rows) < before
        await pilot.click(memory, offset=(5, 2))
        await pilot.click(memory, offset=(5, 2))
        assert main_screen(pilot).scenario.precision == "fp32"


async def test_options_of_the_command_line_start_the_scenario() -> None:
    changes = {"mode": Mode.QLORA, "lora_rank": 8, "context": 1024}
    async with running(changes=changes) as pilot:
        scenario = main_screen(pilot).scenario
        assert (scenario.mode, scenario.lora_rank, scenario.context) == (Mode.QLORA, 8, 1024)


async def test_a_failed_load_leaves_with_its_error() -> None:
    def fail() -> None:
        raise LookupError("no such model")

    opening = opening_of(fail)  # type: ignore[arg-type]
    async with running(opening) as pilot:
        await pilot.pause()
        assert isinstance(pilot.app.failure, LookupError)  # type: ignore[attr-defined]
        assert pilot.app.return_code == 2


async def test_a_scenario_that_does_not_exist_leaves_with_its_error() -> None:
    async with running(changes={"mode": Mode.LORA, "adapter_precision": "fp7"}) as pilot:
        assert "fp7" in str(pilot.app.failure)  # type: ignore[attr-defined]
        assert pilot.app.return_code == 2


async def test_a_checkpoint_without_tensors() -> None:
    from paramtui.record import replace

    empty = replace(bundled(LLAMA), tensors=())
    async with running(opening_of(lambda: empty)) as pilot:
        await press(pilot, "down", "right", "asterisk", "s", "c", "e", "slash", "x", "enter", "n")
        assert "no tensors" in frame(pilot)


async def test_names_that_a_terminal_would_obey_are_made_safe() -> None:
    from paramtui.checkpoint.dtype import BF16
    from paramtui.checkpoint.tensor import TensorInfo
    from paramtui.record import replace

    hostile = TensorInfo("a\x1b[31m\x07b.\u202ec\nd.weight", BF16, (2, 2), "f\x1b]0;x\x07")
    checkpoint = replace(bundled(LLAMA), id="x\x1b[2Jy", tensors=(hostile,))
    async with running(opening_of(lambda: checkpoint)) as pilot:
        await press(pilot, "asterisk", "end", "e")
        assert not set(frame(pilot)) & set("\x1b\x07\u202e")


async def test_ascii_only() -> None:
    async with running(ascii_only=True) as pilot:
        await press(pilot, "m")
        assert frame(pilot).isascii()
        await press(pilot, "e")
        assert frame(pilot).isascii()


def _row(text: str, word: str) -> str:
    return next(line for line in text.splitlines() if word in line)
