"""The inverse answers: what is solved fits, and one more does not."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paramtui.memory.estimate import estimate
from paramtui.memory.gpus.hardware import Gpus, of_size
from paramtui.memory.gpus.hardware_name import gpus_named
from paramtui.memory.gpus.solve import (
    best_precision,
    fewest_gpus,
    fits,
    largest,
    largest_value,
    solve,
)
from paramtui.memory.layout.weights import weights
from paramtui.memory.precision import PRECISIONS
from paramtui.memory.scenario import MAX_BATCH, MAX_RANK, Mode, Scenario
from tests.memory.small_models import llama, llama_31_8b, llama_31_70b, of_config

SMALL = llama(256, 704, 4, 8, 2, 4000)
ADAPTERS = (Mode.LORA, Mode.QLORA)


def on(nbytes: int, count: int = 1, **changes: object) -> Scenario:
    return Scenario(gpus=Gpus(of_size("size", nbytes), count), context=64).with_(**changes)


@given(st.integers(0, 200), st.integers(0, 200))
def test_the_largest_that_holds(limit: int, edge: int) -> None:
    asked: list[int] = []

    def holds(n: int) -> bool:
        asked.append(n)
        return n <= edge

    assert largest_value(holds, limit) == min(limit, edge)
    assert all(1 <= n <= limit for n in asked)


@settings(max_examples=40)
@given(
    mebibytes=st.integers(300, 4000),
    count=st.integers(1, 9),
    mode=st.sampled_from(list(Mode)),
    batch=st.integers(1, 4),
)
def test_a_solved_value_fits_and_the_next_does_not(
    mebibytes: int, count: int, mode: Mode, batch: int
) -> None:
    scenario = on(mebibytes << 20, count, mode=mode, batch=batch)
    most = largest(SMALL, scenario)
    solved = {"context": most.context, "batch": most.batch}
    if mode in ADAPTERS:
        assert most.rank is not None
        solved["lora_rank"] = most.rank
    else:
        assert most.rank is None
    for field, value in solved.items():
        limit = {"batch": MAX_BATCH, "lora_rank": MAX_RANK}.get(field)
        assert value is not None
        assert value == 0 or fits(SMALL, scenario.with_(**{field: value}))
        assert value == limit or not fits(SMALL, scenario.with_(**{field: value + 1}))


def test_no_context_is_longer_than_the_models() -> None:
    summary = of_config(
        model_type="llama",
        architectures=["LlamaForCausalLM"],
        hidden_size=64,
        intermediate_size=96,
        num_hidden_layers=2,
        num_attention_heads=4,
        vocab_size=320,
        max_position_embeddings=2048,
    )
    assert largest(summary, on(80 << 30)).context == 2048


def test_where_nothing_fits_everything_is_none() -> None:
    found = solve(llama_31_8b(), on(1 << 30, mode=Mode.QLORA))
    assert (found.largest.context, found.largest.batch, found.largest.rank) == (0, 0, 0)
    assert found.precision is None
    assert found.gpus is None


@pytest.mark.parametrize(
    ("gpu", "precision"),
    [("4090", "stored"), ("16GiB", "fp8-block"), ("10GiB", "q6_k"), ("6GiB", None)],
)
def test_the_best_precision_that_fits(gpu: str, precision: str | None) -> None:
    summary = llama_31_8b()
    scenario = Scenario(gpus=gpus_named(gpu))
    found = best_precision(summary, scenario)
    if precision is None or found is None:
        assert found == precision
        return
    assert fits(summary, scenario.with_(precision=found))
    sizes = {name: weights(summary, name).bytes for name in PRECISIONS}
    assert sizes[found] >= sizes[precision]
    better = [
        name
        for name, row in PRECISIONS.items()
        if not row.textbook and sizes[found] < sizes[name] <= sizes["stored"]
    ]
    assert not any(fits(summary, scenario.with_(precision=name)) for name in better)


def test_qlora_trains_on_what_is_quantised() -> None:
    scenario = Scenario(mode=Mode.QLORA, gpus=gpus_named("80GiB"))
    assert best_precision(llama_31_8b(), scenario) == "bnb-int8"
    assert best_precision(llama_31_8b(), scenario.with_(mode=Mode.FULL)) is None


@pytest.mark.parametrize(("gpu", "mode"), [("H100", Mode.INFERENCE), ("H100", Mode.FULL)])
def test_the_fewest_gpus_do_and_one_less_does_not(gpu: str, mode: Mode) -> None:
    summary, scenario = llama_31_70b(), Scenario(mode=mode, gpus=gpus_named(gpu))
    assert scenario.gpus
    fewest = fewest_gpus(summary, scenario)
    assert fewest
    assert fewest > 1
    for count, enough in ((fewest, True), (fewest - 1, False)):
        assert fits(summary, scenario.with_(gpus=Gpus(scenario.gpus.gpu, count))) is enough


def test_seventy_billion_in_16_bits_take_two_of_80_gb() -> None:
    # 70B at 16 bits is 140 GB: two GPUs of 80 GB hold it, one does not.
    assert fewest_gpus(llama_31_70b(), Scenario(context=4096, gpus=gpus_named("H100"))) == 2


def test_without_a_gpu_everything_fits() -> None:
    assert fits(SMALL, Scenario())
    assert fewest_gpus(SMALL, Scenario()) is None


@pytest.mark.parametrize("field", ["context", "batch", "lora_rank"])
@pytest.mark.parametrize("mode", Mode)
def test_more_of_anything_never_needs_less(field: str, mode: Mode) -> None:
    totals = [
        estimate(SMALL, Scenario(mode=mode, context=64).with_(**{field: value})).total_bytes
        for value in (1, 2, 3, 16, 17, 64, 100, 1000, 4096)
    ]
    assert totals == sorted(totals)
