import gzip
import json
from itertools import groupby

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paramtui.checkpoint.column_tensors import ColumnTensors, joined
from paramtui.checkpoint.dtype import BF16
from paramtui.checkpoint.formats.safetensors import Index, WeightIndexError, parse_index
from paramtui.checkpoint.tensor import TensorInfo
from paramtui.sources.weight_files import (
    WeightSet,
    choose,
    compare_index,
    compare_total,
    files_of,
    formats,
)
from tests.conftest import SHARED, needs_shared

INDEX = "model.safetensors.index.json"


def chosen(*names: str, named: str | None = None) -> WeightSet:
    found = choose(dict.fromkeys(names, 1), named)
    assert found is not None
    return found


def numbered(stem: str, first: int, count: int, width: int = 5) -> tuple[str, ...]:
    return tuple(
        f"{stem}-{number:05d}-of-{count:0{width}d}.safetensors"
        for number in range(first, first + count)
    )


def test_the_index_comes_first() -> None:
    shards = numbered("model", 1, 3)
    found = chosen("model.safetensors", INDEX, *shards, "config.json")
    assert found == WeightSet(shards, INDEX, ("model.safetensors",))


@pytest.mark.parametrize(
    "shards",
    [
        numbered("model", 0, 3),  # openai/gpt-oss-20b, MiniMax-M1
        numbered("model", 1, 2, width=6),  # deepseek-ai/DeepSeek-V3
        numbered("model", 1, 1, width=6),  # one shard with an index
        tuple(f"model_{number:05d}-of-00002.safetensors" for number in (1, 2)),  # bigscience/bloom
    ],
)
def test_odd_shard_names(shards: tuple[str, ...]) -> None:
    assert chosen(*shards).files == shards
    assert chosen(*shards, INDEX) == WeightSet(shards, INDEX)


def test_an_index_of_unnumbered_files() -> None:
    files = ("lm_head.weight.safetensors", "model.norm.weight.safetensors")
    assert chosen(*files, INDEX) == WeightSet(files, INDEX)
    assert chosen("model.safetensors", INDEX) == WeightSet(("model.safetensors",), INDEX)


def test_diffusers_names() -> None:
    stem = "diffusion_pytorch_model"
    assert chosen(f"{stem}.safetensors", f"{stem}.fp16.safetensors").files == (
        f"{stem}.safetensors",
    )
    shards = numbered(stem, 1, 2)
    index = f"{stem}.safetensors.index.json"
    variant = (f"{stem}.fp16.safetensors.index.json", f"{stem}.safetensors.index.bf16.json")
    found = chosen(*shards, index, *variant, f"{stem}.fp16-00001-of-00001.safetensors")
    assert (found.files, found.index) == (shards, index)


def test_copies_are_not_counted() -> None:
    main = numbered("model", 1, 2)
    copies = ("consolidated.safetensors", "model.fp16.safetensors", "consolidated.00.safetensors")
    found = chosen(*main, *copies, INDEX)
    assert found.files == main
    assert set(found.aside) == set(copies)
    assert chosen("consolidated.safetensors").files == ("consolidated.safetensors",)
    assert chosen("model.safetensors", "consolidated.safetensors").files == ("model.safetensors",)


def test_other_names_and_the_largest_of_several() -> None:
    name = "gptq_model-4bit-128g.safetensors"
    assert chosen(name, "config.json").files == (name,)
    sizes = {"a.safetensors": 1, "b.safetensors": 9, "c.safetensors": None}
    assert choose(sizes) == WeightSet(("b.safetensors",), aside=("a.safetensors", "c.safetensors"))


def test_missing_shards_of_a_numbered_set_are_named() -> None:
    assert chosen(numbered("model", 1, 3)[1]).files == numbered("model", 1, 3)
    assert chosen(*numbered("model", 0, 3)[:2]).files == numbered("model", 0, 3)
    huge = "model-00001-of-99999.safetensors"
    assert chosen(huge).files == (huge,)


def test_the_file_that_was_named_decides() -> None:
    main = numbered("model", 1, 2)
    names = (*main, INDEX, "model.fp16.safetensors")
    assert chosen(*names, named="model.fp16.safetensors").files == ("model.fp16.safetensors",)
    assert chosen(*names, named=main[1]).files == main
    assert chosen(*names, named=INDEX).index == INDEX
    assert chosen(*names, named="config.json").files == main


