"""Names are told by expressions as if all of them were compiled to one."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paramtui.checkpoint.blueprint import blueprint
from paramtui.checkpoint.category import RULES, TOWERS
from paramtui.checkpoint.names import Names, plain_text
from paramtui.checkpoint.pattern import patterns_of
from paramtui.sources.catalog import entries

ALL = [rule.names for rule in (*TOWERS, *RULES)]
EXPRESSIONS = [expression for names in ALL for expression in names.expressions]


def as_one(names: Names, name: str) -> bool:
    return re.search("|".join(names.expressions), name) is not None


def test_bundled_names_are_told_as_by_one_expression() -> None:
    patterns: set[str] = set()
    for entry in entries():
        for config in entry.components.values() or (entry.config,):
            patterns.update(patterns_of([one.first.name for one in blueprint(config).once]))
    assert len(patterns) > 1_000
    for names in ALL:
        whole = re.compile("|".join(names.expressions))
        for name in patterns:
            assert names.hold(name) is (whole.search(name) is not None), name


@settings(max_examples=500)
@given(st.sampled_from(EXPRESSIONS).flatmap(st.from_regex), st.sampled_from(ALL))
def test_what_an_expression_finds_is_told(name: str, names: Names) -> None:
    name = name.replace("\n", "")
    assert names.hold(name) is as_one(names, name)


WORDS = sorted({plain_text(one) for names in ALL for one in (*names._parts, *names._phrases)})
JOINED = st.lists(st.sampled_from([*WORDS, "0", "*", "weight", "x", "_"]), min_size=1, max_size=4)


@settings(max_examples=500)
@given(JOINED, st.sampled_from([".", "_", ""]), st.sampled_from(ALL))
def test_names_made_of_what_is_asked_for(words: list[str], between: str, names: Names) -> None:
    name = between.join(words)
    assert names.hold(name) is as_one(names, name)


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        ("experts", "experts"),
        (r"\w*router\w*", "router"),
        (r"(\w+_)?mlps?", "mlp"),
        (r"^v\.(blk|patch)", "v."),
        (r"ffn(\d|_output)", "ffn"),
        (r"embed_(tokens\w*|in|char)", "embed_"),
        (r"(a|(b|c))?", ""),
        (r"[xy]+z\.?q", "z"),
    ],
)
def test_the_plain_text_of_an_expression(expression: str, text: str) -> None:
    assert plain_text(expression) == text
