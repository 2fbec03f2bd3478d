import os
from pathlib import Path

import gguf
import pytest

from paramtui.checkpoint.blueprint import blueprint
from paramtui.checkpoint.category import Category
from paramtui.checkpoint.checkpoint import Checkpoint
from paramtui.checkpoint.config import ModelConfig
from paramtui.checkpoint.design.change import change_named
from paramtui.checkpoint.design.design import designed
from paramtui.checkpoint.summary import summarise
from paramtui.memory.estimate import MemoryEstimate, estimate
from paramtui.memory.layout.weights import weights
from paramtui.memory.scenario import Mode, Scenario
from paramtui.record import replace
from paramtui.sources.catalog import load_bundled
from paramtui.sources.errors import NoSafetensors, NotAModel
from paramtui.sources.loading import load
from tests.checkpoint.gguf_bytes import Gguf, Info, Typed
from tests.sources.gguf_conversion import write

MODELS = {
    "TinyLlama/TinyLlama-1.1B-Chat-v1.0": "llama",
    "mistralai/Mixtral-8x7B-v0.1": "llama",
    "Qwen/Qwen2.5-0.5B": "qwen2",
    "Qwen/Qwen3-8B": "qwen3",
    "Qwen/Qwen3-30B-A3B": "qwen3moe",
    "Qwen/Qwen3-Next-80B-A3B-Instruct": "qwen3next",
    "google/gemma-2-2b": "gemma2",
    "google/gemma-3-1b-pt": "gemma3",
    "microsoft/Phi-3-mini-4k-instruct": "phi3",
    "microsoft/phi-2": "phi2",
    "deepseek-ai/DeepSeek-V2-Lite": "deepseek2",
    "state-spaces/mamba-130m-hf": "mamba",
    "ai21labs/Jamba-v0.1": "jamba",
    "openai-community/gpt2": "gpt2",
    "google-bert/bert-base-uncased": "bert",
    "google-t5/t5-small": "t5",
    "tiiuae/falcon-7b": "falcon",
    "EleutherAI/pythia-1.4b": "gptneox",
    "allenai/OLMo-2-1124-7B": "olmo2",
    "CohereLabs/c4ai-command-r7b-12-2024": "cohere2",
    "bigcode/starcoder2-3b": "starcoder2",
    "stabilityai/stablelm-2-1_6b": "stablelm",
}


def both(name: str, folder: Path, matrices: str = "F16") -> tuple[Checkpoint, Checkpoint]:
    """A model of the catalogue, and the same after llama.cpp's package has written it."""
    plain = first_layers(name)
    path = folder / "model.gguf"
    write(plain, MODELS[name], path, matrices)
    return plain, load(str(path))


def first_layers(name: str) -> Checkpoint:
    """The first eight layers of a model of the catalogue: enough for every rhythm of layers."""
    found = load_bundled(name)
    assert found is not None
    root = found.config.root
    known = {key: root.raw(key) for key in root.names()}
    config = ModelConfig.from_json(
        known | {key: 8 for key in ("num_hidden_layers", "n_layer") if key in known}
    )
    return replace(found, config=config, tensors=blueprint(config))


@pytest.mark.parametrize("name", MODELS)
def test_a_model_costs_the_same_as_gguf(name: str, tmp_path: Path) -> None:
    plain, found = both(name, tmp_path)
    # BERT's converter drops the head of its pre-training.
    kept = tuple(tensor for tensor in plain.tensors if not tensor.name.startswith("cls."))
    expected, counted = summarise(replace(plain, tensors=kept)), summarise(found)
    assert counted.by_category == expected.by_category
    for mode in (Mode.INFERENCE, Mode.LORA):
        scenario = Scenario(mode=mode, context=2000)
        there, here = estimate(expected, scenario), estimate(counted, scenario)
        assert adapter(here) == adapter(there)
        for part in ("kv_cache", "state"):
            assert size(here, part) == size(there, part)
    assert not counted.warnings


def size(costs: MemoryEstimate, part: str) -> int:
    component = costs.component(part)
    return component.bytes if component else 0


def adapter(costs: MemoryEstimate) -> int | None:
    return costs.lora.trainable if costs.lora else None


@pytest.mark.parametrize("name", ["TinyLlama/TinyLlama-1.1B-Chat-v1.0", "google/gemma-2-2b"])
def test_every_matrix_in_q8_0_is_what_the_estimate_says(name: str, tmp_path: Path) -> None:
    # Two ways to the same bytes: the file's own infos, and the mixture applied to the plain model.
    plain, found = both(name, tmp_path, "Q8_0")
    stored = summarise(found).stored_bytes
    assert stored == weights(summarise(plain), "q8_0").bytes
    assert stored == sum(tensor.nbytes for tensor in found.tensors)
    assert not summarise(found).warnings
    assert summarise(found).by_dtype["Q8_0"] > 0.99 * summarise(plain).total


