from pathlib import Path

import pytest

from paramtui.checkpoint.summary import summarise
from paramtui.record import replace
from paramtui.sources.errors import BadHeader, NetworkError, NotAModel, Refused
from paramtui.sources.loading import load
from tests.checkpoint.gguf_bytes import Gguf
from tests.hub.models import single, text_file
from tests.hub.server import File, Hub, Repository
from tests.sources.test_gguf import LAYERS, PARAMETERS, STORED, TINY, parts
from tests.sources.test_hub_cache import cache_snapshot

VOCABULARY = {
    "tokenizer.ggml.tokens": [f"token {i}" for i in range(4_000)],
    "tokenizer.ggml.scores": [0.0] * 12_000,
    "tokenizer.ggml.merges": [f"a {i}" for i in range(6_000)],
}
MODEL = Gguf({**TINY, **VOCABULARY}, LAYERS)


def remote(file: Gguf) -> File:
    """A file of which only the description has content."""
    return File(file.description(), len(file.file()))


def repository(files: dict[str, Gguf], name: str = "org/gguf") -> Repository:
    return Repository(name, {path: remote(file) for path, file in files.items()})


def reads(hub: Hub) -> list[tuple[int, int]]:
    """What was asked of the file server: where it begins and where it ends."""
    ranges = [seen.range or "bytes=0-99999999" for seen in hub.seen if seen.origin == "files"]
    pairs = (text.removeprefix("bytes=").split("-") for text in ranges)
    return [(int(begin), int(end) + 1) for begin, end in pairs]


def test_a_repository_of_gguf_alone_opens(hub: Hub) -> None:
    hub.add(repository({"m-Q4_K_M.gguf": MODEL}))
    found = load("org/gguf")
    summary = summarise(found)
    assert (summary.total, summary.stored_bytes) == (PARAMETERS, STORED)
    assert (found.source, found.revision) == ("hub", "main")
    assert found.config.vocab_size == 4_000
    assert found.choices == ()
    assert found.notice is None


def test_not_a_byte_of_weights_is_asked_for(hub: Hub) -> None:
    hub.add(repository({"m-Q4_K_M.gguf": MODEL}))
    found = load("org/gguf")
    asked = reads(hub)
    assert max(end for _, end in asked) == len(MODEL.description())
    assert found.fetched.weight_bytes == 0
    # The scores of the vocabulary are passed over, and nothing is read twice.
    assert sum(end - begin for begin, end in asked) < len(MODEL.description()) - 40_000
    assert len(asked) < 40


def test_only_the_first_read_asks_the_hub_where_the_file_lies(hub: Hub) -> None:
    hub.add(repository({"m-Q4_K_M.gguf": MODEL}))
    load("org/gguf")
    paths = [seen.path for seen in hub.seen if seen.origin == "hub"]
    assert sum(path.endswith(".gguf") for path in paths) == 1


def test_addresses_that_are_signed_for_one_range(hub: Hub) -> None:
    hub.add(repository({"m-Q4_K_M.gguf": MODEL}))
    # The second read of the file goes to the first one's address, and is turned away.
    asked = 0
    plain = hub.answer

    def signed(origin: str, path: str, range_: str | None, token: str | None) -> object:
        nonlocal asked
        asked += origin == "files"
        answer = plain(origin, path, range_, token)
        return replace(answer, status=403) if origin == "files" and asked == 2 else answer

    hub.answer = signed  # type: ignore[method-assign,assignment]
    assert summarise(load("org/gguf")).total == PARAMETERS
    at_hub = sum(seen.origin == "hub" and seen.path.endswith(".gguf") for seen in hub.seen)
    assert at_hub == asked - 1 > 10


def test_the_usual_quantisation_opens_and_the_others_are_offered(hub: Hub) -> None:
    big = replace(MODEL, metadata={**TINY, "general.file_type": 7})
    names = ("Q2_K", "Q4_K_M", "Q8_0")
    hub.add(repository({f"m-{name}.gguf": MODEL for name in names} | {"BF16/m-BF16.gguf": big}))
    found = load("org/gguf")
    assert [shard.name for shard in found.shards] == ["m-Q4_K_M.gguf"]
    assert {choice.reference for choice in found.choices} == {
        *(f"hf://org/gguf/m-{name}.gguf" for name in names),
        "hf://org/gguf/BF16/m-BF16.gguf",
    }
    assert found.notice is not None
    assert found.notice.startswith("Q4_K_M is open; also here: BF16 0.00 GB, Q2_K 0.00 GB, Q8_0")
    for choice in found.choices:
        again = load(choice.reference)
        assert [c.name for c in again.choices if c.opened] == [choice.name]
        assert summarise(again).total == PARAMETERS


def test_a_pasted_address_opens_its_own_file(hub: Hub) -> None:
    hub.add(repository({"m-Q4_K_M.gguf": MODEL, "m-Q8_0.gguf": MODEL}))
    for text in (
        f"{hub.endpoint}/org/gguf/blob/main/m-Q8_0.gguf",
        "hf://org/gguf@main/m-Q8_0.gguf",
    ):
        assert [shard.name for shard in load(text).shards] == ["m-Q8_0.gguf"]


