"""Reports made in memory."""

from collections.abc import Mapping

from paramtui.checkpoint.blueprint import blueprint
from paramtui.checkpoint.checkpoint import Checkpoint, Shard
from paramtui.checkpoint.config import Json, ModelConfig
from paramtui.checkpoint.dtype import SAFETENSORS_DTYPES
from paramtui.checkpoint.tensor import Shape, TensorInfo
from paramtui.reports.document import Report
from paramtui.reports.render import make_report

MIXTURE: dict[str, Json] = {
    "model_type": "mixtral",
    "architectures": ["MixtralForCausalLM"],
    "hidden_size": 64,
    "intermediate_size": 96,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "vocab_size": 320,
    "num_local_experts": 4,
    "num_experts_per_tok": 2,
    "tie_word_embeddings": False,
    "torch_dtype": "bfloat16",
}


def mixture(*, with_tree: bool = False, **changes: object) -> Report:
    """A small mixture of experts."""
    config = ModelConfig.from_json(MIXTURE)
    checkpoint = Checkpoint("test/mixture", blueprint(config), config, revision="main")
    return make_report(checkpoint, changes, with_tree=with_tree)


def named(shapes: Mapping[str, Shape], file: str = "a.safetensors", **changes: object) -> Report:
    """A checkpoint whose tensors have these names."""
    dtype = SAFETENSORS_DTYPES["BF16"]
    tensors = tuple(TensorInfo(name, dtype, shape, file) for name, shape in shapes.items())
    checkpoint = Checkpoint("test/named", tensors, shards=(Shard(file),))
    return make_report(checkpoint, changes, with_tree=True)