KINDS = (
    "F32",
    "BF16",
    "Q4_0",
    "Q4_1",
    "Q5_0",
    "Q5_1",
    "Q8_0",
    "Q2_K",
    "Q3_K",
    "Q4_K",
    "Q5_K",
    "Q6_K",
    "IQ1_S",
    "IQ2_XXS",
    "IQ2_S",
    "IQ3_XXS",
    "IQ3_S",
    "IQ4_NL",
    "IQ4_XS",
    "TQ1_0",
    "TQ2_0",
    "MXFP4",
)
WIDE = [
    "TinyLlama/TinyLlama-1.1B-Chat-v1.0",
    "allenai/OLMo-2-1124-7B",
    "Qwen/Qwen3-8B",
    "google/gemma-2-2b",
    "microsoft/phi-2",
    "EleutherAI/pythia-1.4b",
    "bigcode/starcoder2-3b",
    "mistralai/Mixtral-8x7B-v0.1",
]
"""Models of seven architectures, taken in turn."""


@pytest.mark.parametrize("number", range(len(KINDS)), ids=lambda number: KINDS[number])
def test_each_quantisation_weighs_what_the_package_says(number: int, tmp_path: Path) -> None:
    name, kind = WIDE[number % len(WIDE)], KINDS[number]
    plain, found = both(name, tmp_path, kind)
    judge = gguf.GGUFReader(tmp_path / "model.gguf")
    assert sum(tensor.nbytes for tensor in found.tensors) == sum(
        int(tensor.n_bytes) for tensor in judge.tensors
    )
    assert {tensor.tensor_type.name for tensor in judge.tensors} >= {kind}
    summary = summarise(found)
    assert summary.total == summarise(plain).total
    assert summary.by_dtype[kind] > 0.8 * summary.total
    assert not summary.warnings


@pytest.mark.parametrize("name", ["google/gemma-2-2b", "Qwen/Qwen3-8B", "microsoft/phi-2"])
def test_a_design_of_a_model_in_gguf(name: str, tmp_path: Path) -> None:
    plain, _ = both(name, tmp_path)
    # The file is written with a vocabulary of 100 words.
    changes = [change_named("num_hidden_layers=4"), change_named("vocab_size=100")]
    found = load(str(tmp_path / "model.gguf"), changes=changes)
    assert summarise(found).total == summarise(designed(plain, changes)).total
    assert summarise(found).by_dtype.keys() == {"BF16"}
    assert any("the files are GGUF" in warning for warning in found.warnings)


def test_the_configuration_is_read_from_the_metadata(tmp_path: Path) -> None:
    plain, found = both("google/gemma-2-2b", tmp_path)
    for field in ("hidden_size", "layers", "heads", "intermediate_size", "context_length", "tied"):
        assert getattr(found.config, field) == getattr(plain.config, field) or field == "tied"
    assert (found.config.model_type, found.config.architecture) == ("gemma2", "gemma2")
    assert found.config.tied is True
    assert found.config.text.integer("sliding_window") == 4096


TINY = {"general.architecture": "llama", "llama.block_count": 1, "general.license": "mit"}
LAYERS = {
    "token_embd.weight": Info((32, 256), kind=8),
    "blk.0.attn_q.weight": Info((256, 256), kind=12),
    "output_norm.weight": Info((256,)),
}
PARAMETERS = 32 * 256 + 256 * 256 + 256
STORED = 32 * 8 * 34 + 256 * 144 + 256 * 4


def put(folder: Path, files: dict[str, Gguf]) -> Path:
    folder.mkdir(exist_ok=True)
    for name, file in files.items():
        (folder / name).write_bytes(file.file())
    return folder


def parts(count: int, *tensors: dict[str, Info]) -> dict[str, Gguf]:
    """A model in parts; all metadata are in the first."""
    total = sum(map(len, tensors))
    split = {"split.count": Typed(2, count), "split.tensors.count": Typed(5, total)}
    return {
        f"m-Q4_K_M-{number + 1:05}-of-{count:05}.gguf": Gguf(
            {**(TINY if number == 0 else {}), "split.no": Typed(2, number), **split}, held
        )
        for number, held in enumerate(tensors)
    }


@pytest.mark.parametrize("name", ["m.gguf", "M.GGUF", "sha256-6a0746a1ec1a"])
def test_a_file_opens_by_its_name_or_its_first_bytes(tmp_path: Path, name: str) -> None:
    put(tmp_path, {name: Gguf(TINY, LAYERS)})
    found = load(str(tmp_path / name))
    summary = summarise(found)
    assert (summary.total, summary.stored_bytes) == (PARAMETERS, STORED)
    assert dict(summary.by_dtype) == {"Q8_0": 32 * 256, "Q4_K": 256 * 256, "F32": 256}
    assert (found.source, found.license, found.notice) == ("local", "mit", None)
    assert [tensor.name for tensor in found.tensors] == [
        "model.embed_tokens.weight",
        "model.layers.0.self_attn.q_proj.weight",
        "model.norm.weight",
    ]


