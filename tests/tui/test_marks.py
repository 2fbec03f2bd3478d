"""Marks on single branches: set by a key, shown on the rows, undone, and the same in a shell."""

import json
import shlex

import pytest
from textual.pilot import Pilot

from paramtui.cli import main
from paramtui.memory.marks.mark import mark_named
from paramtui.memory.scenario import Mode, Scenario
from paramtui.options import parser, scenario_changes
from paramtui.reports.start import start_scenario
from paramtui.tui.copied import reproducing
from paramtui.tui.marking import Marking
from paramtui.tui.screens.marks import MarksMenu

from .conftest import GPT_OSS, LLAMA, MIXTRAL, frame, main_screen, opened, press, running


def marks(pilot: Pilot[None]) -> list[str]:
    return [str(mark) for mark in main_screen(pilot).scenario.marks]


def row(pilot: Pilot[None], name: str) -> str:
    return next(line for line in frame(pilot).splitlines() if name in line)


@pytest.mark.parametrize(
    ("key", "action", "words"),
    [("f", "freeze", "frozen"), ("T", "train", "trained"), ("z", "prune", "left out")],
)
async def test_one_key_marks_and_takes_back(key: str, action: str, words: str) -> None:
    async with running(size=(80, 24), changes={"mode": Mode.LORA}) as pilot:
        await press(pilot, "end", key)
        assert marks(pilot) == [f"lm_head={action}"]
        assert words in row(pilot, "  lm_head")
        await press(pilot, key)
        assert marks(pilot) == []
        assert words not in row(pilot, "  lm_head")


async def test_marks_are_inherited_and_a_parent_has_them_in_part() -> None:
    async with running() as pilot:
        await press(pilot, "slash", *"self_attn", "enter", "f")
        assert "frozen" in row(pilot, "self_attn ")
        assert "frozen" in row(pilot, "q_proj")
        assert "frozen" not in row(pilot, "gate_proj")
        assert "in part" in row(pilot, "0 … 31")


async def test_a_precision_is_chosen_by_what_the_branch_weighs_in_it() -> None:
    async with running() as pilot:
        await press(pilot, "end", "equals_sign")
        # 128,256 × 4,096 parameters in 32 bits.
        assert "1.96 GiB" in row(pilot, "fp32")
        await press(pilot, "down", "down", "enter")
        assert marks(pilot) == ["lm_head=fp32"]
        await press(pilot, "equals_sign", "enter")
        assert marks(pilot) == ["lm_head=fp32"]
        await press(pilot, "equals_sign", "home", "enter")
        assert marks(pilot) == []


async def test_the_title_counts_the_model_that_is_left() -> None:
    async with running() as pilot:
        await press(pilot, "end", "z")
        title = frame(pilot).splitlines()[0]
        # 8,030,261,248 less 128,256 × 4,096.
        assert "1 mark" in title
        assert "7.50 B of 8.03 B" in title
        assert "13.98 GiB" in title
        assert "head 6.5 %" not in frame(pilot)


async def test_every_change_is_undone_in_turn() -> None:
    async with running() as pilot:
        await press(pilot, "end", "z", "up", "f", "equals_sign", "down", "enter", "Z")
        assert marks(pilot) == ["lm_head=prune", "model.norm=freeze"]
        await press(pilot, "Z", "Z")
        assert marks(pilot) == []
        await press(pilot, "Z")
        assert "no mark to undo" in frame(pilot)


async def test_a_category_marks_all_its_rows() -> None:
    async with running(MIXTRAL) as pilot:
        await press(pilot, "c", "equals_sign", *["down"] * 9, "enter")
        assert marks(pilot) == ["model.layers.0-31.block_sparse_moe.experts=bnb-nf4-dq"]
        assert "bnb-nf4-dq" in row(pilot, "▸ experts")
        await press(pilot, "down", "down", "down", "down", "f", "Z")
        assert len(marks(pilot)) == 1


async def test_the_list_takes_marks_out_and_shows_the_command() -> None:
    async with running(changes={"marks": (mark_named("lm_head=bf16"),)}) as pilot:
        await press(pilot, "end", "up", "z", "L")
        text = frame(pilot)
        assert "--set lm_head=bf16" in text
        await press(pilot, "y")
        assert pilot.app.clipboard == f"paramtui {LLAMA} --set lm_head=bf16 --set model.norm=prune"
        await press(pilot, "space")
        assert marks(pilot) == ["model.norm=prune"]
        await press(pilot, "Z")
        assert marks(pilot) == ["lm_head=bf16", "model.norm=prune"]
        await press(pilot, "c", "Z", "Z", "Z", "escape")
        assert marks(pilot) == ["lm_head=bf16"]


async def test_a_mark_is_typed_and_changed_in_the_list() -> None:
    async with running() as pilot:
        await press(pilot, "L", "a", "ctrl+u", *"model.layers.30-31=prune", "enter")
        assert marks(pilot) == ["model.layers.30-31=prune"]
        await press(pilot, "e", *["backspace"] * 5, *"fp8-block", "enter")
        assert marks(pilot) == ["model.layers.30-31=fp8-block"]
        assert "1 mark" not in frame(pilot).splitlines()[0] or isinstance(
            pilot.app.screen, MarksMenu
        )


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("lm_haed=bf16", "did you mean lm_head"),
        ("lm_head=int7", "did you mean int8"),
        ("nothing", "is not PATH=ACTION"),
    ],
)
async def test_what_cannot_be_marked_is_said_and_changes_nothing(typed: str, says: str) -> None:
    async with running() as pilot:
        await press(pilot, "L", "a", "ctrl+u", *typed, "enter")
        assert says in " ".join(frame(pilot).replace("│", " ").split())
        assert marks(pilot) == []


@pytest.mark.parametrize("model", [LLAMA, MIXTRAL, GPT_OSS])
async def test_the_command_line_asks_the_same(
    model: str, capsys: pytest.CaptureFixture[str]
) -> None:
    changes = {"mode": Mode.QLORA}
    async with running(model, (80, 24), changes) as pilot:
        await press(pilot, "down", "f", "down", "down", "equals_sign", "down", "down", "enter")
        await press(pilot, "end", "z", "Y")
        command, screen = pilot.app.clipboard, main_screen(pilot)
    _, *words = shlex.split(command)
    arguments = parser().parse_args(words)
    again = start_scenario(screen.opened.checkpoint, scenario_changes(arguments))
    assert again == screen.scenario
    assert len(again.marks) == 3
    assert main([*words, "--json", "--offline"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert screen.costs is not None
    assert report["memory"]["total_bytes"] == screen.costs.estimate.total_bytes
    assert report["parameters"]["total"] == screen.costs.marked.total


def test_an_adapter_is_reproduced_in_another_mode() -> None:
    model = opened(LLAMA)
    scenario = Scenario(mode=Mode.FULL)
    assert "--mode full" in reproducing(model, scenario)


def test_the_column_is_as_wide_as_its_words() -> None:
    summary = opened(LLAMA).summary
    assert Marking(summary).cells == 0
    assert Marking(summary, (mark_named("lm_head=bf16"),)).cells == len("what if")
    both = (mark_named("lm_head=bnb-nf4-dq"), mark_named("lm_head=freeze"))
    assert Marking(summary, both).cells == len("bnb-nf4-dq frozen")


async def test_ascii_only() -> None:
    async with running(ascii_only=True) as pilot:
        await press(pilot, "f", "equals_sign")
        assert frame(pilot).isascii()
        await press(pilot, "enter", "L")
        assert frame(pilot).isascii()
