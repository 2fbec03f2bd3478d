from contextlib import suppress
from math import prod
from pathlib import Path

import gguf
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from paramtui.checkpoint.formats.ggml_types import GGML_TYPES
from paramtui.checkpoint.formats.gguf import Array, GgufFile, Value, follow, parse_gguf
from paramtui.checkpoint.formats.gguf_cursor import DESCRIPTION_LIMIT, GgufError, Need
from tests.checkpoint.gguf_bytes import ARRAY, Gguf, Info, Typed

TWO = {"a.weight": Info((3, 64)), "b.weight": Info((2, 256), kind=12)}


def read(data: bytes, size: int | None = None) -> tuple[GgufFile, list[Need]]:
    """The description of a file, and what was asked for."""
    needs: list[Need] = []

    def at(position: int, length: int) -> bytes:
        needs.append(Need(position, length))
        return data[position : position + length]

    return follow(parse_gguf(len(data) if size is None else size), at), needs


@pytest.mark.parametrize("version", [2, 3])
@pytest.mark.parametrize("big", [False, True])
def test_versions_and_byte_orders(version: int, big: bool) -> None:
    file = Gguf({"general.architecture": "llama", "llama.block_count": 7}, TWO, version, big)
    found, _ = read(file.file())
    assert (found.version, found.big_endian) == (version, big)
    assert found.metadata == {"general.architecture": "llama", "llama.block_count": 7}
    assert [(t.name, t.dtype.name, t.shape, t.offset) for t in found.tensors] == [
        ("a.weight", "F32", (3, 64), 0),
        ("b.weight", "Q4_K", (2, 256), 3 * 64 * 4),
    ]
    assert found.described == len(file.description())
    assert found.data_offset == len(file.head())


def test_values_of_every_type() -> None:
    numbers: dict[int, Value] = {
        0: 255,
        1: -1,
        2: 65535,
        3: -2,
        4: 7,
        5: -7,
        6: 0.5,
        7: True,
        10: 2**63,
        11: -9,
    }
    metadata = {f"k{kind}": Typed(kind, value) for kind, value in numbers.items()}
    metadata |= {"k12": Typed(12, 0.1), "k8": Typed(8, "text")}
    metadata |= {"k9": Typed(ARRAY, [1, 0, 1], 7), "empty": Typed(ARRAY, [], 4)}
    found, _ = read(Gguf(metadata).file())
    expected: dict[str, Value] = {f"k{kind}": value for kind, value in numbers.items()}
    expected |= {"k12": 0.1, "k8": "text", "k9": Array(3, (True, False, True)), "empty": Array(0)}
    assert found.metadata == expected


def test_vocabularies_are_passed_over_and_long_texts_are_never_asked_for() -> None:
    metadata = {
        "tokenizer.ggml.tokens": [f"token {i}" for i in range(20_000)],
        "tokenizer.ggml.scores": [0.0] * 20_000,
        "tokenizer.chat_template": "x" * 500_000,
        "llama.block_count": 3,
    }
    data = Gguf(metadata, TWO).file()
    found, needs = read(data)
    assert found.metadata["tokenizer.ggml.tokens"] == Array(20_000)
    assert found.metadata["tokenizer.ggml.scores"] == Array(20_000)
    assert found.metadata["tokenizer.chat_template"] == ""
    assert found.metadata["llama.block_count"] == 3
    assert sum(need.length for need in needs) < len(data) - 500_000 - 4 * 20_000 + 10_000


def test_names_and_values_are_made_safe_to_print() -> None:
    found, _ = read(Gguf({"a\x1b": "b\x07\u202e"}, {"c\x1b[2J": Info((1,))}).file())
    assert dict(found.metadata) == {"a�": "b��"}
    assert found.tensors[0].name == "c�[2J"


names = st.text(st.characters(codec="utf-8", categories=["L", "N"]), min_size=1, max_size=30)
values = (
    st.integers(0, 2**32 - 1)
    | st.booleans()
    | st.text(max_size=50)
    | st.lists(st.integers(0, 2**32 - 1), max_size=40)
    | st.lists(st.text(max_size=20), max_size=200)
)


@st.composite
def infos(draw: st.DrawFn) -> Info:
    kind = draw(st.sampled_from(sorted(GGML_TYPES)))
    *lead, row = draw(st.lists(st.integers(1, 3), min_size=1, max_size=4))
    return Info((*lead, row * GGML_TYPES[kind].block), kind)


files = st.builds(
    Gguf,
    st.dictionaries(names, values, max_size=8),
    st.dictionaries(names, infos(), max_size=8),
    st.sampled_from([2, 3]),
    st.booleans(),
)


@given(files)
def test_no_read_reaches_past_the_description(file: Gguf) -> None:
    data = file.file()
    found, needs = read(data)
    assert max(need.position + need.length for need in needs) == len(file.description())
    assert [tensor.shape for tensor in found.tensors] == [i.shape for i in file.tensors.values()]
    stored = sum(t.dtype.nbytes(prod(t.shape)) for t in found.tensors)
    assert stored <= len(data) - found.data_offset


@given(files, st.data())
def test_a_file_cut_short_is_refused(file: Gguf, draw: st.DataObject) -> None:
    data = file.file()
    with pytest.raises(GgufError):
        read(data[: draw.draw(st.integers(0, len(data) - 1 if file.tensors else 23))])


@given(files, st.data())
def test_a_damaged_file_is_read_or_refused_in_our_words(file: Gguf, draw: st.DataObject) -> None:
    data = bytearray(file.file())
    for _ in range(3):
        place = draw.draw(st.integers(0, len(file.description()) - 1))
        data[place] = draw.draw(st.integers(0, 255))
    with suppress(GgufError):
        _, needs = read(bytes(data))
        assert all(need.position + need.length <= len(data) for need in needs)


