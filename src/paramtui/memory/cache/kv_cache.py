"""The KV cache: keys and values of the tokens so far, layer by layer."""

from paramtui.checkpoint.summary import ParameterSummary
from paramtui.memory.cache.attention import AttentionLayers, CacheLayout, cache_layout
from paramtui.memory.figure import Basis, Component, Term
from paramtui.memory.precision import kv_precision_named
from paramtui.memory.scenario import Scenario


def kv_cache(summary: ParameterSummary, scenario: Scenario) -> Component | None:
    """The KV cache of a scenario; None for a model that keeps none.

    Raises ScenarioError for a KV precision that does not exist.
    """
    layout = cache_layout(summary)
    if not layout.attention:
        return None
    terms = tuple(cache_term(part, scenario) for part in layout.attention)
    reserved = tuple(cache_term(part._replace(limit=None), scenario) for part in layout.attention)
    upper = sum(term.value for term in reserved)
    differs = upper != sum(term.value for term in terms)
    return Component(
        name="kv_cache",
        terms=terms,
        basis=Basis.EXACT,
        source="transformers 5 StaticCache; vLLM kv_cache_interface; llama.cpp KV types",
        convention=_convention(layout),
        upper_bytes=upper if differs else None,
        upper_terms=reserved if differs else (),
    )


def cache_term(part: AttentionLayers, scenario: Scenario) -> Term:
    """Bytes of equal layers."""
    size = kv_precision_named(scenario.kv_precision).bytes
    tokens, kept = _tokens(part, scenario)
    values: dict[str, float] = {"layers": part.layers, **kept}
    if part.latent:
        label, each = "latent", "(latent + rope_key)"
        values |= {"latent": part.key_dim, "rope_key": part.value_dim}
    elif part.key_dim == part.value_dim:
        label, each = "keys and values", "2 × kv_heads × head_dim"
        values |= {"kv_heads": part.heads, "head_dim": part.key_dim}
    else:
        label, each = "keys and values", "kv_heads × (key_dim + value_dim)"
        values |= {"kv_heads": part.heads, "key_dim": part.key_dim, "value_dim": part.value_dim}
    if part.index_dim:
        each = f"({each} + index_key)"
        values["index_key"] = part.index_dim
    formula = f"layers × {each} × {tokens} × batch × bytes_per_element"
    values |= {"batch": scenario.batch, "bytes_per_element": size}
    return Term.of(f"{label}, {_scope(part)}", formula, **values)


def _tokens(part: AttentionLayers, scenario: Scenario) -> tuple[str, dict[str, float]]:
    """How many tokens are kept, as a formula and its numbers."""
    if part.tokens:
        return "encoder_tokens", {"encoder_tokens": part.tokens}
    if part.limit:
        return "min(context, window)", {"context": scenario.context, "window": part.limit}
    return "context", {"context": scenario.context}


def _scope(part: AttentionLayers) -> str:
    """Which layers these are, in words."""
    noun = "layer" if part.layers == 1 else "layers"
    if part.tokens is not None:
        return f"{part.layers} cross-attention {noun}"
    return f"{part.layers} {'sliding-window' if part.limit else 'full-attention'} {noun}"


def _convention(layout: CacheLayout) -> str:
    sentences = ["Full-attention layers keep every token of the context"]
    if any(part.limit for part in layout.attention):
        sentences.append("sliding and chunked layers no more than their window")
        sentences.append("the upper figure is an engine that reserves the context for every layer")
    if any(part.latent for part in layout.attention):
        sentences.append("latent attention keeps the compressed latent and the rope key")
    if any(part.tokens is not None for part in layout.attention):
        sentences.append("cross-attention keeps the encoder's tokens")
    return "; ".join(sentences) + "."
