"""What PEFT trains and saves, family by family, against our count from the saved shapes."""

from copy import deepcopy
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("peft", reason="needs the extra `truth`")
pytest.importorskip("transformers", reason="needs the extra `truth`")

import peft
from safetensors import safe_open
from torch import nn
from transformers.pytorch_utils import Conv1D

from paramtui.checkpoint.category import Category
from paramtui.memory.adapter.lora import adapter_parameters, estimate_lora
from paramtui.memory.adapter.lora_config import LoraConfig
from paramtui.memory.adapter.lora_targets import find_targets
from paramtui.memory.errors import ScenarioError
from tests.truth.software.cases import DENSE, KNOWN, Case, Row, cases, with_reasons
from tests.truth.software.cases_apart import UNKNOWN
from tests.truth.software.live import build, live, owners

pytestmark = pytest.mark.filterwarnings("ignore")

SHARED_BLOCK = (
    "a block that layers share is stored once and adapted once here; PEFT adapts each use"
)
TABLES = "experts whose matrices are the rows of two embedding tables: no linear layers in torch"
APART = "one matrix in the files, two in memory: PEFT gives each an adapter of its own"
DIFFERS = {
    "dinov2+swiglu": APART,
    "zamba2": SHARED_BLOCK,
    "zamba2+attention-adapters": SHARED_BLOCK,
    "doge+experts": TABLES,
}
"""Cases whose adapter we count otherwise on purpose, and why."""

USES = {
    "mistral4": "experts packed in the files too: layers here, parameters to PEFT",
    "zamba2": SHARED_BLOCK,
}
"""But for the settings that pass it by."""

NOT_PACKED = {
    "switch_transformers": "its experts are linear layers of their own in transformers 5 too",
    "jetmoe": "experts of its attention have a second router of one name",
    "doge+experts": TABLES,
    "dbrx": "the layer in its router, which PEFT takes along",
}
"""Mixtures whose adapter under transformers 5 we count otherwise, and why."""

RENAMED = frozenset({"dinov2", "mllama", "nemotron_h", "qwen2_vl", "qwen2_5_vl"})
"""Their modules have longer or shorter names in memory than in files, and so has the header."""
HEADER_OFF = 600
"""Bytes by which that changes the header of a tiny model's adapter, at most."""

MIXED = (Category.EXPERTS, Category.ROUTER)
"""Experts and routers are modules of their own kind in transformers 5, one matrix each in files:
the convention is the files', and they are compared by neither."""

NAMES = {
    "q_proj,v_proj",
    "q_proj,k_proj,v_proj,o_proj",
    "query_key_value,dense",
    "c_attn",
    "q,v",
    "query,value",
    "q_lin,v_lin",
    "qkv_proj",
    "Wqkv",
}
"""What people write as `target_modules`; most families have one of them."""

RANK_8 = LoraConfig(rank=8)
SETTINGS: dict[str, dict[str, Any]] = {
    "rank 16": {"r": 16},
    "rank 300": {"r": 300},
    "DoRA": {"use_dora": True},
    "bias of B": {"lora_bias": True},
    "all biases": {"bias": "all"},
    "their biases": {"bias": "lora_only"},
    "some layers": {"layers_to_transform": [0, 2]},
}


@pytest.mark.parametrize("case", with_reasons(cases(KNOWN | UNKNOWN), DIFFERS), ids=str)
def test_every_linear_layer_is_adapted(case: Case) -> None:
    model, found = build(case), live(case)
    names = linear(case)
    if not names:
        pytest.skip("no linear layer but the experts")
    adapted, refusal = adapt(model, peft.LoraConfig(r=8, target_modules=list(names)))
    if adapted is None:
        assert "Mamba" in str(refusal)
        assert any("PEFT refuses" in note for note in estimate_lora(found.summary, RANK_8).notes)
        return
    targets = find_targets(found.summary, "all-linear")
    expected = (t for t in targets if t.group.category not in MIXED)
    trained = adapted.get_nb_trainable_parameters()[0]
    assert sum(adapter_parameters(target, RANK_8) for target in expected) == trained


def mixtures() -> dict[str, Row]:
    rows = {**KNOWN, **UNKNOWN}
    return {name: row for name, row in rows.items() if "expert" in str(row.config)}


@pytest.mark.parametrize("case", with_reasons(cases(mixtures()), NOT_PACKED), ids=str)
def test_experts_as_transformers_5_packs_them(case: Case) -> None:
    model, found = build(case), live(case)
    if not any(group.category is Category.EXPERTS for group in found.summary.groups):
        pytest.skip("no experts in this variant")
    estimate = estimate_lora(found.summary, LoraConfig(rank=8, packed_experts=True))
    adapted, refusal = wrap(model, peft.LoraConfig(r=8, target_modules="all-linear"))
    if adapted is None:
        assert "Mamba" in str(refusal)
        assert any("PEFT refuses" in note for note in estimate.notes)
        return
    assert estimate.trainable == adapted.get_nb_trainable_parameters()[0]


