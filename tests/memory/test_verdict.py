"""The verdict: what it is compared with, and where its three answers part."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paramtui.memory.estimate import estimate
from paramtui.memory.gpus.hardware import Gpus, of_size
from paramtui.memory.gpus.hardware_name import gpus_named, of_hosts
from paramtui.memory.gpus.verdict import Fit, Verdict, usable_bytes, verdict
from paramtui.memory.scenario import Mode, Scenario
from tests.memory.small_models import llama, llama_2_7b, llama_31_8b, llama_31_70b

SUMMARY = llama_31_8b()


def judged(nbytes: int, count: int = 1, **changes: object) -> Verdict:
    scenario = Scenario(gpus=Gpus(of_size("size", nbytes), count)).with_(**changes)
    found = verdict(SUMMARY, scenario, estimate(SUMMARY, scenario))
    assert found
    return found


def test_without_a_gpu_there_is_none() -> None:
    assert verdict(SUMMARY, Scenario(), estimate(SUMMARY, Scenario())) is None


def test_the_answers_part_at_the_total_and_at_its_upper_figure() -> None:
    whole = estimate(SUMMARY, Scenario())
    total, upper = whole.total_bytes, whole.total_upper_bytes
    assert judged(total - 1).fit is Fit.TOO_LARGE
    assert judged(total).fit is Fit.TIGHT
    assert judged(upper - 1).fit is Fit.TIGHT
    assert judged(upper).fit is Fit.FITS
    assert [judged(n).fits for n in (total - 1, total, upper)] == [False, True, True]
    assert [judged(n).free_bytes for n in (total - 1, total)] == [-1, 0]


def test_an_engine_keeps_to_its_share() -> None:
    # vLLM's gpu_memory_utilization: 0.9 of what CUDA has (vllm/config/cache.py; 0.92 since 2026).
    h100 = gpus_named("H100")
    usable, rule = usable_bytes(h100, 0.9)
    assert usable == int(h100.gpu.usable_bytes * 0.9)
    assert "0.9" in rule
    assert judged(20 << 30, gpu_memory_utilization=0.9).usable_bytes == int((20 << 30) * 0.9)


@pytest.mark.parametrize(
    ("gpu", "precision", "fits"),
    [
        # The textbook: 7B in fp16 is 14 GB and in int4 3.5 GB; 13B at 4 bits suits 24 GB;
        # 70B at 16 bits is 140 GB and at 4 bits 35 GB.
        ("24GB", "fp16", True),
        ("14GB", "fp16", False),
        ("8GB", "int4", True),
        ("4GB", "int4", False),
    ],
)
def test_seven_billion(gpu: str, precision: str, fits: bool) -> None:
    summary = llama_2_7b()
    scenario = Scenario(context=2048, precision=precision, gpus=gpus_named(gpu))
    found = verdict(summary, scenario, estimate(summary, scenario))
    assert found
    assert found.fits is fits


@pytest.mark.parametrize(
    ("gpu", "precision", "fits"),
    [
        ("H100", "bf16", False),
        ("H100x2", "bf16", True),
        ("48GB", "int4", True),
        ("4090", "int4", False),
        ("4090x2", "int4", True),
    ],
)
def test_seventy_billion(gpu: str, precision: str, fits: bool) -> None:
    summary = llama_31_70b()
    scenario = Scenario(context=4096, precision=precision, gpus=gpus_named(gpu))
    found = verdict(summary, scenario, estimate(summary, scenario))
    assert found
    assert found.fits is fits


def test_thirteen_billion_at_4_bits_are_comfortable_on_24_gb() -> None:
    summary = llama(5120, 13824, 40, 40, 40, 32000)
    for name in ("bnb-nf4", "awq-int4", "q4_k_m", "int4"):
        scenario = Scenario(context=4096, precision=name, gpus=gpus_named("RTX 4090"))
        found = verdict(summary, scenario, estimate(summary, scenario))
        assert found
        assert found.fit is Fit.FITS
        assert found.free_bytes > 8 << 30


def test_a_host_speaks_of_the_cards_that_hold_most() -> None:
    gib = 1 << 30
    found = of_hosts(
        [("Small", 8 * gib, 7 * gib), *[("NVIDIA GeForce RTX 4090", 24 * gib, 23 * gib)] * 2]
    )
    assert (found.gpu.name, found.count) == ("RTX-4090", 2)
    assert (found.gpu.usable_bytes, found.gpu.bandwidth) == (23 * gib, 1008)
    assert of_hosts([("Strange Card", 8 * gib, 7 * gib)]).gpu.label == "Strange Card"


@given(st.integers(1 << 20, 1 << 40), st.integers(1, 16), st.sampled_from(list(Mode)))
def test_fitting_is_having_something_left(nbytes: int, count: int, mode: Mode) -> None:
    found = judged(nbytes, count, mode=mode)
    assert found.fits is (found.free_bytes >= 0)
    assert found.fits is (found.need.total_bytes <= nbytes)
    assert found.fits is (found.fit is not Fit.TOO_LARGE)
