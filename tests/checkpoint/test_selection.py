"""Paths and globs name the tensors that the tree and `fnmatch` say they do."""

from fnmatch import fnmatchcase

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paramtui.checkpoint.comparing.nearest import nearest_paths
from paramtui.checkpoint.comparing.selection import answers_of, mask_of, select
from paramtui.checkpoint.dtype import SAFETENSORS_DTYPES
from paramtui.checkpoint.module import build_module_tree
from paramtui.checkpoint.summary import ParameterSummary
from paramtui.checkpoint.tree.numbering import exact, numbers
from tests.memory.small_models import of_tensors

LAYERS = {
    f"model.layers.{layer}.{name}": shape
    for layer in range(6)
    for name, shape in {
        "self_attn.q_proj.weight": (8, 8),
        "self_attn.q_proj.bias": (8,),
        "mlp.gate.weight": (4, 8),
        **{f"mlp.experts.{expert}.up_proj.weight": (16, 8) for expert in range(4)},
    }.items()
}
MIXTURE = of_tensors({"model.embed_tokens.weight": (32, 8), **LAYERS, "lm_head.weight": (32, 8)})
PACKED = of_tensors(
    {
        f"model.layers.{layer}.mlp.experts.gate_up_proj_{part}": (4, 16, 2, 16)
        for layer in range(2)
        for part in ("blocks", "scales")
    },
    SAFETENSORS_DTYPES["U8"],
)


def names(summary: ParameterSummary, path: str) -> set[str]:
    """The tensors a path stands for."""
    return {
        tensor.name
        for place, mask in select(summary, path).items()
        for tensor, chosen in zip(
            summary.groups[place].tensors,
            answers_of(mask, summary.groups[place].count),
            strict=True,
        )
        if chosen
    }


def every(summary: ParameterSummary) -> set[str]:
    return {tensor.name for group in summary.groups for tensor in group.tensors}


@pytest.mark.parametrize(
    ("path", "count"),
    [
        ("lm_head", 1),
        ("lm_head.weight", 1),
        ("model", 43),
        ("model.layers.0-5", 42),
        ("model.layers.2", 7),
        ("model.layers.1-3.self_attn", 6),
        ("model.layers.0-4:2.mlp.gate", 3),
        ("model.layers.0,2-3.mlp.experts.1-2", 6),
        ("*.experts.*", 24),
        ("*.q_proj.bias", 6),
        ("*", 44),
        ("model.layers.[0-2].mlp.experts.?.up_proj", 12),
        ("*.0-1.mlp.gate", 2),
        ("*layers.5*bias", 1),
        ("*.[!0-4].*.gate", 1),
    ],
)
def test_a_path_names_its_branch(path: str, count: int) -> None:
    assert len(names(MIXTURE, path)) == count


@pytest.mark.parametrize(
    "path",
    [
        "",
        "model.layer",
        "lm",
        "layers.0",
        "model.layers.6",
        "model.layers.x",
        "*.[9-0]",
        "lm_head.",
    ],
)
def test_nothing_has_this_name(path: str) -> None:
    assert not select(MIXTURE, path)


@pytest.mark.parametrize("summary", [MIXTURE, PACKED])
def test_every_row_of_the_tree_names_what_it_counts(summary: ParameterSummary) -> None:
    def check(module, copies: int) -> None:  # type: ignore[no-untyped-def]
        copies *= module.repeat
        if module.path:
            found = select(summary, module.path)
            parts = [
                (summary.groups[place], mask.bit_count() / summary.groups[place].count)
                for place, mask in found.items()
            ]
            assert sum(g.parameters * part for g, part in parts) == module.parameters * copies
            assert sum(g.nbytes * part for g, part in parts) == module.nbytes * copies
        for child in module.children:
            check(child, copies)

    check(build_module_tree(summary), 1)


def test_a_tensor_stands_for_itself_and_its_module_for_what_describes_it_too() -> None:
    shapes = {f"layers.0.q_proj.weight{part}": (8, 8) for part in ("", ".absmax", ".quant_map")}
    summary = of_tensors(shapes)
    assert names(summary, "layers.0.q_proj.weight") == {"layers.0.q_proj.weight"}
    assert names(summary, "layers.0.q_proj") == set(shapes)


def test_a_packed_parameter_is_named_as_the_tree_shows_it() -> None:
    assert len(names(PACKED, "model.layers.0-1.mlp.experts.gate_up_proj")) == 4
    assert len(names(PACKED, "model.layers.1.mlp.experts.gate_up_proj.gate_up_proj_blocks")) == 1
    assert len(names(PACKED, "model.layers.1.mlp.experts.gate_up_proj_blocks")) == 1


parts = st.sampled_from(
    [
        "model",
        "layers",
        "*",
        "?",
        "3",
        "[0-3]",
        "mlp",
        "self_attn",
        "*_proj",
        "weight",
        "exp*",
        "1?",
    ]
)


@given(path=st.lists(parts, min_size=1, max_size=6).map(".".join))
def test_a_glob_means_what_fnmatch_says_of_names_and_of_modules_above(path: str) -> None:
    def stands_for(name: str) -> bool:
        words = name.split(".")
        above = (".".join(words[:end]) for end in range(1, len(words) + 1))
        return any(fnmatchcase(module, path) for module in above)

    assert names(MIXTURE, path) == {name for name in every(MIXTURE) if stands_for(name)}


@given(st.sets(st.integers(0, 10**6), min_size=1))
def test_numbers_are_read_as_they_are_spelled(values: set[int]) -> None:
    spans = numbers(exact(sorted(values)))
    assert spans is not None
    assert {value for span in spans for value in span} == values


@given(st.lists(st.booleans()))
def test_masks_keep_their_answers(answers: list[bool]) -> None:
    assert list(answers_of(mask_of(answers), len(answers)))[: len(answers)] == answers


def test_a_wrong_path_is_answered_with_near_ones() -> None:
    assert nearest_paths(MIXTURE, "model.layer.0.mlp")[0].startswith("model.layers")
    assert nearest_paths(MIXTURE, "q_proj") == ["model.layers.0-5.self_attn.q_proj"]
    assert nearest_paths(MIXTURE, "zzz") == ["model", "lm_head"]


def test_a_path_may_be_long_or_strange() -> None:
    for path in ("*" * 3000, "a" * 100_000, "[", "]", "[]", "\\", "(", "model.\x1b", "0-999999999"):
        select(MIXTURE, path)
