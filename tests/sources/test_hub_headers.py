from collections import Counter

import pytest

from paramtui.checkpoint.column_tensors import ColumnTensors
from paramtui.checkpoint.config import Json
from paramtui.checkpoint.summary import summarise
from paramtui.record import replace
from paramtui.sources.errors import (
    SourceError,
)
from paramtui.sources.loading import load
from tests.hub.models import (
    BYTES,
    CONFIG,
    EMBEDDING,
    INDEX,
    LAYER,
    MIXTURE,
    SHARDS,
    Tensors,
    described,
    elements,
    header,
    index_of,
    many_shards,
    raw_weights,
    sharded,
    single,
    stored,
    text_file,
    weights,
)
from tests.hub.server import File, Hub, Repository


def test_an_answer_that_does_not_fit_the_description_is_not_believed(hub: Hub) -> None:
    for info in (
        {"safetensors": {"parameters": {"BF16": 1}}},
        {"siblings": [{"rfilename": n, "size": 99} for n in (*SHARDS, INDEX)]},
    ):
        hub.seen.clear()
        hub.add(replace(sharded(), info=info))
        try:
            found = load("org/sharded")
        except SourceError:
            assert "siblings" in info
        else:
            assert stored(found) == BYTES
        assert any(seen.path.endswith(".safetensors") for seen in hub.seen)


@pytest.mark.parametrize("counted", [True, False])
def test_a_file_that_the_answer_leaves_out_is_told_when_the_count_agrees(
    hub: Hub, counted: bool
) -> None:
    model = replace(sharded(), parameters=elements(EMBEDDING) if counted else None)
    model.files[INDEX] = index_of({SHARDS[0]: EMBEDDING})
    hub.add(model)
    found = load("org/sharded")
    assert found.warnings == (f"the index does not name {SHARDS[1]}: it is not counted",)
    assert {tensor.name for tensor in found.tensors} == {*EMBEDDING}
    # Without the count it might as well be lost on the way: the files themselves are asked.
    assert any(seen.path.endswith(".safetensors") for seen in hub.seen) != counted


def test_an_index_that_disagrees_is_told(hub: Hub) -> None:
    model = replace(sharded(), answers_headers=False)
    index = {
        "metadata": {"total_size": 5},
        "weight_map": {"model.embed_tokens.weight": SHARDS[0], "ghost": SHARDS[1]},
    }
    model.files[INDEX] = text_file(index)
    hub.add(model)
    found = load("org/sharded")
    assert found.warnings == (
        "the index names a tensor (ghost) that no file holds",
        f"the files hold 2 tensors (such as {next(iter(LAYER))}) that the index does not name",
        f"the index claims 5 bytes, the headers add up to {BYTES:,}: those are shown",
    )


@pytest.mark.parametrize(
    ("index", "told"),
    [
        (b"{", "it is not JSON"),
        ({"weight_map": {}}, "it has no weight_map"),
        ({"weight_map": {"a": "../../../../api/whoami-v2"}}, "none of the files it names is there"),
        ({"weight_map": {"a": "/etc/passwd", "b": "C:\\x"}}, "none of the files it names is there"),
        ({"weight_map": {f"t{n}": f"m{n}.safetensors" for n in range(10_001)}}, "more than 10,000"),
    ],
)
def test_an_index_that_cannot_be_followed_is_set_aside(hub: Hub, index: object, told: str) -> None:
    model = replace(sharded(), answers_headers=False)
    model.files[INDEX] = text_file(index)
    hub.add(model)
    found = load("org/sharded")
    assert stored(found) == BYTES
    assert told in found.warnings[0]
    assert not any("whoami" in seen.path or "passwd" in seen.path for seen in hub.seen)


def test_the_index_decides_which_files_count(hub: Hub) -> None:
    model = replace(sharded(), answers_headers=False, parameters=None)
    model.files["extra.safetensors"] = weights({"lm_head.weight": ("BF16", (4, 4))})
    parts = {SHARDS[0]: EMBEDDING, "extra.safetensors": {"lm_head.weight": ("BF16", (4, 4))}}
    model.files[INDEX] = index_of(parts)
    hub.add(model)
    found = load("org/sharded")
    assert [shard.name for shard in found.shards] == ["extra.safetensors", SHARDS[0]]
    assert found.warnings == (f"the index does not name {SHARDS[1]}: it is not counted",)


