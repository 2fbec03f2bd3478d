"""Two checkpoints side by side: aligned by name, folded, the same from either side."""

import time
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paramtui.checkpoint.checkpoint import Checkpoint
from paramtui.checkpoint.comparing.compare import Change, Comparison, Difference, compare
from paramtui.checkpoint.counting.packing import plain_name
from paramtui.checkpoint.dtype import BF16, F16, SAFETENSORS_DTYPES
from paramtui.checkpoint.summary import ParameterSummary, summarise
from paramtui.checkpoint.tensor import Shape, TensorInfo
from tests.memory.small_models import llama, llama_31_8b, mixtral_8x7b, of_tensors

I32 = SAFETENSORS_DTYPES["I32"]
SMALL = llama(64, 128, 4, 4, 2, 320)


def layers(
    count: int, prefix: str = "model.", names: Mapping[str, Shape] | None = None
) -> dict[str, Shape]:
    """A stack of alike layers."""
    shapes = names or {"self_attn.q_proj.weight": (8, 8), "mlp.up_proj.weight": (16, 8)}
    return {
        f"{prefix}layers.{layer}.{name}": shape
        for layer in range(count)
        for name, shape in shapes.items()
    }


def found(comparison: Comparison) -> list[tuple[str, str, int]]:
    return [(d.path, d.kind.value, d.count) for d in comparison.differences]


def renamed(summary: ParameterSummary, old: str, new: str) -> ParameterSummary:
    tensors = tuple(
        tensor._replace(name=f"{new}{tensor.name[len(old) :]}")
        if tensor.name.startswith(old)
        else tensor
        for group in summary.groups
        for tensor in group.tensors
    )
    return summarise(Checkpoint("test/renamed", tensors, summary.config))


@pytest.mark.parametrize("summary", [SMALL, llama_31_8b(), mixtral_8x7b(), of_tensors({})])
def test_nothing_differs_from_itself(summary: ParameterSummary) -> None:
    comparison = compare(summary, summary)
    assert comparison == Comparison((), summary.tensors, 0, 0)


def test_a_difference_in_all_layers_is_one() -> None:
    wide = {"self_attn.q_proj.weight": (8, 8), "mlp.up_proj.weight": (32, 8)}
    comparison = compare(of_tensors(layers(32)), of_tensors(layers(32, names=wide)))
    assert found(comparison) == [("model.layers.0-31.mlp.up_proj.weight", "shape", 32)]
    difference = comparison.differences[0]
    assert difference.here
    assert difference.there
    assert (difference.here.shape, difference.there.shape) == ((16, 8), (32, 8))
    assert comparison.parameters_delta == 32 * 16 * 8
    assert comparison.bytes_delta == 2 * comparison.parameters_delta
    assert comparison.same == 32


def test_more_layers_are_only_there() -> None:
    comparison = compare(of_tensors(layers(2)), of_tensors({**layers(5), "lm_head.weight": (4, 8)}))
    assert found(comparison) == [
        ("model.layers.2-4.self_attn.q_proj.weight", "only_there", 3),
        ("model.layers.2-4.mlp.up_proj.weight", "only_there", 3),
        ("lm_head.weight", "only_there", 1),
    ]
    assert all(d.here is None and d.there is not None for d in comparison.differences)


def test_experts_are_folded_as_products() -> None:
    def experts(layers: Mapping[int, int]) -> dict[str, Shape]:
        return {
            f"model.layers.{layer}.mlp.experts.{expert}.up_proj.weight": (16, 8)
            for layer, count in layers.items()
            for expert in range(count)
        }

    comparison = compare(
        of_tensors(experts(dict.fromkeys(range(8), 6) | {7: 8})),
        of_tensors(experts(dict.fromkeys(range(8), 4) | {7: 8})),
    )
    assert found(comparison) == [
        ("model.layers.0-6.mlp.experts.4-5.up_proj.weight", "only_here", 14)
    ]


def test_a_packed_matrix_is_the_plain_one_in_another_type() -> None:
    base = {f"model.layers.{i}.mlp.up_proj.weight": (256, 128) for i in range(3)}
    packed = {
        f"model.layers.{i}.mlp.up_proj.{part}": shape
        for i in range(3)
        for part, shape in {
            "qweight": (16, 256),
            "qzeros": (1, 32),
            "scales": (1, 256),
            "g_idx": (128,),
        }.items()
    }
    here, there = of_tensors(base), of_tensors(packed, I32)
    comparison = compare(here, there)
    assert found(comparison) == [("model.layers.0-2.mlp.up_proj.weight", "dtype", 3)]
    assert comparison.parameters_delta == 0
    (difference,) = comparison.differences
    assert difference.there
    assert difference.there.path == "model.layers.0-2.mlp.up_proj.qweight"
    assert found(compare(there, here)) == found(comparison)


