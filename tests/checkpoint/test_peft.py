import json
from pathlib import Path

import pytest

from paramtui.checkpoint.category import Category
from paramtui.checkpoint.counting.grouping import group_tensors
from paramtui.checkpoint.dtype import BF16, F32, SAFETENSORS_DTYPES
from paramtui.checkpoint.fields import Fields
from paramtui.checkpoint.formats.adapter import Adapter
from paramtui.checkpoint.formats.on_base import on_base
from paramtui.checkpoint.formats.peft import read_adapter
from paramtui.checkpoint.formats.safetensors import parse_header
from paramtui.checkpoint.tensor import TensorInfo
from tests.conftest import SHARED, needs_shared

HEADERS = SHARED / "harvest" / "headers"


def pair(module: str, rank: int, inputs: int, outputs: int) -> list[TensorInfo]:
    """What PEFT saves for one linear layer."""
    name = f"base_model.model.{module}"
    return [
        TensorInfo(f"{name}.lora_A.weight", F32, (rank, inputs)),
        TensorInfo(f"{name}.lora_B.weight", F32, (outputs, rank)),
    ]


def read(tensors: list[TensorInfo], **config: object) -> Adapter:
    return read_adapter(Fields({"peft_type": "LORA", **config}), tensors)  # type: ignore[dict-item]


LAYER = "model.layers.0.self_attn"


def test_rank_and_targets_come_from_the_tensors() -> None:
    found = read(
        [*pair(f"{LAYER}.q_proj", 4, 8, 16), *pair(f"{LAYER}.v_proj", 4, 8, 6)],
        r=4,
        lora_alpha=8,
        target_modules=r".*\.(q|v)_proj",
    )
    assert (found.rank, found.alpha, found.targets) == (4, 8, "q_proj,v_proj")
    assert found.trainable == 4 * (8 + 16) + 4 * (8 + 6)
    assert [(layer.module, layer.inputs, layer.outputs) for layer in found.layers] == [
        (f"{LAYER}.q_proj", 8, 16),
        (f"{LAYER}.v_proj", 8, 6),
    ]


def test_a_rank_that_the_tensors_do_not_have_is_not_believed() -> None:
    assert read(pair(f"{LAYER}.q_proj", 16, 8, 8), r=8).rank == 16
    assert read(pair(f"{LAYER}.q_proj", 16, 8, 8)).rank == 16
    assert read([], r=8).rank == 8
    assert read([], r=-8).rank is None


def test_ranks_of_single_layers() -> None:
    tensors = [*pair(f"{LAYER}.q_proj", 4, 8, 8), *pair(f"{LAYER}.v_proj", 8, 8, 8)]
    found = read(tensors, r=4, rank_pattern={"v_proj": 8})
    assert (found.rank, found.ranks) == (4, (4, 8))
    # At another rank the layer with one of its own keeps it, as PEFT has it.
    assert [tensor.at(16) for tensor in found.tensors] == [(16, 8), (8, 16), (8, 8), (8, 8)]


def test_magnitudes_biases_and_modules_saved_whole() -> None:
    tensors = [
        *pair(f"{LAYER}.q_proj", 4, 8, 8),
        TensorInfo(f"base_model.model.{LAYER}.q_proj.lora_magnitude_vector", F32, (8,)),
        TensorInfo(f"base_model.model.{LAYER}.q_proj.bias", F32, (8,)),
        TensorInfo("base_model.model.classifier.weight", F32, (2, 8)),
    ]
    found = read(
        tensors, r=4, use_dora=False, bias="all", modules_to_save=["classifier", "classifier"]
    )
    assert found.use_dora
    assert (found.bias, found.modules_to_save) == ("all", ("classifier",))
    assert found.trainable == 4 * 16 + 8 + 8 + 16


