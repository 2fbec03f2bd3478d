"""Recurrent and convolution state of every kind of recurrent layer."""

import pytest

from paramtui.checkpoint.category import Category
from paramtui.checkpoint.config import Json
from paramtui.checkpoint.dtype import BF16
from paramtui.checkpoint.summary import ParameterSummary
from paramtui.checkpoint.tensor import Shape
from paramtui.memory.cache.attention import cache_layout
from paramtui.memory.cache.kv_cache import kv_cache
from paramtui.memory.cache.recurrence import RecurrentLayers
from paramtui.memory.cache.state import state
from paramtui.memory.scenario import Scenario
from tests.memory.small_models import of_tensors

MIB = 1 << 20


def recurrent(
    layers: int, module: str, shapes: dict[str, Shape], **config: Json
) -> ParameterSummary:
    """A model of these recurrent layers."""
    found = {
        f"model.layers.{layer}.{module}.{name}": shape
        for layer in range(layers)
        for name, shape in shapes.items()
    }
    return of_tensors(
        found, BF16, architectures=["AnyForCausalLM"], num_hidden_layers=layers, **config
    )


def mamba2(
    layers: int, inner: int, heads: int, size: int, groups: int = 1, **config: Json
) -> ParameterSummary:
    channels = inner + 2 * groups * size
    shapes: dict[str, Shape] = {
        "A_log": (heads,),
        "conv1d.weight": (channels, 1, 4),
        "out_proj.weight": (64, inner),
    }
    return recurrent(layers, "mamba", shapes, **config)


def held(summary: ParameterSummary, batch: int = 1) -> list[int]:
    found = state(summary, Scenario(batch=batch, context=1))
    return [term.value for term in found.terms] if found else []


def test_mamba_1_keeps_a_state_for_each_channel() -> None:
    # Mamba-2.8B: conv [5120, 4] bf16 and state [5120, 16] fp32 in 64 layers (transformers 5).
    shapes: dict[str, Shape] = {
        "A_log": (5120, 16),
        "conv1d.weight": (5120, 1, 4),
        "out_proj.weight": (2560, 5120),
    }
    summary = recurrent(64, "mixer", shapes, model_type="mamba", state_size=16)
    assert held(summary) == [64 * 5120 * 4 * 2, 64 * 5120 * 16 * 4]
    assert kv_cache(summary, Scenario()) is None


def test_mamba_2_keeps_a_state_for_each_head() -> None:
    # Falcon-H1-1.5B: 72.00 MiB of state (GeniePod/genie-claw#410): 24 layers, 48 heads of 64, 256.
    summary = mamba2(24, 3072, 48, 256, mamba_d_state=256)
    assert held(summary)[1] == 72 * MIB
    # Nemotron-H: 24 layers of 128 heads of 64, 128 in fp32: 100.7 MB a sequence.
    assert held(mamba2(24, 8192, 128, 128, groups=8, ssm_state_size=128))[1] == 100_663_296


def test_the_state_s_size_follows_from_the_convolution_where_the_config_is_silent() -> None:
    assert held(mamba2(1, 512, 8, 64)) == held(mamba2(1, 512, 8, 64, state_size=64))
    grouped = mamba2(1, 512, 8, 64, groups=4, n_groups=4)
    assert cache_layout(grouped).recurrent == (RecurrentLayers(1, 1024, 4, 8, 64, 64),)


DELTA: dict[str, Shape] = {
    "A_log": (32,),
    "conv1d.weight": (8192, 1, 4),
    "norm.weight": (128,),
    "out_proj.weight": (2048, 4096),
}


def test_a_delta_net_keeps_a_matrix_for_each_head() -> None:
    # Qwen3-Next: conv [8192, 4] bf16, state [32, 128, 128] fp32 in 36 layers (transformers 5).
    summary = recurrent(36, "linear_attn", DELTA, linear_key_head_dim=128)
    assert held(summary) == [2_359_296, 75_497_472]
    assert held(recurrent(36, "linear_attn", DELTA)) == [2_359_296, 75_497_472]


def test_convolutions_of_an_mlx_file_stand_the_other_way() -> None:
    turned: dict[str, Shape] = {**DELTA, "conv1d.weight": (8192, 4, 1)}
    assert held(recurrent(1, "linear_attn", turned)) == held(recurrent(1, "linear_attn", DELTA))


def test_three_convolutions_of_one_layer_all_count() -> None:
    # Kimi Linear: q, k and v each have their own; its keys and values are no cache.
    shapes: dict[str, Shape] = {
        "A_log": (1, 1, 32, 1),
        **{f"{name}_conv1d.weight": (4096, 1, 4) for name in "qkv"},
        **{f"{name}_proj.weight": (4096, 2304) for name in "qkv"},
        "o_proj.weight": (2304, 4096),
    }
    summary = recurrent(1, "self_attn", shapes, linear_attn_config={"head_dim": 128})
    assert held(summary) == [2 * 3 * 4096 * 4, 4 * 32 * 128 * 128]
    assert kv_cache(summary, Scenario()) is None


