"""What config.json claims and the files deny is said, and nothing is said where they agree."""

from typing import Any

import pytest

from paramtui.checkpoint.checkpoint import Checkpoint, Shard
from paramtui.checkpoint.config import ModelConfig
from paramtui.checkpoint.dtype import BF16, SAFETENSORS_DTYPES
from paramtui.checkpoint.summary import summarise
from paramtui.checkpoint.tensor import TensorInfo
from paramtui.record import replace
from paramtui.sources.catalog import bundled_ids, load_bundled
from tests.conftest import SHARED, needs_shared
from tests.truth.test_counts import found, name, read, tensor

CONFIG: dict[str, Any] = {
    "architectures": ["LlamaForCausalLM"],
    "model_type": "llama",
    "hidden_size": 64,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 16,
    "num_hidden_layers": 4,
    "vocab_size": 100,
    "intermediate_size": 96,
    "tie_word_embeddings": False,
}
LAYER = {
    "self_attn.q_proj": (64, 64),
    "self_attn.k_proj": (32, 64),
    "self_attn.v_proj": (32, 64),
    "self_attn.o_proj": (64, 64),
    "mlp.gate_proj": (96, 64),
    "mlp.up_proj": (96, 64),
    "mlp.down_proj": (64, 96),
}
TENSORS = {
    "model.embed_tokens.weight": (100, 64),
    "lm_head.weight": (100, 64),
    **{f"model.layers.{i}.{part}.weight": shape for i in range(4) for part, shape in LAYER.items()},
}


def warnings(config: dict[str, Any], without: str = "\n", **more: str) -> tuple[str, ...]:
    tensors = tuple(
        TensorInfo(key, BF16, shape, "a") for key, shape in TENSORS.items() if without not in key
    )
    words = tuple(
        TensorInfo(f"model.layers.{i}.mlp.{key}", SAFETENSORS_DTYPES[dtype], (8, 8), "a")
        for i in range(2)
        for key, dtype in more.items()
    )
    checkpoint = Checkpoint("x", (*tensors, *words), ModelConfig.from_json({**CONFIG, **config}))
    return summarise(replace(checkpoint, shards=(Shard("a"),))).warnings


def test_nothing_is_said_where_they_agree() -> None:
    assert warnings({}) == ()
    assert warnings({"vocab_size": 97}) == ()  # rows filled up to a multiple


@pytest.mark.parametrize(
    ("config", "without", "told"),
    [
        ({"num_hidden_layers": 9}, "\n", "says 9 layers, the files hold 4: the files are believed"),
        ({"num_hidden_layers": 10**12}, "\n", "1,000,000,000,000 layers, the files hold 4"),
        ({}, ".layers.2.", "the files lack layer 2 of model.layers: what is missing"),
        ({}, "layers.2.mlp.up", "model.layers.2 has no mlp.up_proj, which the other layers have"),
        ({"vocab_size": 7777}, "\n", "a vocabulary of 7,777, the embedding has 100 rows"),
        ({"hidden_size": 128}, "\n", "a hidden size of 128, the embedding is 64 wide"),
        ({"num_key_value_heads": 4}, "\n", "says 4 key-value heads of 16, the key projections"),
        ({"quantization_config": {"quant_method": "gptq"}}, "\n", "says gptq, but no tensor"),
        ({"num_local_experts": 8}, "\n", "says 8 experts, the files hold none"),
        ({}, "lm_head", "no head is stored"),
    ],
)
def test_one_sentence_for_each(config: dict[str, Any], without: str, told: str) -> None:
    (sentence,) = warnings(config, without)
    assert told in sentence


def test_packed_tensors_that_no_format_explains_are_named() -> None:
    said = warnings({"quantization_config": {"quant_method": "vptq"}}, indices="I32")
    assert said == ("2 tensors are packed in a way that is not known (vptq): counted as stored.",)


def test_files_that_were_not_read_deny_nothing() -> None:
    config = ModelConfig.from_json({**CONFIG, "num_hidden_layers": 9})
    held = tuple(TensorInfo(key, BF16, shape, "a") for key, shape in TENSORS.items())
    lost = Checkpoint("x", held, config, shards=(Shard("a"), Shard("b", problem="lost")))
    assert not any("config.json" in sentence for sentence in summarise(lost).warnings)


SAID = ("config.json says", "has no", "not known")
"""Words of the sentences."""


@pytest.mark.parametrize("model", bundled_ids())
def test_no_false_alarm_over_what_a_config_describes(model: str) -> None:
    checkpoint = load_bundled(model)
    assert checkpoint
    said = summarise(replace(checkpoint, shards=(Shard("a"),))).warnings
    assert not [sentence for sentence in said if any(word in sentence for word in SAID)]


@needs_shared
@pytest.mark.parametrize("path", found("catalogue") if SHARED.exists() else [], ids=name)
def test_no_false_alarm_over_published_models(path: Any) -> None:
    repository = read(path)
    shards = repository.get("shards") or {"model.safetensors": repository["tensors"]}
    tensors = tuple(
        tensor(key, dtype, shape, shard)
        for shard, held in shards.items()
        for key, (dtype, shape) in held.items()
    )
    config = ModelConfig.from_json(repository["config"])
    said = summarise(Checkpoint("x", tensors, config, shards=tuple(map(Shard, shards)))).warnings
    assert not [sentence for sentence in said if any(word in sentence for word in SAID)]
