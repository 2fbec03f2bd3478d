"""Bytes changed the way real damage and real malice change them."""

import json
import re
from copy import deepcopy
from random import Random
from typing import Any

from paramtui.checkpoint.dtype import SAFETENSORS_DTYPES

TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|[A-Za-z]+|\s+|.', re.DOTALL)
"""Strings, numbers, words, spaces and signs of a text that once was JSON."""

WORDS = tuple(
    text.encode("utf-8", "surrogatepass")
    for text in (
        *'{}[]:,"',
        *("0", "1", "-1", "2", "3", "4", "7", "8", "1.0", "1e0", "0.5", "1e400", "-0", "01", "00"),
        *("4294967296", "9223372036854775807", "18446744073709551615", "18446744073709551616"),
        *("null", "true", "false", "NaN", "Infinity", "[]", "{}", '""', "[1,2]", "[0,4]", "[[1]]"),
        *('"a"', '"F32"', '"BF16"', '"F4"', '"f32"', '"dtype"', '"shape"', '"data_offsets"'),
        *('"__metadata__"', '"\\ud800"', '"\\ud83d\\ude00"', '"\\u0000"', '"\\u001b[31m"', '"é"'),
        *(" ", "\n", "\t", "\r", "\x00", "\x0b", "\ufeff", "\u00a0", "\u202e", "\x7f", "\ud800"),
        *('"weight_map"', '"metadata"', '"total_size"', '"../../etc/passwd"', '"a.safetensors"'),
        *('"quantization_config"', '"text_config"', '"model_type"', '"num_hidden_layers"'),
        *('"' + "x" * 300 + '"', "9" * 40, "[" * 200, "{" * 130, '{"a":' * 130, "]" * 200),
    )
)
ODD: tuple[Any, ...] = (
    *(None, True, False, 0, 1, -1, 2, 3, 7, 8, 63, 64, 65, 100, 4096, 10**9, 2**63, 2**64, 10**30),
    *(0.0, 0.5, 1.0, -2.5, 1e30, 1e308, float("nan"), float("inf"), float("-inf")),
    *("", "x", "0", "4096", "full_attention", "sliding_attention", "llama", "mamba", "silu"),
    *("a\x1b[31m", "\u202e", "\u200b", "\ud800", "\x00", "\r\n", "=1+1", "[red]x[/]", "x" * 2000),
    *([], {}, [0], [1, 2], [None], [[]], ["full_attention"], [True], [-1], [10**9], {"": None}),
    {"quant_method": "gptq", "bits": 4, "group_size": 128},
    {"rope_type": "yarn", "factor": 4.0},
)
"""Values that no configuration should have there."""
LONGEST = 20_000
"""Bytes of an example: longer ones find no more."""
EDGES = (0, 1, 2, 3, 7, 8, 9, 31, 32, 127, 128, 255, 256, 65_535, 1 << 31, (1 << 32) - 1)
EDGES_64 = (*EDGES, 1 << 32, (1 << 63) - 1, 1 << 63, (1 << 64) - 1)


def mutate_json(data: bytes, other: bytes, chance: Random) -> bytes:
    """A text with a few of its tokens left out, doubled, exchanged or replaced."""
    tokens = TOKEN.findall(data[:LONGEST]) or [b""]
    for _ in range(chance.choice((1, 1, 1, 2, 3, 5))):
        _change(tokens, other, chance)
        tokens = tokens or [b""]
    found = b"".join(tokens)
    return mutate_bytes(found, chance) if chance.random() < 0.1 else found


def _change(tokens: list[bytes], other: bytes, chance: Random) -> None:
    place = chance.randrange(len(tokens))
    match chance.randrange(7):
        case 0:
            del tokens[place : place + chance.choice((1, 1, 2, 5))]
        case 1:
            tokens.insert(place, chance.choice(WORDS))
        case 2 | 3:
            tokens[place] = chance.choice(WORDS)
        case 4:
            length = chance.choice((1, 2, 5, 11, 21))
            tokens[place:place] = tokens[place : place + length]
        case 5:
            second = chance.randrange(len(tokens))
            tokens[place], tokens[second] = tokens[second], tokens[place]
        case _:
            theirs = TOKEN.findall(other[:LONGEST]) or [b""]
            start = chance.randrange(len(theirs))
            tokens[place:place] = theirs[start : start + chance.choice((1, 2, 5, 11))]


