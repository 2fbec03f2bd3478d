"""Encoder-decoders: what the encoder and the attention to it save for the backward pass."""

import re
from collections import Counter
from functools import lru_cache

from paramtui.checkpoint.category import Category, Operator
from paramtui.checkpoint.summary import Kind, ParameterSummary, TensorGroup
from paramtui.memory.adapter.lora_targets import find_targets
from paramtui.memory.cache.attention import cache_layout
from paramtui.memory.cache.projections import KEY, OUTPUT
from paramtui.memory.figure import Term
from paramtui.memory.scenario import Mode, Scenario
from paramtui.memory.training.dimensions import DOWN, dimensions
from paramtui.memory.training.layer_formula import LLAMA, layer_formula
from paramtui.named_tuple import NamedTuple


class EncoderLayer(NamedTuple):
    """The widths of one encoder layer."""

    hidden: int = 0
    query_width: int = 0
    kv_width: int = 0
    intermediate: int = 0


@lru_cache(maxsize=8)
def encoder_layers(summary: ParameterSummary) -> tuple[EncoderLayer, ...]:
    """The layers of the encoder beside a decoder; none in any other model."""
    if not summary.config.root.flag("is_encoder_decoder"):
        return ()
    found: dict[int, EncoderLayer] = {}
    for group in summary.groups:
        part = _part(group) if _encodes(group) else {}
        for layer in group.numbered - {-1} if part else ():
            found[layer] = found.get(layer, EncoderLayer())._replace(**part)
    return tuple(found[layer] for layer in sorted(found))


def encoder_terms(summary: ParameterSummary, scenario: Scenario) -> tuple[Term, ...]:
    """What the encoder's layers save when nothing is recomputed."""
    if not _reached(summary, scenario):
        return ()
    formula, size = layer_formula(summary.config) or LLAMA, scale(scenario)
    full = scenario.mode is Mode.FULL
    mixer = formula.single if size == 2 else formula.full if full else formula.frozen
    gate = formula.gates[2] if size == 2 else formula.gates[0 if full else 1]
    head_dim = dimensions(summary).head_dim or 1
    return tuple(
        _term(
            f"{count} encoder layers",
            f"encoder_tokens × batch × layers × ({mixer} + {gate} × intermediate)",
            encoder_tokens=encoder_tokens(summary, scenario),
            batch=scenario.batch,
            layers=count,
            heads=layer.query_width // head_dim,
            kv_heads=layer.kv_width // head_dim,
            head_dim=head_dim,
            **layer._asdict(),
        )
        for layer, count in Counter(encoder_layers(summary)).items()
    )


def encoder_checkpoints(summary: ParameterSummary, scenario: Scenario) -> tuple[Term, ...]:
    """The inputs of the encoder's layers, and its output, where layers are run again."""
    layers = encoder_layers(summary)
    if not layers:
        return ()
    term = Term.of(
        "the input of each encoder layer, and the last one's output",
        "encoder_tokens × batch × (layers + 1) × bytes_per_element × hidden",
        encoder_tokens=encoder_tokens(summary, scenario),
        batch=scenario.batch,
        layers=len(layers),
        bytes_per_element=2 * scale(scenario),
        hidden=max(layer.hidden for layer in layers),
    )
    return (term,)


def cross_terms(summary: ParameterSummary, scenario: Scenario) -> tuple[Term, ...]:
    """What the decoder's attention to an encoder saves: its norm, q and output; its k and v."""
    if not encoder_layers(summary):
        return ()
    sizes, size = dimensions(summary), scale(scenario)
    norm = 12 if size == 2 else 8 if scenario.mode is Mode.FULL else 4
    terms = []
    for part in cache_layout(summary).attention:
        if part.tokens is None:
            continue
        query = max((shape.query_width for shape, _ in sizes.shapes), default=0)
        terms += [
            Term.of(
                f"cross-attention of {part.layers} layers",
                f"tokens × layers × ({norm} × hidden + 4 + {4 * size} × query_width + 4 × heads)",
                tokens=scenario.tokens,
                layers=part.layers,
                hidden=sizes.hidden,
                query_width=query,
                heads=max(summary.config.heads or 0, 0),
            ),
            Term.of(
                "keys and values of the encoder's output",
                f"encoder_tokens × batch × layers × {4 * size} × kv_width",
                encoder_tokens=encoder_tokens(summary, scenario),
                batch=scenario.batch,
                layers=part.layers,
                kv_width=part.heads * (part.key_dim + part.value_dim) // 2,
            ),
        ]
    return tuple(terms)


def encoder_tokens(summary: ParameterSummary, scenario: Scenario) -> int:
    """The encoder's own length: what the config fixes (Whisper's 1,500), else the context."""
    fixed = (part.tokens for part in cache_layout(summary).attention if part.tokens is not None)
    return next(fixed, 0) or scenario.context


def encoder_left_out(summary: ParameterSummary, scenario: Scenario) -> tuple[str, ...]:
    """What is not counted of an encoder, one sentence each."""
    if not encoder_layers(summary):
        return ()
    left = []
    encoding = [group for group in summary.groups if _encodes(group)]
    if any(group.suffix.startswith("conv") for group in encoding):
        left.append("activations of the encoder's convolutions")
    if any(group.suffix == "relative_attention_bias" for group in encoding):
        left.append("what attention with a relative position bias keeps of its scores")
    if scenario.mode is not Mode.FULL and encoder_tokens(summary, scenario) != scenario.context:
        left.append("the length of the encoder in what its adapters save: the decoder's stands in")
    return tuple(left)


def scale(scenario: Scenario) -> int:
    """2 where the tensors that flow are fp32, 1 where they have 16 bits."""
    return 2 if scenario.mode is Mode.FULL and scenario.training_precision.value == "fp32" else 1


def _reached(summary: ParameterSummary, scenario: Scenario) -> bool:
    """Whether a backward pass goes through the encoder."""
    if scenario.mode is Mode.FULL or scenario.gradient_checkpointing:
        return True
    return any(_encodes(target.group) for target in find_targets(summary, scenario.lora_targets))


def _encodes(group: TensorGroup) -> bool:
    parts = group.pattern.split(".")
    return "encoder" in parts and "decoder" not in parts


def _part(group: TensorGroup) -> dict[str, int]:
    """What one group tells of its layers."""
    if group.kind is not Kind.WEIGHT or group.operator is not Operator.LINEAR:
        return {}
    if group.category is Category.ATTENTION and group.suffix in KEY:
        return {"kv_width": group.out_features}
    if group.category is Category.ATTENTION and group.suffix in OUTPUT:
        return {"query_width": group.in_features, "hidden": group.out_features}
    if group.category is Category.MLP and group.suffix in DOWN:
        return {"intermediate": group.in_features}
    return {}


def _term(label: str, formula: str, **values: float) -> Term:
    """A term with those of `values` that its formula names."""
    named = set(re.findall(r"[a-z][a-z_0-9]*", formula))
    return Term.of(label, formula, **{name: n for name, n in values.items() if name in named})
