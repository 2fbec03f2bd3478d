"""Tensors that a model has in memory, or a kindred family in its files, but its own files have not.

Names as transformers 5.23 saves them (`_keys_to_ignore_on_save`, and the modules of each family).
"""

from typing import Any

from paramtui.checkpoint.blueprint import blueprint
from paramtui.checkpoint.config import ModelConfig

SIDES = {
    "d_model": 72,
    "encoder_ffn_dim": 100,
    "decoder_ffn_dim": 84,
    "encoder_layers": 1,
    "decoder_layers": 1,
    "encoder_attention_heads": 6,
    "decoder_attention_heads": 6,
    "max_position_embeddings": 48,
    "vocab_size": 113,
}
STACK = {
    "hidden_size": 72,
    "intermediate_size": 100,
    "num_hidden_layers": 1,
    "num_attention_heads": 6,
    "vocab_size": 113,
    "max_position_embeddings": 48,
    "type_vocab_size": 3,
    "relative_attention_num_buckets": 32,
}


def names(architecture: str, model_type: str, **fields: Any) -> set[str]:
    config = {"architectures": [architecture], "model_type": model_type, **fields}
    return {tensor.name for tensor in blueprint(ModelConfig.from_json(config))}


def test_marians_positions_are_computed_anew_after_loading() -> None:
    found = names("MarianMTModel", "marian", **SIDES)
    assert "final_logits_bias" in found
    assert not [name for name in found if "embed_positions" in name]


def test_the_bare_marian_saves_its_positions() -> None:
    assert "encoder.embed_positions.weight" in names("MarianModel", "marian", **SIDES)


def test_pegasus_saves_its_positions_though_they_are_computed() -> None:
    found = names("PegasusForConditionalGeneration", "pegasus", **SIDES)
    assert "model.encoder.embed_positions.weight" in found


def test_mpnet_has_no_token_types() -> None:
    found = names("MPNetForMaskedLM", "mpnet", **STACK)
    assert "mpnet.encoder.relative_attention_bias.weight" in found
    assert not [name for name in found if "token_type" in name]