def mutate_value(data: bytes, other: bytes, chance: Random) -> bytes:
    """A JSON object with some of its values exchanged, left out, or brought from another."""
    try:
        value, theirs = json.loads(data), json.loads(other)
    except (ValueError, RecursionError):
        return mutate_json(data, other, chance)
    for _ in range(chance.choice((1, 1, 2, 4, 8))):
        place = _container(value, chance)
        source = _container(theirs, chance)
        if isinstance(place, dict):
            _change_member(place, source, chance)
        elif isinstance(place, list):
            place.insert(chance.randrange(len(place) + 1), _odd(chance))
    return json.dumps(value, ensure_ascii=chance.random() < 0.5).encode("utf-8", "surrogatepass")


def _change_member(place: dict[str, Any], source: Any, chance: Random) -> None:
    name = chance.choice(list(place) or [""])
    match chance.randrange(5):
        case 0:
            place.pop(name, None)
        case 1 if isinstance(source, dict) and source:
            taken = chance.choice(list(source))
            place[taken] = deepcopy(source[taken])
        case 2 if type(place.get(name)) is int:
            place[name] = place[name] * chance.choice((2, 3, 1000, -1)) + chance.choice((0, 1, -1))
        case 3:
            place[str(_odd(chance))] = deepcopy(place.get(name))
        case _:
            place[name] = _odd(chance)


def _container(value: Any, chance: Random) -> Any:
    """Some object or list within a value."""
    while True:
        inner = value.values() if isinstance(value, dict) else value
        inner = [item for item in inner if isinstance(item, (dict, list))]
        if not inner or chance.random() < 0.6:
            return value
        value = chance.choice(inner)


def _odd(chance: Random) -> Any:
    return deepcopy(chance.choice(ODD))


def mutate_bytes(data: bytes, chance: Random) -> bytes:
    """Bytes with a few of them changed, cut, or overwritten with numbers at the edge of a type."""
    found = bytearray(data[:LONGEST] or b"\0")
    for _ in range(chance.choice((1, 1, 2, 4))):
        place = chance.randrange(len(found) or 1)
        match chance.randrange(6):
            case 0:
                found[place : place + 1] = bytes([chance.randrange(256)])
            case 1:
                found[place : place + 4] = (chance.choice(EDGES) & 0xFFFFFFFF).to_bytes(4, "little")
            case 2:
                found[place : place + 8] = chance.choice(EDGES_64).to_bytes(8, "little")
            case 3:
                del found[place : place + chance.choice((1, 4, 8, 40))]
            case 4:
                found[place:place] = found[place : place + chance.choice((1, 4, 8, 40))]
            case _:
                found[place : place + 1] = bytes([found[place] ^ 1 << chance.randrange(8)])
        found = found or bytearray(b"\0")
    return bytes(found)


def random_header(chance: Random) -> bytes:
    """A valid header as some writer might write it, behind two bytes: how long its data are."""
    position, header = 0, {}
    if chance.random() < 0.5:
        header["__metadata__"] = chance.choice(
            ({"format": "pt"}, {}, None, {"a": "\u202e", "": ""})
        )
    for _ in range(chance.randrange(5)):
        dtype = chance.choice(tuple(SAFETENSORS_DTYPES))
        shape = [chance.choice((0, 1, 2, 3, 4, 8)) for _ in range(chance.randrange(4))]
        elements = 1
        for dimension in shape:
            elements *= dimension
        end = position + SAFETENSORS_DTYPES[dtype].nbytes(elements)
        entry: dict[str, Any] = {"dtype": dtype, "shape": shape, "data_offsets": [position, end]}
        names = list(entry)
        if chance.random() < 0.3:
            chance.shuffle(names)
        header[_name(chance)] = {name: entry[name] for name in names}
        position = end
    text = json.dumps(
        header,
        separators=chance.choice(((",", ":"), (", ", ": "), (" ,\n", "\t: "))),
        ensure_ascii=chance.random() < 0.5,
    )
    padding = b" " * chance.choice((0, 0, 1, 7))
    return (position & 0xFFFF).to_bytes(2, "little") + text.encode() + padding


def _name(chance: Random) -> str:
    return "".join(
        chance.choice("abc.0-_é\U0001f600\x1b\u202e\n") for _ in range(chance.randrange(9))
    )