def test_the_output_may_be_called_dense() -> None:
    # transformers 5.23, BailingHybridForCausalLM: a StaticCache of 6 heads of 20, 3 × 120 channels.
    shapes: dict[str, Shape] = {
        "A_log": (6,),
        **{f"{name}_conv1d.weight": (120, 1, 4) for name in "qkv"},
        "dense.weight": (72, 120),
    }
    summary = recurrent(5, "attention", shapes, head_dim=20)
    assert held(summary) == [5 * 2 * 360 * 4, 5 * 4 * 6 * 20 * 20]


def test_a_state_without_an_output_is_named() -> None:
    shapes: dict[str, Shape] = {"A_log": (6,), "conv1d.weight": (120, 1, 4)}
    found = cache_layout(recurrent(2, "linear_attn", shapes))
    assert found.recurrent == ()
    assert "2 recurrent layers" in found.not_modelled[0]


def test_a_short_convolution_keeps_its_inputs_alone() -> None:
    # LFM2: no recurrent state (transformers 5, LinearAttentionCacheLayerMixin.reorder_cache).
    summary = recurrent(10, "conv", {"conv.weight": (2048, 1, 3)}, conv_L_cache=3)
    assert held(summary) == [10 * 2048 * 3 * 2]


def test_a_layer_may_keep_both() -> None:
    summary = recurrent(
        2,
        "mixer",
        {"A_log": (8, 4), "conv1d.weight": (8, 1, 4), "out_proj.weight": (16, 8)},
        num_key_value_heads=2,
        head_dim=8,
    )
    both = of_tensors(
        {
            **{t.name: t.shape for group in summary.groups for t in group.tensors},
            "model.layers.0.self_attn.k_proj.weight": (16, 16),
            "model.layers.1.self_attn.k_proj.weight": (16, 16),
        },
        architectures=["AnyForCausalLM"],
        num_hidden_layers=2,
    )
    found = cache_layout(both)
    assert [group.layers for group in found.attention] == [2]
    assert [group.layers for group in found.recurrent] == [2]


def test_the_state_does_not_grow_with_the_context_but_with_the_batch() -> None:
    summary = recurrent(3, "linear_attn", DELTA)
    long = state(summary, Scenario(context=1 << 20))
    assert long
    assert long.bytes == sum(held(summary))
    assert sum(held(summary, batch=7)) == 7 * long.bytes


@pytest.mark.parametrize("decay", ["A_log", "time_decay"])
def test_a_state_that_no_tensor_shows_is_named(decay: str) -> None:
    shapes: dict[str, Shape] = {decay: (7,), "key.weight": (64, 64), "value.weight": (64, 64)}
    summary = recurrent(4, "attention", shapes, layer_types=["recurrent"] * 4)
    assert held(summary) == []
    assert "4 recurrent layers" in cache_layout(summary).not_modelled[0]


def test_heads_that_do_not_divide_the_width_are_named() -> None:
    found = cache_layout(mamba2(2, 100, 7, 16))
    assert found.recurrent == ()
    assert "2 recurrent layers" in found.not_modelled[0]


def test_lightning_attention_keeps_a_matrix_for_each_head() -> None:
    # MiniMax-M1: 70 of 80 layers, 64 heads of 128 (transformers, MiniMaxLightningAttention).
    shapes: dict[str, Shape] = {
        f"model.layers.{layer}.self_attn.qkv_proj.weight": (3 * 64 * 128, 64) for layer in range(8)
    }
    kinds: list[Json] = [0, 0, 0, 0, 0, 0, 0, 1]
    summary = of_tensors(
        shapes,
        model_type="minimax_m1",
        num_hidden_layers=8,
        num_attention_heads=64,
        head_dim=128,
        attn_type_list=kinds,
    )
    assert held(summary) == [4 * 7 * 64 * 128 * 128]
    assert [group.layers for group in cache_layout(summary).attention] == [1]
    assert not cache_layout(summary).not_modelled


RWKV = {
    "att.receptance.weight": (64, 64),
    "att.key.weight": (64, 64),
    "att.value.weight": (64, 64),
    "att.output.weight": (64, 64),
    "att.time_decay": (4, 16),
    "ffn.key.weight": (256, 64),
    "ffn.value.weight": (64, 256),
}
DELTA_NET = {
    "attn.q_proj.weight": (64, 64),
    "attn.k_proj.weight": (64, 64),
    "attn.v_proj.weight": (64, 64),
    "attn.k_conv1d.weight": (64, 1, 4),
    "attn.o_proj.weight": (64, 64),
}


@pytest.mark.parametrize(("stem", "parts"), [("blocks", RWKV), ("model.layers", DELTA_NET)])
def test_linear_attention_without_a_config_keeps_no_keys(
    stem: str, parts: dict[str, Shape]
) -> None:
    # RWKV-5's own files (BlinkDL) and flash-linear-attention's delta net
    summary = of_tensors({f"{stem}.{n}.{name}": s for n in range(2) for name, s in parts.items()})
    found = cache_layout(summary)
    assert found.attention == ()
    assert "2 recurrent layers: the shape of their state is not known" in found.not_modelled
    assert Category.LINEAR_ATTENTION in summary.by_category
    assert Category.ATTENTION not in summary.by_category