def test_frozen_weights_stored_beside_an_adapter_are_not_trained() -> None:
    tensors = [
        TensorInfo("base_model.model.model.embed_tokens.lora_embedding_A", F32, (4, 100)),
        TensorInfo("base_model.model.model.embed_tokens.lora_embedding_B", F32, (8, 4)),
        TensorInfo("base_model.model.model.embed_tokens.base_layer.weight", BF16, (100, 8)),
        TensorInfo("base_model.model.lm_head.weight", BF16, (100, 8)),
    ]
    found = read(tensors, r=4)
    assert found.trainable == 4 * 108
    assert read(tensors, r=4, modules_to_save=["lm_head"]).trainable == 4 * 108 + 800
    assert [(layer.module, layer.inputs, layer.outputs) for layer in found.layers] == [
        ("model.embed_tokens", 100, 8)
    ]


def test_packed_experts_stack_their_ranks() -> None:
    # PEFT's target_parameters: rank × experts in one pair (peft 0.21, ParamWrapper).
    found = read(
        [
            *pair("model.layers.0.mlp.experts.base_layer", 4 * 8, 16, 64),
            *pair("model.layers.0.mlp.experts", 4 * 8, 32, 16),
        ],
        r=4,
    )
    assert (found.rank, found.ranks) == (4, (4,))
    assert [layer.matrices for layer in found.layers] == [8, 8]
    assert found.trainable == 32 * (16 + 64) + 32 * (32 + 16)
    assert found.tensors[0].at(1) == (8, 16)


def test_methods_without_low_rank_pairs() -> None:
    found = read_adapter(
        Fields({"peft_type": "IA3", "target_modules": ["k_proj"]}),
        [TensorInfo(f"base_model.model.{LAYER}.k_proj.ia3_l", F32, (8, 1))],
    )
    assert (found.kind, found.rank, found.layers, found.trainable) == ("IA3", None, (), 8)
    prompt = read_adapter(
        Fields({"peft_type": "PROMPT_TUNING"}), [TensorInfo("prompt_embeddings", F32, (20, 8))]
    )
    assert prompt.trainable == 160


@pytest.mark.parametrize(
    "config",
    [
        {},
        {"r": "8", "lora_alpha": "x", "target_modules": 5, "modules_to_save": "x", "peft_type": 0},
        {"r": True, "lora_alpha": None, "target_modules": [1], "modules_to_save": [None]},
        {"r": {"a": 1}, "rank_pattern": 3, "base_model_name_or_path": ["x"]},
    ],
)
def test_a_configuration_nobody_expects_is_no_trouble(config: dict[str, object]) -> None:
    found = read_adapter(Fields(config), pair("a", 2, 3, 4))  # type: ignore[arg-type]
    assert (found.rank, found.trainable, found.base) == (2, 14, None)


def test_half_a_pair_is_counted_but_adapts_nothing() -> None:
    found = read(pair("a.b", 2, 3, 4)[:1], r=2)
    assert (found.layers, found.trainable) == ((), 6)


@needs_shared
@pytest.mark.parametrize("path", sorted(HEADERS.glob("peft_*.json")), ids=lambda path: path.stem)
def test_headers_of_published_adapters(path: Path) -> None:
    # harvest/headers: real files, whose parameters were counted when they were collected.
    value = json.loads(path.read_bytes())
    source = value["_source"]
    tensors = parse_header(json.dumps(value["header"]).encode(), None, "adapter_model.safetensors")
    found = read_adapter(Fields({"peft_type": "LORA"}), tensors, source["file_bytes"])
    assert sum(tensor.parameters for tensor in found.tensors) == source["params"]
    assert found.trainable == source["params"]
    assert found.rank == int(path.stem.partition("_r")[2].partition("_")[0])


# Putting an adapter on its base model.


def base(*modules: str, shape: tuple[int, int] = (8, 8)) -> list[TensorInfo]:
    return [TensorInfo(f"{module}.weight", BF16, shape) for module in modules]


