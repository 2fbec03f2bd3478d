"""Paths and what finds them."""

import pytest

from paramtui.checkpoint.module import Module
from paramtui.tui.search import Search, matches

PATH = "model.layers.0-31.self_attn.q_proj"


@pytest.mark.parametrize(
    "query",
    [
        "layers.17.self",
        "17",
        "layers.0",
        "layers.31",
        "0-31",
        "self_attn",
        "SELF",
        "attn.q_proj",
        "yers.0-31.self_attn.q",
        "model.layers",
    ],
)
def test_found(query: str) -> None:
    assert matches(PATH, query)


@pytest.mark.parametrize("query", ["layers.32.self", "32", "mlp", "layers.self_attn", "q_proj.w"])
def test_not_found(query: str) -> None:
    assert not matches(PATH, query)


@pytest.mark.parametrize(
    ("numbers", "number", "held"),
    [
        ("0-2,4-6", 3, False),
        ("0-2,4-6", 5, True),
        ("3-47:4", 7, True),
        ("3-47:4", 8, False),
        ("7", 7, True),
        ("0-31", 10**40, False),
    ],
)
def test_folded_numbers_hold_their_members(numbers: str, number: int, held: bool) -> None:
    assert matches(f"layers.{numbers}.mlp", f"layers.{number}.mlp") is held


def module(path: str) -> Module:
    return Module(path.rpartition(".")[2], path, None, 1, 2, ())


def test_a_hit_is_where_the_match_is_completed() -> None:
    root = module("")
    layers, copy = module("model.layers"), module("model.layers.0-31")
    attention, weight = module(PATH.rpartition(".")[0]), module(PATH)
    walk = [(layers, root), (copy, layers), (attention, copy), (weight, attention)]
    assert Search.among(walk, "layers.17.self").hits == (attention,)
    assert Search.among(walk, "layers").hits == (layers,)
    assert Search.among(walk, "layers.").hits == (layers,)
    assert Search.among(walk, "proj").hits == (weight,)
    assert Search.among(walk, "  ").hits == ()


def test_stepping_goes_round() -> None:
    found = Search("x", (module("a"), module("b"), module("c")))
    assert found.stepped(1).count == "2 of 3"
    assert found.stepped(-1).count == "3 of 3"
    assert found.stepped(3) == found
    assert Search("x").stepped(1).count == "no hit"
