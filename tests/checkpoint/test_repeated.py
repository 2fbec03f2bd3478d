"""What is told once of all experts of a layer counts as if each had been listed."""

from collections.abc import Callable
from functools import lru_cache
from itertools import product
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paramtui.checkpoint.blueprint import FAMILIES, blueprint
from paramtui.checkpoint.blueprint.packed import Packing
from paramtui.checkpoint.blueprint.parts import each
from paramtui.checkpoint.blueprint.stored import stored
from paramtui.checkpoint.config import ModelConfig
from paramtui.checkpoint.counting.grouping import group_tensors
from paramtui.checkpoint.dtype import BF16, F32
from paramtui.checkpoint.module import fold_groups
from paramtui.checkpoint.repeated import Copies, Repeated, RepeatedTensors
from paramtui.checkpoint.tensor import TensorInfo
from paramtui.checkpoint.tying import is_tied
from paramtui.record import replace
from paramtui.sources.catalog import entries


def listed(config: ModelConfig) -> tuple[TensorInfo, ...]:
    """The blueprint by the long way: every expert described, and packed, by itself."""
    family = FAMILIES[config.model_type or ""]
    parts = each(
        family.parts(family.facts(config.model_type or "", config.root, tied=is_tied(config)))
    )
    with patch.object(Packing, "tells_copies_apart", lambda *_: True):
        return tuple(RepeatedTensors(stored(parts, config, None, family)))


def check(config: ModelConfig) -> RepeatedTensors:
    """Both ways tell the same tensors in the same order, the same groups and the same tree."""
    found, every = blueprint(config), listed(config)
    assert len(found) == len(every)
    assert found == every
    groups = group_tensors(found, config)
    assert groups == group_tensors(every, config)
    assert fold_groups(groups) == fold_groups(group_tensors(every, config))
    return found


LISTED = 50_000
"""Tensors that are listed in a moment."""


@lru_cache(maxsize=1)
def mixtures() -> dict[str, ModelConfig]:
    """The smallest bundled model of each family whose experts are many tensors."""
    sizes: dict[str, tuple[int, ModelConfig]] = {}
    for entry in entries():
        for config in entry.components.values() or (entry.config,):
            tensors = blueprint(config)
            least, _ = sizes.get(config.model_type or "", (LISTED, config))
            if len(tensors.once) < len(tensors) < least:
                sizes[config.model_type or ""] = len(tensors), config
    return {family: config for family, (_, config) in sizes.items()}


def test_bundled_mixtures_count_alike_both_ways() -> None:
    assert len(mixtures()) > 10
    for config in mixtures().values():
        found = check(config)
        assert len(found.once) < 2_000 < len(found) * 3


def test_the_rest_of_the_bundled_models_is_told_as_it_is_listed() -> None:
    for entry in entries():
        for config in entry.components.values() or (entry.config,):
            found = blueprint(config)
            if len(found) == len(found.once):
                assert found == listed(config), entry.id


SIZES: dict[str, Any] = {
    "hidden_size": 64, "intermediate_size": 96, "vocab_size": 128, "num_attention_heads": 4,
    "num_key_value_heads": 2, "moe_intermediate_size": 32, "q_lora_rank": 16, "kv_lora_rank": 16,
    "qk_nope_head_dim": 8, "qk_rope_head_dim": 8, "v_head_dim": 8, "torch_dtype": "bfloat16",
    "moe_num_shared_experts": 1, "shared_expert_intermediate_size": 32,
    "num_nextn_predict_layers": 1,
}  # fmt: skip
SHARED = ["mlp.gate", "lm_head", "model.layers.1", "model.layers.0.mlp.gate_proj", "experts", "*"]
ONE = ["experts.1", "1", "1.up_proj", "model.layers.1.mlp.experts.0.up_proj", "mlp.experts.2"]
AT_ALL_LAYERS = [".0", "s.1", "ts.10", "re:.*experts\\.1\\..*", "experts.*.up_proj", "experts.*"]
NAMES = [*SHARED, *ONE, *AT_ALL_LAYERS]
"""Modules that options may leave alone: of no expert, of some, or of all."""


WORDS: dict[str, Any] = {"bits": 4, "group_size": 32}
SCHEME = {"num_bits": 4, "type": "int", "strategy": "group", "group_size": 32, "symmetric": True}
PACKINGS: dict[str, Callable[[list[str]], dict[str, Any] | None]] = {
    "none": lambda _: None,
    "fp8": lambda names: {
        "quant_method": "fp8", "weight_block_size": [16, 16], "ignored_layers": names,
    },
    "awq": lambda names: {"quant_method": "awq", "modules_to_not_convert": names, **WORDS},
    "gptq": lambda names: {"quant_method": "gptq", **WORDS, **{key: {"bits": 8} for key in names}},
    "compressed-tensors": lambda names: {
        "quant_method": "compressed-tensors", "format": "pack-quantized", "ignore": names,
        "config_groups": {"group_0": {"targets": ["Linear"], "weights": SCHEME}},
    },
}  # fmt: skip
"""What mixtures come in, with modules left alone."""


