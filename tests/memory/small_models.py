"""Checkpoints made in memory for the tests of what they cost."""

from collections.abc import Mapping

from paramtui.checkpoint.blueprint import blueprint
from paramtui.checkpoint.checkpoint import Checkpoint
from paramtui.checkpoint.config import Json, ModelConfig
from paramtui.checkpoint.dtype import BF16, Dtype
from paramtui.checkpoint.summary import ParameterSummary, summarise
from paramtui.checkpoint.tensor import Shape, TensorInfo


def of_tensors(
    shapes: Mapping[str, Shape], dtype: Dtype = BF16, **config: Json
) -> ParameterSummary:
    """A checkpoint of these tensors."""
    tensors = tuple(TensorInfo(name, dtype, shape) for name, shape in shapes.items())
    return summarise(Checkpoint("test/model", tensors, ModelConfig.from_json(config)))


def of_config(**config: Json) -> ParameterSummary:
    """The checkpoint that a config of a known family describes."""
    parsed = ModelConfig.from_json(config)
    return summarise(Checkpoint("test/model", blueprint(parsed), parsed))


def llama(
    hidden: int, wide: int, layers: int, heads: int, shared: int, vocab: int, tied: bool = False
) -> ParameterSummary:
    """A Llama of these dimensions: `shared` key/value heads, `wide` feed-forward features."""
    return of_config(
        model_type="llama",
        architectures=["LlamaForCausalLM"],
        hidden_size=hidden,
        intermediate_size=wide,
        num_hidden_layers=layers,
        num_attention_heads=heads,
        num_key_value_heads=shared,
        vocab_size=vocab,
        tie_word_embeddings=tied,
        torch_dtype="bfloat16",
    )


def llama_2_7b() -> ParameterSummary:
    """Llama-2-7B, by its config."""
    return llama(4096, 11008, 32, 32, 32, 32000)


def llama_32_1b() -> ParameterSummary:
    """Llama-3.2-1B, by its config."""
    return llama(2048, 8192, 16, 32, 8, 128256, tied=True)


def llama_31_8b() -> ParameterSummary:
    """Llama-3.1-8B, by its config."""
    return llama(4096, 14336, 32, 32, 8, 128256)


def llama_31_70b() -> ParameterSummary:
    """Llama-3.1-70B, by its config."""
    return llama(8192, 28672, 80, 64, 8, 128256)


def mixtral_8x7b() -> ParameterSummary:
    """Mixtral-8x7B, by its config."""
    return of_config(
        model_type="mixtral",
        architectures=["MixtralForCausalLM"],
        hidden_size=4096,
        intermediate_size=14336,
        num_hidden_layers=32,
        num_attention_heads=32,
        num_key_value_heads=8,
        vocab_size=32000,
        num_local_experts=8,
        num_experts_per_tok=2,
        tie_word_embeddings=False,
        torch_dtype="bfloat16",
    )


TWO_LAYERS = {
    "model.embed_tokens.weight": (100, 64),
    **{
        f"model.layers.{layer}.{name}.weight": shape
        for layer in range(2)
        for name, shape in {
            "self_attn.q_proj": (64, 64),
            "self_attn.k_proj": (32, 64),
            "self_attn.v_proj": (32, 64),
            "self_attn.o_proj": (64, 64),
            "mlp.gate_proj": (96, 64),
            "mlp.up_proj": (96, 64),
            "mlp.down_proj": (64, 96),
            "input_layernorm": (64,),
        }.items()
    },
}
"""Two layers of hidden size 64, four heads and two of keys and values, no head."""
