"""Our tables of small types against ml_dtypes, which JAX and TensorFlow use."""

from typing import Any

import ml_dtypes
import numpy as np
import pytest

from paramtui.checkpoint.dtype import SAFETENSORS_DTYPES
from paramtui.sources.values.bits import signed, unpacked
from paramtui.sources.values.numbers import NATIVE, table

JUDGES = {
    "BF16": ml_dtypes.bfloat16,
    "F16": np.float16,
    "F8_E4M3": ml_dtypes.float8_e4m3fn,
    "F8_E5M2": ml_dtypes.float8_e5m2,
    "F8_E4M3FNUZ": ml_dtypes.float8_e4m3fnuz,
    "F8_E5M2FNUZ": ml_dtypes.float8_e5m2fnuz,
    "F8_E8M0": ml_dtypes.float8_e8m0fnu,
    "F6_E2M3": ml_dtypes.float6_e2m3fn,
    "F6_E3M2": ml_dtypes.float6_e3m2fn,
    "F4": ml_dtypes.float4_e2m1fn,
}


@pytest.mark.parametrize("name", JUDGES)
def test_every_number_of_a_small_float(name: str) -> None:
    values = table(name)
    kind = "<u2" if SAFETENSORS_DTYPES[name].bits == 16 else "u1"
    assert len(values) == 1 << SAFETENSORS_DTYPES[name].bits
    codes: Any = np.arange(len(values), dtype=kind)
    with np.errstate(invalid="ignore"):
        expected = codes.view(JUDGES[name]).astype(np.float64)
    np.testing.assert_array_equal(values, expected)
    np.testing.assert_array_equal(
        np.signbit(values[values == 0]), np.signbit(expected[values == 0])
    )


def test_integers_and_truth_values() -> None:
    assert table("BOOL").tolist() == [0.0] + [1.0] * 255
    assert table("I8")[[0, 127, 128, 255]].tolist() == [0, 127, -128, -1]
    assert table("U8")[[0, 127, 128, 255]].tolist() == [0, 127, 128, 255]
    assert table("I16")[[0, 32767, 32768, 65535]].tolist() == [0, 32767, -32768, -1]
    assert table("U16")[65535] == 65535


def test_no_type_is_left_out() -> None:
    assert {*NATIVE, *JUDGES, "BOOL", "U8", "I8", "U16", "I16"} == set(SAFETENSORS_DTYPES)


@pytest.mark.parametrize("bits", [1, 2, 3, 4, 5, 6, 8])
@pytest.mark.parametrize("word", ["<u1", "<u4", "<i4"])
def test_a_stream_of_bits(bits: int, word: str) -> None:
    count = 96
    numbers = np.random.default_rng(bits).integers(0, 1 << bits, count)
    stream = sum(int(number) << (bits * place) for place, number in enumerate(numbers))
    words = np.frombuffer(stream.to_bytes(count * bits // 8, "little"), word)
    np.testing.assert_array_equal(unpacked(words, bits), numbers)


def test_twos_complement() -> None:
    assert signed(np.array([0, 7, 8, 15], np.uint8), 4).tolist() == [0, 7, -8, -1]
