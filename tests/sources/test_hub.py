from threading import Event
from urllib.parse import quote

import pytest
from huggingface_hub import constants

from paramtui.record import replace
from paramtui.sources.errors import (
    Cancelled,
    NoSafetensors,
    NotAModel,
    RevisionNotFound,
)
from paramtui.sources.loading import load
from paramtui.sources.progress import Progress
from tests.hub.models import (
    BYTES,
    CONFIG,
    EMBEDDING,
    LAYER,
    SHARDS,
    index_of,
    sharded,
    single,
    stored,
    text_file,
    weights,
)
from tests.hub.server import File, Hub, Repository


def read_beyond_headers(hub: Hub) -> list[str]:
    """Requests of the file server that ask for a byte of a weight."""
    beyond = []
    for seen in hub.seen:
        if seen.origin == "files" and seen.path.endswith(".safetensors"):
            name = seen.path.rpartition("/")[2]
            file = next(
                f for r in hub.repositories.values() for n, f in r.files.items() if n == name
            )
            last = int((seen.range or "bytes=0-999999").rpartition("-")[2])
            if last >= len(file.head):
                beyond.append(f"{seen.path} {seen.range}")
    return beyond


def test_one_file(hub: Hub) -> None:
    hub.add(single())
    found = load("org/single")
    assert (found.id, found.source, found.revision) == ("org/single", "hub", "main")
    assert found.commit == hub.repositories["org/single"].commit
    assert found.license == "apache-2.0"
    assert found.config.architecture == "LlamaForCausalLM"
    assert stored(found) == BYTES
    assert [shard.name for shard in found.shards] == ["model.safetensors"]
    assert {tensor.file for tensor in found.tensors} == {"model.safetensors"}
    assert found.complete
    assert not found.warnings


def test_all_headers_in_one_answer(hub: Hub) -> None:
    hub.add(sharded())
    found = load("org/sharded")
    assert stored(found) == BYTES
    assert [shard.name for shard in found.shards] == list(SHARDS)
    assert not any(seen.path.endswith(".safetensors") for seen in hub.seen)
    # Description, configuration and headers.
    assert found.fetched.requests == len(hub.seen) == 3


def test_without_that_answer_each_header_is_read_by_two_ranges(hub: Hub) -> None:
    hub.add(replace(sharded(), answers_headers=False))
    found = load("org/sharded")
    assert stored(found) == BYTES
    assert found.fetched.requests == len(hub.seen) == 3 + 1 + 2 * 3
    ranges = [seen.range for seen in hub.seen if seen.path.endswith(".safetensors")]
    assert ranges.count("bytes=0-7") == 4  # two files, each with a redirect


@pytest.mark.parametrize("model", [single(), replace(sharded("org/s"), answers_headers=False)])
def test_not_a_byte_of_weights_is_asked_for(hub: Hub, model: Repository) -> None:
    hub.add(model)
    found = load(model.id)
    assert not read_beyond_headers(hub)
    assert found.fetched.weight_bytes == 0
    assert found.fetched.bytes < 4000


def test_both_ways_give_the_same_tensors(hub: Hub) -> None:
    hub.add(sharded())
    hub.add(replace(sharded("org/mirror"), answers_headers=False))
    assert load("org/sharded").tensors == load("org/mirror").tensors


def test_a_commit_is_read_at_that_commit(hub: Hub) -> None:
    commit = hub.add(sharded()).commit
    found = load(f"org/sharded@{commit}")
    assert (found.revision, found.commit) == (commit, commit)
    assert not any("safetensors-metadata" in seen.path for seen in hub.seen)
    assert stored(found) == BYTES


def test_a_renamed_repository_opens_under_its_new_name(hub: Hub) -> None:
    hub.add(single())
    hub.add(Repository("org/old", moved_to="org/single"))
    found = load("org/old")
    assert found.id == "org/single"
    assert found.warnings == ("org/old is now called org/single",)