def test_a_quantisation_opens_by_its_label(hub: Hub) -> None:
    hub.add(repository({"m-Q4_K_M.gguf": MODEL, "m-UD-Q8_0.gguf": MODEL}))
    for text in ("org/gguf:q8_0", f"{hub.endpoint}/org/gguf:UD-Q8_0"):
        assert [shard.name for shard in load(text).shards] == ["m-UD-Q8_0.gguf"]
    with pytest.raises(NotAModel, match="no Q5_0 among its GGUF files") as raised:
        load("org/gguf:Q5_0")
    assert raised.value.hint == "it has Q4_K_M, UD-Q8_0"
    hub.add(single("org/plain"))
    with pytest.raises(NotAModel, match="no GGUF files to choose Q4_K_M from") as raised:
        load("org/plain:Q4_K_M")
    assert "--precision q4_k_m" in str(raised.value.hint)


def test_safetensors_come_first_unless_gguf_is_named(hub: Hub) -> None:
    both = single("org/both")
    hub.add(replace(both, files={**both.files, "m-Q4_K_M.gguf": remote(MODEL)}))
    assert [shard.name for shard in load("org/both").shards] == ["model.safetensors"]
    assert summarise(load("hf://org/both/m-Q4_K_M.gguf")).stored_bytes == STORED


def test_a_folder_of_quantisations_opens(hub: Hub) -> None:
    hub.add(repository({"Q8_0/m-Q8_0.gguf": MODEL, "m-Q4_K_M.gguf": MODEL}))
    assert [shard.name for shard in load("hf://org/gguf/Q8_0").shards] == ["Q8_0/m-Q8_0.gguf"]


def test_parts_are_read_side_by_side_and_a_missing_one_is_marked(hub: Hub) -> None:
    whole = parts(3, LAYERS, {}, {})
    names = list(whole)
    del whole[names[2]]
    hub.add(repository(whole))
    found = load("org/gguf")
    assert [(shard.name, shard.problem) for shard in found.shards] == [
        (names[0], None),
        (names[1], None),
        (names[2], "missing"),
    ]
    assert summarise(found).stored_bytes == STORED


def test_a_part_that_is_no_gguf_is_marked(hub: Hub) -> None:
    whole = {name: remote(file) for name, file in parts(2, LAYERS, {}).items()}
    second = list(whole)[1]
    hub.add(Repository("org/gguf", {**whole, second: File(b"nothing", 1000)}))
    found = load("org/gguf")
    assert found.shards[1].problem == "it does not begin with GGUF"
    assert not found.complete


@pytest.mark.parametrize(
    ("file", "told"),
    [
        (File(b"<html>", 5000), "does not begin with GGUF"),
        (File(b"", 3), "too small"),
        (File(replace(MODEL, version=9).description(), 900_000), "version 9"),
        (File(MODEL.description(), len(MODEL.head()) + 50), "ends before the data"),
        (File(Gguf(counts=(2**40, 0)).description(), 5000), "too many for it"),
    ],
)
def test_what_is_no_gguf_is_one_sentence(hub: Hub, file: File, told: str) -> None:
    hub.add(Repository("org/gguf", {"m.gguf": file}))
    with pytest.raises(BadHeader, match=told) as raised:
        load("org/gguf")
    assert str(raised.value).startswith("m.gguf is not a GGUF file: ")


def test_a_server_without_ranges_is_left_before_it_sends_weights(hub: Hub) -> None:
    hub.add(repository({"m.gguf": MODEL}))
    hub.fault("/org/gguf/m.gguf", {"status": 200})
    with pytest.raises(Refused, match="ignores ranges"):
        load("org/gguf")


def test_a_file_of_another_size_than_the_hub_says(hub: Hub) -> None:
    info = {"siblings": [{"rfilename": "m.gguf", "size": 10**6}]}
    hub.add(replace(repository({"m.gguf": MODEL}), info=info))
    with pytest.raises(BadHeader, match="another size"):
        load("org/gguf")


def test_a_size_the_hub_does_not_say_is_asked_of_the_file(hub: Hub) -> None:
    info = {"siblings": [{"rfilename": "m.gguf"}]}
    hub.add(replace(repository({"m.gguf": MODEL}), info=info))
    found = load("org/gguf")
    assert found.shards[0].size == len(MODEL.file())
    assert max(end for _, end in reads(hub)) == len(MODEL.description())


def test_a_server_that_breaks_off_for_good(hub: Hub) -> None:
    hub.add(repository({"m.gguf": MODEL}))
    hub.fault("/org/gguf/m.gguf", {"status": 500})
    with pytest.raises(NetworkError):
        load("org/gguf")


def test_with_bin_files_and_a_config_the_config_is_believed(hub: Hub) -> None:
    config = {
        "model_type": "llama",
        "hidden_size": 8,
        "intermediate_size": 16,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
        "vocab_size": 32,
    }
    files = {"config.json": text_file(config), "pytorch_model.bin": File(b"", 99)}
    hub.add(Repository("org/bin", {**files, "m.gguf": remote(MODEL)}))
    assert load("org/bin").notice == "built from config.json: its weights are GGUF, PyTorch .bin"


def test_a_named_quantisation_opens_offline_from_the_cache(hub: Hub, tmp_path: Path) -> None:
    names = ("m-Q4_K_M.gguf", "m-Q8_0.gguf")
    model = Repository("org/gguf", {name: File(MODEL.file(), len(MODEL.file())) for name in names})
    cache_snapshot(tmp_path / "cache", model)
    found = load("hf://org/gguf/m-Q8_0.gguf", offline=True)
    assert [shard.name for shard in found.shards] == ["m-Q8_0.gguf"]
    assert (found.id, found.source, found.fetched.from_cache) == ("org/gguf", "cache", True)
    assert [shard.name for shard in load("org/gguf", offline=True).shards] == ["m-Q4_K_M.gguf"]
    assert not hub.seen
