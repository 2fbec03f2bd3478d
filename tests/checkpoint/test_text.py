import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from paramtui.checkpoint.text import NAME_LIMIT, clean, clean_names

UNSAFE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


@given(st.text(st.characters(codec=None)))
def test_nothing_a_terminal_obeys_or_hides_remains(text: str) -> None:
    assert not [c for c in clean(text) if unicodedata.category(c) in UNSAFE]


@given(st.text(st.characters(codec=None), max_size=NAME_LIMIT))
def test_cleaning_keeps_the_length_and_is_done_once(text: str) -> None:
    assert len(clean(text)) == len(text)
    assert clean(clean(text)) == clean(text)


def test_ordinary_names_stay_as_they_are() -> None:
    for name in ("model.layers.0.self_attn.q_proj.weight", "模型.权重", "poids_é", ""):
        assert clean(name) == name


def test_what_terminals_obey_is_replaced() -> None:
    assert clean("a\x1b[31mred\x07") == "a\ufffd[31mred\ufffd"
    assert clean("\u202egnp.exe\u2066") == "\ufffdgnp.exe\ufffd"
    assert clean("zero\u200bwidth\ufeff\ufe0f") == "zero\ufffdwidth\ufffd\ufffd"
    assert clean("\ud800\n\u2028\x9b\x7f") == "\ufffd" * 5


def test_wide_spaces_become_spaces() -> None:
    assert clean("a\u00a0b\u3000c") == "a b c"


def test_long_names_are_cut() -> None:
    assert clean("x" * 5000) == "x" * (NAME_LIMIT - 1) + "…"
    assert clean("abcdef", 4) == "abc…"


@given(st.lists(st.text(st.sampled_from("ab\x1b\x07\u200b (2)"), max_size=6), unique=True))
def test_names_that_differ_still_differ_when_cleaned(names: list[str]) -> None:
    cleaned = clean_names(names)
    assert len(set(cleaned)) == len(names)
    assert [clean(name) for name in cleaned] == list(cleaned)


def test_names_that_differ_in_controls_alone_get_a_number() -> None:
    names = ["a.weight", "b\x1b", "b\x07", "b\x1b"]
    assert clean_names(names) == ["a.weight", "b\ufffd", "b\ufffd (2)", "b\ufffd"]