@pytest.mark.parametrize(
    ("file", "told"),
    [
        (Gguf(magic=b"GGML"), "does not begin with GGUF"),
        (Gguf(version=1), "version 1;"),
        (Gguf(version=4), "version 4;"),
        (Gguf(version=0), "version 0;"),
        (Gguf(counts=(2**60, 0)), "too many for it"),
        (Gguf(counts=(0, 2**63)), "too many for it"),
        (Gguf({"a": Typed(13, 0)}), "unknown type 13"),
        (Gguf({"a": Typed(ARRAY, [0], 13)}), "unknown type 13"),
        (Gguf({"": 1}), "a name of 0 bytes"),
        (Gguf({"k" * 65_536: 1}), "a name of 65,536 bytes"),
        (Gguf({"general.alignment": 0}), "no power of two"),
        (Gguf({"general.alignment": 24}), "no power of two"),
        (Gguf({"general.alignment": "32"}), "alignment is not a number"),
        (Gguf(tensors={"t" * 1001: Info((1,))}), "a name of 1,001 bytes"),
        (Gguf(tensors={"t": Info((1,) * 5)}), "t has 5 axes"),
        (Gguf(tensors={"t": Info((1,), kind=4)}), "unknown type 4"),
        (Gguf(tensors={"t": Info((1,), kind=99)}), "unknown type 99"),
        (Gguf(tensors={"t": Info((2, 33), kind=2)}), "do not fill blocks of Q4_0"),
        (Gguf(tensors={"t": Info((8,), offset=5)}), "t are not aligned"),
        (Gguf(tensors={"t": Info((8,)), "u": Info((8,), offset=0)}), "overlap"),
    ],
)
def test_what_is_refused(file: Gguf, told: str) -> None:
    data = file.file()
    with pytest.raises(GgufError, match=told):
        read(data)


@pytest.mark.parametrize("shape", [(2**63,), (2**32, 2**32), (2**62, 2, 2)])
def test_shapes_that_overflow(shape: tuple[int, ...]) -> None:
    head = Gguf(tensors={"t": Info(shape)}).head()
    with pytest.raises(GgufError, match="overflows 64 bits"):
        read(head, 2**70)


def test_the_same_name_twice() -> None:
    once = Gguf({"a": 1, "b": 1}, {"t": Info((1,)), "u": Info((1,))}).file()
    with pytest.raises(GgufError, match="the key a stands there twice"):
        read(once.replace(b"\0b\4", b"\0a\4"))
    with pytest.raises(GgufError, match="the tensor t stands there twice"):
        read(once.replace(b"\0u\1", b"\0t\1"))


@pytest.mark.parametrize("length", [2**20, 2**40, 2**64 - 1])
def test_lengths_that_lead_out_of_the_file(length: int) -> None:
    plain = Gguf({"k": "0123456789abcdef"}).file()
    claim = length.to_bytes(8, "little")
    with pytest.raises(GgufError, match="ends in the middle"):
        read(plain.replace((16).to_bytes(8, "little"), claim))
    strings = Gguf({"k": ["a", "b"]}).file()
    with pytest.raises(GgufError, match="ends in the middle"):
        read(strings.replace((2).to_bytes(8, "little"), claim))


def test_a_description_has_an_end() -> None:
    # Nobody waits for the strings of a file that is a hole of a terabyte.
    head = Gguf({"k": Typed(ARRAY, ["a", "b", "c"], 8)}).head()
    endless = head.replace((3).to_bytes(8, "little") + b"\1", (2**40).to_bytes(8, "little") + b"\1")
    with pytest.raises(GgufError, match=f"{DESCRIPTION_LIMIT:,} bytes"):
        read(endless, 2**50)


def test_arrays_within_arrays() -> None:
    deep: object = [1]
    kind = 4
    for _ in range(3):
        deep, kind = [Typed(ARRAY, deep, kind)], ARRAY
    found, _ = read(Gguf({"a": Typed(ARRAY, deep, kind), "b": 2}).file())
    assert found.metadata == {"a": Array(1), "b": 2}
    deeper = Typed(ARRAY, [Typed(ARRAY, deep, kind)], ARRAY)
    with pytest.raises(GgufError, match="too many levels"):
        read(Gguf({"a": deeper}).file())


@pytest.mark.parametrize("order", list(gguf.GGUFEndian))
def test_a_file_of_the_gguf_package(tmp_path: Path, order: gguf.GGUFEndian) -> None:
    path = tmp_path / "a.gguf"
    writer = gguf.GGUFWriter(path, "llama", endianess=order)
    writer.add_block_count(2)
    writer.add_token_list([f"t{i}" for i in range(3000)])
    writer.add_token_scores([0.5] * 3000)
    writer.add_array("llama.attention.head_count_kv", [8, 0])
    for kind in gguf.GGMLQuantizationType:
        data = np.zeros((3, 2 * gguf.GGML_QUANT_SIZES[kind][1]), np.uint8)
        writer.add_tensor(f"{kind.name}.weight", data, raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    found, _ = read(path.read_bytes())
    judge = gguf.GGUFReader(path)
    assert found.data_offset == judge.data_offset
    assert [
        (t.name, t.dtype.name, t.shape, t.offset + found.data_offset) for t in found.tensors
    ] == [
        (t.name, t.tensor_type.name, tuple(reversed(t.shape.tolist())), t.data_offset)
        for t in judge.tensors
    ]
    assert [t.dtype.nbytes(prod(t.shape)) for t in found.tensors] == [
        t.n_bytes for t in judge.tensors
    ]
    assert found.metadata["llama.attention.head_count_kv"] == Array(2, (8, 0))
    assert found.metadata["tokenizer.ggml.tokens"] == Array(3000)
