from dataclasses import replace

import pytest

from paramtui.sources.errors import (
    SourceError,
)
from paramtui.sources.loading import load
from tests.hub.models import (
    BYTES,
    EMBEDDING,
    INDEX,
    LAYER,
    SHARDS,
    index_of,
    raw_weights,
    sharded,
    single,
    stored,
    text_file,
    weights,
)
from tests.hub.server import File, Hub


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
