"""Packs: what is encoded is decoded, and nothing else is."""

import json
import zlib
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paramtui.checkpoint.checkpoint import Checkpoint, Choice, Shard
from paramtui.checkpoint.config import ModelConfig
from paramtui.checkpoint.dtype import SAFETENSORS_DTYPES, Dtype
from paramtui.checkpoint.tensor import TensorInfo
from paramtui.sources.pack import MAGIC, PackError, decode, encode

Q4_K = Dtype("Q4_K", 1152, 256)
DTYPES = st.sampled_from([*SAFETENSORS_DTYPES.values(), Q4_K])
TEXTS = st.text(st.characters(codec="utf-8")).filter(str.isprintable)
TENSORS = st.lists(
    st.builds(
        TensorInfo,
        st.text("abc.0159é", max_size=8),
        DTYPES,
        st.lists(st.integers(0, 2**40), max_size=3).map(tuple),
        st.sampled_from(["one", "two"]),
    ),
    min_size=1,
)


def checkpoint(tensors: list[TensorInfo], **fields: object) -> Checkpoint:
    shards = (Shard("one"), Shard("two"))
    return Checkpoint("org/name", tuple(tensors), source="hub", shards=shards, **fields)  # type: ignore[arg-type]


@given(TENSORS, st.lists(TEXTS, max_size=2), st.dictionaries(TEXTS, TEXTS | st.integers()))
def test_a_checkpoint_comes_back_whole(
    tensors: list[TensorInfo], warnings: list[str], config: dict[str, str | int]
) -> None:
    packed = checkpoint(
        tensors,
        config=ModelConfig.from_json(config),
        warnings=tuple(warnings),
        choices=(Choice("Q4_K", "hf://org/name/f", 7, opened=True), Choice("Q8_0", "g")),
    )
    found = decode(encode(packed))
    assert found.tensors == packed.tensors
    assert (found.id, found.shards, found.source) == (packed.id, packed.shards, "hub")
    assert found.config.root.values == packed.config.root.values
    assert (found.warnings, found.choices) == (packed.warnings, packed.choices)


WEIGHT = TensorInfo("w", SAFETENSORS_DTYPES["F32"], (2, 3), "one")


def test_types_and_shapes_are_shared() -> None:
    found = decode(encode(checkpoint([WEIGHT._replace(name=f"w.{i}") for i in range(9)])))
    assert {id(tensor.dtype) for tensor in found.tensors} == {id(SAFETENSORS_DTYPES["F32"])}
    assert len({id(tensor.shape) for tensor in found.tensors}) == 1


@given(st.data())
def test_a_damaged_pack_is_refused(data: st.DataObject) -> None:
    whole = encode(checkpoint([WEIGHT]))
    at = data.draw(st.integers(0, len(whole) - 1))
    if data.draw(st.booleans()):
        damaged = whole[:at]
    else:
        damaged = (
            whole[:at] + bytes([whole[at] ^ 1 << data.draw(st.integers(0, 7))]) + whole[at + 1 :]
        )
    with pytest.raises(PackError):
        decode(damaged)


def forged(**changes: object) -> bytes:
    """A pack of one tensor with another head, or other columns or names, and a right checksum."""
    head: dict[str, object] = {
        "id": "org/name",
        "shards": [["one", 100]],
        "layouts": [["F32", 32, 1, [2, 3]]],
        "runs": [["one", 1]],
        "config": {},
        "warnings": [],
        "choices": [],
        "notice": None,
        "components": [],
    }
    columns, names = changes.pop("columns", [0]), changes.pop("names", "w")
    text = json.dumps({**head, **changes}).encode()
    assert isinstance(columns, list)
    assert isinstance(names, str)
    payload = len(text).to_bytes(4, "little") + text + len(columns).to_bytes(4, "little")
    payload += b"".join(column.to_bytes(4, "little") for column in columns) + names.encode()
    body = zlib.compress(payload)
    return MAGIC + sha256(body).digest() + body


def test_a_forged_pack_is_read_when_it_is_sound() -> None:
    assert decode(forged()).tensors == (WEIGHT,)


@pytest.mark.parametrize(
    "changes",
    [
        {"id": 7},
        {"shards": [["one", 23]]},
        {"shards": [["one", -1]]},
        {"shards": [["other", None]]},
        {"shards": 7},
        {"layouts": [["F32", 32, 0, [2, 3]]]},
        {"layouts": [["F32", 32.0, 1, [2, 3]]]},
        {"layouts": [["F32", True, 1, [2, 3]]]},
        {"layouts": [["F32", 32, 1, [-2, 3]]]},
        {"layouts": [["F32", 32, 1, "23"]]},
        {"layouts": [["F32", 32, 1]]},
        {"layouts": []},
        {"runs": [["one", 2]]},
        {"runs": [["one", 0]]},
        {"runs": []},
        {"columns": [1]},
        {"columns": [0, 0]},
        {"columns": []},
        {"names": "w\nv"},
        {"names": "w\x1b[31m"},
        {"names": "w" * 5000},
        {"warnings": [7]},
        {"choices": [["a"]]},
        {"notice": 7},
        {"components": [[7, {}]]},
    ],
)
def test_a_forged_pack_that_cannot_be_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(PackError):
        decode(forged(**changes))


def test_a_pack_that_swells_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("paramtui.sources.pack.INFLATED_LIMIT", 1000)
    with pytest.raises(PackError):
        decode(forged(warnings=["x" * 2000]))
