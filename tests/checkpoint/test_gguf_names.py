import re

import gguf
import pytest

from paramtui.checkpoint.category import Category, categorise
from paramtui.checkpoint.config import ModelConfig
from paramtui.checkpoint.counting.grouping import group_tensors
from paramtui.checkpoint.dtype import F32
from paramtui.checkpoint.formats.gguf import GgufTensor
from paramtui.checkpoint.formats.gguf_names import translate
from paramtui.checkpoint.group import Kind
from paramtui.checkpoint.tensor import Shape


def names(**shapes: Shape) -> dict[str, Shape]:
    """Tensors of llama.cpp, by names with `__` for dots -> the same as we name and shape them."""
    tensors = [GgufTensor(name.replace("__", "."), F32, s, 0) for name, s in shapes.items()]
    return {tensor.name: tensor.shape for tensor in translate({"file": tensors})}


PLAIN = (
    "altup|laurel|per_layer|inp_gate|blk.0.proj|cls|dense_[23]|convnext|posnet|^conv1d|rope_|nextn"
    "|layer_output_scale"
)
"""Parts of few models that belong to no category, and buffers."""


@pytest.mark.parametrize("template", dict.fromkeys(gguf.TENSOR_NAMES.values()))
def test_every_name_of_llama_cpp_finds_its_category(template: str) -> None:
    theirs = template.format(bid=0)
    ours = re.sub(r"\.\d+\.", ".*.", next(iter(names(**{f"{theirs}.weight": (4, 8)}))))
    category = categorise(ours, 2).category
    assert (category is Category.OTHER) <= bool(re.search(PLAIN, theirs))
    if theirs.startswith(("v.", "mm.", "a.")):
        assert category in (Category.VISION, Category.PROJECTOR, Category.AUDIO)
    if re.search(r"norm(_\d|_2|_exps)?$", theirs) and category not in TOWERS:
        assert category is Category.NORM or "ssm_norm" in theirs


TOWERS = (Category.VISION, Category.PROJECTOR, Category.AUDIO)


def test_a_fused_gate_is_told_by_its_width() -> None:
    # Phi-3 and GLM keep gate and up in one matrix, and llama.cpp calls it ffn_up all the same.
    fused = names(blk__0__ffn_up__weight=(64, 16), blk__0__ffn_down__weight=(16, 32))
    plain = names(blk__0__ffn_up__weight=(32, 16), blk__0__ffn_down__weight=(16, 32))
    assert "model.layers.0.mlp.gate_up_proj.weight" in fused
    assert "model.layers.0.mlp.up_proj.weight" in plain


def test_experts_one_by_one_and_in_one() -> None:
    assert names(blk__3__ffn_gate__7__weight=(8, 4), blk__3__ffn_down_exps__weight=(8, 4, 8)) == {
        "model.layers.3.mlp.experts.7.gate_proj.weight": (8, 4),
        "model.layers.3.mlp.experts.down_proj.weight": (8, 4, 8),
    }


def test_norms_by_what_else_the_layer_has() -> None:
    two = names(blk__0__ffn_norm__weight=(4,), blk__0__attn_norm__weight=(4,))
    four = names(blk__0__ffn_norm__weight=(4,), blk__0__post_attention_norm__weight=(4,))
    assert "model.layers.0.post_attention_layernorm.weight" in two
    assert list(four) == [
        "model.layers.0.pre_feedforward_layernorm.weight",
        "model.layers.0.post_attention_layernorm.weight",
    ]


def test_state_spaces_in_the_shapes_of_transformers() -> None:
    found = names(
        blk__0__ssm_conv1d__weight=(32, 4),
        blk__0__ssm_a=(8, 1),
        blk__0__ssm_d=(8, 1),
        blk__0__ssm_dt__bias=(8,),
        blk__0__ssm_norm__weight=(2, 16),
        blk__1__ssm_dt__weight=(32, 2),
        blk__1__ssm_dt__bias=(32,),
        blk__1__ssm_a=(32, 16),
        blk__2__shortconv__conv__weight=(32, 3),
    )
    assert found == {
        "model.layers.0.mamba.conv1d.weight": (32, 1, 4),
        "model.layers.0.mamba.A_log": (8,),
        "model.layers.0.mamba.D": (8,),
        "model.layers.0.mamba.dt_bias": (8,),
        "model.layers.0.mamba.norm.weight": (32,),
        "model.layers.1.mamba.dt_proj.weight": (32, 2),
        "model.layers.1.mamba.dt_proj.bias": (32,),
        "model.layers.1.mamba.A_log": (32, 16),
        "model.layers.2.conv.conv.weight": (32, 1, 3),
    }


def test_a_delta_net_beside_attention() -> None:
    found = names(
        blk__0__attn_qkv__weight=(48, 16),
        blk__0__attn_gate__weight=(16, 16),
        blk__0__ssm_ba__weight=(4, 16),
        blk__0__ssm_a=(2,),
        blk__1__attn_qkv__weight=(48, 16),
        blk__1__attn_gate__weight=(16, 16),
    )
    assert list(found) == [
        "model.layers.0.linear_attn.in_proj_qkv.weight",
        "model.layers.0.linear_attn.in_proj_z.weight",
        "model.layers.0.linear_attn.in_proj_ba.weight",
        "model.layers.0.linear_attn.A_log",
        "model.layers.1.self_attn.qkv_proj.weight",
        "model.layers.1.self_attn.gate_proj.weight",
    ]


def test_parameters_without_a_module() -> None:
    assert list(
        names(
            blk__0__attn_sinks__weight=(8,),
            blk__0__exp_probs_b__bias=(8,),
            blk__0__layer_output_scale__weight=(1,),
            rope_freqs__weight=(32,),
        )
    ) == [
        "model.layers.0.self_attn.sinks",
        "model.layers.0.mlp.gate.e_score_correction_bias",
        "model.layers.0.layer_scalar",
        "rope_freqs.weight",
    ]


def test_scales_and_frequencies_are_no_parameters() -> None:
    tensors = [
        GgufTensor("blk.0.attn_q.weight", F32, (8, 8), 0),
        GgufTensor("blk.0.attn_q.scale", F32, (1,), 0),
        GgufTensor("blk.0.attn_q.input_scale", F32, (1,), 0),
        GgufTensor("rope_factors_long.weight", F32, (8,), 0),
    ]
    groups = group_tensors(translate({"f": tensors}), ModelConfig())
    assert [group.kind for group in groups] == [Kind.WEIGHT, Kind.SCALE, Kind.SCALE, Kind.BUFFER]


def test_two_names_that_would_be_one_stay_two() -> None:
    found = names(blk__0__attn_output__weight=(2, 2), blk__0__attn_out__weight=(2, 2))
    assert list(found) == ["model.layers.0.self_attn.o_proj.weight", "blk.0.attn_out.weight"]


def test_names_nobody_knows_stay() -> None:
    assert list(names(**{"double_blocks.0.img_attn.qkv.weight": (2, 2), "x": (1,)})) == [
        "double_blocks.0.img_attn.qkv.weight",
        "x",
    ]


def test_a_layer_that_lies_in_two_files() -> None:
    up, down = (
        GgufTensor("blk.0.ffn_up.weight", F32, (64, 16), 0),
        GgufTensor("blk.0.ffn_down.weight", F32, (16, 32), 0),
    )
    found = translate({"a": [up], "b": [down]})
    assert [(tensor.name, tensor.file) for tensor in found] == [
        ("model.layers.0.mlp.gate_up_proj.weight", "a"),
        ("model.layers.0.mlp.down_proj.weight", "b"),
    ]
