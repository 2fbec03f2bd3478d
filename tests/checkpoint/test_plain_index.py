"""What is read quickly of an index is what JSON makes of it."""

import json
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paramtui.checkpoint.formats import plain_index
from paramtui.checkpoint.formats.plain_index import WrittenMap, read_plain_index
from paramtui.checkpoint.formats.safetensors import Index, parse_index
from paramtui.checkpoint.pattern import patterns_of

PARTS = st.sampled_from(
    ["model", "layers", "experts", "w1", "0", "1", "12", "007", "1234567890", "weight", ""]
)
NAMES = st.lists(PARTS, min_size=1, max_size=5).map(".".join)
FILES = st.sampled_from(["a-1-of-2.safetensors", "a-2-of-2.safetensors", "b"])
MAPS = st.dictionaries(NAMES, FILES, min_size=1, max_size=30)
STYLES = st.sampled_from(
    [{}, {"indent": 2}, {"separators": (",", ":")}, {"sort_keys": True, "indent": "\t"}]
)


def written(weight_map: dict[str, str], **style: object) -> bytes:
    index = {"metadata": {"total_size": 8, "x": []}, "weight_map": weight_map, "z": None}
    return json.dumps(index, **style).encode()  # type: ignore[arg-type]


@given(MAPS, STYLES)
def test_an_index_is_read_as_json_reads_it(
    weight_map: dict[str, str], style: dict[str, object]
) -> None:
    text = written(weight_map, **style)
    found, value = read_plain_index(text), json.loads(text)
    assert found is not None
    assert isinstance(found["weight_map"], WrittenMap)
    assert list(found["weight_map"].items()) == list(value["weight_map"].items())
    assert len(found["weight_map"]) == len(weight_map)
    assert {**found, "weight_map": 0} == {**value, "weight_map": 0}


@given(MAPS, STYLES, st.data())
def test_what_is_doubtful_is_left_to_json(
    weight_map: dict[str, str], style: dict[str, object], data: st.DataObject
) -> None:
    """An edited text is either no plain index, or JSON of the same meaning."""
    text = written(weight_map, **style)
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(text)))
        gone = data.draw(st.integers(0, 4))
        more = data.draw(st.sampled_from([*'"{}[],:\\ \n\x01a1é', "", '", "', '": "b", "', "null"]))
        text = text[:place] + more.encode() + text[place + gone :]
    found = read_plain_index(text)
    if found is not None:
        assert found == json.loads(text)
        assert list(found["weight_map"]) == list(json.loads(text)["weight_map"])


@pytest.mark.parametrize(
    "text",
    [
        b'{"weight_map":{"a":"f","a":"g"}}',  # the last one counts, as ever
        b'{"weight_map":{"a":"f","b":"g","a":"f"},"metadata":{}}',
        b'{"weight_map":{"a":"f", "b":"f","c":"f", "d":"f"}}',
        b'{"weight_map":{"a" : "f"\n}\t}',
        b'{"weight_map":{"":"f"," ":"f"}}',
    ],
)
def test_unusual_indexes(text: bytes) -> None:
    found = read_plain_index(text)
    assert found is not None
    assert list(found["weight_map"].items()) == list(json.loads(text)["weight_map"].items())


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{}",
        b'{"weight_map":{}}',
        b'{"weight_map":{"a":1}}',
        b'{"weight_map":{"a":""}}',
        b'{"weight_map":{"a":"f"}',
        b'{"weight_map":{"a":"f",}}',
        b'{"weight_map":{"a":"f","}}',
        b'{"weight_map":{"a":"f" "b":"f"}}',
        b'{"weight_map":{"a":"f","b"}}',
        b'{"weight_map":{"a\n":"f"}}',
        b'{"weight_map":{"a":"f\n"}}',
        b'{"weight_map":{"\\u0061":"f"}}',
        b'{"weight_map":{"}":"f"}}',
        '{"weight_map":{"é":"f"}}'.encode(),
        '{"weight_map":{"a":"f"}}'.encode("utf-16-le"),
        b'{"metadata":{"weight_map":{"a":"f"}}}',
        b'{"metadata":{"weight_map":{"a":"f"}},"weight_map":{}}',
        b'{"weight_map":{"a":"f"},"weight_map":{"a":"g"}}',
        b'["weight_map",{"weight_map":{"a":"f"}}]',
    ],
)
def test_what_is_no_plain_index(text: bytes) -> None:
    assert read_plain_index(text) is None


def test_files_that_take_turns_are_left_to_json(monkeypatch: pytest.MonkeyPatch) -> None:
    """That would take long, of an index that is meant to."""
    text = written({f"t.{n}": "ab"[n % 2] for n in range(9)})
    assert read_plain_index(text)
    monkeypatch.setattr(plain_index, "RUNS_LIMIT", 8)
    assert read_plain_index(text) is None
    assert len(parse_index(text).weight_map) == 9


def test_one_run_of_a_file_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plain_index, "MOST", 1024)
    names = [f"model.layers.{n}.weight" for n in range(500)]
    found = read_plain_index(written(dict.fromkeys(names, "f"), indent=2))
    assert found is not None
    assert list(found["weight_map"].by_file()) == [("f", names)]


@given(MAPS, STYLES)
def test_patterns_are_counted_by_file(weight_map: dict[str, str], style: dict[str, object]) -> None:
    due: dict[str, Counter[str]] = {file: Counter() for file in weight_map.values()}
    for pattern, file in zip(patterns_of([*weight_map]), weight_map.values(), strict=True):
        due[file][pattern] += 1
    for index in (parse_index(written(weight_map, **style)), Index(weight_map)):
        found: dict[str, Counter[str]] = {file: Counter() for file in index.files}
        for file, patterns in index.patterns():
            found[file].update(patterns)
        assert found == due
