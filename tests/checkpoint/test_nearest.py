"""A path that names nothing is answered with one that does."""

import pytest

from paramtui.checkpoint.comparing.nearest import nearest_paths
from paramtui.checkpoint.comparing.selection import select
from tests.memory.small_models import llama, mixtral_8x7b

MIXTRAL, LLAMA = mixtral_8x7b(), llama(64, 128, 4, 4, 2, 320)


@pytest.mark.parametrize(
    ("typed", "near"),
    [
        ("*.expert.*", "*.experts.*"),
        ("layers.3", "model.layers.3"),
        ("block_sparse_moe", "model.layers.0-31.block_sparse_moe"),
        ("model.layers.0.moe", "model.layers.0.block_sparse_moe"),
        ("model.layers.0-3.self_atn.q_porj", "model.layers.0-3.self_attn.q_proj"),
        ("lm_haed", "lm_head"),
        ("LM_head", "lm_head"),
    ],
)
def test_the_nearest_stands_first(typed: str, near: str) -> None:
    found = nearest_paths(MIXTRAL, typed)
    assert found[0] == near
    assert all(select(MIXTRAL, path) for path in found)


@pytest.mark.parametrize("typed", ["", ".", "zzz", "*", "[", "a" * 10_000, "model.layers.99", "💥"])
def test_whatever_is_typed_gets_a_path_that_is_there(typed: str) -> None:
    found = nearest_paths(LLAMA, typed)
    assert 1 <= len(found) <= 3
    assert all(select(LLAMA, path) for path in found)
