"""The roofline: bounds by the datasheet, and which side limits."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paramtui.checkpoint.summary import ParameterSummary
from paramtui.memory.estimate import estimate
from paramtui.memory.gpus.arithmetic import multiplied_bits, rate
from paramtui.memory.gpus.hardware_name import gpus_named
from paramtui.memory.gpus.hardware_table import GPUS
from paramtui.memory.gpus.roofline import Bound, Limit
from paramtui.memory.gpus.speed import Speed, speed
from paramtui.memory.gpus.verdict import verdict
from paramtui.memory.precision import PRECISIONS
from paramtui.memory.scenario import Mode, Scenario
from tests.memory.reader import exactly
from tests.memory.small_models import llama, llama_2_7b, llama_31_8b, mixtral_8x7b

SMALL = llama(256, 704, 4, 8, 2, 4000)


def found(summary: ParameterSummary, gpu: str = "", **changes: object) -> Speed:
    scenario = Scenario(context=2048, gpus=gpus_named(gpu) if gpu else None).with_(**changes)
    whole = estimate(summary, scenario)
    return speed(summary, scenario, whole, verdict(summary, scenario, whole))


def bound(of: Speed, name: str) -> Bound:
    return next(bound for bound in of.bounds if bound.name == name)


def figure(of: Speed, name: str) -> int:
    item = of.figure(name)
    assert item
    return int(item.value)


def test_a_7b_is_written_no_faster_than_its_bytes_are_read() -> None:
    # 3.35 TB/s over 13.2 GB of weights and 1.07 GB of cache.
    one = bound(found(llama_2_7b(), "H100"), "decode")
    assert one.limit is Limit.BANDWIDTH
    read = 2 * (llama_2_7b().total - 32000 * 4096) + 2 * 2 * 32 * 4096 * 2048
    assert one.tokens_per_second == Fraction(3350 * 10**9, read)


def test_4_bits_are_read_faster() -> None:
    wide, narrow = (
        bound(found(llama_31_8b(), "4090", precision=name), "decode").tokens_per_second
        for name in ("bf16", "bnb-nf4")
    )
    assert 2 < narrow / wide < 4


def test_large_batches_are_limited_by_arithmetic() -> None:
    summary = llama_31_8b()
    one, many = (
        bound(found(summary, "H100", batch=batch, context=16), "decode") for batch in (1, 4096)
    )
    assert one.limit is Limit.BANDWIDTH
    assert many.limit is Limit.ARITHMETIC
    flops = figure(found(summary, context=16), "decode_flops")
    assert many.tokens_per_second == Fraction(989_500_000_000_000, flops)


def test_a_prompt_is_read_at_the_peak_rate_at_most() -> None:
    of = found(llama_31_8b(), "A100-80GB")
    one = bound(of, "prefill")
    assert one.tokens_per_second == Fraction(2048 * 312 * 10**12, figure(of, "prefill_flops"))
    assert "A100 datasheet" in one.explanation.source
    assert "bound" in one.explanation.convention.lower()


def test_several_gpus_read_at_once_where_they_share_a_layer() -> None:
    one, four = (
        bound(found(llama_31_8b(), gpu), "decode").tokens_per_second for gpu in ("H100", "H100x4")
    )
    assert four == 4 * one


def test_stages_wait_for_each_other_unless_there_are_sequences_enough() -> None:
    from paramtui.memory.gpus.parallel import Parallel

    staged = {"parallel": Parallel.PIPELINE}
    alone = bound(found(llama_31_8b(), "H100"), "decode").tokens_per_second
    single = bound(found(llama_31_8b(), "H100x4", **staged), "decode").tokens_per_second
    assert single == alone
    busy = bound(found(llama_31_8b(), "H100x4", batch=4, **staged), "decode").tokens_per_second
    assert busy == 4 * bound(found(llama_31_8b(), "H100", batch=4), "decode").tokens_per_second


def test_training_is_bound_by_arithmetic() -> None:
    of = found(llama_31_8b(), "H100x8", mode=Mode.FULL)
    step = figure(of, "step_flops")
    one = bound(of, "training")
    assert one.tokens_per_second == Fraction(2048 * 989_500_000_000_000 * 8, step)
    assert [item.name for item in of.bounds] == ["training"]


def test_a_run_of_15_trillion_tokens() -> None:
    of = found(llama_31_8b(), "H100x8", training_tokens=15 * 10**12)
    assert figure(of, "training_flops_6nd") == 6 * 8_030_261_248 * 15 * 10**12
    counted = figure(of, "training_flops")
    assert counted == pytest.approx(figure(of, "training_flops_6nd"), rel=0.05)
    seconds = figure(of, "training_seconds")
    assert seconds == pytest.approx(counted / (8 * 989.5e12), rel=1e-6)


def test_only_visited_experts_are_read() -> None:
    # Mixtral-8x7B: 12.9 of 46.7 billion parameters a token (arXiv:2401.04088).
    read = figure(found(mixtral_8x7b(), context=1), "decode_bytes")
    assert read == pytest.approx(2 * (12_879_925_248 - 32000 * 4096), rel=0.001)


def test_a_size_has_no_datasheet() -> None:
    of = found(SMALL, "24GiB")
    assert of.figures
    assert of.bounds == ()


@pytest.mark.parametrize(
    ("precision", "bits"),
    [
        ("bf16", 16),
        ("fp8-block", 8),
        ("bnb-nf4", 16),
        ("gptq-int4", 16),
        ("q4_k_m", 8),
        ("nvfp4", 4),
    ],
)
def test_in_how_many_bits_is_multiplied(precision: str, bits: int) -> None:
    assert multiplied_bits(SMALL, Scenario(precision=precision)) == bits


def test_what_a_gpu_cannot_multiply_in_is_multiplied_wider() -> None:
    assert rate(GPUS["B200"], 4) == 9000
    assert rate(GPUS["H100"], 4) == 1979
    assert rate(GPUS["V100-32GB"], 8) == 125
    assert rate(GPUS["M4-Max-64GB"], 16) is None


@given(
    st.sampled_from(list(Mode)),
    st.sampled_from(sorted(PRECISIONS)),
    st.integers(1, 1 << 17),
    st.integers(1, 512),
    st.sampled_from(["H100", "H100x8", "4090x2", "M4-Max-64GB", "24GiB", "MI300X"]),
)
def test_any_scenario_has_figures_and_no_bound_of_nothing(
    mode: Mode, precision: str, context: int, batch: int, gpu: str
) -> None:
    of = found(SMALL, gpu, mode=mode, precision=precision, context=context, batch=batch)
    assert of.figures
    assert all(item.value > 0 for item in of.figures)
    shown = (*of.figures, *(bound.explanation for bound in of.bounds))
    assert all(exactly(item.numbers) == item.value for item in shown)
    assert all(item.tokens_per_second > 0 for item in of.bounds)
    names = [item.name for item in of.figures]
    assert len(names) == len(set(names))
