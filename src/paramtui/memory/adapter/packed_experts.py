"""LoRA on experts as transformers 5 holds them: a layer's experts packed in two parameters."""

from collections import defaultdict
from collections.abc import Iterable
from functools import lru_cache

from paramtui.checkpoint.category import Category
from paramtui.checkpoint.summary import Kind, ParameterSummary, TensorGroup
from paramtui.checkpoint.tensor import TensorInfo
from paramtui.memory.adapter.lora_model import trained_groups
from paramtui.memory.adapter.lora_targets import ALL_LINEAR, Target, find_targets
from paramtui.memory.errors import ScenarioError
from paramtui.memory.layout.linear import is_linear, module_name
from paramtui.record import replace

GATE_UP, DOWN, ROUTER = "gate_up_proj", "down_proj", "gate"
HELD = dict.fromkeys(("gate_proj", "up_proj", "w1", "w3"), GATE_UP)
HELD |= dict.fromkeys(("down_proj", "w2"), DOWN)
"""The parameter that each matrix of an expert becomes a part of."""

_TRANSLATED = """
    afmoe beam cohere2_moe deepseek_v2 deepseek_v3 deepseek_v32 dots1 ernie4_5_moe exaone_moe
    flex_olmo glm4_moe glm4_moe_lite glm4v_moe glm_moe_dsa hunyuan_v1_moe longcat_flash mellum
    minimax minimax_m2 mixtral olmoe qwen3_moe qwen3_next qwen3_omni_moe
    qwen3_omni_moe_text qwen3_omni_moe_thinker solar_open
"""
TRANSLATED = frozenset(_TRANSLATED.split())
"""Model types whose old targets PEFT translates (peft 0.21, `_MOE_TARGET_MODULE_MAPPING`, under
the `_MODEL_TO_CONVERSION_PATTERN` of transformers 5.23). Others' experts get no adapter unless
`target_parameters` names them."""


LINEAR_ROUTERS = frozenset({"llama4", "llama4_text", "phimoe"})
"""Model types whose router is still a linear layer (transformers 5.23)."""


@lru_cache(maxsize=16)
def packed_targets(
    summary: ParameterSummary, spec: str, parameters: tuple[str, ...] = ()
) -> tuple[Target, ...]:
    """What PEFT 0.21 adapts under transformers 5; raises ScenarioError for half of a pair.

    In the families it translates, the names of an expert's matrices stand for the packed
    parameters alone, so that shared experts and dense layers of those names are left out; gate
    and up share one pair of matrices of twice the rank.
    """
    groups = trained_groups(summary)
    named = find_targets(summary, spec) if spec else ()
    family = summary.config.text_model_type or ""
    asked = {target.module for target in named} if family in TRANSLATED else set()
    if family in TRANSLATED and spec == ALL_LINEAR:
        asked.add(ROUTER)
    return (
        *(target for target in named if not _is_replaced(target, family)),
        *(
            Target(group, group.tensors, times)
            for group in packed_groups(groups)
            if (times := _times(group, asked, parameters))
        ),
        *(_routers(groups) if ROUTER in asked else ()),
    )


def packed_groups(groups: Iterable[TensorGroup]) -> tuple[TensorGroup, ...]:
    """The experts of these groups, those of a layer in one tensor for gate and up, one for down."""
    parts: dict[tuple[str, str, frozenset[int]], list[TensorGroup]] = defaultdict(list)
    found = []
    for group in groups:
        stem, _, name = module_name(group.pattern).rpartition(".")
        if not is_expert(group):
            continue
        if group.matrices > 1:
            found.append(group)
        elif stem.endswith("experts.*") and name in HELD:
            parts[stem, HELD[name], frozenset(group.layers)].append(group)
    return (*found, *(_packed(*key, members) for key, members in parts.items()))


def _packed(
    stem: str, name: str, numbers: frozenset[int], members: list[TensorGroup]
) -> TensorGroup:
    first, layers = members[0], tuple(sorted(numbers))
    # Mixtral's files keep the name that its module had before.
    module = stem.removesuffix(".*").replace("block_sparse_moe.experts", "mlp.experts")
    experts = first.count // len(layers)
    outputs = sum(group.out_features for group in members)
    shape = (experts, outputs, first.in_features)
    names = (f"{module}.{name}".replace("*", str(layer), 1) for layer in layers)
    return replace(
        first,
        pattern=f"{module}.{name}",
        shape=shape,
        logical_shape=shape,
        matrices=experts,
        out_features=outputs,
        tensors=tuple(TensorInfo(name, first.dtype, shape) for name in names),
        layers=layers,
    )


def _times(group: TensorGroup, asked: set[str], parameters: tuple[str, ...]) -> int:
    """How many ranks the pair of matrices on a packed tensor has; 0 where there is none."""
    module = module_name(group.pattern)
    name = module.rpartition(".")[2]
    wanted = asked & {old for old, held in HELD.items() if held == name}
    if name == GATE_UP and len(wanted) == 1:
        raise ScenarioError(
            f"PEFT refuses {wanted.pop()} alone: transformers 5 packs it with its pair in {name}"
        )
    if wanted:
        return len(wanted)
    return int(any(f".{module}".endswith(f".{named}") for named in parameters))


def _is_replaced(target: Target, family: str) -> bool:
    """Whether transformers 5 has no such module, or PEFT means a parameter by its name."""
    group = target.group
    if is_expert(group):
        return True
    if family in TRANSLATED:
        return target.module == ROUTER or target.module in HELD
    # Routers became modules of their own with the experts.
    routes = group.category is Category.ROUTER and group.out_features > 1
    return routes and family not in LINEAR_ROUTERS


def is_expert(group: TensorGroup) -> bool:
    """Whether the tensors are matrices of routed experts, packed or apart."""
    return group.category is Category.EXPERTS and group.kind is Kind.WEIGHT and is_linear(group)


def _routers(groups: Iterable[TensorGroup]) -> list[Target]:
    return [
        Target(
            replace(group, out_features=group.shape[0], in_features=group.shape[1]), group.tensors
        )
        for group in groups
        if group.category is Category.ROUTER
        and group.kind is Kind.WEIGHT
        and group.suffix == ROUTER
        and len(group.shape) == 2
    ]
