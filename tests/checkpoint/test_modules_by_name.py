"""What a tensor's module computes, and whether it learns, by names of transformers' own modules."""

import pytest

from paramtui.checkpoint.category import Operator, categorise
from paramtui.checkpoint.counting.kinds import kind_of
from paramtui.checkpoint.dtype import BF16
from paramtui.checkpoint.group import Kind

OPERATORS = [
    # StableLM with qk_layernorm, Segformer: norms with a number of their own.
    ("model.layers.*.self_attn.k_layernorm.norms.*.weight", 1, Operator.NORM),
    ("segformer.encoder.layer_norm.*.weight", 1, Operator.NORM),
    ("text_model.pre_LN.weight", 1, Operator.NORM),
    ("model.layers.*.self_attn.o_proj.weight", 2, Operator.LINEAR),
    # ConvNeXt calls the linear layers of its blocks convolutions over one point.
    ("convnext.encoder.stages.*.layers.*.pwconv1.weight", 2, Operator.LINEAR),
    ("convnext.encoder.stages.*.layers.*.dwconv.weight", 4, Operator.CONVOLUTION),
    ("decoder.resblocks.*.convs1.*.weight", 3, Operator.CONVOLUTION),
    ("model.layers.*.mamba.conv1d.weight", 3, Operator.CONVOLUTION),
    ("model.layers.*.mamba.conv1d.bias", 1, Operator.CONVOLUTION),
    ("model.layers.*.block_sparse_moe.input_linear.weight", 3, Operator.LINEAR),
    ("tapas.embeddings.token_type_embeddings_0.weight", 2, Operator.EMBEDDING),
    ("semantic.position_embeds_layer.weight", 2, Operator.EMBEDDING),
    ("gpt_neox.embed_out.weight", 2, Operator.LINEAR),
]

KINDS = [
    ("model.layers.*.mlp.act_fn.alpha_p", (1,), Kind.WEIGHT),  # xIELU, as Apertus has it
    ("model.layers.*.mlp.act_fn.beta", (), Kind.BUFFER),
    ("model.layers.*.mlp.act_fn.eps", (), Kind.BUFFER),
    ("model.layers.*.input_layernorm.beta", (8,), Kind.BIAS),
    ("vision_tower.layers.*.self_attn.q_proj.input_max", (), Kind.BUFFER),  # Gemma 4
    ("model.layers.*.self_attn.slope_rate", (8, 1, 1), Kind.BUFFER),  # MiniMax
    ("transformer.h.*.attn.bias", (1, 1, 48, 48), Kind.BUFFER),
    ("convnextv2.encoder.stages.*.layers.*.grn.bias", (1, 1, 1, 96), Kind.BIAS),
]


@pytest.mark.parametrize(("name", "dimensions", "operator"), OPERATORS)
def test_operators(name: str, dimensions: int, operator: Operator) -> None:
    assert categorise(name, dimensions).operator is operator


@pytest.mark.parametrize(("name", "shape", "kind"), KINDS)
def test_kinds(name: str, shape: tuple[int, ...], kind: Kind) -> None:
    assert kind_of(name, BF16, shape) is kind
