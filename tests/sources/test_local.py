import json
import os
from pathlib import Path

import pytest

from paramtui.checkpoint.blueprint import blueprint
from paramtui.checkpoint.config import Json, ModelConfig
from paramtui.checkpoint.formats.safetensors import LFS_POINTER
from paramtui.sources.errors import (
    BadConfig,
    BadHeader,
    BadIndex,
    Cancelled,
    NotAModel,
    SourceError,
)
from paramtui.sources.loading import load
from paramtui.sources.progress import Progress
from tests.hub.models import (
    BYTES,
    EMBEDDING,
    INDEX,
    LAYER,
    SHARDS,
    raw_weights,
    sharded,
    single,
    stored,
    text_file,
    weights,
)
from tests.hub.server import File

LLAMA: dict[str, Json] = {
    "model_type": "llama",
    "architectures": ["LlamaForCausalLM"],
    "hidden_size": 8,
    "intermediate_size": 16,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "vocab_size": 32,
    "tie_word_embeddings": False,
}
CONFIG = ModelConfig.from_json(dict(LLAMA))
LLAMA_ELEMENTS = 2 * 32 * 8 + 4 * 8 * 8 + 3 * 8 * 16 + 3 * 8


def lay_out(folder: Path, contents: dict[str, File]) -> Path:
    folder.mkdir(exist_ok=True)
    for name, file in contents.items():
        with (folder / name).open("wb") as out:
            out.write(file.head[: file.size])
            out.truncate(file.size)
    return folder


def test_a_folder_with_one_file(tmp_path: Path) -> None:
    folder = lay_out(tmp_path / "m", single().files)
    found = load(str(folder))
    assert (found.id, found.source) == (str(folder), "local")
    assert found.config.model_type == "llama"
    assert stored(found) == BYTES
    assert (found.fetched.requests, found.fetched.bytes) == (0, 0)
    assert found.shards[0].size == (folder / "model.safetensors").stat().st_size


def test_a_folder_with_an_index_is_counted_once(tmp_path: Path) -> None:
    folder = lay_out(tmp_path / "m", {**sharded().files, **single().files})
    for text in (folder, folder / INDEX):
        found = load(str(text))
        assert stored(found) == BYTES
        assert [shard.name for shard in found.shards] == list(SHARDS)
        assert not found.warnings


def test_a_single_file_takes_the_config_beside_it(tmp_path: Path) -> None:
    folder = lay_out(tmp_path / "m", single().files)
    found = load(str(folder / "model.safetensors"))
    assert stored(found) == BYTES
    assert found.config.architecture == "LlamaForCausalLM"


def test_diffusers_names(tmp_path: Path) -> None:
    folder = lay_out(tmp_path / "m", {"diffusion_pytorch_model.safetensors": weights(LAYER)})
    assert len(load(str(folder)).tensors) == len(LAYER)


def test_only_the_header_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = single().files["model.safetensors"]
    folder = lay_out(tmp_path / "m", {"model.safetensors": file})
    read = []
    plain = os.read

    def counted(descriptor: int, count: int) -> bytes:
        read.append(count)
        return plain(descriptor, count)

    monkeypatch.setattr("paramtui.sources.files.os.read", counted)
    load(str(folder / "model.safetensors"))
    assert sum(read) == len(file.head)


def test_a_model_larger_than_the_disk_is_read_in_no_time(tmp_path: Path) -> None:
    # One tensor of 4 TiB, as a sparse file.
    big = weights({"w": ("F32", (2**20, 2**20))})
    folder = lay_out(tmp_path / "m", {"model.safetensors": big})
    assert stored(load(str(folder))) == 2**42


def test_one_shard_of_several_says_so(tmp_path: Path) -> None:
    folder = lay_out(tmp_path / "m", sharded().files)
    found = load(str(folder / SHARDS[0]))
    assert stored(found) == 2 * 64 * 8
    assert found.notice == f"one of 2 files of a model: open {folder} for all"


