"""The menu of LoRA targets."""

import pytest
from textual.pilot import Pilot

from paramtui.memory.scenario import Mode
from paramtui.tui.screens.targets import TargetsMenu

from .conftest import GPT_OSS, LLAMA, frame, main_screen, press, running


def turned(pilot: Pilot[None]) -> tuple[Mode, str]:
    scenario = main_screen(pilot).scenario
    return scenario.mode, scenario.lora_targets


async def test_it_ticks_what_is_in_force_and_applies_what_is_chosen() -> None:
    async with running(changes={"mode": Mode.QLORA}) as pilot:
        await press(pilot, "t")
        assert "(x) all linear" in frame(pilot)
        assert "[x] q_proj" in frame(pilot)
        assert "[ ] lm_head" in frame(pilot)
        await press(pilot, "d")
        # peft 0.21: q_proj and v_proj for llama; rank 16 × (4096 + 4096) and (4096 + 1024) × 32.
        assert "6,815,744 trainable" in frame(pilot)
        assert turned(pilot) == (Mode.QLORA, "all-linear")
        await press(pilot, "enter")
        assert turned(pilot) == (Mode.QLORA, "q_proj,v_proj")
        assert "6,815,744" in frame(pilot)


async def test_outside_lora_applying_turns_to_lora() -> None:
    async with running() as pilot:
        await press(pilot, "t", "t", "enter")
        assert turned(pilot) == (Mode.LORA, "attention")


@pytest.mark.parametrize("key", ["escape", "q"])
async def test_leaving_changes_nothing(key: str) -> None:
    async with running() as pilot:
        before = main_screen(pilot).scenario
        await press(pilot, "t", "m", "down", "space", key)
        assert main_screen(pilot).scenario == before
        assert not isinstance(pilot.app.screen, TargetsMenu)


async def test_ticking_by_hand() -> None:
    async with running() as pilot:
        await press(pilot, "t", "n")
        assert "nothing is trained" in frame(pilot)
        await press(pilot, "enter")
        assert isinstance(pilot.app.screen, TargetsMenu)
        # The last is the head, which all-linear leaves out.
        await press(pilot, "end", "space", "k", "space")
        text = frame(pilot)
        assert "[x] lm_head" in text
        assert "[x] down_proj" in text
        assert 'target_modules=["down_proj", "lm_head"]' in text
        await press(pilot, "enter")
        assert turned(pilot) == (Mode.LORA, "down_proj,lm_head")


async def test_the_figures_are_those_of_the_pane_once_applied() -> None:
    async with running(GPT_OSS) as pilot:
        await press(pilot, "t", "m")
        screen = main_screen(pilot)
        menu = frame(pilot)
        await press(pilot, "enter")
        assert screen.costs is not None
        assert screen.costs.estimate.lora is not None
        assert f"{screen.costs.estimate.lora.trainable:,} trainable" in menu
        assert "target_parameters=" in menu


async def test_copying_the_config() -> None:
    async with running() as pilot:
        await press(pilot, "t", "d", "y")
        expected = 'LoraConfig(r=16, target_modules=["q_proj", "v_proj"], task_type="CAUSAL_LM")'
        assert pilot.app.clipboard == expected
        assert "copied LoraConfig" in frame(pilot)


async def test_targets_that_name_nothing_can_be_mended() -> None:
    async with running(changes={"lora_targets": "nope"}) as pilot:
        await press(pilot, "m", "t")
        assert "nothing is trained" in frame(pilot)
        await press(pilot, "a", "enter")
        assert turned(pilot) == (Mode.LORA, "all-linear")


async def test_layers_named_one_by_one_are_marked_in_part() -> None:
    changes = {"mode": Mode.LORA, "lora_targets": "layers.0.self_attn.q_proj,k_proj"}
    async with running(changes=changes) as pilot:
        await press(pilot, "t")
        assert "[-] q_proj" in frame(pilot)
        assert "[ ] v_proj" in frame(pilot)


async def test_mouse_ticks() -> None:
    async with running() as pilot:
        await press(pilot, "t")
        picker = pilot.app.screen.query_one("#rows")
        await pilot.click(picker, offset=(10, 6))
        assert "[ ] embed_tokens" in frame(pilot)
        await pilot.click(picker, offset=(10, 6))
        assert "[x] embed_tokens" in frame(pilot)


async def test_ascii_only() -> None:
    async with running(LLAMA, ascii_only=True) as pilot:
        await press(pilot, "t", "y")
        assert frame(pilot).isascii()