def test_nothing_is_read_beyond_the_infos(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = Gguf({**TINY, "tokenizer.ggml.tokens": ["word"] * 1000}, LAYERS)
    put(tmp_path, {"m.gguf": file})
    read = []
    plain = os.read

    def counted(descriptor: int, count: int) -> bytes:
        read.append(count)
        return plain(descriptor, count)

    monkeypatch.setattr("paramtui.sources.files.os.read", counted)
    load(str(tmp_path / "m.gguf"))
    assert len(file.description()) - 8 < sum(read) <= len(file.description())


def test_parts_are_one_model(tmp_path: Path) -> None:
    whole = parts(3, {}, dict([*LAYERS.items()][:1]), dict([*LAYERS.items()][1:]))
    folder = put(tmp_path / "m", whole)
    for text in (folder, folder / "m-Q4_K_M-00003-of-00003.gguf"):
        found = load(str(text))
        assert summarise(found).stored_bytes == STORED
        assert [shard.name for shard in found.shards] == list(whole)
        assert found.config.layers == 1
        assert not found.warnings
        assert found.complete


def test_a_missing_part_is_marked(tmp_path: Path) -> None:
    whole = parts(3, LAYERS, {}, {"output.weight": Info((32, 256))})
    del whole["m-Q4_K_M-00003-of-00003.gguf"]
    found = load(str(put(tmp_path / "m", whole)))
    assert [shard.problem for shard in found.shards] == [None, None, "missing"]
    assert not found.complete
    assert summarise(found).total == PARAMETERS


def test_other_tensors_than_claimed_are_told(tmp_path: Path) -> None:
    whole = parts(1, LAYERS)
    file = whole["m-Q4_K_M-00001-of-00001.gguf"]
    broken = replace(file, metadata={**file.metadata, "split.tensors.count": Typed(5, 9)})
    found = load(str(put(tmp_path / "m", {"m.gguf": broken})))
    assert found.warnings == ("the files claim 9 tensors and hold 3",)


def test_of_several_quantisations_the_usual_one_opens(tmp_path: Path) -> None:
    folder = put(
        tmp_path / "m",
        {f"m.{label}.gguf": Gguf(TINY, LAYERS) for label in ("Q2_K", "Q4_K_M", "Q8_0")}
        | {"mmproj-F16.gguf": Gguf({"general.architecture": "clip"})},
    )
    found = load(str(folder))
    assert [shard.name for shard in found.shards] == ["m.Q4_K_M.gguf"]
    assert [(c.name, c.reference, c.opened) for c in found.choices] == [
        ("Q2_K", str(folder / "m.Q2_K.gguf"), False),
        ("Q4_K_M", str(folder / "m.Q4_K_M.gguf"), True),
        ("Q8_0", str(folder / "m.Q8_0.gguf"), False),
    ]
    assert {choice.size for choice in found.choices} == {(folder / "m.Q2_K.gguf").stat().st_size}
    assert found.notice == (
        "Q4_K_M is open; also here: Q2_K 0.00 GB, Q8_0 0.00 GB, mmproj-F16.gguf; "
        f"open one by name, as {folder / 'm.Q2_K.gguf'}"
    )


def test_a_vision_tower_opens_by_name(tmp_path: Path) -> None:
    metadata = {
        "general.architecture": "clip",
        "clip.vision.image_size": 336,
        "clip.vision.block_count": 1,
    }
    tensors = {
        "v.patch_embd.weight": Info((8, 3, 14, 14)),
        "v.blk.0.attn_q.weight": Info((8, 8)),
        "v.blk.0.ln1.weight": Info((8,)),
        "mm.0.weight": Info((16, 8)),
    }
    folder = put(tmp_path / "m", {"mmproj-F16.gguf": Gguf(metadata, tensors)})
    summary = summarise(load(str(folder / "mmproj-F16.gguf")))
    assert dict(summary.by_category) == {
        Category.VISION: 8 * 3 * 14 * 14 + 64 + 8,
        Category.PROJECTOR: 128,
    }
    assert summary.config.vision.integer("image_size") == 336
    with pytest.raises(NoSafetensors):
        load(str(folder))


def test_an_adapter_in_gguf(tmp_path: Path) -> None:
    tensors = {
        "blk.0.attn_q.weight.lora_a": Info((4, 256)),
        "blk.0.attn_q.weight.lora_b": Info((256, 4)),
    }
    metadata = {**TINY, "general.type": "adapter", "adapter.type": "lora"}
    folder = put(tmp_path / "m", {"lora.gguf": Gguf(metadata, tensors)})
    found = load(str(folder / "lora.gguf"))
    assert [tensor.name for tensor in found.tensors] == [
        "model.layers.0.self_attn.q_proj.lora_A.weight",
        "model.layers.0.self_attn.q_proj.lora_B.weight",
    ]
    assert dict(summarise(found).by_category) == {Category.ADAPTER: 2 * 4 * 256}


def test_an_importance_matrix_is_no_model(tmp_path: Path) -> None:
    file = Gguf({"general.type": "imatrix"}, {"blk.0.attn_q.weight.counts": Info((1, 1))})
    with pytest.raises(NotAModel, match="importance matrix"):
        load(str(put(tmp_path / "m", {"x.gguf": file}) / "x.gguf"))
