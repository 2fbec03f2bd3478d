"""What marks come to on the rows of the tree."""

import pytest

from paramtui.memory.errors import ScenarioError
from paramtui.memory.marks.mark import Aspect, mark_named
from paramtui.memory.marks.row_marks import row_marks
from tests.memory.small_models import llama

SMALL = llama(64, 128, 6, 4, 2, 320)
MARKS = tuple(
    map(
        mark_named,
        (
            "model.layers=bnb-nf4",
            "model.layers.0-5.mlp=int8",
            "model.layers.4-5=freeze",
            "lm_head=prune",
        ),
    )
)


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("", {"precision": ("", False), "training": ("", False), "presence": ("", False)}),
        ("model", {"precision": ("", False), "training": ("", False)}),
        ("model.layers", {"precision": ("", True), "training": ("", False)}),
        ("model.layers.0-5", {"precision": ("", False), "training": ("", False)}),
        ("model.layers.0-5.self_attn", {"precision": ("bnb-nf4", False), "training": ("", False)}),
        ("model.layers.0-5.mlp", {"precision": ("int8", True), "training": ("", False)}),
        ("model.layers.0-5.mlp.up_proj", {"precision": ("int8", False), "training": ("", False)}),
        ("model.layers.5.mlp", {"precision": ("int8", False), "training": ("freeze", False)}),
        ("model.layers.0-3.mlp", {"precision": ("int8", False)}),
        ("lm_head", {"presence": ("prune", True)}),
        ("model.norm", {}),
    ],
)
def test_a_row_shows_its_own_and_inherited_marks(
    path: str, shown: dict[str, tuple[str, bool]]
) -> None:
    found = row_marks(SMALL, MARKS, path)
    assert {aspect.value: (mark.action, mark.own) for aspect, mark in found.items()} == shown


def test_without_marks_no_row_has_any() -> None:
    assert row_marks(SMALL, (), "model") == {}


def test_marks_that_cannot_be_are_refused() -> None:
    with pytest.raises(ScenarioError):
        row_marks(SMALL, (mark_named("nope=prune"),), "model")


def test_every_aspect_has_a_word_for_the_screen() -> None:
    assert [aspect.value for aspect in Aspect] == ["precision", "training", "presence"]