@pytest.mark.parametrize(
    ("file", "problem"),
    [
        (File(b"", 0), "too small"),
        (File(b"12345", 5), "too small"),
        (File((10**9).to_bytes(8, "little"), 10**10), "more than the format allows"),
        (File((1000).to_bytes(8, "little"), 100), "longer than the file"),
        (File(bytes(8), 8), "not a JSON object"),
        (raw_weights(b"not JSON at all", 0), "not a JSON object"),
        (raw_weights(b'{"\xff":1}', 0), "not valid UTF-8"),
        (raw_weights(b"{}", 8), "describes 0 bytes of data but holds 8"),
    ],
)
def test_a_bad_shard_is_marked_and_the_others_are_shown(hub: Hub, file: File, problem: str) -> None:
    model = replace(sharded(), answers_headers=False)
    model.files[SHARDS[1]] = file
    hub.add(model)
    found = load("org/sharded")
    assert stored(found) == 2 * 64 * 8
    assert not found.complete
    assert found.shards[0].problem is None
    assert problem in str(found.shards[1].problem)


@pytest.mark.parametrize("at_once", [True, False])
def test_a_report_lists_no_tensor(hub: Hub, at_once: bool) -> None:
    hub.add(replace(sharded(), answers_headers=at_once))
    found = load("org/sharded")
    assert summarise(found).stored_bytes == BYTES
    assert isinstance(found.tensors, ColumnTensors)
    assert found.tensors._found is None


def test_a_missing_shard_is_marked(hub: Hub) -> None:
    model = sharded()
    del model.files[SHARDS[1]]
    hub.add(replace(model, answers_headers=False))
    assert [shard.problem for shard in load("org/sharded").shards] == [None, "missing"]


def test_when_no_header_can_be_read_it_is_an_error(hub: Hub) -> None:
    model = single()
    model.files["model.safetensors"] = raw_weights(b"no", 0)
    hub.add(model)
    with pytest.raises(SourceError, match=r"model\.safetensors is not a safetensors file"):
        load("org/single")


def many(count: int) -> Repository:
    """A model of equal layers, one a file, its ends apart; no answer with all headers."""
    parts: dict[str, Tensors] = {}
    for number in range(count):
        layer = f"model.layers.{number}.self_attn"
        parts[f"model-{number + 1:05}-of-{count:05}.safetensors"] = {
            **(EMBEDDING if number == 0 else {}),
            f"{layer}.q_proj.weight": ("BF16", (8, 8)),
            f"{layer}.k_proj.weight": ("BF16", (2, 8)),
            **({"model.norm.weight": ("F32", (8,))} if number == count - 1 else {}),
        }
    files = {file: weights(tensors) for file, tensors in parts.items()}
    files |= {"config.json": text_file(CONFIG), INDEX: index_of(parts)}
    counts = elements(*parts.values())
    return Repository("org/many", files, parameters=counts, answers_headers=False)


def shards_of(model: Repository) -> list[File]:
    """The files with weights."""
    return [file for name, file in model.files.items() if name.endswith(".safetensors")]


def reads(hub: Hub) -> Counter[str]:
    """Ranged reads by file."""
    return Counter(seen.path for seen in hub.seen if seen.range and seen.origin == "files")


def test_a_header_of_known_length_takes_one_read(hub: Hub) -> None:
    count = 20
    hub.add(many(count))
    found = load("org/many")
    assert len(found.tensors) == 2 * count + 2
    assert found.fetched.weight_bytes == 0
    assert found.warnings == ()
    seen = reads(hub)
    assert len(seen) == count
    # Those that tell of the others are read twice: the length, then the header.
    assert sum(seen.values()) <= count + 4
    others = 4  # description, config.json, the answer that is not there, the index
    assert found.fetched.requests <= 2 * count + 4 + others


@pytest.mark.parametrize("count", [2, 3, 8, 20, 40])
def test_a_config_that_explains_the_count_tells_all_lengths(hub: Hub, count: int) -> None:
    hub.add(replace(described(count), answers_headers=False))
    found = load("org/described")
    assert found.tensors == load("org/described@main").tensors
    assert (found.complete, found.warnings, found.fetched.weight_bytes) == (True, (), 0)
    assert found.fetched.requests <= 4 + 2 * count


SMALLER: Json = {**MIXTURE, "vocab_size": 256}
OTHER_TYPE: Json = {**MIXTURE, "torch_dtype": "float32"}


