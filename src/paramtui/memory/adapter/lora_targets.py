"""Which layers a LoRA adapter sits on, by PEFT's own rules for `target_modules`."""

import re
from collections.abc import Callable, Container, Iterable, Sequence
from functools import lru_cache
from math import prod

from paramtui.checkpoint.category import Category, Operator
from paramtui.checkpoint.summary import Kind, ParameterSummary, TensorGroup
from paramtui.checkpoint.tensor import TensorInfo
from paramtui.memory.adapter.lora_model import HEAD_NAMES, trained_groups
from paramtui.memory.errors import ScenarioError
from paramtui.memory.layout.linear import is_linear, module_name
from paramtui.record import Record

ALL_LINEAR, ATTENTION, MLP = "all-linear", "attention", "mlp"

CATEGORIES = {
    ATTENTION: (Category.ATTENTION, Category.LINEAR_ATTENTION),
    MLP: (Category.MLP, Category.EXPERTS, Category.SHARED_EXPERTS),
}
"""What `attention` and `mlp` stand for; routers belong to neither."""

CLASSIFIERS = ("score", "classifier")
"""Heads of sequence classifiers, which are trained whole (peft, SEQ_CLS_HEAD_NAMES)."""


class Target(Record):
    """Layers of one kind that get an adapter."""

    group: TensorGroup
    tensors: Sequence[TensorInfo]
    """Those of the group's tensors that are matched."""
    ranks: int = 1
    """Ranks of its matrices in the adapter's: two where a packed gate and up share a pair."""

    @property
    def module(self) -> str:
        """The layers' own name, e.g. `q_proj`."""
        return module_name(self.group.pattern).rpartition(".")[2]

    @property
    def embedding(self) -> bool:
        """Whether it is a table of embeddings: PEFT adds `lora_embedding_A` and `_B`."""
        return self.group.operator is Operator.EMBEDDING

    @property
    def packed(self) -> bool:
        """Whether one tensor holds many layers, which PEFT calls a target parameter."""
        return self.group.matrices > 1

    @property
    def inputs(self) -> int:
        """Columns of lora_A: inputs of the layer, rows of an embedding."""
        if self.group.operator is Operator.CONVOLUTION:
            return prod(self.group.logical_shape[1:])
        return self.group.out_features if self.embedding else self.group.in_features

    @property
    def outputs(self) -> int:
        """Rows of lora_B: outputs of the layer, columns of an embedding."""
        if self.group.operator is Operator.CONVOLUTION:
            return self.group.logical_shape[0]
        return self.group.in_features if self.embedding else self.group.out_features

    @property
    def count(self) -> int:
        """How many layers; every expert of a packed tensor is one."""
        return len(self.tensors) * self.group.matrices


def find_targets(
    summary: ParameterSummary, spec: str, layers: tuple[int, ...] = ()
) -> tuple[Target, ...]:
    """The modules that `spec` names, in `layers` if given; raises ScenarioError if none.

    Those that are frozen or trained whole get no adapter; where marks leave no other, none is.
    """
    found = adaptable(summary, spec, layers)
    if summary.whole is None:
        return found
    return tuple(target for target in found if target.group.trained is None)


@lru_cache(maxsize=32)
def adaptable(
    summary: ParameterSummary, spec: str, layers: tuple[int, ...] = ()
) -> tuple[Target, ...]:
    """The same, whether they are trained or not; none where all were left out of the model."""
    groups, word = trained_groups(summary), _word(spec)
    adapter = summary.adapter
    if adapter and adapter.modules and spec == adapter.targets:
        found = _of_modules(layers_of(groups), adapter.modules)
    elif word == ALL_LINEAR:
        found = _whole(group for group in groups if _in_all_linear(group, summary))
    elif word:
        found = _whole(group for group in layers_of(groups) if group.category in CATEGORIES[word])
    else:
        found = _named(layers_of(groups), spec)
    if layers:
        found = tuple(part for target in found if (part := _within(target, layers)).tensors)
    if not found and not (summary.whole and adaptable(summary.whole, spec, layers)):
        raise _nothing(summary, spec)
    return found


def unmatched(summary: ParameterSummary, spec: str) -> tuple[str, ...]:
    """The names of a list that no layer answers to; PEFT warns of them and goes on."""
    if _word(spec) or _is_expression(spec):
        return ()
    layers = layers_of(trained_groups(summary))
    return tuple(name for name in _split(spec) if not _named(layers, name))


def wrapped(summary: ParameterSummary, spec: str) -> tuple[str, ...]:
    """Names that some modules have which are no layer but hold one, as Gemma 4's towers do."""
    if _word(spec) or _is_expression(spec):
        return ()
    modules = [f".{module_name(group.pattern)}" for group in summary.groups]
    return tuple(
        name for name in _split(spec) if any(path.endswith(f".{name}.linear") for path in modules)
    )


