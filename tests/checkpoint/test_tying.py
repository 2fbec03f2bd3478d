"""The default of a family speaks only where the config is silent."""

import pytest

from paramtui.checkpoint.config import Json, ModelConfig
from paramtui.checkpoint.tying import is_tied, tied_by_default


@pytest.mark.parametrize(
    ("model_type", "tied"),
    [
        # `tie_word_embeddings` of each config class in transformers 5.23
        ("gemma2", True),
        ("gpt2", True),
        ("falcon", True),
        ("t5", True),
        ("llama", False),
        ("qwen3", False),
        ("gpt_neox", False),
        ("RefinedWebModel", True),
        ("no-such-family", False),
        (None, False),
    ],
)
def test_family_default(model_type: str | None, tied: bool) -> None:
    assert tied_by_default(model_type) is tied


@pytest.mark.parametrize(
    ("config", "tied"),
    [
        ({"model_type": "llama"}, False),
        ({"model_type": "llama", "tie_word_embeddings": True}, True),
        ({"model_type": "gemma", "tie_word_embeddings": False}, False),
        # A composite goes by its language model: Gemma 3's says nothing and is tied.
        ({"model_type": "gemma3", "text_config": {"model_type": "gemma3_text"}}, True),
        ({"model_type": "llava", "text_config": {"model_type": "llama"}}, False),
        (
            {
                "model_type": "x",
                "tie_word_embeddings": True,
                "text_config": {"model_type": "llama", "tie_word_embeddings": False},
            },
            False,
        ),
        ({"tie_word_embeddings": "yes", "model_type": "gpt2"}, True),
        ({}, False),
    ],
)
def test_flag_then_default(config: Json, tied: bool) -> None:
    assert is_tied(ModelConfig.from_json(config)) is tied
