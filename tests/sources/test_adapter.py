import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from paramtui.checkpoint.category import Category
from paramtui.checkpoint.checkpoint import Checkpoint
from paramtui.checkpoint.module import build_module_tree
from paramtui.checkpoint.summary import summarise
from paramtui.memory.adapter.lora import estimate_lora
from paramtui.memory.adapter.lora_config import LoraConfig
from paramtui.memory.estimate import estimate
from paramtui.memory.scenario import Mode
from paramtui.record import replace
from paramtui.reports.start import start_scenario
from paramtui.sources.catalog import load_bundled
from paramtui.sources.errors import BadConfig, BadHeader, NotAModel
from paramtui.sources.loading import load
from tests.conftest import SHARED, needs_shared
from tests.hub.models import Tensors, header, raw_weights, stored, text_file, weights
from tests.hub.server import File, Hub, Repository
from tests.sources.test_hub_cache import cache_snapshot
from tests.sources.test_local import LLAMA, lay_out

HARVEST = SHARED / "harvest"
CONFIG, FILE = "adapter_config.json", "adapter_model.safetensors"
Q = "base_model.model.model.layers.0.self_attn.q_proj"
LORA: Tensors = {
    f"{Q}.lora_A.weight": ("F32", (4, 8)),
    f"{Q}.lora_B.weight": ("F32", (8, 4)),
}
ALL: Tensors = {
    "model.embed_tokens.weight": ("BF16", (32, 8)),
    "model.norm.weight": ("BF16", (8,)),
    "lm_head.weight": ("BF16", (32, 8)),
    **{
        f"model.layers.{layer}.{name}": ("BF16", shape)
        for layer in range(2)
        for name, shape in (
            ("self_attn.q_proj.weight", (8, 8)),
            ("self_attn.k_proj.weight", (8, 8)),
            ("self_attn.v_proj.weight", (8, 8)),
            ("self_attn.o_proj.weight", (8, 8)),
            ("mlp.gate_proj.weight", (16, 8)),
            ("mlp.up_proj.weight", (16, 8)),
            ("mlp.down_proj.weight", (8, 16)),
            ("input_layernorm.weight", (8,)),
            ("post_attention_layernorm.weight", (8,)),
        )
    },
}
BASE = {
    "config.json": text_file({**LLAMA, "num_hidden_layers": 2}),
    "model.safetensors": weights(ALL),
}


def adapter(base: str | None, tensors: Tensors = LORA, **config: object) -> dict[str, File]:
    """The two files of an adapter of rank 4 on q_proj."""
    known = {"peft_type": "LORA", "base_model_name_or_path": base, "r": 4, "lora_alpha": 8}
    return {CONFIG: text_file({**known, **config}), FILE: weights(tensors)}


def counted(found: Checkpoint) -> Mapping[Category, int]:
    return summarise(found).by_category


def test_on_a_base_model_of_the_hub(hub: Hub) -> None:
    hub.add(Repository("org/base", BASE, license="mit"))
    hub.add(Repository("org/lora", adapter("org/base")))
    found = load("org/lora")
    assert (found.id, found.source, found.config.model_type) == ("org/lora", "hub", "llama")
    assert found.notice == "LoRA adapter, rank 4, alpha 8 on org/base"
    assert [shard.name for shard in found.shards] == ["model.safetensors", FILE]
    assert counted(found)[Category.ADAPTER] == 64
    assert summarise(found).total == summarise(load("org/base")).total + 64
    assert found.fetched.weight_bytes == 0
    assert not found.warnings


def test_both_loads_are_told_as_one(hub: Hub) -> None:
    hub.add(Repository("org/base", BASE))
    hub.add(Repository("org/lora", adapter("org/base")))
    found = load("org/lora")
    both, before = found.fetched, load("org/base").fetched
    assert both.requests > before.requests
    assert both.bytes > before.bytes + hub.repositories["org/lora"].files[CONFIG].size


def test_its_tensors_stand_in_the_modules_they_adapt(hub: Hub) -> None:
    hub.add(Repository("org/base", BASE))
    hub.add(Repository("org/lora", adapter("org/base")))
    tree = build_module_tree(summarise(load("org/lora")))
    paths = [module.path for module in tree.walk() if module.category is Category.ADAPTER]
    assert paths == [
        "model.layers.0.self_attn.q_proj.lora_A",
        "model.layers.0.self_attn.q_proj.lora_B",
    ]


