"""What bitsandbytes converts and how wide it packs, and gguf-py's blocks, against our tables."""

from typing import Any

import pytest

pytest.importorskip("transformers", reason="needs the extra `truth`")
pytest.importorskip("bitsandbytes", reason="needs the extra `truth`")
gguf = pytest.importorskip("gguf", reason="needs the extra `truth`")

import torch
from bitsandbytes.functional import quantize_4bit
from bitsandbytes.nn import Linear4bit, Linear8bitLt
from transformers import BitsAndBytesConfig
from transformers.integrations.bitsandbytes import replace_with_bnb_linear
from transformers.quantizers.base import HfQuantizer

from paramtui.checkpoint.blueprint.packed import four_bits
from paramtui.checkpoint.category import Category
from paramtui.checkpoint.dtype import BF16
from paramtui.checkpoint.fields import Fields
from paramtui.checkpoint.formats.ggml_types import GGML_TYPES
from paramtui.memory.layout.conversion import converted
from paramtui.memory.layout.gguf_mixture import BLOCKS
from paramtui.memory.layout.weights import weights
from paramtui.memory.precision import precision_named
from tests.memory.small_models import of_tensors
from tests.truth.software.cases import KNOWN, Case, cases, with_reasons
from tests.truth.software.cases_apart import UNKNOWN
from tests.truth.software.live import build, live, owners

pytestmark = pytest.mark.filterwarnings("ignore")

MIXED = (Category.EXPERTS, Category.ROUTER)
"""Packed in memory by transformers 5 and left alone there; one matrix each in the files."""

POOLING = "torch's own attention in the tower's pooling head, whose last layer is of another class"
INDEXER = "the weights of a sparse-attention indexer, which the class keeps in 32 bits"
WO = "T5 keeps `wo` in floats; these, whose files look the same, do not"
LAST = "the last layer of a class without a head of its own, which transformers leaves alone"
DIFFERS = {
    "aya_vision": POOLING,
    "clip": LAST,
    "deepseek_v32": INDEXER,
    "gemma3": POOLING,
    "gemma4": LAST,
    "glm_moe_dsa": INDEXER,
    "longt5": WO,
    "paligemma": POOLING,
    "siglip": POOLING,
    "switch_transformers": WO,
    "zamba2": "blocks that layers share are tied weights, which bitsandbytes leaves alone",
}
"""Families whose linear layers we convert otherwise, and why."""

EVERY = cases(KNOWN | UNKNOWN, variants=False)


@pytest.mark.parametrize("case", with_reasons(EVERY, DIFFERS), ids=str)
def test_which_layers_bitsandbytes_converts(case: Case) -> None:
    found = live(case)
    with torch.device("meta"):
        model = build(case)
    kept = HfQuantizer.get_modules_to_not_convert(model, None, model._keep_in_fp32_modules)
    replaced = replace_with_bnb_linear(model, kept, BitsAndBytesConfig(load_in_4bit=True))
    theirs = {name for name, module in replaced.named_modules() if isinstance(module, Linear4bit)}
    by_name = owners(found.model)
    mixed, ours = set(), set()
    for group in found.summary.groups:
        names = {by_name[tensor.name].name.removesuffix(".weight") for tensor in group.tensors}
        if group.category in MIXED:
            mixed |= names
        elif converted(group, precision_named("bnb-nf4"), found.summary.config):
            ours |= names
    assert ours == theirs - mixed


@pytest.mark.parametrize("double", [False, True], ids=["plain", "double"])
@pytest.mark.parametrize(("outputs", "inputs"), [(72, 60), (113, 7), (1, 64), (300, 257)])
def test_four_bits(outputs: int, inputs: int, double: bool) -> None:
    weight = torch.randn(outputs, inputs, dtype=torch.bfloat16)
    packed, state = quantize_4bit(weight, quant_type="nf4", compress_statistics=double)
    kept = [packed, state.absmax, state.code]
    if double:
        kept += [state.state2.absmax, state.state2.code]
    assert formula("bnb-nf4-dq" if double else "bnb-nf4", outputs, inputs) == nbytes(kept)


@pytest.mark.parametrize("double", [False, True], ids=["plain", "double"])
@pytest.mark.parametrize("kind", ["nf4", "fp4"])
@pytest.mark.parametrize(("outputs", "inputs"), [(72, 60), (113, 7), (300, 257)])
def test_four_bits_as_they_are_saved(outputs: int, inputs: int, kind: str, double: bool) -> None:
    torch.manual_seed(0)
    weight = torch.randn(outputs, inputs, dtype=torch.bfloat16)
    packed, state = quantize_4bit(weight, quant_type=kind, compress_statistics=double)
    saved = {"": packed} | {f".{name}": held for name, held in state.as_dict(packed=True).items()}
    options = Fields({"bnb_4bit_quant_type": kind, "bnb_4bit_use_double_quant": double})
    ours = {
        name.removeprefix("w.weight"): shape
        for name, _, shape in four_bits("w.weight", (outputs, inputs), BF16, options)
    }
    told = f".quant_state.bitsandbytes__{kind}"
    # The mean of the scales is written with as many digits as it takes.
    assert abs(ours.pop(told)[0] - saved.pop(told).numel()) <= (20 if double else 0)
    assert ours == {name: tuple(tensor.shape) for name, tensor in saved.items()}


@pytest.mark.parametrize(("outputs", "inputs"), [(72, 60), (113, 7)])
def test_eight_bits(outputs: int, inputs: int) -> None:
    layer = Linear8bitLt(inputs, outputs, bias=False, has_fp16_weights=False)
    layer.weight.data = torch.randn(outputs, inputs, dtype=torch.float16)
    layer = layer.to("cpu")
    layer(torch.randn(1, inputs, dtype=torch.float16))
    assert formula("bnb-int8", outputs, inputs) == nbytes([layer.weight.data, layer.state.SCB])


def test_blocks_of_gguf() -> None:
    sizes = {kind.name: size for kind, size in gguf.GGML_QUANT_SIZES.items()}
    for name, (size, weights_of_one) in BLOCKS.items():
        assert sizes[name] == (weights_of_one, size)
    for kind, (elements, size) in gguf.GGML_QUANT_SIZES.items():
        ours = GGML_TYPES[kind.value]
        assert (ours.name, ours.block, ours.bits) == (kind.name, elements, 8 * size)


def formula(precision: str, outputs: int, inputs: int) -> int:
    linear = of_tensors({"model.layers.0.self_attn.o_proj.weight": (outputs, inputs)})
    return weights(linear, precision).bytes


def nbytes(tensors: list[Any]) -> int:
    return sum(tensor.nbytes for tensor in tensors)