@pytest.mark.parametrize("setting", SETTINGS, ids="+{}".format)
@pytest.mark.parametrize(
    "case", with_reasons(cases(KNOWN, variants=False), USES, strict=False), ids=str
)
def test_named_layers(case: Case, setting: str, tmp_path: Path) -> None:
    model, found = build(case), live(case)
    names = named(case)
    if names is None:
        pytest.skip("all its linear layers have other names in memory")
    given = {"r": 8, "target_modules": names.split(","), **SETTINGS[setting]}
    adapted, refusal = adapt(model, peft.LoraConfig(**given))
    lora = ours(given)
    if adapted is None:
        if "not found" in str(refusal):
            with pytest.raises(ScenarioError):
                estimate_lora(found.summary, lora)
        else:
            assert any("PEFT refuses" in note for note in estimate_lora(found.summary, lora).notes)
        return
    estimate = estimate_lora(found.summary, lora)
    assert estimate.trainable == adapted.get_nb_trainable_parameters()[0]
    adapted.save_pretrained(tmp_path)
    file = tmp_path / "adapter_model.safetensors"
    twice = tied_biases(model) if lora.bias == "all" else 0
    with safe_open(file, "pt") as saved:
        data = sum(saved.get_tensor(name).nbytes for name in saved.keys())  # noqa: SIM118
    assert estimate.adapter_data_bytes + twice == data
    if not twice:
        off = abs(estimate.adapter_file_bytes - file.stat().st_size)
        assert off <= (HEADER_OFF if case.name in RENAMED else 0)


TABLES_TOO: dict[str, dict[str, Any]] = {
    "head saved": {"modules_to_save": ["lm_head"]},
    "both saved": {"modules_to_save": ["lm_head", "embed_tokens"]},
    "both saved as one": {
        "modules_to_save": ["lm_head", "embed_tokens"],
        "ensure_weight_tying": True,
    },
    "head adapted": {"target_modules": ["q_proj", "lm_head"]},
    "words adapted": {"target_modules": ["q_proj", "embed_tokens"]},
    "three tokens": {"trainable_token_indices": [1, 4, 9]},
}
SPEAKERS = {
    name: row
    for name, row in DENSE.items()
    if name in ("llama", "qwen2", "gemma2", "qwen3", "olmo2", "cohere", "smollm3")
}


@pytest.mark.parametrize("setting", TABLES_TOO, ids="+{}".format)
@pytest.mark.parametrize("case", with_reasons(cases(SPEAKERS), {}), ids=str)
def test_embeddings_and_heads(case: Case, setting: str, tmp_path: Path) -> None:
    model, found = build(case), live(case)
    given = {"r": 8, "target_modules": ["q_proj", "v_proj"], **TABLES_TOO[setting]}
    adapted = peft.get_peft_model(model, peft.LoraConfig(**deepcopy(given)))
    estimate = estimate_lora(found.summary, ours(given))
    assert estimate.trainable == adapted.get_nb_trainable_parameters()[0]
    adapted.save_pretrained(tmp_path)
    assert estimate.adapter_file_bytes == (tmp_path / "adapter_model.safetensors").stat().st_size


def adapt(model: Any, config: Any) -> tuple[Any, ValueError | None]:
    """The adapted model, or what PEFT says against it."""
    # Otherwise PEFT makes all experts, and nothing else, of names experts had in transformers 4.
    model.config.model_type = "plain"
    return wrap(model, config)


def wrap(model: Any, config: Any) -> tuple[Any, ValueError | None]:
    """The same, where names of transformers 4 may be translated."""
    try:
        return peft.get_peft_model(model, config), None
    except ValueError as refusal:
        return None, refusal


def ours(given: dict[str, Any]) -> LoraConfig:
    """Our configuration for PEFT's."""
    return LoraConfig(
        rank=given["r"],
        target_modules=",".join(given["target_modules"]),
        bias=given.get("bias", "none"),
        lora_bias=given.get("lora_bias", False),
        use_dora=given.get("use_dora", False),
        layers_to_transform=tuple(given.get("layers_to_transform", ())),
        modules_to_save=tuple(given.get("modules_to_save", ())),
        ensure_weight_tying=given.get("ensure_weight_tying", False),
        trainable_tokens=len(given.get("trainable_token_indices", ())),
    )


def named(case: Case) -> str | None:
    """The usual targets of the family, where files and memory agree about the names."""
    found = live(case)
    saved = {group.suffix for group in found.summary.groups if group.category not in MIXED}
    mixed = {group.suffix for group in found.summary.groups if group.category in MIXED}
    loaded = {name.rpartition(".")[2] for name in linear(case) if "." in name}
    present = saved.intersection(loaded) - mixed
    usual = (names for names in sorted(NAMES) if set(names.split(",")) <= present)
    return next(usual, ",".join(sorted(present)[:2]) or None)


def tied_biases(model: Any) -> int:
    """Bytes of biases that PEFT saves a second time: those of heads that are tied."""
    every = dict(model.named_parameters(remove_duplicate=False))
    second = every.keys() - dict(model.named_parameters()).keys()
    return sum(every[name].nbytes for name in second if name.endswith(".bias"))


@lru_cache(maxsize=8)
def linear(case: Case) -> tuple[str, ...]:
    """Full names of the layers that PEFT's `all-linear` takes, but for experts and routers."""
    found = live(case)
    by_name = owners(found.model)
    mixed = {
        by_name[tensor.name].name.rpartition(".")[0]
        for group in found.summary.groups
        if group.category in MIXED
        for tensor in group.tensors
    }
    head = found.model.get_output_embeddings()
    return tuple(
        name
        for name, module in found.model.named_modules()
        if isinstance(module, (nn.Linear, Conv1D)) and module is not head and name not in mixed
    )
