"""The counts of one checkpoint: what is a parameter, how often it counts, and what is said."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paramtui.checkpoint.category import Category, Operator
from paramtui.checkpoint.checkpoint import Checkpoint, Shard
from paramtui.checkpoint.config import Json, ModelConfig
from paramtui.checkpoint.dtype import SAFETENSORS_DTYPES
from paramtui.checkpoint.summary import Kind, ParameterSummary, TensorGroup, summarise
from paramtui.checkpoint.tensor import Shape, TensorInfo

EMBED, HEAD = "model.embed_tokens.weight", "lm_head.weight"


def count(
    shapes: Mapping[str, Shape],
    config: Mapping[str, Json] | None = None,
    dtypes: Mapping[str, str] | None = None,
) -> ParameterSummary:
    tensors = tuple(
        TensorInfo(name, SAFETENSORS_DTYPES[(dtypes or {}).get(name, "BF16")], shape, "a")
        for name, shape in shapes.items()
    )
    return summarise(
        Checkpoint("test", tensors, ModelConfig.from_json(config), shards=(Shard("a"),))
    )


def group_of(summary: ParameterSummary, pattern: str) -> TensorGroup:
    return next(group for group in summary.groups if group.pattern == pattern)


@pytest.mark.parametrize(
    ("config", "head", "total"),
    [
        ({"tie_word_embeddings": True}, (9, 4), 36),
        ({"tie_word_embeddings": False}, (9, 4), 72),
        ({"tie_word_embeddings": True}, (10, 4), 76),  # another shape is no copy
        ({"model_type": "gemma"}, (9, 4), 36),  # tied by the family's default
        ({"model_type": "llama"}, (9, 4), 72),
        ({}, (9, 4), 72),  # nothing known: both count
        ({"text_config": {"model_type": "x", "tie_word_embeddings": True}}, (9, 4), 36),
    ],
)
def test_a_tied_tensor_counts_once(config: Mapping[str, Json], head: Shape, total: int) -> None:
    summary = count({EMBED: (9, 4), HEAD: head}, config)
    assert summary.total == total
    assert summary.stored_elements == 36 + head[0] * head[1]
    tied = total == 36
    assert (group_of(summary, HEAD).kind is Kind.DUPLICATE) is tied
    assert any(HEAD in warning and "tied" in warning for warning in summary.warnings) is tied


def test_tables_of_an_encoder_and_a_decoder_are_the_shared_one() -> None:
    shapes = {
        "shared.weight": (9, 4),
        "encoder.embed_tokens.weight": (9, 4),
        "decoder.embed_tokens.weight": (9, 4),
        "lm_head.weight": (9, 4),
    }
    assert count(shapes, {"tie_word_embeddings": False}).total == 72  # flan-t5: a head of its own
    assert count(shapes, {"model_type": "t5"}).total == 36


def test_a_second_file_with_the_same_tensor_is_a_copy() -> None:
    info = TensorInfo("model.norm.weight", SAFETENSORS_DTYPES["F32"], (8,), "a")
    summary = summarise(Checkpoint("test", (info, info._replace(file="b"))))
    assert (summary.total, summary.stored_bytes, summary.tensors) == (8, 64, 2)
    assert any("two files" in warning for warning in summary.warnings)


BUFFERS = {
    "model.layers.0.self_attn.rotary_emb.inv_freq": ("F32", (64,)),
    "h.0.attn.bias": ("F32", (1, 1, 48, 48)),
    "gpt_neox.layers.0.attention.bias": ("BOOL", (1, 1, 48, 48)),
    "gpt_neox.layers.0.attention.masked_bias": ("F16", ()),
    "vision_model.embeddings.position_ids": ("I64", (1, 577)),
    "model.layers.0.mlp.gate.e_score_correction_bias": ("F32", (256,)),
    "resnet.bn1.num_batches_tracked": ("I64", ()),
    "resnet.bn1.running_mean": ("F32", (64,)),
    "final_logits_bias": ("F32", (1, 50)),
    "anything.in.integers": ("I64", (3, 3)),
}


@pytest.mark.parametrize("name", BUFFERS)
def test_buffers_are_not_parameters(name: str) -> None:
    dtype, shape = BUFFERS[name]
    summary = count({name: shape}, dtypes={name: dtype})
    assert summary.total == 0
    assert summary.groups[0].kind is Kind.BUFFER
    assert summary.stored_bytes > 0


def test_weights_and_biases_are_told_apart() -> None:
    summary = count(
        {
            "model.layers.0.self_attn.q_proj.weight": (8, 4),
            "model.layers.0.self_attn.q_proj.bias": (8,),
            "model.layers.0.mlp.experts.down_proj_bias": (2, 4),
            "bert.embeddings.LayerNorm.gamma": (4,),
            "bert.embeddings.LayerNorm.beta": (4,),
        }
    )
    assert summary.by_kind == {Kind.WEIGHT: 36, Kind.BIAS: 20}
    assert group_of(summary, "model.layers.*.self_attn.q_proj.bias").operator is Operator.LINEAR


def deepseek_v3() -> ParameterSummary:
    """DeepSeek-V3 as its hub repository has it, scales left out; config of the same release."""
    hidden, vocab, moe = 7168, 129280, 2048
    shapes: dict[str, Shape] = {EMBED: (vocab, hidden), HEAD: (vocab, hidden)}
    shapes["model.norm.weight"] = (hidden,)
    for layer in range(62):
        at = f"model.layers.{layer}"
        shapes |= {
            f"{at}.input_layernorm.weight": (hidden,),
            f"{at}.post_attention_layernorm.weight": (hidden,),
            f"{at}.self_attn.q_a_proj.weight": (1536, hidden),
            f"{at}.self_attn.q_a_layernorm.weight": (1536,),
            f"{at}.self_attn.q_b_proj.weight": (128 * 192, 1536),
            f"{at}.self_attn.kv_a_proj_with_mqa.weight": (576, hidden),
            f"{at}.self_attn.kv_a_layernorm.weight": (512,),
            f"{at}.self_attn.kv_b_proj.weight": (128 * 256, 512),
            f"{at}.self_attn.o_proj.weight": (hidden, 128 * 128),
        }
        wide = {"mlp": 18432} if layer < 3 else {"mlp.shared_experts": moe}
        if layer >= 3:
            wide |= {f"mlp.experts.{expert}": moe for expert in range(256)}
            shapes[f"{at}.mlp.gate.weight"] = (256, hidden)
            shapes[f"{at}.mlp.gate.e_score_correction_bias"] = (256,)
        for name, width in wide.items():
            shapes[f"{at}.{name}.gate_proj.weight"] = (width, hidden)
            shapes[f"{at}.{name}.up_proj.weight"] = (width, hidden)
            shapes[f"{at}.{name}.down_proj.weight"] = (hidden, width)
    last = "model.layers.61"
    shapes |= {
        f"{last}.embed_tokens.weight": (vocab, hidden),
        f"{last}.shared_head.head.weight": (vocab, hidden),
        f"{last}.shared_head.norm.weight": (hidden,),
        f"{last}.enorm.weight": (hidden,),
        f"{last}.hnorm.weight": (hidden,),
        f"{last}.eh_proj.weight": (hidden, 2 * hidden),
    }
    config: dict[str, Json] = {
        "model_type": "deepseek_v3",
        "num_hidden_layers": 61,
        "n_routed_experts": 256,
        "num_experts_per_tok": 8,
        "tie_word_embeddings": False,
    }
    return count(shapes, config)


def test_a_prediction_layer_counts_apart() -> None:
    # "671B" is the main model; the published 671,026,419,200 and 13,463,426,304 count the router
    # corrections, 256 in each of 58 layers and in the prediction layer, which are buffers.
    summary = deepseek_v3()
    assert summary.by_category[Category.MTP] == 13_463_426_304 - 256
    assert summary.total - summary.by_category[Category.MTP] == 671_026_419_200 - 58 * 256
    mtp = [group for group in summary.groups if group.category is Category.MTP]
    assert {group.layers[0] for group in mtp} == {61}
    assert any("further tokens" in warning for warning in summary.warnings)


def test_active_parameters_take_each_layers_share_of_experts() -> None:
    summary = deepseek_v3()
    routed = 59 * 256 * 3 * 7168 * 2048  # the prediction layer's experts are routed as well
    assert summary.active == summary.total - routed + routed * 8 // 256


def test_layers_beyond_the_models_own_are_predictions_where_the_config_says_so() -> None:
    shapes = {f"model.layers.{layer}.mlp.up_proj.weight": (4, 4) for layer in range(4)}
    config = {"num_hidden_layers": 3, "num_nextn_predict_layers": 1}
    assert count(shapes, config).by_category == {Category.MLP: 48, Category.MTP: 16}
    assert Category.MTP not in count(shapes, {"num_hidden_layers": 3}).by_category


def test_norms_that_every_layer_calls_so_are_no_predictions() -> None:
    shapes: dict[str, Shape] = {f"model.layers.{layer}.hnorm.weight": (4,) for layer in range(4)}
    shapes |= {f"model.layers.{layer}.mlp.up_proj.weight": (4, 4) for layer in range(6)}
    assert Category.MTP not in count(shapes).by_category


def test_lightning_attention_shares_a_name_with_full_attention() -> None:
    def layer(number: int, *names: str) -> dict[str, Shape]:
        at = f"model.layers.{number}.self_attn"
        norm: dict[str, Shape] = {f"{at}.norm.weight": (4,)} if "output_gate" in names else {}
        return {f"{at}.{name}.weight": (4, 4) for name in names} | norm

    shapes = layer(0, "qkv_proj", "output_gate", "out_proj") | layer(1, "q_proj", "o_proj")
    found = count(shapes).by_category
    assert found == {Category.LINEAR_ATTENTION: 52, Category.ATTENTION: 32}


def test_a_recurrent_layer_takes_even_the_names_both_kinds_have() -> None:
    # Kimi Linear: layer 0 is recurrent, layer 1 is not; both have an `o_proj` of one shape.
    shapes: dict[str, Shape] = {"model.layers.0.self_attn.A_log": (4,)}
    shapes |= {f"model.layers.{layer}.self_attn.o_proj.weight": (4, 4) for layer in (0, 1)}
    found = count(shapes).by_category
    assert found == {Category.LINEAR_ATTENTION: 20, Category.ATTENTION: 16}


def test_experts_are_shared_only_beside_routed_ones() -> None:
    shared: dict[str, Shape] = {"model.layers.0.shared_mlp.input_linear.weight": (8, 4)}
    routed: dict[str, Shape] = {"model.layers.0.block_sparse_moe.input_linear.weight": (2, 8, 4)}
    assert set(count(shared).by_category) == {Category.MLP}
    assert Category.SHARED_EXPERTS in count(shared | routed).by_category


def test_conv1d_of_gpt2_stands_inputs_first() -> None:
    summary = count(
        {"h.0.mlp.c_fc.weight": (4, 16), "h.0.mlp.c_fc.bias": (16,), "h.0.ln_1.weight": (4,)}
    )
    group = group_of(summary, "h.*.mlp.c_fc.weight")
    assert (group.in_features, group.out_features) == (4, 16)


@pytest.mark.parametrize(
    ("up", "down"), [((8, 4, 12), (8, 6, 4)), ((8, 12, 4), (8, 4, 6))], ids=["llama4", "qwen3.5"]
)
def test_experts_of_three_axes_are_read_by_the_residual_stream(up: Shape, down: Shape) -> None:
    at = "model.layers.0"
    summary = count(
        {
            f"{at}.input_layernorm.weight": (4,),
            f"{at}.mlp.experts.gate_up_proj": up,
            f"{at}.mlp.experts.down_proj": down,
        },
        {"num_experts_per_tok": 2},
    )
    first = group_of(summary, "model.layers.*.mlp.experts.gate_up_proj")
    second = group_of(summary, "model.layers.*.mlp.experts.down_proj")
    assert (first.matrices, first.in_features, first.out_features) == (8, 4, 12)
    assert (second.matrices, second.in_features, second.out_features) == (8, 6, 4)
    assert summary.active == 4 + (8 * 48 + 8 * 24) // 4


def test_a_router_with_a_correction_is_no_linear_layer() -> None:
    shapes: dict[str, Shape] = {"model.layers.0.mlp.gate.weight": (8, 4)}
    assert count(shapes).groups[0].operator is Operator.LINEAR
    shapes["model.layers.0.mlp.gate.e_score_correction_bias"] = (8,)
    assert count(shapes).groups[0].operator is Operator.OTHER


def test_experts_of_which_nothing_says_how_many_are_visited_are_all_active() -> None:
    shapes: dict[str, Shape] = {
        f"model.layers.0.mlp.experts.{n}.up_proj.weight": (6, 4) for n in range(8)
    }
    silent = count(shapes)
    assert silent.active == silent.total == 8 * 24
    assert silent.warnings == (
        "Nothing says how many experts a token visits: all of them count as active.",
    )
    assert count(shapes, {"num_experts_per_tok": 2}).warnings == ()
    assert count(shapes, {"moe_topk": [2, 2]}).warnings == ()


def test_another_type_than_the_configs_is_said() -> None:
    summary = count({EMBED: (9, 4)}, {"torch_dtype": "bfloat16"}, {EMBED: "F32"})
    assert summary.warnings == (
        "config.json says bfloat16, the files hold F32: the files are believed.",
    )
    assert count({EMBED: (9, 4)}, {"dtype": "bfloat16"}).warnings == ()


def test_names_without_a_category_are_said_beyond_a_small_share() -> None:
    assert count({"unheard.of": (9, 4), EMBED: (90, 4)}).warnings == ()
    assert "no category" in count({"unheard.of": (90, 4), EMBED: (9, 4)}).warnings[0]


def test_a_file_that_could_not_be_read_leaves_totals_open() -> None:
    checkpoint = Checkpoint("test", (), shards=(Shard("a", problem="malformed header"),))
    assert not summarise(checkpoint).complete


NAMES = st.from_regex(r"[a-z_]{1,8}(\.([a-z_]{1,8}|[0-9]{1,3})){0,5}", fullmatch=True)


@given(
    st.dictionaries(NAMES, st.lists(st.integers(0, 9), max_size=4).map(tuple), max_size=20),
    st.sampled_from(["F32", "I32", "U8", "F8_E4M3"]),
)
def test_every_total_is_the_sum_of_its_parts(shapes: dict[str, Shape], dtype: str) -> None:
    summary = count(shapes, {}, dict.fromkeys(shapes, dtype))
    assert sum(summary.by_category.values()) == summary.total
    assert sum(summary.by_kind.values()) == summary.total
    assert sum(summary.by_dtype.values()) == summary.total
    assert sum(group.count for group in summary.groups) == summary.tensors == len(shapes)
    assert summary.active <= summary.total


def test_equal_shapes_are_one_group_however_they_were_made() -> None:
    shared = (4, 8)
    shapes = {f"h.{i}.w.weight": shared if i % 2 else tuple([4, 8]) for i in range(5)}  # noqa: C409
    (group,) = count(shapes).groups
    assert [tensor.name for tensor in group.tensors] == [*shapes]
    assert group.layers == (0, 1, 2, 3, 4)
