"""Names with their numbers as `*`, and the layers they name."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paramtui.checkpoint import pattern
from paramtui.checkpoint.pattern import NUMBER, patterns_and_layers, patterns_of

PARTS = st.sampled_from(["model", "layers", "experts", "w1", "0", "1", "12", "007", "1234567890"])
ALIKE = st.lists(PARTS | st.just("\nmodel"), max_size=3).map(".".join)
NAMES = st.lists(st.lists(PARTS, min_size=1, max_size=6).map(".".join) | st.text(max_size=5))


def layer_of(name: str) -> int:
    """The first part that is a number, as a layer; -1 for none and for `007`."""
    numbers = [part for part in name.split(".") if NUMBER.fullmatch(part)]
    return int(numbers[0]) if numbers and numbers[0] == str(int(numbers[0])) else -1


@given(NAMES)
def test_a_pattern_is_the_name_with_every_number_replaced(names: list[str]) -> None:
    due = [NUMBER.sub("*", name) for name in names]
    assert patterns_of(names) == due
    assert patterns_and_layers(names) == (due, [layer_of(name) for name in names])


@given(st.lists(st.tuples(st.sampled_from(["h.0.", "h.1.", "h.0"]), ALIKE), max_size=20))
def test_names_that_begin_alike_may_stand_in_any_order(rows: list[tuple[str, str]]) -> None:
    written = [start + rest for start, rest in rows]
    for names in (written, sorted(written)):
        due = [NUMBER.sub("*", name) for name in names], [layer_of(name) for name in names]
        assert patterns_and_layers(names) == due


def test_names_in_turn_are_not_cut_in_vain(monkeypatch: pytest.MonkeyPatch) -> None:
    looked_at = 0

    def rests(names: Sequence[str], start: str) -> Sequence[str]:
        nonlocal looked_at
        looked_at += len(names)
        return cut(names, start)

    cut = pattern._rests
    monkeypatch.setattr(pattern, "_rests", rests)
    count = 1000
    names = [f"h.{place % 2}.w{place}" for place in range(count)]
    assert patterns_and_layers(names)[1] == [0, 1] * (count // 2)
    assert looked_at <= pattern.FEWEST * count


@pytest.mark.parametrize(
    ("name", "due", "layer"),
    [
        ("model.layers.3.mlp.experts.7.w1.weight", "model.layers.*.mlp.experts.*.w1.weight", 3),
        ("a.3", "a.*", 3),
        ("3.a", "*.a", 3),
        ("a..3..b", "a..*..b", 3),
        ("a.03.b.4", "a.*.b.*", -1),
        ("lm_head.weight", "lm_head.weight", -1),
        ("", "", -1),
        ("\na", "\na", -1),
    ],
)
def test_patterns_and_layers(name: str, due: str, layer: int) -> None:
    assert patterns_and_layers([name, name]) == ([due] * 2, [layer] * 2)