def test_the_scenario_starts_with_its_own_training(hub: Hub) -> None:
    hub.add(Repository("org/base", BASE))
    hub.add(Repository("org/lora", adapter("org/base")))
    found = load("org/lora")
    scenario = start_scenario(found, {})
    assert (scenario.mode, scenario.lora_rank, scenario.lora_targets) == (Mode.LORA, 4, "q_proj")
    assert start_scenario(found, {"mode": Mode.INFERENCE}).mode is Mode.INFERENCE
    lora = estimate(summarise(found), scenario).lora
    assert lora is not None
    # One layer of two is adapted: a rule that goes by the name alone would count both.
    assert [(t.module, t.in_features, t.out_features, t.count) for t in lora.targets] == [
        ("q_proj", 8, 8, 1)
    ]
    assert (lora.rank, lora.trainable) == (4, 64)
    assert lora.adapter_file_bytes == hub.repositories["org/lora"].files[FILE].size


def test_the_base_is_not_counted_twice(hub: Hub) -> None:
    hub.add(Repository("org/base", BASE))
    hub.add(Repository("org/lora", adapter("org/base")))
    found = load("org/lora")
    scenario, summary = start_scenario(found, {}), summarise(found)
    trained = estimate(summary, scenario)
    parts = {part.name: part.bytes for part in trained.components}
    assert parts["weights"] == stored(load("org/base"))
    assert parts["adapter"] == 4 * 64
    assert parts["optimizer"] == 8 * 64
    served = estimate(summary, scenario.with_(mode=Mode.INFERENCE))
    assert {part.name: part.bytes for part in served.components}["weights"] == stored(found)


def test_what_is_saved_whole_is_trained_in_the_models_own_type(hub: Hub) -> None:
    hub.add(Repository("org/base", BASE))
    tensors: Tensors = {**LORA, "base_model.model.score.weight": ("F32", (2, 8))}
    hub.add(Repository("org/lora", adapter("org/base", tensors, modules_to_save=["score"])))
    found = load("org/lora")
    assert "score.modules_to_save.weight" in {tensor.name for tensor in found.tensors}
    costs = estimate(summarise(found), start_scenario(found, {}))
    assert costs.lora is not None
    assert costs.lora.trainable == 64 + 16
    # PEFT makes the adapter itself fp32 and leaves a module trained whole as it was loaded.
    assert {part.name: part.bytes for part in costs.components}["adapter"] == 4 * 64 + 2 * 16


