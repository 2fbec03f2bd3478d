"""Sweeps: how ranges are read, and that each point is the estimate at its value."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paramtui.memory.errors import ScenarioError
from paramtui.memory.estimate import estimate
from paramtui.memory.gpus.hardware_name import gpus_named
from paramtui.memory.scenario import Mode, Scenario
from paramtui.memory.sweep import sweep, sweep_named
from tests.memory.small_models import llama

SMALL = llama(64, 128, 4, 4, 2, 320)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("context=1k..8k", (1024, 2048, 4096, 8192)),
        ("context=1000..5000", (1000, 2000, 4000, 5000)),
        ("batch=1..1", (1,)),
        ("batch=1,2,2,3", (1, 2, 3)),
        ("rank=4..64", (4, 8, 16, 32, 64)),
        ("precision=bf16, int8,bnb-nf4", ("bf16", "int8", "bnb-nf4")),
        ("context=1m", (1 << 20,)),
    ],
)
def test_ranges_double_and_lists_are_taken_as_they_are(
    text: str, values: tuple[int | str, ...]
) -> None:
    assert sweep_named(text).values == values


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("context", "NAME=VALUES"),
        ("context=", "NAME=VALUES"),
        ("contxt=1..2", "did you mean context"),
        ("context=128k..1k", "ends before it starts"),
        ("context=0..4", "whole number"),
        ("context=1..", "whole number"),
        ("batch=1..99999999", "whole number"),
        ("batch=a", "whole number"),
        ("precision=nf4", "did you mean bnb-nf4"),
        ("precision=bf16..int8", "did you mean bf16"),
        (f"context={','.join(map(str, range(1, 400)))}", "more than"),
    ],
)
def test_a_bad_range_is_refused_in_one_line(text: str, says: str) -> None:
    with pytest.raises(ScenarioError, match=says) as problem:
        sweep_named(text)
    assert problem.value.hint
    assert "\n" not in f"{problem.value}{problem.value.hint}"


@given(start=st.integers(1, 1 << 20), more=st.integers(0, 1 << 20))
def test_a_range_begins_and_ends_where_it_says_and_never_falls(start: int, more: int) -> None:
    values = [int(value) for value in sweep_named(f"context={start}..{start + more}").values]
    assert (values[0], values[-1]) == (start, start + more)
    assert values == sorted(set(values))
    assert all(after <= 2 * before for before, after in pairwise(values))


def test_each_point_is_the_estimate_at_its_value() -> None:
    scenario = Scenario(mode=Mode.LORA, gpus=gpus_named("24GiB"))
    for text, field in (("rank=1..64", "lora_rank"), ("precision=bf16,int4", "precision")):
        for point in sweep(SMALL, scenario, sweep_named(text)):
            at = scenario.with_(**{field: point.value})
            assert point.estimate == estimate(SMALL, at)
            assert point.verdict
            assert point.verdict.fits


def test_without_a_gpu_there_is_no_verdict() -> None:
    assert {p.verdict for p in sweep(SMALL, Scenario(), sweep_named("batch=1..4"))} == {None}
