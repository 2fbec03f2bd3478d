"""JSON as serde_json reads it: what it refuses is refused, duplicate members are kept.

Python's reader is laxer (NaN, lone surrogates, any depth, any number) and drops duplicates
without a word; the safetensors library is written on serde_json 1.0 (`src/de.rs`, `src/read.rs`).
"""

from __future__ import annotations

import json
import re

from paramtui.checkpoint.formats.extent import TOO_MANY, holds_too_much

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

DEPTH = 127
"""Containers within containers that serde_json follows."""
U64_MAX = 2**64 - 1
I64_MIN = -(2**63)
I32_MAX = 2**31 - 1


class StrictJsonError(ValueError):
    """Text that serde_json refuses."""


class Members(list[tuple[str, object]]):
    """An object as its members in order, duplicates included."""


def parse(text: str) -> object:
    """`text` -> None, bool, int, float, str, list or Members; raises StrictJsonError."""
    if holds_too_much(text):
        raise StrictJsonError(TOO_MANY)
    start = len(text) - len(text.lstrip(_SPACE))
    value, end = parse_at(text, start)
    if text[end:].strip(_SPACE):
        raise StrictJsonError(f"extra data at character {end}")
    return value


def parse_at(text: str, start: int) -> tuple[object, int]:
    """The value that begins at `start`, and where it ends."""
    try:
        value, end = _DECODER.raw_decode(text, start)
    except json.JSONDecodeError as error:
        raise StrictJsonError(f"{error.msg.lower()} at character {error.pos}") from None
    except RecursionError:
        raise StrictJsonError("nested too deeply") from None
    _inspect(value, surrogates=text.find("\\u", start, end) >= 0)
    return value, end


def _inspect(value: object, surrogates: bool) -> None:
    """Refuse too deep a nesting and, where escapes could have made them, lone surrogates."""
    waiting = [(value, 1)]
    while waiting:
        item, depth = waiting.pop()
        if isinstance(item, str):
            if surrogates and _SURROGATE.search(item):
                raise StrictJsonError("a lone surrogate in a string")
        elif isinstance(item, list):
            if depth > DEPTH:
                raise StrictJsonError("nested too deeply")
            if isinstance(item, Members):
                waiting.extend((name, depth) for name, _ in item)
                item = [child for _, child in item]
            waiting.extend((child, depth + 1) for child in item)


def _integer(digits: str) -> int | float:
    """An integer that fits 64 bits; others, and minus zero, are floating point to serde_json."""
    if len(digits) <= 20 and digits != "-0":
        value = int(digits)
        if I64_MIN <= value <= U64_MAX:
            return value
    return _real(digits)


def _real(literal: str) -> float:
    """The finite double of a number's text, by serde_json's own arithmetic (`f64_from_parts`)."""
    mantissa, _, power = literal.lower().lstrip("-").partition("e")
    whole, _, fraction = mantissa.partition(".")
    significand, exponent = _significand(whole, fraction)
    if power:
        shift = int(power) if len(power) <= 4000 else I32_MAX + 1
        if len(power.lstrip("+-")) and abs(shift) > I32_MAX:
            if significand and not power.startswith("-"):
                raise StrictJsonError("number out of range")
            return 0.0
        exponent += shift
    return _scaled(float(significand), exponent)


def _significand(whole: str, fraction: str) -> tuple[int, int]:
    """The leading digits that fit 64 bits and the power of ten that makes up for the others."""
    significand = 0
    for position, digit in enumerate(whole):
        if significand * 10 + int(digit) > U64_MAX:
            # Digits that no longer fit are counted; those of the fraction still join if they can.
            extra = len(whole) - position
            return _fraction(significand, extra, fraction)
        significand = significand * 10 + int(digit)
    return _fraction(significand, 0, fraction)


def _fraction(significand: int, exponent: int, fraction: str) -> tuple[int, int]:
    for digit in fraction:
        if significand * 10 + int(digit) > U64_MAX:
            break
        significand = significand * 10 + int(digit)
        exponent -= 1
    return significand, exponent


def _scaled(value: float, exponent: int) -> float:
    while exponent < -308 and value:
        value /= 1e308
        exponent += 308
    if not value:
        return value
    if exponent < 0:
        return value / float(f"1e{-exponent}")
    value *= float(f"1e{exponent}")
    if value == float("inf"):
        raise StrictJsonError("number out of range")
    return value


def _refuse(literal: str) -> NoReturn:
    raise StrictJsonError(f"{literal} is not JSON")


_SPACE = " \t\n\r"
_SURROGATE = re.compile("[\ud800-\udfff]")
_DECODER = json.JSONDecoder(
    object_pairs_hook=Members,
    parse_int=_integer,
    parse_float=_real,
    parse_constant=_refuse,
)