@pytest.mark.parametrize("revision", ["v1.0", "feature/x", "refs/pr/12"])
@pytest.mark.parametrize("model", [single(), replace(sharded("org/s"), answers_headers=False)])
def test_a_revision_opens_however_it_is_given(hub: Hub, model: Repository, revision: str) -> None:
    hub.add(replace(model, revisions=("main", revision)))
    page = f"{hub.endpoint}/{model.id}/tree/{quote(revision, safe='')}"
    for text in (f"{model.id}@{revision}", f"hf://{model.id}@{quote(revision, safe='')}", page):
        found = load(text)
        assert (found.revision, stored(found)) == (revision, BYTES)
    assert load(model.id, revision=revision).revision == revision
    with pytest.raises(RevisionNotFound, match=f"{model.id} has no revision v9") as raised:
        load(f"{model.id}@v9")
    assert raised.value.hint == f"its branches and tags: {hub.endpoint}/{model.id}/tree/main"


def test_a_branch_with_a_slash_is_found_in_an_address(hub: Hub) -> None:
    files = {**single().files, **{f"a/{name}": file for name, file in single().files.items()}}
    hub.add(Repository("org/m", files, revisions=("main", "feature/x")))
    for text, shard in (
        (f"{hub.endpoint}/org/m/tree/feature/x", "model.safetensors"),
        (f"{hub.endpoint}/org/m/tree/feature/x/a", "a/model.safetensors"),
        (f"{hub.endpoint}/org/m/blob/feature/x/a/model.safetensors", "a/model.safetensors"),
        ("hf://org/m@feature/x/model.safetensors", "model.safetensors"),
    ):
        found = load(text)
        assert (found.revision, found.shards[0].name) == ("feature/x", shard)
    with pytest.raises(RevisionNotFound, match="org/m has no revision other"):
        load(f"{hub.endpoint}/org/m/tree/other/x/a")


