"""Overheads: named, ranged, switched on and off."""

import pytest

from paramtui.memory.errors import ScenarioError
from paramtui.memory.estimate import estimate
from paramtui.memory.overhead import GIB, MIB, OVERHEADS, USUAL, overhead, overheads_named
from paramtui.memory.scenario import Scenario
from tests.memory.small_models import llama

THIRTEEN_B = 13_015_864_320
"""Parameters of Llama-2-13B."""


def test_usual_overheads_of_one_process() -> None:
    part = overhead(transient=1000 * MIB)
    assert part.bytes == (300 + 8 + 20) * MIB
    assert part.upper_bytes == (500 + 32 + 100) * MIB
    assert [term.label for term in part.terms] == [
        *("CUDA context and kernels", "cuBLAS workspace", "fragmentation")
    ]


def test_several_gpus_exchange() -> None:
    alone, together = overhead(transient=0), overhead(transient=0, gpus=2)
    assert together.bytes - alone.bytes == 100 * MIB
    assert (together.upper_bytes or 0) - (alone.upper_bytes or 0) == GIB


def test_none_is_nothing_and_says_so() -> None:
    part = overhead((), transient=10**9)
    assert (part.bytes, part.upper_bytes, part.formula) == (0, 0, "0")
    assert part.source


def test_the_textbook_rule_on_13b() -> None:
    # 13B in fp16: 26 GB, and 32 to 36 GB with the rule of 20 to 40 %.
    weights = 2 * THIRTEEN_B
    part = overhead(("textbook",), transient=0, weights=weights)
    assert weights / 10**9 == pytest.approx(26, abs=0.1)
    assert (weights + part.bytes) / 10**9 == pytest.approx(31.2, abs=0.1)
    assert (weights + (part.upper_bytes or 0)) / 10**9 == pytest.approx(36.4, abs=0.1)


@pytest.mark.parametrize("name", OVERHEADS)
def test_a_switched_overhead_adds_its_range(name: str) -> None:
    row = OVERHEADS[name]
    assert 0 < row.ends[0] < row.ends[1]
    without = estimate(llama(64, 96, 2, 4, 2, 320), Scenario(context=16, overheads=()))
    switched = estimate(llama(64, 96, 2, 4, 2, 320), Scenario(context=16, overheads=(name,)))
    assert without.total_bytes == without.peak_bytes == switched.peak_bytes
    assert (switched.total_bytes > without.total_bytes) is not row.several


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("none", ()),
        ("usual", USUAL),
        ("graphs, context", ("context", "graphs")),
        ("Textbook", ("textbook",)),
    ],
)
def test_names_are_read(text: str, names: tuple[str, ...]) -> None:
    assert overheads_named(text) == names


@pytest.mark.parametrize("text", ["", "graph", "none,context", "context;graphs"])
def test_other_names_are_refused(text: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        overheads_named(text)
    assert caught.value.hint
