"""Second copies of tied tensors, and biases that only a packing added."""

from collections.abc import Iterable

from paramtui.checkpoint.category import Category, Operator
from paramtui.checkpoint.config import ModelConfig
from paramtui.checkpoint.group import Kind, TensorGroup
from paramtui.checkpoint.tying import is_tied
from paramtui.record import replace

Groups = tuple[TensorGroup, ...]


def mark_duplicates(groups: Groups, config: ModelConfig) -> Groups:
    """The same groups; those that repeat a tied tensor, or fill a packing, hold no parameters."""
    kinds = {
        **{group.pattern: Kind.SCALE for group in _filling_biases(groups, config)},
        **{group.pattern: Kind.DUPLICATE for group in _second_copies(groups, config)},
    }
    return tuple(
        replace(group, kind=kinds[group.pattern])
        if group.pattern in kinds and group.kind in (Kind.WEIGHT, Kind.BIAS)
        else group
        for group in groups
    )


def _second_copies(groups: Groups, config: ModelConfig) -> Iterable[TensorGroup]:
    tables = [
        group
        for group in groups
        if group.category is Category.EMBEDDING and group.operator is Operator.EMBEDDING
    ]
    # An encoder and a decoder that have a `shared` table never have tables of their own (T5, BART).
    shared = {group.logical_shape for group in tables if group.suffix == "shared"}
    for group in tables:
        if group.suffix == "embed_tokens" and group.logical_shape in shared:
            yield group
    names = {group.pattern for group in groups}
    shapes = {group.logical_shape for group in tables}
    for group in groups:
        bias = group.pattern.replace(".decoder.bias", ".bias")
        if bias != group.pattern and bias in names and _is_head(group):
            yield group  # BERT's and RoBERTa's heads name one bias twice
        if is_tied(config) and _is_head(group) and group.logical_shape in shapes:
            yield group


def _is_head(group: TensorGroup) -> bool:
    return group.category is Category.HEAD or group.pattern == "proj_out.weight"


_FLAGS = {
    Category.ATTENTION: (
        "attention_bias",
        "qkv_bias",
        "use_qkv_bias",
        "add_qkv_bias",
        "attn_bias",
        "use_attention_bias",
    ),
    Category.MLP: ("mlp_bias", "use_mlp_bias", "feed_forward_bias"),
}
_ANY = ("use_bias", "bias", "add_bias_linear", "add_bias")
_BIASED = ("qwen", "qwen2", "chatglm", "mimo", "internlm")
"""Families whose queries, keys and values have a bias without a flag that says so."""


def _filling_biases(groups: Groups, config: ModelConfig) -> Iterable[TensorGroup]:
    """Biases of GPTQ layers that the model does not have: older packers write one of zeros.

    It shows where every packed layer has one though no norm has. The flags and the family then
    say which are the model's own.
    """
    packed = {g.module for g in groups if g.pattern.endswith(".qweight")}
    biased = {group.module for group in groups if group.pattern.endswith(".bias")}
    norms = {group.module for group in groups if group.operator is Operator.NORM}
    if not packed or not packed <= biased or norms & biased or config.text.flag(*_ANY):
        return
    family = (config.text_model_type or "").lower().startswith(_BIASED)
    for group in groups:
        if group.kind is not Kind.BIAS or group.module not in packed:
            continue
        inward = group.category is Category.ATTENTION and group.suffix in _INWARD
        if not (family and inward) and not config.text.flag(*_FLAGS.get(group.category, ())):
            yield group


_INWARD = frozenset({"q_proj", "k_proj", "v_proj", "qkv_proj", "c_attn", "query_key_value", "wqkv"})
