"""The table of precisions: its names, and each row's bytes for one matrix."""

import pytest

from paramtui.memory.errors import ScenarioError
from paramtui.memory.figure import Term
from paramtui.memory.precision import (
    ADAPTER_PRECISIONS,
    KV_PRECISIONS,
    PRECISIONS,
    Converts,
    adapter_precision_named,
    kv_precision_named,
    precision_named,
)

# Real packing on the CPU with bitsandbytes 0.50.2 and hqq 0.2.8; the others by the layout of
# their buffers (AutoGPTQ, AutoAWQ, compressed-tensors, OCP MX, DeepSeek-V3's weight_scale_inv).
PACKED = [
    ("bnb-nf4", 4096, 4096, 9437248),
    ("bnb-nf4-dq", 4096, 4096, 8655936),
    ("bnb-int8", 4096, 4096, 16793600),
    ("gptq-int4", 4096, 4096, 8732672),
    ("awq-int4", 4096, 4096, 8716288),
    ("hqq-int4", 896, 896, 451584),
    ("fp8-block", 4096, 4096, 16781312),
    ("fp8-channel", 4096, 4096, 16785408),
    ("mxfp4", 4096, 4096, 8912896),
    ("nvfp4", 4096, 4096, 9437192),
]


@pytest.mark.parametrize(("name", "outputs", "inputs", "nbytes"), PACKED)
def test_bytes_of_one_matrix(name: str, outputs: int, inputs: int, nbytes: int) -> None:
    formula = PRECISIONS[name].formula
    assert Term.of(name, formula, outputs=outputs, inputs=inputs).value == nbytes


@pytest.mark.parametrize("name", [row.name for row in PRECISIONS.values()])
def test_no_matrix_takes_less_than_its_bits_or_more_than_a_few_scales(name: str) -> None:
    row = PRECISIONS[name]
    if row.converts is not Converts.LINEAR:
        return
    bits = 8 if "8" in name else 4
    nbytes = Term.of(name, row.formula, outputs=8192, inputs=8192).value
    assert bits / 8 <= nbytes / 8192**2 < (bits + 0.6) / 8


def test_the_names_are_those_users_type() -> None:
    assert list(PRECISIONS) == [
        *("stored", "fp32", "bf16", "fp16", "int8", "int4"),
        *("bnb-int8", "bnb-nf4", "bnb-nf4-dq", "gptq-int4", "awq-int4", "hqq-int4"),
        *("fp8-block", "fp8-channel", "mxfp4", "nvfp4"),
        *("q8_0", "q6_k", "q5_k_m", "q4_k_m", "q4_k_s", "q4_0"),
    ]
    assert list(KV_PRECISIONS) == ["fp32", "bf16", "fp16", "fp8", "int8", "q8_0", "q4_0"]
    assert list(ADAPTER_PRECISIONS) == ["fp32", "bf16"]


def test_every_row_says_what_it_is_and_where_it_comes_from() -> None:
    for row in PRECISIONS.values():
        assert row.label
        assert row.source
        assert row.help.endswith(".")
        assert ". " not in row.help


def test_bytes_of_an_element_of_the_cache() -> None:
    # llama.cpp's blocks of 32 (ggml-common.h): 34 bytes in q8_0, 18 in q4_0.
    assert KV_PRECISIONS["q8_0"].bytes * 32 == 34
    assert KV_PRECISIONS["q4_0"].bytes * 32 == 18
    assert kv_precision_named("fp8").bytes == 1
    assert adapter_precision_named("fp32").bytes == 4


def test_an_unknown_name_is_told_the_nearest() -> None:
    with pytest.raises(ScenarioError, match=r"'nf4'.*bnb-nf4") as caught:
        precision_named("nf4")
    assert "q4_k_m" in (caught.value.hint or "")
    with pytest.raises(ScenarioError, match="KV precision"):
        kv_precision_named("bf17")
    with pytest.raises(ScenarioError, match="adapter precision"):
        adapter_precision_named("fp8")