def is_output_head(group: TensorGroup, groups: Iterable[TensorGroup]) -> bool:
    """Whether the layer's outputs are the vocabulary's scores."""
    if group.category is not Category.HEAD or not is_linear(group):
        return False
    rows = {other.out_features for other in groups if other.operator is Operator.EMBEDDING}
    return group.out_features in rows or group.suffix in HEAD_NAMES


def _in_all_linear(group: TensorGroup, summary: ParameterSummary) -> bool:
    if not is_linear(group) or group.category is Category.ADAPTER:
        return False
    if group.category is Category.ROUTER:
        return _routers_are_linear(summary)
    classifies = "ForSequenceClassification" in (summary.config.architecture or "")
    if classifies and group.module in CLASSIFIERS:
        return False
    return not is_output_head(group, (summary.whole or summary).groups)


def _routers_are_linear(summary: ParameterSummary) -> bool:
    # A router with a correction or bias of its own is a module of its own (DeepSeek's MoEGate,
    # gpt-oss's router); `n_routed_experts` is how DeepSeek's descendants count their experts.
    every = (summary.whole or summary).groups
    routers = [group for group in every if group.category is Category.ROUTER]
    linear = {group.module for group in routers if is_linear(group)}
    own = any(g.module in linear and g.kind in (Kind.BIAS, Kind.BUFFER) for g in routers)
    return not own and summary.config.text.integer("n_routed_experts") is None


def layers_of(groups: Iterable[TensorGroup]) -> list[TensorGroup]:
    """The layers PEFT can wrap: linear ones, embeddings, convolutions."""
    kinds = (Operator.LINEAR, Operator.EMBEDDING, Operator.CONVOLUTION)
    return [
        group
        for group in groups
        if group.kind in (Kind.WEIGHT, Kind.DUPLICATE)
        and group.operator in kinds
        and len(group.logical_shape) > 1
    ]


def _within(target: Target, layers: tuple[int, ...]) -> Target:
    numbered = dict(zip(target.group.tensors, target.group.layers, strict=True))
    kept = tuple(tensor for tensor in target.tensors if numbered[tensor] in layers)
    return Target(target.group, kept)


def _of_modules(groups: Iterable[TensorGroup], modules: Container[str]) -> tuple[Target, ...]:
    """The layers of an adapter that was opened, by their own names."""
    found = (
        Target(group, tuple(t for t in group.tensors if module_name(t.name) in modules))
        for group in groups
    )
    return tuple(target for target in found if target.tensors)


def _whole(groups: Iterable[TensorGroup]) -> tuple[Target, ...]:
    return tuple(Target(group, group.tensors) for group in groups if is_linear(group))


def _named(layers: Iterable[TensorGroup], spec: str) -> tuple[Target, ...]:
    matches = _matcher(spec)
    # A name with numbers, or an expression, tells single layers apart; any other speaks of all.
    single = _is_expression(spec) or any(part.isdigit() for part in re.split(r"[.,]", spec))
    found = []
    for group in layers:
        if single:
            tensors: Sequence[TensorInfo] = tuple(
                t for t in group.tensors if matches(module_name(t.name))
            )
        else:
            tensors = group.tensors if matches(module_name(group.pattern)) else ()
        if tensors:
            found.append(Target(group, tensors))
    return tuple(found)


def _matcher(spec: str) -> Callable[[str], object]:
    if _is_expression(spec):
        try:
            return re.compile(spec).fullmatch
        except re.error as error:
            raise ScenarioError(
                f"the targets {spec!r} are no regular expression: {error}"
            ) from None
    suffixes = tuple(f".{name}" for name in _split(spec))
    return lambda module: f".{module}".endswith(suffixes)


def _word(spec: str) -> str:
    """The word for many layers that the spec is, in any case; empty when it is a list of names."""
    word = spec.strip().lower()
    return word if word == ALL_LINEAR or word in CATEGORIES else ""


def _split(spec: str) -> list[str]:
    return [name.strip() for name in spec.split(",") if name.strip()]


def _is_expression(spec: str) -> bool:
    return bool(re.search(r"[\\^$|()\[\]*+?{}]", spec))


def _nothing(summary: ParameterSummary, spec: str) -> ScenarioError:
    kinds = dict.fromkeys(
        module_name(group.pattern).rpartition(".")[2]
        for group in layers_of(summary.groups)
        if is_linear(group)
    )
    shown = ", ".join(list(kinds)[:24])
    hint = f"linear layers here: {shown}" if shown else "no linear layers here"
    return ScenarioError(f"no layer of this model answers to the LoRA targets {spec!r}", hint)