@pytest.mark.parametrize("rank", [1, 4, 7, 64, 1000])
def test_at_any_rank_it_is_what_peft_would_save(rank: int, tmp_path: Path) -> None:
    # Where every q_proj is adapted, its own tensors and the rule for all layers must agree.
    tensors: Tensors = {
        name.replace("layers.0", f"layers.{layer}"): value
        for layer in range(2)
        for name, value in LORA.items()
    }
    text, data = header(tensors)
    files = {**adapter("../base"), FILE: raw_weights(text.ljust(-(-len(text) // 8) * 8), data)}
    base = load(str(lay_out(tmp_path / "base", BASE)))
    found = load(str(lay_out(tmp_path / "lora", files)))
    scenario = start_scenario(found, {}).with_(lora_rank=rank)
    lora = estimate(summarise(found), scenario).lora
    expected = estimate_lora(summarise(base), LoraConfig(rank=rank, target_modules="q_proj"))
    assert lora == replace(expected, notes=())


def test_a_base_that_is_missing_is_named(hub: Hub) -> None:
    hub.add(Repository("org/lora", adapter("org/gone")))
    found = load("org/lora")
    assert found.notice is not None
    assert found.notice.startswith("LoRA adapter, rank 4, alpha 8, alone: its base model cannot be")
    assert "org/gone" in found.notice
    assert dict(counted(found)) == {Category.ADAPTER: 64}
    assert start_scenario(found, {}).mode is Mode.INFERENCE
    assert estimate(summarise(found), start_scenario(found, {})).total_bytes > 0


@pytest.mark.parametrize("base", [None, "", "./models/x", "/etc/passwd", "a b", "../x", "C:\\m", 7])
def test_a_base_that_is_no_name_is_never_a_path_of_ours(hub: Hub, base: str | None) -> None:
    hub.add(Repository("org/lora", adapter(base)))
    found = load("org/lora")
    assert found.notice is not None
    assert "alone: it names no base model" in found.notice
    assert dict(counted(found)) == {Category.ADAPTER: 64}


def test_a_base_that_is_an_adapter_is_not_followed(hub: Hub) -> None:
    hub.add(Repository("org/lora", adapter("org/lora")))
    found = load("org/lora")
    assert "its base model, org/lora, is an adapter itself" in str(found.notice)


def test_a_gated_base_opens_from_its_bundled_description(hub: Hub) -> None:
    name = "meta-llama/Llama-3.2-1B"
    hub.add(Repository(name, BASE, gated=True))
    hub.add(Repository("org/lora", adapter(name)))
    found = load("org/lora")
    assert f"on {name}, bundled description" in str(found.notice)
    assert found.config.layers == 16
    assert "1 adapted layers are not those of" in found.warnings[0]  # of another width


def test_the_revision_of_the_base(hub: Hub) -> None:
    commit = hub.add(Repository("org/base", BASE)).commit
    hub.add(Repository("org/lora", adapter("org/base", revision=commit)))
    assert counted(load("org/lora"))[Category.ADAPTER] == 64
    assert any(f"/revision/{commit}" in seen.path for seen in hub.seen)


def test_an_adapter_beside_a_model_opens_when_it_is_named(hub: Hub) -> None:
    hub.add(Repository("org/both", {**BASE, **adapter("org/both2")}))
    assert load("org/both").adapter is None
    for file in (FILE, CONFIG):
        found = load(f"hf://org/both/{file}")
        assert found.adapter is not None
        assert found.adapter.rank == 4


def test_an_adapter_in_a_folder_of_a_repository(hub: Hub) -> None:
    hub.add(Repository("org/base", BASE))
    files = {f"last/{name}": file for name, file in adapter("org/base").items()}
    hub.add(Repository("org/lora", files))
    assert counted(load("hf://org/lora/last"))[Category.ADAPTER] == 64


def test_a_local_adapter_on_a_local_base(tmp_path: Path) -> None:
    lay_out(tmp_path / "base", BASE)
    folder = lay_out(tmp_path / "lora", adapter("../base"))
    for text in (folder, folder / FILE, folder / CONFIG):
        found = load(str(text))
        assert counted(found)[Category.ADAPTER] == 64
        assert (found.source, found.fetched.requests) == ("local", 0)
    lay_out(folder, adapter(str(tmp_path / "base")))
    assert counted(load(str(folder)))[Category.ATTENTION] > 0


def test_an_adapter_and_its_base_from_the_cache(hub: Hub, tmp_path: Path) -> None:
    for model in (Repository("org/base", BASE), Repository("org/lora", adapter("org/base"))):
        cache_snapshot(tmp_path / "cache", model)
    for text in ("org/lora", f"hf://org/lora/{FILE}"):
        found = load(text, offline=True)
        assert (found.id, found.source, found.fetched.from_cache) == ("org/lora", "cache", True)
        assert found.notice == (
            "LoRA adapter, rank 4, alpha 8 on org/base, offline: from the Hub's cache"
        )
        assert counted(found)[Category.ADAPTER] == 64
    assert not hub.seen


def test_a_file_that_is_not_read_leaves_the_configuration(hub: Hub) -> None:
    hub.add(Repository("org/base", BASE))
    files = adapter("org/base", target_modules=["q_proj", "v_proj"])
    del files[FILE]
    hub.add(Repository("org/lora", {**files, "adapter_model.bin": File(b"", 99)}))
    found = load("org/lora")
    assert found.warnings == (
        "adapter_model.bin is not read: its rank and layers are the configuration's",
    )
    lora = estimate(summarise(found), start_scenario(found, {})).lora
    assert lora is not None
    assert lora.trainable == 2 * 2 * 4 * 16


def test_without_a_configuration_the_tensors_speak(tmp_path: Path) -> None:
    files = adapter(None)
    del files[CONFIG]
    found = load(str(lay_out(tmp_path / "lora", files)))
    assert found.adapter is not None
    assert (found.adapter.rank, found.adapter.targets) == (4, "q_proj")
    assert found.warnings == (
        "it has no adapter_config.json: what is shown is read from its tensors",
    )


def test_a_rank_that_is_not_the_tensors_is_told(tmp_path: Path) -> None:
    found = load(str(lay_out(tmp_path / "lora", adapter(None, r=64))))
    assert found.warnings == (
        "adapter_config.json says rank 64, the tensors have 4: those are believed",
    )


@pytest.mark.parametrize(
    ("files", "error", "told"),
    [
        ({CONFIG: b"{", FILE: weights(LORA)}, BadConfig, "adapter_config.json is not JSON"),
        ({CONFIG: b"[]", FILE: weights(LORA)}, BadConfig, "holds no JSON object"),
        ({CONFIG: b"[" * 99_999, FILE: weights(LORA)}, BadConfig, "not JSON"),
        ({CONFIG: b"{}", FILE: b"x"}, BadHeader, "too small"),
    ],
)
def test_what_is_no_adapter_is_one_sentence(
    hub: Hub, tmp_path: Path, files: dict[str, object], error: type[Exception], told: str
) -> None:
    made = {
        name: file if isinstance(file, File) else text_file(file) for name, file in files.items()
    }
    hub.add(Repository("org/lora", made))
    for text in ("org/lora", str(lay_out(tmp_path / "lora", made))):
        with pytest.raises(error, match=told):
            load(text)


def test_the_configuration_of_an_adapter_whose_file_is_not_there(tmp_path: Path) -> None:
    lay_out(tmp_path / "base", BASE)
    files = adapter("../base", target_modules=["q_proj", "v_proj"])
    del files[FILE]
    folder = lay_out(tmp_path / "lora", files)
    (folder / "mine.json").write_bytes((folder / CONFIG).read_bytes())
    for text in (folder, folder / CONFIG, folder / "mine.json"):
        found = load(str(text))
        assert found.warnings == (
            "adapter_model.safetensors is not here: its rank and layers are the configuration's",
        )
        lora = estimate(summarise(found), start_scenario(found, {})).lora
        assert lora is not None
        assert lora.trainable == 2 * 2 * 4 * 16
        assert not found.complete
    (folder / CONFIG).write_bytes(adapter("./gone")[CONFIG].head)
    with pytest.raises(NotAModel, match="rank 4, alpha 8: its weights are not here, and it names"):
        load(str(folder))


PUBLISHED = {
    "peft_gpt2_r8_cattn_cproj": "gpt2",
    "peft_bert_base_r8_qv_seqcls": "bert-base-uncased",
    "peft_distilbert_r8_qv_seqcls": "distilbert-base-uncased",
    "peft_distilbert_r8_emotion": "distilbert-base-uncased",
    "peft_gpt2_r8_cattn_seqcls": "gpt2",
    "peft_opt125m_r16_qv_bf16": "facebook/opt-125m",
}
"""Headers of harvest/headers whose base model is bundled."""


@needs_shared
@pytest.mark.parametrize("name", PUBLISHED)
def test_published_adapters_on_their_base_models(name: str, tmp_path: Path, hub: Hub) -> None:
    value = json.loads((HARVEST / "headers" / f"{name}.json").read_bytes())
    source = value["_source"]
    text = json.dumps(value["header"], separators=(",", ":")).encode().ljust(source["header_bytes"])
    config = {"peft_type": "LORA", "base_model_name_or_path": PUBLISHED[name]}
    head = len(text).to_bytes(8, "little") + text
    files = {CONFIG: text_file(config), FILE: File(head, source["file_bytes"])}
    hub.add(Repository("org/lora", files))
    for given in ("org/lora", str(lay_out(tmp_path / "lora", files))):
        found = load(given)
        assert found.adapter is not None
        assert len(found.adapter.modules) == len(found.adapter.layers)
        assert not found.warnings
        lora = estimate(summarise(found), start_scenario(found, {})).lora
        assert lora is not None
        assert lora.trainable == source["params"]
        assert lora.adapter_file_bytes == source["file_bytes"]


@needs_shared
@pytest.mark.parametrize("folder", ["gpt2-r8-cattn-cproj", "phi-2-r16-qv", "mistral-7b-r8-qv"])
def test_published_configurations(folder: str) -> None:
    # harvest/adapters: the configuration, and the size that the file beside it had.
    config = json.loads((HARVEST / "adapters" / folder / CONFIG).read_bytes())
    size = json.loads((HARVEST / "adapters" / folder / "source.json").read_bytes())
    base = load_bundled(config["base_model_name_or_path"])
    assert base is not None
    lora = LoraConfig(rank=config["r"], target_modules=",".join(config["target_modules"]))
    written = size["adapter_safetensors_file_bytes"]
    assert estimate_lora(summarise(base), lora).adapter_file_bytes == written
