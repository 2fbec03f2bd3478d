"""The menu of LoRA targets: every kind there is, and names that mean what is ticked."""

from functools import lru_cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paramtui.checkpoint.category import Category
from paramtui.checkpoint.summary import ParameterSummary, summarise
from paramtui.memory.adapter.lora import estimate_lora
from paramtui.memory.adapter.lora_config import LoraConfig
from paramtui.memory.adapter.lora_kinds import (
    LoraKind,
    covered,
    lora_kinds,
    names_of,
    parts,
    presets,
    spell,
)
from paramtui.sources.catalog import load_bundled

LLAMA, GPT2, BERT = (
    "meta-llama/Llama-3.1-8B",
    "openai-community/gpt2",
    "google-bert/bert-base-uncased",
)
DEEPSEEK, QWEN_VL, LLAVA = (
    "deepseek-ai/DeepSeek-V2-Lite",
    "Qwen/Qwen2-VL-2B-Instruct",
    "llava-hf/llava-1.5-7b-hf",
)
MODELS = (LLAMA, GPT2, BERT, DEEPSEEK, QWEN_VL, LLAVA, "openai/gpt-oss-20b")


@lru_cache
def model(name: str) -> ParameterSummary:
    checkpoint = load_bundled(name)
    assert checkpoint is not None
    return summarise(checkpoint)


def kinds(name: str) -> dict[str, LoraKind]:
    return {kind.name: kind for kind in lora_kinds(model(name))}


def test_llamas_layers_with_shapes_and_counts() -> None:
    found = kinds(LLAMA)
    assert list(found) == [
        "embed_tokens", "q_proj", "k_proj", "v_proj", "o_proj",
        "gate_proj", "up_proj", "down_proj", "lm_head",
    ]  # fmt: skip
    assert found["k_proj"].shapes == ((4096, 1024),)
    assert found["k_proj"].count == 32
    assert found["down_proj"].categories == (Category.MLP,)


def test_a_name_is_as_long_as_it_takes_to_mean_one_thing() -> None:
    assert {"attn.c_proj", "mlp.c_proj", "c_attn"} <= kinds(GPT2).keys()
    assert kinds(GPT2)["mlp.c_proj"].shapes == ((3072, 768),)


def test_where_no_name_can_tell_them_apart_one_stands_for_both() -> None:
    assert kinds(LLAVA)["q_proj"].categories == (Category.VISION, Category.ATTENTION)


def test_layers_that_only_a_number_names() -> None:
    assert kinds(QWEN_VL)["mlp.0"].shapes == ((5120, 5120),)
    assert kinds(QWEN_VL)["mlp.2"].shapes == ((5120, 1536),)


def test_presets_begin_with_pefts_own() -> None:
    # peft 0.21, TRANSFORMERS_MODELS_TO_LORA_TARGET_MODULES_MAPPING.
    assert next(iter(presets(model(LLAMA)).items())) == (
        "PEFT's default for llama",
        "q_proj,v_proj",
    )
    assert next(iter(presets(model(GPT2)).values())) == "c_attn"
    assert list(presets(model(DEEPSEEK)).values()) == ["all-linear", "attention", "mlp"]


@pytest.mark.parametrize("name", MODELS)
def test_every_layer_is_of_some_kind(name: str) -> None:
    every = parts(target for kind in lora_kinds(model(name)) for target in kind.targets)
    assert covered(model(name), "all-linear") <= every


@pytest.mark.parametrize("name", MODELS)
def test_presets_are_spelled_as_themselves(name: str) -> None:
    for spec in presets(model(name)).values():
        spelled = spell(model(name), covered(model(name), spec))
        assert covered(model(name), spelled) == covered(model(name), spec)
        assert spelled in presets(model(name)).values()


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_names_mean_what_is_ticked(data: st.DataObject) -> None:
    summary = model(data.draw(st.sampled_from(MODELS)))
    ticked = data.draw(st.lists(st.sampled_from(lora_kinds(summary)), unique=True))
    wanted = parts(target for kind in ticked for target in kind.targets)
    assert covered(summary, spell(summary, wanted)) == wanted
    assert covered(summary, ",".join(names_of(summary, wanted))) == wanted


def test_nothing_ticked_is_spelled_as_nothing() -> None:
    assert spell(model(LLAMA), frozenset()) == ""
    assert covered(model(LLAMA), "nope") == covered(model(LLAMA), "") == frozenset()


def test_ticking_one_by_one_ends_at_the_word_for_all() -> None:
    names = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")
    wanted = parts(target for name in names for target in kinds(LLAMA)[name].targets)
    spec = spell(model(LLAMA), wanted)
    assert spec == "all-linear"
    # PEFT prints the same for rank 16.
    assert estimate_lora(model(LLAMA), LoraConfig(16, spec)).trainable == 41943040