def test_what_is_no_set_of_weights() -> None:
    assert choose({"config.json": 1, "pytorch_model.bin": 1}) is None
    assert choose({"adapter_model.safetensors": 1}) is None
    assert choose({}) is None


def test_formats_are_named_once() -> None:
    names = ("a.bin", "b.bin", "m.gguf", "tf_model.h5", "README.md", "x")
    assert formats(names) == ("GGUF", "PyTorch .bin", "TensorFlow .h5")


def test_the_files_of_an_index() -> None:
    index = Index({"a": "two.safetensors", "b": "one.safetensors", "c": "../x.safetensors"})
    assert files_of(index, lambda _: True) == ("one.safetensors", "two.safetensors")
    with pytest.raises(WeightIndexError, match="is there"):
        files_of(index, lambda _: False)
    with pytest.raises(WeightIndexError, match="no safetensors files"):
        files_of(Index({"a": "pytorch_model.bin"}), lambda _: True)


def test_an_index_compared_with_the_headers() -> None:
    tensors = [TensorInfo("a", BF16, (2,), "f"), TensorInfo("b", BF16, (1,), "f")]
    good = Index({"a": "f", "b": "f"}, total_size=6)
    assert compare_index(good, tensors, complete=True) == []
    outside = Index({"a": "f", "b": "../f"})
    assert compare_index(outside, tensors, complete=True) == [
        "the index names ../f, which is no file beside it"
    ]
    partial = Index({"a": "f", "z": "g"}, total_size=99)
    assert compare_index(partial, tensors[:1], complete=False) == []


FILES = st.sampled_from(["a.safetensors", "b.safetensors", "c.safetensors"])
HELD = st.lists(st.tuples(FILES, st.sampled_from("tuvwxyz")), unique=True, max_size=8)


@given(HELD, HELD, st.booleans(), st.booleans(), st.integers(0, 1))
def test_headers_in_columns_are_compared_alike(
    rows: list[tuple[str, str]],
    others: list[tuple[str, str]],
    agree: bool,
    complete: bool,
    total: int,
) -> None:
    rows.sort(key=lambda row: row[0])
    listed = tuple(TensorInfo(name, BF16, (1,), f"in/{file}") for file, name in rows)
    joint = joined(
        ColumnTensors([tensor.name], [tensor[1:3]], [(tensor.file, 1)], 2) for tensor in listed
    )
    runs = [(file, len([*held])) for file, held in groupby(tensor.file for tensor in listed)]
    columns = ColumnTensors(joint.names, joint.layouts, runs, joint.nbytes)
    named = {name: file for file, name in (rows if agree else others)} or {"t": "a.safetensors"}
    text = json.dumps({"metadata": {"total_size": total * 2 * len(rows)}, "weight_map": named})
    index = parse_index(text.encode())
    found = compare_index(index, columns, complete)
    assert found == compare_index(index, listed, complete)
    assert found == compare_index(Index(named, index.total_size), columns, complete)


def test_names_in_another_order_are_the_same_names() -> None:
    columns = ColumnTensors(["b", "a", "c"], [(BF16, (1,))] * 3, [("f", 2), ("g", 1)], 6)
    index = parse_index(b'{"weight_map":{"a":"f","c":"g","b":"f"}}')
    assert compare_index(index, columns, complete=True) == []
    assert columns._found is None


def test_total_sizes() -> None:
    assert compare_total(None, 5, complete=True) == []
    assert compare_total(4, 5, complete=False) == []
    # nvidia/Cosmos-Reason2-8B publishes 0.
    assert compare_total(0, 5, complete=True) == [
        "the index claims 0 bytes, the headers add up to 5: those are shown"
    ]


@needs_shared
def test_published_indexes_name_the_files_their_names_suggest() -> None:
    paths = [*SHARED.glob("harvest/*/index.json"), *SHARED.glob("harvest/*/index.json.gz")]
    assert len(paths) > 30
    for path in paths:
        data = path.read_bytes()
        index = parse_index(gzip.decompress(data) if path.suffix == ".gz" else data)
        files = set(index.weight_map.values())
        assert set(chosen(*files, INDEX).files) == files, path