def test_a_shape_and_a_type_that_differ_are_two() -> None:
    here = of_tensors({"lm_head.weight": (4, 8)})
    there = of_tensors({"lm_head.weight": (6, 8)}, F16)
    assert [d.kind for d in compare(here, there).differences] == [Change.SHAPE, Change.DTYPE]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("model.", "language_model.model."),
        ("model.", "model.language_model."),
        ("model.", "transformer."),
        ("model.", ""),
        ("", "base_model.model."),
        ("", "_orig_mod."),
        ("lm_head.", "language_model.lm_head."),
    ],
)
def test_prefixes_that_only_wrap_a_model_do_not_count(old: str, new: str) -> None:
    there = renamed(SMALL, old, new)
    assert not compare(SMALL, there).differences
    assert not compare(there, SMALL).differences


def test_a_tower_is_not_taken_for_the_language_model() -> None:
    blocks = {"mlp.fc1.weight": (16, 8), "mlp.fc2.weight": (8, 16)}
    here = of_tensors(layers(2, "vision_model.encoder.", blocks))
    there = of_tensors(layers(2, "text_model.encoder.", blocks))
    kinds = {d.kind for d in compare(here, there).differences}
    assert kinds == {Change.ONLY_HERE, Change.ONLY_THERE}


def test_layers_beside_a_tower_are_aligned() -> None:
    tower = {"visual.merger.proj.weight": (8, 8), "visual.merger.proj.bias": (8,)}
    here = of_tensors({**layers(3, "model.language_model."), **tower, "lm_head.weight": (4, 8)})
    there = of_tensors({**layers(3), "lm_head.weight": (4, 8)})
    assert [d.path for d in compare(here, there).differences] == list(tower)


parts = st.sampled_from(["model", "layers", "0", "1", "2", "mlp", "up_proj", "language_model"])
tensor_names = st.lists(parts, min_size=1, max_size=5).map(lambda p: ".".join([*p, "weight"]))
checkpoints = st.dictionaries(
    tensor_names, st.tuples(st.sampled_from([(4, 4), (8, 4)]), st.sampled_from([BF16, F16]))
).map(
    lambda shapes: summarise(
        Checkpoint(
            "test/any",
            tuple(TensorInfo(name, dtype, shape) for name, (shape, dtype) in shapes.items()),
        )
    )
)


@given(here=checkpoints, there=checkpoints)
def test_a_comparison_is_mirrored_from_the_other_side(
    here: ParameterSummary, there: ParameterSummary
) -> None:
    one, other = compare(here, there), compare(there, here)

    def ordered(differences: list[Difference]) -> list[str]:
        return sorted(map(repr, differences))

    mirrored = [difference.mirrored for difference in other.differences]
    assert ordered(list(one.differences)) == ordered(mirrored)
    assert one.same == other.same
    assert one.parameters_delta == -other.parameters_delta
    assert one.bytes_delta == -other.bytes_delta


@given(here=checkpoints, there=checkpoints)
def test_every_tensor_is_the_same_or_told_of(
    here: ParameterSummary, there: ParameterSummary
) -> None:
    comparison = compare(here, there)
    only = dict.fromkeys(Change, 0)
    for difference in comparison.differences:
        only[difference.kind] += difference.count
    common = here.tensors - only[Change.ONLY_HERE]
    assert common == there.tensors - only[Change.ONLY_THERE]
    assert comparison.same <= common <= comparison.same + only[Change.SHAPE] + only[Change.DTYPE]


def test_a_comparison_of_a_hundred_thousand_tensors_is_quick() -> None:
    shapes = {
        f"model.layers.{layer}.mlp.experts.{expert}.{name}_proj.weight": (16, 8)
        for layer in range(58)
        for expert in range(256)
        for name in ("gate", "up", "down")
    }
    here, there = of_tensors(shapes), of_tensors(shapes, F16)
    start = time.process_time()
    assert len(compare(here, there).differences) == 3
    assert time.process_time() - start < 2


def test_plain_names() -> None:
    assert plain_name("a.0.q_proj.qweight") == "a.0.q_proj.weight"
    assert plain_name("a.experts.gate_up_proj_blocks") == "a.experts.gate_up_proj"
    assert plain_name("a.weight") == "a.weight"
