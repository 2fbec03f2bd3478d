import json
from pathlib import Path

import pytest
from huggingface_hub import constants

from paramtui.checkpoint.checkpoint import Checkpoint, Total
from paramtui.checkpoint.counting.totals import FILES
from paramtui.checkpoint.dtype import BF16, SAFETENSORS_DTYPES
from paramtui.checkpoint.summary import summarise
from paramtui.record import replace
from paramtui.sources.hub.info import RepoInfo, parse_info
from paramtui.sources.hub.public import from_public
from paramtui.sources.loading import load
from tests.hub.models import BYTES, sharded, single, text_file
from tests.hub.server import File, Hub, Repository

I32, F16 = SAFETENSORS_DTYPES["I32"], SAFETENSORS_DTYPES["F16"]
MB = 1_000_000


def public(files: dict[str, int], counts: object = None, folder: str = "") -> Checkpoint:
    found = from_public(described(files, counts), folder)
    assert found is not None
    return found


def described(files: dict[str, int], counts: object = None) -> RepoInfo:
    siblings = [{"rfilename": name, "size": size} for name, size in files.items()]
    value = {"siblings": siblings, "safetensors": {"parameters": counts}, "gated": "manual"}
    return parse_info(json.dumps(value).encode(), "org/gated", "main")


def test_totals_by_type_explain_the_files() -> None:
    found = public({"model.safetensors": 200 * MB + 5000, "config.json": 9}, {"BF16": 100 * MB})
    assert found.totals == (Total(BF16, 100 * MB, 100 * MB),)
    assert [(shard.name, shard.size) for shard in found.shards] == [
        ("model.safetensors", 200 * MB + 5000)
    ]
    # What is stored of a packed model explains its files as well.
    counts = {"I32": 100 * MB, "F16": 50 * MB}
    found = public({"model.safetensors": 500 * MB + 800}, counts)
    assert found.totals == (Total(I32, 100 * MB, 100 * MB), Total(F16, 50 * MB, 50 * MB))


def test_counts_that_the_files_are_too_small_for_are_parameters() -> None:
    found = public({"model.safetensors": 500 * MB}, {"I32": 800 * MB, "F16": 50 * MB})
    assert found.totals == (Total(FILES, 500 * MB, 850 * MB),)
    found = public({"model.safetensors": 500 * MB}, {"TURBO": 3})
    assert found.totals == (Total(FILES, 500 * MB, 3),)


def test_sizes_of_the_files_are_better_than_nothing() -> None:
    for files in (
        {"pytorch_model-00001-of-00002.bin": 300, "pytorch_model-00002-of-00002.bin": 200},
        {"m.Q4_K_M.gguf": 500, "m.Q8_0.gguf": 900},
        {"model.safetensors": 500, "model.fp16.safetensors": 250, "pytorch_model.bin": 500},
    ):
        found = public(files)
        assert found.totals == (Total(FILES, 500, None),), files
    assert from_public(described({"README.md": 5}), "") is None
    assert from_public(described({}), "") is None


def test_a_pipeline_has_a_row_for_each_component() -> None:
    files = {
        "model_index.json": 500,
        "flux1-dev.safetensors": 900,
        "transformer/diffusion_pytorch_model-00001-of-00002.safetensors": 400,
        "transformer/diffusion_pytorch_model-00002-of-00002.safetensors": 410,
        "transformer/diffusion_pytorch_model.safetensors.index.json": 7,
        "vae/diffusion_pytorch_model.safetensors": 60,
        "vae/diffusion_pytorch_model.fp16.safetensors": 30,
        "tokenizer/vocab.json": 5,
    }
    found = public(files)
    assert [(total.name, total.elements) for total in found.totals] == [
        ("transformer", 810),
        ("vae", 60),
    ]
    assert len(found.shards) == 3
    assert public(files, folder="vae").totals == (Total(FILES, 60, None),)


def test_the_public_part_of_the_configuration_is_kept(hub: Hub) -> None:
    quantised = {"quant_method": "gptq", "bits": 4}
    config = {"model_type": "llama", "quantization_config": quantised, "\x1b[31m": "\u202e"}
    hub.add(replace(single("org/gated"), gated=True, info={"config": config}))
    found = load("org/gated")
    assert found.config.model_type == "llama"
    assert found.config.quantization.integer("bits") == 4
    assert "\x1b" not in repr(found.config.root.names())
    assert (found.license, found.source, found.revision) == ("apache-2.0", "hub", "main")
    assert found.commit == hub.repositories["org/gated"].commit
    assert found.fetched.weight_bytes == 0
    assert found.fetched.requests > 0


@pytest.mark.parametrize("config", [7, [], "x", {"diffusers": 3}, {"a": [[[]]]}])
def test_odd_public_configurations_are_survived(hub: Hub, config: object) -> None:
    hub.add(replace(single("org/gated"), gated=True, info={"config": config}))
    assert summarise(load("org/gated")).stored_bytes == BYTES


def test_a_gated_pipeline_names_its_class(hub: Hub) -> None:
    info = {"config": {"diffusers": {"_class_name": "FluxPipeline"}}}
    files = {"model_index.json": text_file({}), "vae/model.safetensors": File(b"", 60)}
    hub.add(Repository("org/pipe", files, gated=True, info=info))
    found = load("org/pipe")
    assert found.config.architecture == "FluxPipeline"
    assert summarise(found).stored_bytes == 60


def test_a_gated_repository_that_was_downloaded_opens_from_the_cache(hub: Hub) -> None:
    model = hub.add(replace(sharded("org/gated"), gated=True))
    home = Path(constants.HF_HUB_CACHE) / "models--org--gated"
    folder = home / "snapshots" / model.commit
    folder.mkdir(parents=True)
    (home / "refs").mkdir()
    (home / "refs" / "main").write_text(model.commit)
    for name, file in single().files.items():
        (folder / name).write_bytes(file.read(0, file.size))
    found = load("org/gated")
    assert found.source == "cache"
    assert summarise(found).stored_bytes == BYTES
    assert "from the Hub's cache, since org/gated is gated" in str(found.notice)
