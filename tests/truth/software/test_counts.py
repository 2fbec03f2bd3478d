"""Counts, kinds and operators of saved files against the torch modules they were saved from."""

import re

import pytest

pytest.importorskip("transformers", reason="needs the extra `truth`")

from torch import nn
from transformers.pytorch_utils import Conv1D

from paramtui.checkpoint.category import Operator
from paramtui.checkpoint.group import PARAMETERS, Kind, TensorGroup
from tests.truth.software.cases import KNOWN, Case, cases, with_reasons
from tests.truth.software.cases_apart import UNKNOWN
from tests.truth.software.live import Live, Owner, live, owners

pytestmark = pytest.mark.filterwarnings("ignore")

NOT_LEARNED = re.compile(r"(?<!moe_statics)\.(expert_bias|e_score_correction_bias)$")
"""Balancing biases that no gradient reaches: LFM2 and DeepSeek register as a buffer what AFMoE and
Laguna register as a parameter. The names do not tell them apart, and they count as buffers."""

SECOND_BIAS = (
    "the head's bias is stored twice: the second counts as a copy, which it is in published files"
)
DIFFERS = {
    "bert-generation+untied": SECOND_BIAS,
    "bart+untied": "three equal tables of words in one file: two of them count as copies, which "
    "they are in every published file",
    "bert+untied": SECOND_BIAS,
}

UNTOLD = {
    "git.visual_projection.visual_projection.*.weight": "a norm numbered by its Sequential",
    "model.layers.*.mlp.down_embed.weight": "experts kept as rows of an embedding table (Doge)",
    "model.layers.*.mlp.up_embed.weight": "the same",
}
"""Modules whose names do not tell what they compute."""

LAYERS = {
    Operator.LINEAR: (nn.Linear, Conv1D),
    Operator.EMBEDDING: (nn.Embedding,),
    Operator.CONVOLUTION: (nn.Conv1d, nn.Conv2d, nn.Conv3d),
}
MULTIPLIES = re.compile("Expert|Router|Gate|MLP|Moe|MoE")
"""Classes that hold matrices as bare parameters and multiply by them as a linear layer does."""


@pytest.fixture(scope="module", params=with_reasons(cases(KNOWN | UNKNOWN), DIFFERS), ids=str)
def model(request: pytest.FixtureRequest) -> Live:
    case: Case = request.param
    return live(case)


def test_totals(model: Live) -> None:
    learned = {
        id(parameter): parameter.numel()
        for name, parameter in model.model.named_parameters()
        if not NOT_LEARNED.search(name) and name not in not_saved(model)
    }
    summary = model.summary
    assert summary.total == sum(learned.values())
    assert sum(summary.by_category.values()) == summary.total
    assert sum(summary.by_kind.values()) == summary.total
    assert sum(summary.by_dtype.values()) == summary.total
    assert summary.stored_bytes == sum(tensor.nbytes for tensor in model.checkpoint.tensors)


def not_saved(model: Live) -> list[str]:
    """Positions that a family computes anew after loading (Marian)."""
    return getattr(model.model, "_keys_to_ignore_on_save", None) or []


def test_every_tensor_is_what_its_module_makes_of_it(model: Live) -> None:
    by_name = owners(model.model)
    names = {tensor.name for tensor in model.checkpoint.tensors}
    assert by_name.keys() - set(not_saved(model)) == names
    for group in model.summary.groups:
        for tensor in group.tensors:
            owner = by_name[tensor.name]
            learned = owner.learned and not NOT_LEARNED.search(owner.name)
            assert (group.kind in PARAMETERS) == learned, (tensor.name, group.kind)
            if learned and group.pattern not in UNTOLD:
                check_operator(group, owner)


def check_operator(group: TensorGroup, owner: Owner) -> None:
    """Linear layers are linear, and nothing else is; the same for tables and convolutions."""
    last = owner.name.rpartition(".")[2]
    what = (group.pattern, group.shape, type(owner.module).__name__)
    expected = [kind for kind, classes in LAYERS.items() if isinstance(owner.module, classes)]
    if last == "bias":
        assert group.kind is Kind.BIAS, what
        assert not group.in_features, what
    elif expected:
        assert group.operator is expected[0], what
    elif "norm" in type(owner.module).__name__.lower():
        assert group.operator is Operator.NORM, what
    elif not MULTIPLIES.search(type(owner.module).__name__):
        assert group.operator is not Operator.LINEAR, what
    if isinstance(owner.module, LAYERS[Operator.LINEAR]) and last == "weight":
        width = owner.module.weight.shape
        outputs, inputs = reversed(width) if isinstance(owner.module, Conv1D) else width
        # A fused matrix on disk may be several in memory, one below the other.
        assert group.in_features == inputs, what
        assert group.out_features % outputs == 0, what
        if group.pattern.endswith(owner.name.rpartition(".")[0].rpartition(".")[2] + ".weight"):
            assert group.out_features == outputs, what
