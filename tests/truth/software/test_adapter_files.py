"""Adapters that PEFT itself has written, opened again: ranks, targets, counts and bytes."""

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("peft", reason="needs the extra `truth`")
pytest.importorskip("transformers", reason="needs the extra `truth`")

import peft
from transformers import GPT2Config, GPT2LMHeadModel, LlamaConfig, LlamaForCausalLM

from paramtui.checkpoint.category import Category
from paramtui.checkpoint.summary import summarise
from paramtui.memory.estimate import estimate
from paramtui.reports.start import start_scenario
from paramtui.sources.loading import load

pytestmark = pytest.mark.filterwarnings("ignore")

QUERIES = ["q_proj", "v_proj"]
SETTINGS: dict[str, dict[str, Any]] = {
    "plain": {"target_modules": QUERIES},
    "everything": {"target_modules": "all-linear"},
    "expression": {"target_modules": r".*layers\.0\..*(q|v)_proj"},
    "layers": {"target_modules": QUERIES, "layers_to_transform": [1]},
    "ranks": {"target_modules": QUERIES, "rank_pattern": {"v_proj": 2}},
    "dora": {"target_modules": QUERIES, "use_dora": True},
    "rslora": {"target_modules": QUERIES, "use_rslora": True},
    "bias": {"target_modules": QUERIES, "lora_bias": True},
    "head": {"target_modules": QUERIES, "modules_to_save": ["lm_head"]},
    "embedding": {"target_modules": [*QUERIES, "embed_tokens"]},
}


def llama() -> Any:
    sizes = {"hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "vocab_size": 64}
    config = LlamaConfig(
        **sizes, num_attention_heads=4, num_key_value_heads=2, tie_word_embeddings=False
    )
    return LlamaForCausalLM(config)


def written(model: Any, folder: Path, **settings: Any) -> tuple[Path, int, int]:
    """An adapter saved beside its base model, and PEFT's own counts: trained and all."""
    model.save_pretrained(folder / "base")
    config = peft.LoraConfig(r=4, lora_alpha=8, task_type="CAUSAL_LM", **settings)
    adapted = peft.get_peft_model(model, config)
    trained, every = adapted.get_nb_trainable_parameters()
    adapted.peft_config["default"].base_model_name_or_path = "../base"
    adapted.save_pretrained(folder / "lora")
    return folder / "lora", trained, every


@pytest.mark.parametrize("name", SETTINGS)
def test_what_peft_saves_is_what_is_counted(name: str, tmp_path: Path) -> None:
    folder, trained, every = written(llama(), tmp_path, **SETTINGS[name])
    found = load(str(folder))
    adapter = found.adapter
    assert adapter is not None
    assert not found.warnings
    assert (adapter.rank, adapter.alpha) == (4, 8)
    assert len(adapter.modules) == len(adapter.layers)
    assert adapter.trainable == trained
    summary = summarise(found)
    assert summary.by_category[Category.ADAPTER] == trained
    lora = estimate(summary, start_scenario(found, {})).lora
    assert lora is not None
    assert lora.trainable == trained
    assert lora.frozen + lora.trainable == every
    size = (folder / "adapter_model.safetensors").stat().st_size
    assert lora.adapter_file_bytes == adapter.file_bytes == size


@pytest.mark.parametrize("rank", [1, 8, 100])
def test_another_rank_is_what_peft_saves_then(rank: int, tmp_path: Path) -> None:
    folder, _, _ = written(llama(), tmp_path / "a", **SETTINGS["dora"])
    found = load(str(folder))
    lora = estimate(summarise(found), start_scenario(found, {"lora_rank": rank})).lora
    model = llama()
    config = peft.LoraConfig(r=rank, task_type="CAUSAL_LM", **SETTINGS["dora"])
    adapted = peft.get_peft_model(model, config)
    adapted.save_pretrained(tmp_path / "b")
    assert lora is not None
    assert lora.trainable == adapted.get_nb_trainable_parameters()[0]
    size = (tmp_path / "b" / "adapter_model.safetensors").stat().st_size
    assert lora.adapter_file_bytes == size


def test_layers_that_stand_the_other_way_round(tmp_path: Path) -> None:
    model = GPT2LMHeadModel(GPT2Config(n_embd=32, n_layer=2, n_head=4, vocab_size=64))
    folder, trained, _ = written(model, tmp_path, target_modules=["c_attn", "c_proj"])
    adapter = load(str(folder)).adapter
    assert adapter is not None
    assert len(adapter.modules) == len(adapter.layers) == 2 * 3
    assert adapter.trainable == trained