@pytest.mark.parametrize("name", [INDEX, "index.json", "pytorch_model.bin.index.json"])
def test_an_index_whose_files_are_not_here_leaves_the_config(tmp_path: Path, name: str) -> None:
    names = {tensor.name: "model-00001-of-00009.safetensors" for tensor in blueprint(CONFIG)}
    index = {"metadata": {"total_size": 4 * LLAMA_ELEMENTS}, "weight_map": names}
    folder = lay_out(tmp_path / "m", {"config.json": text_file(LLAMA), name: text_file(index)})
    found = load(str(folder / name))
    assert sum(tensor.elements for tensor in found.tensors) == LLAMA_ELEMENTS
    assert found.source == "config"
    assert str(found.notice).endswith(f"not one of the 1 files that {name} names is here")
    assert not found.warnings
    index["metadata"] = {"total_size": 2 * LLAMA_ELEMENTS}
    (folder / name).write_text(json.dumps(index))
    half = load(str(folder / name))
    assert stored(half) == 2 * LLAMA_ELEMENTS
    assert half.warnings == (
        "config.json says no type, the sizes in the index F16: the sizes are believed",
    )
    assert load(str(folder)).source == "config"
    (folder / name).write_text('{"weight_map": {"x": "a.safetensors"}}')
    said = load(str(folder / name)).warnings
    assert said[0] == "the index names a tensor (x) that config.json does not describe"
    assert said[1].startswith(
        f"config.json describes {len(names)} tensors (such as lm_head.weight)"
    )
    (folder / "config.json").unlink()
    with pytest.raises(BadIndex, match="none of the files it names is there"):
        load(str(folder / name))


def test_json_that_describes_no_model(tmp_path: Path) -> None:
    for number, value in enumerate(({}, {"temperature": 1}, {"metadata": {}, "weight_map": {}})):
        path = tmp_path / f"{number}.json"
        path.write_text(json.dumps(value))
        with pytest.raises(BadConfig, match="describes no model: it has no model_type") as raised:
            load(str(path))
        assert "give a config.json" in str(raised.value.hint)


def test_a_bare_config(tmp_path: Path) -> None:
    folder = lay_out(tmp_path / "m", {"config.json": text_file(LLAMA)})
    for text in (folder, folder / "config.json"):
        found = load(str(text))
        assert found.source == "config"
        assert sum(tensor.elements for tensor in found.tensors) == LLAMA_ELEMENTS
        assert "config.json" in str(found.notice)


def test_bin_files_open_from_the_config(tmp_path: Path) -> None:
    contents = {"config.json": text_file(LLAMA), "pytorch_model.bin": File(b"", 9)}
    found = load(str(lay_out(tmp_path / "m", contents)))
    assert found.notice == "built from config.json: its weights are PyTorch .bin"
    assert [(shard.name, shard.size) for shard in found.shards] == [("pytorch_model.bin", 9)]


@pytest.mark.parametrize(
    ("contents", "error", "told"),
    [
        ({}, NotAModel, "holds no model"),
        ({"README.md": b"x"}, NotAModel, "holds no model"),
        ({"m.gguf": b"x"}, BadHeader, "not a GGUF file: the file is too small"),
        ({"adapter_model.safetensors": b"x"}, BadHeader, "too small"),
        ({"config.json": b"[]"}, BadConfig, "holds no JSON object"),
        ({"config.json": b"{"}, BadConfig, "not JSON"),
        ({"config.json": b"{}"}, BadConfig, "model_type"),
        ({"config.json": b'{"model_type":"\x1b"}'}, BadConfig, "not JSON"),
        ({"config.json": b"[" * 100_000}, BadConfig, "not JSON"),
        ({"model.safetensors": b""}, BadHeader, "too small"),
        ({"model.safetensors": b"\xff" * 20}, BadHeader, "more than the format allows"),
        ({"model.safetensors": b"hello, I am text"}, BadHeader, "more than the format allows"),
        ({"model.safetensors": LFS_POINTER + b"\noid sha256:0\n"}, BadHeader, "`git lfs pull`"),
        ({INDEX: b"{}"}, BadIndex, "no weight_map"),
        ({INDEX: b'{"weight_map":{"a":"/etc/passwd"}}'}, BadIndex, "none of the files"),
    ],
)
def test_what_cannot_be_opened_is_one_sentence(
    tmp_path: Path, contents: dict[str, bytes], error: type[SourceError], told: str
) -> None:
    folder = lay_out(tmp_path / "m", {name: text_file(data) for name, data in contents.items()})
    with pytest.raises(error, match=told) as raised:
        load(str(folder))
    assert "\n" not in str(raised.value)