@pytest.mark.parametrize(
    ("adapted", "held"),
    [
        ("model.layers.0.self_attn.q_proj", "model.layers.0.self_attn.q_proj"),
        ("transformer.h.0.attn.c_attn", "h.0.attn.c_attn"),
        ("model.layers.0.self_attn.q_proj", "language_model.model.layers.0.self_attn.q_proj"),
        (
            "model.language_model.layers.0.self_attn.q_proj",
            "language_model.model.layers.0.self_attn.q_proj",
        ),
        ("bert.encoder.layer.0.attention.self.query", "encoder.layer.0.attention.self.query"),
    ],
)
def test_modules_are_found_however_their_names_begin(adapted: str, held: str) -> None:
    tensors = pair(adapted, 2, 8, 8)
    tower = "vision_tower.vision_model.encoder.layers.0.self_attn.q_proj"
    placed = on_base(read(tensors, r=2), tensors, base(held, tower))
    assert placed.missing == ()
    assert placed.adapter.modules == {held}
    assert [tensor.name for tensor in placed.tensors] == [
        f"{held}.lora_A.weight",
        f"{held}.lora_B.weight",
    ]


def test_both_matrices_of_packed_experts_keep_names_of_their_own() -> None:
    experts = "model.layers.0.mlp.experts"
    tensors = [*pair(f"{experts}.base_layer", 8, 8, 8), *pair(experts, 8, 8, 8)]
    placed = on_base(read(tensors, r=2), tensors, base(LAYER))
    assert [tensor.name for tensor in placed.tensors] == [
        f"{experts}.{part}"
        for part in (
            "base_layer.lora_A.weight",
            "base_layer.lora_B.weight",
            "lora_A.weight",
            "lora_B.weight",
        )
    ]


def test_a_stored_copy_is_no_parameter() -> None:
    table = "model.embed_tokens"
    tensors = [
        *pair(table, 2, 8, 8),
        TensorInfo(f"base_model.model.{table}.base_layer.weight", BF16, (8, 8)),
    ]
    placed = on_base(read(tensors, r=2), tensors, base(table))
    assert placed.tensors[-1].name == f"{table}.saved_copy.weight"
    (*_, copy) = group_tensors(placed.tensors)
    assert (copy.category, copy.parameters) == (Category.ADAPTER, 0)


def test_what_the_base_does_not_have_is_told() -> None:
    tensors = [*pair(f"{LAYER}.q_proj", 2, 8, 8), *pair(f"{LAYER}.x_proj", 2, 8, 8)]
    placed = on_base(read(tensors, r=2), tensors, base(f"{LAYER}.q_proj"))
    assert placed.missing == (f"{LAYER}.x_proj",)
    assert placed.adapter.modules == {f"{LAYER}.q_proj"}
    other = on_base(read(tensors, r=2), tensors, base(f"{LAYER}.q_proj", shape=(8, 9)))
    assert other.missing == (f"{LAYER}.q_proj", f"{LAYER}.x_proj")


def test_a_transposed_or_packed_layer_fits_all_the_same() -> None:
    tensors = pair(f"{LAYER}.q_proj", 2, 8, 16)
    turned = base(f"{LAYER}.q_proj", shape=(8, 16))
    packed = [TensorInfo(f"{LAYER}.q_proj.weight", SAFETENSORS_DTYPES["U8"], (64, 1))]
    assert on_base(read(tensors, r=2), tensors, turned).missing == ()
    assert on_base(read(tensors, r=2), tensors, packed).missing == ()


def test_a_name_that_could_be_two_modules_is_none() -> None:
    tensors = pair("layers.0.self_attn.q_proj", 2, 8, 8)
    placed = on_base(
        read(tensors, r=2),
        tensors,
        base("a.layers.0.self_attn.q_proj", "b.layers.0.self_attn.q_proj"),
    )
    assert placed.missing == ("layers.0.self_attn.q_proj",)


def test_a_tied_head_is_a_layer_without_tensors() -> None:
    tensors = pair("lm_head", 2, 8, 100)
    assert on_base(read(tensors, r=2), tensors, base("model.embed_tokens")).missing == ()