@pytest.mark.parametrize("count", [3, 20])
@pytest.mark.parametrize(
    "config",
    [SMALLER, OTHER_TYPE, {"model_type": "qwen3_moe"}, b"{", {**MIXTURE, "num_experts": 4}],
)
def test_a_config_of_other_weights_costs_requests_but_reads_no_weight(
    hub: Hub, count: int, config: object
) -> None:
    model = replace(described(count), answers_headers=False)
    model.files["config.json"] = text_file(config)
    said = {"config": {"model_type": "qwen3_moe"}}
    hub.add(replace(model, info=said))
    found = load("org/described")
    assert stored(found) == sum(file.size - len(file.head) for file in shards_of(model))
    assert (found.complete, found.fetched.weight_bytes) == (True, 0)


@pytest.mark.parametrize("parameters", [None, {}, {"BF16": 1}, {"F32": 10**6}])
def test_a_description_is_not_believed_without_the_count(
    hub: Hub, parameters: dict[str, int] | None
) -> None:
    hub.add(replace(described(20), answers_headers=False, parameters=parameters))
    found = load("org/described")
    assert (found.complete, found.fetched.weight_bytes) == (True, 0)
    assert found.fetched.requests > 4 + 2 * 20


def test_a_description_is_not_believed_where_the_files_hold_more_than_it_says(hub: Hub) -> None:
    model = replace(described(20), answers_headers=False)
    file = "model-00007-of-00020.safetensors"
    text = model.files[file].head[8:-1].decode()
    data = model.files[file].size - len(model.files[file].head)
    text += f',"more":{{"dtype":"BF16","shape":[8],"data_offsets":[{data},{data + 16}]}}}}'
    counts = {**(model.parameters or {})}
    counts["BF16"] += 8
    files = {**model.files, file: raw_weights(text.encode(), data + 16)}
    hub.add(replace(model, files=files, parameters=counts))
    found = load("org/described")
    assert "the files hold a tensor (more) that the index does not name" in found.warnings
    assert found.fetched.requests > 4 + 2 * 20


def test_a_header_of_another_length_than_expected_is_read_whole(hub: Hub) -> None:
    model = many(20)
    file = f"model-{10:05}-of-{20:05}.safetensors"
    odd = {
        "model.layers.9.self_attn.q_proj.weight": ("BF16", (7, 8)),
        "model.layers.9.self_attn.k_proj.weight": ("BF16", (2, 8)),
    }
    text, data = header(odd)
    hub.add(replace(model, files={**model.files, file: raw_weights(text + b" " * 16, data)}))
    found = load("org/many")
    shapes = {tensor.name: tensor.shape for tensor in found.tensors}
    assert shapes["model.layers.9.self_attn.q_proj.weight"] == (7, 8)
    assert found.complete
    assert found.fetched.weight_bytes == 0


def test_a_single_file_takes_one_read_where_the_hub_counts_it(hub: Hub) -> None:
    hub.add(single())
    found = load("org/single")
    assert sum(reads(hub).values()) == 1
    assert (stored(found), found.fetched.weight_bytes) == (BYTES, 0)


def test_a_count_that_is_wrong_is_owned_up_to(hub: Hub) -> None:
    hub.add(replace(single(), parameters={"BF16": 64 * 8 + 8 * 8, "F32": 0}))
    found = load("org/single")
    assert stored(found) == BYTES
    assert found.fetched.weight_bytes == 4 * 8


def test_an_answer_that_is_slow_races_the_files(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("paramtui.sources.hub.folder.PROMPT", 0.0)
    hub.add(sharded())
    hub.fault("*/safetensors-metadata/*", {"pause": 0.05})
    found = load("org/sharded")
    assert (stored(found), found.complete) == (BYTES, True)
    assert len(reads(hub)) == len(SHARDS)


def test_the_answer_counts_when_the_files_cannot_be_read(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("paramtui.sources.hub.folder.PROMPT", 0.0)
    hub.add(sharded())
    hub.fault("/org/sharded/model-*", {"status": 404})
    hub.fault("*/safetensors-metadata/*", {"pause": 0.001})
    assert stored(load("org/sharded")) == BYTES


def test_what_was_read_of_an_answer_that_broke_off_does_not_count(hub: Hub) -> None:
    hub.add(many_shards(12))
    hub.add(many_shards(12, "org/other"))
    other = hub.repositories["org/other"]
    told = hub._headers(other, INDEX).body.replace(b"model.layers", b"other.layers")
    # As many bytes as the true one, long looked at before the end fails to come.
    fault = {"body": told[:-1], "promised": len(told), "pause": 0.00002}
    hub.fault("/api/models/org/many/safetensors-metadata/*", fault, times=1)
    found = load("org/many")
    assert stored(found) == 12 * BYTES
    assert found.fetched.retries == 1
    assert not any(tensor.name.startswith("other") for tensor in found.tensors)
    assert not reads(hub)