@pytest.mark.parametrize("packing", PACKINGS)
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_configs_of_mixtures_count_alike_both_ways(packing: str, data: st.DataObject) -> None:
    experts, layers = data.draw(st.integers(1, 12)), data.draw(st.integers(1, 4))
    config = {
        **SIZES,
        "model_type": data.draw(st.sampled_from(sorted({*mixtures(), "mistral4", "deepseek_v32"}))),
        "num_hidden_layers": layers,
        "attn_type_list": [0, 1, 1, 1][:layers],  # MiniMax's rhythm
        "first_k_dense_replace": data.draw(st.integers(0, 2)),
        "decoder_sparse_step": data.draw(st.integers(1, 2)),
        **dict.fromkeys(("num_local_experts", "n_routed_experts", "num_experts"), experts),
        "moe_num_experts": experts,
        "num_experts_per_tok": 1,
    }
    names = data.draw(st.lists(st.sampled_from(NAMES), max_size=3))
    config["quantization_config"] = PACKINGS[packing](names)
    check(ModelConfig.from_json(config))


@pytest.mark.parametrize("name", NAMES)
def test_modules_left_alone_are_the_same_both_ways(name: str) -> None:
    for family, packing in product(("deepseek_v3", "mistral4"), PACKINGS.values()):
        config = {
            **SIZES, "model_type": family, "num_hidden_layers": 3, "first_k_dense_replace": 1,
            "n_routed_experts": 11, "quantization_config": packing([name]),
        }  # fmt: skip
        check(ModelConfig.from_json(config))


def test_options_that_name_an_expert_tell_it_apart() -> None:
    options: dict[str, Any] = {"quant_method": "fp8", "weight_block_size": [16, 16]}
    base = {**SIZES, "model_type": "qwen3_moe", "num_hidden_layers": 2, "num_experts": 4}
    plain = check(ModelConfig.from_json({**base, "quantization_config": options}))
    options["modules_to_not_convert"] = ["model.layers.1.mlp.experts.2.up_proj"]
    found = check(ModelConfig.from_json({**base, "quantization_config": options}))
    assert len(found) == len(plain) - 1
    kinds = {tensor.name: tensor.dtype.name for tensor in found}
    assert kinds["model.layers.1.mlp.experts.2.up_proj.weight"] == "BF16"
    assert kinds["model.layers.1.mlp.experts.1.up_proj.weight"] == "F8_E4M3"


def test_equal_shapes_are_one_object() -> None:
    """Sorting tensors into groups asks whether two shapes are the same before it compares them."""
    for config in mixtures().values():
        shapes = [one.tensor.shape for one in blueprint(config).once]
        assert len(set(map(id, shapes))) == len(set(shapes))


def test_only_experts_are_told_once() -> None:
    for config in mixtures().values():
        held = [one.tensor.name for one in blueprint(config).once if one.copies]
        assert all(name.count("*") == 1 and "experts.*." in name for name in held)


MODULES = ["layers.0.experts", "layers.1.experts", "layers.2.experts", "layers.0.moe", "experts"]
NUMBERED = ["w1", "w2", "0", "1", "7.w3"]
KINDS = [(BF16, (4, 8)), (F32, (4, 8)), (BF16, (8, 4)), (BF16, (8,))]


@st.composite
def told_once(draw: st.DrawFn) -> RepeatedTensors:
    """Modules of so many copies; some hold another number of what is behind their first names."""
    once: list[Repeated] = []
    for module in draw(st.lists(st.sampled_from(MODULES), max_size=4, unique=True)):
        names = draw(st.lists(st.sampled_from(NUMBERED), unique=True, max_size=4))
        first = draw(st.one_of(st.just(len(names)), st.integers(0, len(names))))
        count = draw(st.integers(1, 12))
        for held, copies in (
            (names[:first], Copies(count)),
            (names[first:], Copies(draw(st.one_of(st.just(count), st.integers(1, 12))))),
        ):
            for name in held:
                tensor = TensorInfo(f"{module}.*.{name}.weight", *draw(st.sampled_from(KINDS)))
                once.append(Repeated(tensor, copies))
        once.append(Repeated(TensorInfo(f"{module}.gate.weight", BF16, (8, 8))))
    return RepeatedTensors(once)


@settings(max_examples=200)
@given(told_once())
def test_any_tensors_told_once_are_counted_as_their_list_is(found: RepeatedTensors) -> None:
    every = tuple(found)
    assert len(found) == len(every) == len({tensor.name for tensor in every})
    assert group_tensors(found) == group_tensors(every)
    assert fold_groups(group_tensors(found)) == fold_groups(group_tensors(every))


@settings(max_examples=200)
@given(told_once(), st.data())
def test_a_tree_of_some_of_the_copies_is_that_of_their_list(
    found: RepeatedTensors, data: st.DataObject
) -> None:
    """Where a mark or a prune has split a group, its copies are no longer alike."""
    told, listed = [], []
    for group in group_tensors(found):
        every = replace(group, tensors=tuple(group.tensors))
        mask = data.draw(st.integers(0, 2**group.count - 1))
        part = tuple(tensor for at, tensor in enumerate(group.tensors) if mask >> at & 1)
        if data.draw(st.booleans()) and part:
            told.append(replace(group, tensors=part))
            listed.append(told[-1])
        elif data.draw(st.integers(0, 5)):
            told.append(group)
            listed.append(every)
    assert fold_groups(told) == fold_groups(listed)


def test_copies_are_listed_one_after_the_other() -> None:
    copies = Copies(2)
    once = [
        Repeated(TensorInfo("a.*.up", BF16, (1,)), copies),
        Repeated(TensorInfo("a.*.down", BF16, (2,)), copies),
        Repeated(TensorInfo("a.*.last", BF16, (3,)), Copies(2)),
        Repeated(TensorInfo("b*", F32, ())),
    ]
    names = ["a.0.up", "a.0.down", "a.1.up", "a.1.down", "a.0.last", "a.1.last", "b*"]
    assert [tensor.name for tensor in RepeatedTensors(once)] == names