def test_a_bad_and_a_missing_shard_are_marked(tmp_path: Path) -> None:
    contents = {**sharded().files, SHARDS[1]: raw_weights(b"no", 0)}
    folder = lay_out(tmp_path / "m", contents)
    found = load(str(folder))
    assert not found.complete
    assert "not a JSON object" in str(found.shards[1].problem)
    assert stored(found) == 2 * 64 * 8
    (folder / SHARDS[1]).unlink()
    assert load(str(folder)).shards[1].problem == "missing"
    (folder / INDEX).unlink()
    assert load(str(folder)).shards[1].problem == "missing"


def test_an_index_that_cannot_be_followed_is_set_aside(tmp_path: Path) -> None:
    contents = {**sharded().files, INDEX: text_file("<<<<<<< HEAD")}
    found = load(str(lay_out(tmp_path / "m", contents)))
    assert stored(found) == BYTES
    assert found.warnings == ("the index is not used: it is not JSON",)


def test_an_unusable_config_costs_a_warning(tmp_path: Path) -> None:
    contents = {**single().files, "config.json": text_file(b"\x00")}
    found = load(str(lay_out(tmp_path / "m", contents)))
    assert stored(found) == BYTES
    assert found.warnings == ("config.json is not JSON; the tensors are shown without it",)


def test_an_index_cannot_name_files_outside_its_folder(tmp_path: Path) -> None:
    lay_out(tmp_path / "secret", {"key.safetensors": weights(LAYER)})
    weight_map = dict.fromkeys(EMBEDDING, SHARDS[0])
    contents = {
        SHARDS[0]: weights(EMBEDDING),
        INDEX: text_file({"weight_map": {**weight_map, "x": "../secret/key.safetensors"}}),
    }
    folder = lay_out(tmp_path / "m", contents)
    found = load(str(folder))
    assert [shard.name for shard in found.shards] == [SHARDS[0]]
    assert found.warnings == (
        "the index names ../secret/key.safetensors, which is no file beside it",
    )
    (folder / "link.safetensors").symlink_to(tmp_path / "secret" / "key.safetensors")
    weight_map["x"] = "link.safetensors"
    lay_out(folder, {INDEX: text_file({"weight_map": weight_map})})
    found = load(str(folder))
    assert [shard.problem for shard in found.shards] == ["a link to outside its folder", None]


def test_links_in_a_circle_are_missing(tmp_path: Path) -> None:
    folder = lay_out(tmp_path / "m", sharded().files)
    (folder / SHARDS[1]).unlink()
    (folder / SHARDS[1]).symlink_to(SHARDS[1])
    assert load(str(folder)).shards[1].problem is not None


def test_pipes_are_not_waited_for(tmp_path: Path) -> None:
    folder = lay_out(tmp_path / "m", {})
    os.mkfifo(folder / "model.safetensors")
    os.mkfifo(folder / "config.json")
    with pytest.raises(BadHeader, match="not a regular file"):
        load(str(folder))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_what_may_not_be_read_is_told(tmp_path: Path) -> None:
    folder = lay_out(tmp_path / "m", single().files)
    (folder / "model.safetensors").chmod(0)
    with pytest.raises(SourceError, match="Permission denied"):
        load(str(folder))


def test_strings_from_files_are_cleaned(tmp_path: Path) -> None:
    model = {
        "\x1b[2J.safetensors": weights({"\x1b]0;owned\x07": ("F32", (1,))}),
        "config.json": text_file({"model_type": "\x1b[31m", "architectures": ["\u202ex"]}),
    }
    found = load(str(lay_out(tmp_path / "m", model)))
    assert found.tensors[0].name == "\ufffd]0;owned\ufffd"
    assert found.shards[0].name == "\ufffd[2J.safetensors"
    assert found.config.model_type == "\ufffd[31m"
    assert found.config.architecture == "\ufffdx"


def test_a_load_tells_its_progress_and_can_be_cancelled(tmp_path: Path) -> None:
    from threading import Event

    folder = lay_out(tmp_path / "m", sharded().files)
    told: list[Progress] = []
    load(str(folder), progress=told.append)
    assert told == [Progress("reading headers", 1, 2), Progress("reading headers", 2, 2)]
    stop = Event()
    stop.set()
    with pytest.raises(Cancelled):
        load(str(folder), cancelled=stop)
