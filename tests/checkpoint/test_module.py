"""The tree: folding, labels, order, notes, and totals that agree at every row."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paramtui.checkpoint.category import Category
from paramtui.checkpoint.checkpoint import Checkpoint
from paramtui.checkpoint.config import ModelConfig
from paramtui.checkpoint.dtype import SAFETENSORS_DTYPES
from paramtui.checkpoint.module import Module, build_module_tree
from paramtui.checkpoint.summary import ParameterSummary, summarise
from paramtui.checkpoint.tensor import Shape, TensorInfo
from paramtui.checkpoint.tree.numbering import LABEL, exact, label
from paramtui.checkpoint.tree.order import order

WORDS = st.sampled_from(
    ["model", "layers", "experts", "self_attn", "q_proj", "mlp", "weight", "bias", "norm", ""]
)
NAMES = st.lists(st.one_of(WORDS, st.integers(0, 12).map(str)), min_size=1, max_size=6)
TENSORS = st.dictionaries(
    NAMES.map(".".join),
    st.tuples(st.sampled_from(["BF16", "F32", "U8"]), st.sampled_from([(), (3,), (4, 2), (2, 4)])),
    max_size=40,
)


def summary_of(tensors: Mapping[str, tuple[str, Shape]]) -> ParameterSummary:
    infos = tuple(
        TensorInfo(name, SAFETENSORS_DTYPES[dtype], shape, f"{name}.safetensors")
        for name, (dtype, shape) in tensors.items()
    )
    return summarise(Checkpoint("test", infos, ModelConfig()))


def tree_of(tensors: Mapping[str, tuple[str, Shape]]) -> Module:
    return build_module_tree(summary_of(tensors))


def layer(number: int, mixer: str = "self_attn.q_proj", width: int = 8) -> dict[str, Shape]:
    prefix = f"model.layers.{number}"
    return {
        f"{prefix}.mlp.up_proj.weight": (16, 8),
        f"{prefix}.{mixer}.weight": (width, 8),
        f"{prefix}.input_layernorm.weight": (8,),
    }


def plain(shapes: Mapping[str, Shape]) -> dict[str, tuple[str, Shape]]:
    return {name: ("BF16", shape) for name, shape in shapes.items()}


def find(tree: Module, path: str) -> Module:
    return next(row for row in tree.walk() if row.path == path)


@given(TENSORS)
def test_every_row_is_the_sum_of_its_children(tensors: dict[str, tuple[str, Shape]]) -> None:
    summary = summary_of(tensors)
    tree = build_module_tree(summary)
    assert (tree.parameters, tree.nbytes) == (summary.total, summary.stored_bytes)
    for row in tree.walk():
        if row.children:
            assert row.parameters == sum(child.parameters * child.repeat for child in row.children)
            assert row.nbytes == sum(child.nbytes * child.repeat for child in row.children)


@given(TENSORS)
def test_paths_are_unique(tensors: dict[str, tuple[str, Shape]]) -> None:
    paths = [row.path for row in list(tree_of(tensors).walk())[1:]]
    assert len(paths) == len(set(paths))


def test_equal_layers_fold_and_keep_the_order_of_the_data() -> None:
    shapes: dict[str, Shape] = {"lm_head.weight": (9, 8), "model.norm.weight": (8,)}
    for number in (1, 10, 2, 3, 4, 5, 6, 7, 8, 9, 0):
        shapes |= layer(number)
    shapes["model.embed_tokens.weight"] = (9, 8)
    tree = tree_of(plain(shapes))
    model, head = tree.children
    assert head.name == "lm_head"
    assert [row.name for row in model.children] == ["embed_tokens", "layers", "norm"]
    (stack,) = find(tree, "model.layers").children
    assert (stack.name, stack.path, stack.repeat) == ("0 … 10", "model.layers.0-10", 11)
    assert [row.name for row in stack.children] == ["input_layernorm", "self_attn", "mlp"]


def test_a_single_weight_is_one_row_and_names_the_file_of_the_first_copy() -> None:
    tree = tree_of(plain(layer(1) | layer(0)))
    row = find(tree, "model.layers.0-1.mlp.up_proj")
    assert row.children == ()
    assert row.shape == (16, 8)
    assert row.file == "model.layers.0.mlp.up_proj.weight.safetensors"


def test_a_weight_with_a_bias_opens_to_both() -> None:
    tree = tree_of(plain({"fc.bias": (4,), "fc.weight": (4, 2)}))
    row = find(tree, "fc")
    assert [(child.name, child.shape) for child in row.children] == [
        ("weight", (4, 2)),
        ("bias", (4,)),
    ]


def test_a_packed_weight_is_one_row_with_all_its_bytes() -> None:
    tree = tree_of(
        {
            "fc.qweight": ("I32", (32, 128)),
            "fc.qzeros": ("I32", (2, 16)),
            "fc.scales": ("F16", (2, 128)),
            "fc.g_idx": ("I32", (256,)),
        }
    )
    row = find(tree, "fc")
    assert (row.shape, row.parameters) == ((128, 256), 128 * 256)
    assert row.nbytes == 4 * 32 * 128 + 4 * 2 * 16 + 2 * 2 * 128 + 4 * 256
    assert row.dtypes[0] == "I32"
    assert row.children[0].name == "qweight"


def test_experts_packed_in_blocks_are_one_row_each() -> None:
    experts = "model.layers.0.mlp.experts"
    tree = tree_of(
        {
            f"{experts}.up_proj_blocks": ("U8", (4, 8, 2, 16)),
            f"{experts}.up_proj_scales": ("U8", (4, 8, 2)),
            f"{experts}.up_proj_bias": ("BF16", (4, 8)),
        }
    )
    row = find(tree, f"{experts}.up_proj")
    assert row.parameters == 4 * 8 * 64 + 4 * 8
    assert {child.name for child in row.children} == {
        "up_proj_blocks",
        "up_proj_scales",
        "up_proj_bias",
    }
    assert all(child.file for child in row.children)


def test_parts_of_a_weight_hang_beside_it() -> None:
    tree = tree_of(
        {
            "fc.weight": ("U8", (512, 1)),
            "fc.weight.absmax": ("F32", (16,)),
            "fc.weight.quant_map": ("F32", (16,)),
            "fc.weight.quant_state.bitsandbytes__nf4": ("U8", (80,)),
        }
    )
    row = find(tree, "fc")
    assert (row.parameters, row.nbytes) == (1024, 512 + 64 + 64 + 80)
    assert len(row.children) == 4


def test_a_hybrid_folds_each_kind_of_layer_and_says_how_they_differ() -> None:
    shapes: dict[str, Shape] = {}
    for number in range(12):
        shapes |= layer(number, "self_attn.q_proj" if number % 4 == 3 else "linear_attn.in_proj")
    common, other = find(tree_of(plain(shapes)), "model.layers").children
    assert (common.name, common.note) == ("0-2, 4-6, 8-10", "")
    assert (other.name, other.path) == ("3, 7, 11", "model.layers.3-11:4")
    assert other.note == "attention instead of linear attention"


@pytest.mark.parametrize(
    ("odd", "note"),
    [
        (plain(layer(1, width=4)), "self_attn q_proj 4 × 8 instead of 8 × 8"),
        (plain(layer(1, "self_attn.qkv")), "self_attn qkv instead of q_proj"),
        (
            plain(layer(1)) | {"model.layers.1.mlp.up_proj.weight": ("F32", (16, 8))},
            "mlp up_proj F32 instead of BF16",
        ),
        (plain(layer(1) | {"model.layers.1.extra": (3,)}), "with extra"),
    ],
)
def test_a_layer_that_differs_stands_on_its_own(
    odd: dict[str, tuple[str, Shape]], note: str
) -> None:
    tensors = plain(layer(0) | layer(2)) | odd
    rows = find(tree_of(tensors), "model.layers").children
    assert [row.name for row in rows] == ["0, 2", "1"]
    assert [row.note for row in rows] == ["", note]


def test_a_row_has_a_category_when_all_below_it_share_one() -> None:
    tree = tree_of(plain(layer(0)))
    assert find(tree, "model.layers.0.mlp").category is Category.MLP
    assert find(tree, "model.layers.0").category is None


@pytest.mark.parametrize(
    ("numbers", "shown", "path"),
    [
        ([5], "5", "5"),
        ([0, 1], "0, 1", "0-1"),
        (list(range(32)), "0 … 31", "0-31"),
        (list(range(3, 48, 4)), "3, 7, 11 … 47", "3-47:4"),
        ([n for n in range(48) if n % 4 < 3][:9], "0-2, 4-6, 8-10", "0-2,4-6,8-10"),
        ([0, 1, 5, 7, 20, 30, 40, 51], "0-1, 5, 7 …", "0-1,5,7,20,30,40,51"),
    ],
)
def test_numbers_are_short_for_the_eye_and_exact_for_a_path(
    numbers: list[int], shown: str, path: str
) -> None:
    assert (label(numbers), exact(numbers)) == (shown, path)


@given(st.sets(st.integers(0, 10**9 - 1), min_size=1, max_size=50))
def test_a_label_is_short(numbers: set[int]) -> None:
    assert len(label(sorted(numbers))) <= LABEL


def test_a_decoder_layer_reads_as_it_runs() -> None:
    names = [
        "mlp",
        "self_attn",
        "post_attention_layernorm",
        "input_layernorm",
        "pre_feedforward_layernorm",
        "post_feedforward_layernorm",
    ]
    assert sorted(names, key=order) == [
        "input_layernorm",
        "self_attn",
        "post_attention_layernorm",
        "pre_feedforward_layernorm",
        "mlp",
        "post_feedforward_layernorm",
    ]


def test_a_name_of_a_thousand_parts_is_no_trouble() -> None:
    name = ".".join(["deep"] * 1000)
    tree = tree_of(plain({name: (2,), "deep.weight": (3,)}))
    assert tree.parameters == 5
    assert max(row.path.count(".") for row in tree.walk()) == 999