def test_a_mirror_below_a_path_of_its_host(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    hub.below = "/hf"
    monkeypatch.setattr(constants, "ENDPOINT", f"{hub.endpoint}/hf")
    monkeypatch.setenv("HF_ENDPOINT", f"{hub.endpoint}/hf")
    hub.add(replace(sharded(), answers_headers=False))
    for text in ("org/sharded", f"{hub.endpoint}/hf/org/sharded/tree/main"):
        assert stored(load(text)) == BYTES


def test_a_renamed_repository_opens_at_a_revision(hub: Hub) -> None:
    hub.add(replace(single(), revisions=("main", "v2")))
    hub.add(Repository("org/old", moved_to="org/single"))
    found = load("org/old@v2")
    assert (found.id, found.revision, stored(found)) == ("org/single", "v2", BYTES)


def test_a_folder_whose_name_has_a_point(hub: Hub) -> None:
    files = {f"v1.5/{name}": file for name, file in single().files.items()}
    hub.add(Repository("org/point", files))
    for text in ("hf://org/point/v1.5", f"{hub.endpoint}/org/point/tree/main/v1.5"):
        assert stored(load(text)) == BYTES


def test_a_pasted_address_opens(hub: Hub) -> None:
    hub.add(single())
    assert stored(load(f"{hub.endpoint}/org/single/blob/main/model.safetensors")) == BYTES
    assert stored(load("hf://org/single@main/model.safetensors")) == BYTES


def test_a_component_of_a_pipeline_opens(hub: Hub) -> None:
    parts = dict(
        zip(("a-1-of-2.safetensors", "a-2-of-2.safetensors"), (EMBEDDING, LAYER), strict=True)
    )
    files = {f"unet/{name}": weights(tensors) for name, tensors in parts.items()}
    name = "unet/a.safetensors.index.json"
    hub.add(
        Repository(
            "org/pipe", {**files, name: index_of(parts), "unet/config.json": text_file(CONFIG)}
        )
    )
    found = load(f"{hub.endpoint}/org/pipe/tree/main/unet")
    assert stored(found) == BYTES
    assert found.config.model_type == "llama"
    assert load("org/pipe").notice == "the weights are in unet/"
    with pytest.raises(NotAModel, match="no folder"):
        load("hf://org/pipe/nowhere")


def test_progress_is_told(hub: Hub) -> None:
    hub.add(replace(sharded(), answers_headers=False))
    told: list[Progress] = []
    load("org/sharded", progress=told.append)
    assert told[0].stage == "asking for org/sharded"
    assert told[-1] == Progress("reading headers", 2, 2)


def test_a_load_is_cancelled_at_once(hub: Hub) -> None:
    hub.add(single())
    hub.fault("/api/models/*", {"pause": 0.05})
    stop = Event()
    with pytest.raises(Cancelled):
        load("org/single", cancelled=stop, progress=lambda _: stop.set())


def test_other_formats_are_named(hub: Hub) -> None:
    hub.add(Repository("org/onnx", {"model.onnx": File(b"", 100)}))
    hub.add(Repository("org/bin", {"pytorch_model.bin": File(b"", 100)}))
    hub.add(Repository("org/none", {"README.md": File(b"", 9)}))
    for name, hint in (("org/onnx", "it has ONNX"), ("org/bin", "it has PyTorch .bin")):
        with pytest.raises(NoSafetensors, match=f"{name} has no safetensors files") as raised:
            load(name)
        assert raised.value.hint == hint
    with pytest.raises(NotAModel, match="no safetensors files"):
        load("org/none")


def test_bin_files_of_a_known_family_open_from_the_config(hub: Hub) -> None:
    config = {
        "model_type": "llama",
        "architectures": ["LlamaForCausalLM"],
        "hidden_size": 8,
        "intermediate_size": 16,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
        "vocab_size": 32,
        "tie_word_embeddings": False,
    }
    hub.add(
        Repository("org/bin", {"pytorch_model.bin": File(b"", 9), "config.json": text_file(config)})
    )
    found = load("org/bin")
    assert found.source == "config"
    assert found.notice == "built from config.json: its weights are PyTorch .bin"
    # Embedding and head, four attention and three feed-forward matrices, three norms.
    assert sum(tensor.elements for tensor in found.tensors) == 2 * 256 + 4 * 64 + 3 * 128 + 3 * 8


def test_an_unusable_config_costs_a_warning(hub: Hub) -> None:
    for number, config in enumerate((b"<html>", b"[]", b"\xff", b"[" * 100_000)):
        model = single(f"org/m{number}")
        model.files["config.json"] = text_file(config)
        hub.add(model)
        found = load(model.id)
        assert stored(found) == BYTES
        assert "config.json is not" in found.warnings[0]


def test_the_license_is_cleaned(hub: Hub) -> None:
    hub.add(replace(single(), license="\x1b[31mred\u202e"))
    assert load("org/single").license == "\ufffd[31mred\ufffd"


@pytest.mark.parametrize("model", [single(), replace(sharded("org/s"), answers_headers=False)])
def test_a_commit_that_is_not_there_gives_way_to_the_branch(hub: Hub, model: Repository) -> None:
    hub.add(replace(model, info={"sha": "0" * 40}))
    found = load(model.id)
    assert stored(found) == BYTES
    assert (found.revision, found.commit) == ("main", None)
    assert found.warnings == ("the Hub does not have the commit it names: main was read",)


def test_odd_descriptions_are_survived(hub: Hub) -> None:
    odd: list[dict[str, object]] = [
        {"sha": 7, "cardData": [], "safetensors": "x", "id": None},
        {"cardData": {"license": ["mit", 3, "other"]}, "safetensors": {"parameters": []}},
        {"id": "../../api/whoami-v2"},
        {"gated": "\x1b[31m", "config": 1, "tags": {}},
    ]
    for info in odd:
        hub.add(replace(single(), info=info))
        assert stored(load("org/single")) == BYTES
    for siblings in ("x", [1, None, {"rfilename": "../x.safetensors"}]):
        hub.add(replace(single(), info={"siblings": siblings}))
        with pytest.raises(NotAModel):
            load("org/single")
