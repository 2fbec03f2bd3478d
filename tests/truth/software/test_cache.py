"""What the caches of transformers hold after a prompt, against our count of cache and state."""

import inspect
from collections.abc import Iterator
from typing import Any

import pytest

pytest.importorskip("transformers", reason="needs the extra `truth`")

import torch
from transformers import StaticCache

from paramtui.checkpoint.summary import ParameterSummary
from paramtui.memory.cache.kv_cache import kv_cache
from paramtui.memory.cache.state import state
from paramtui.memory.scenario import Scenario
from tests.truth.software import cases_apart
from tests.truth.software.cases import (
    COMPOSITES,
    DENSE,
    ENCODER_DECODERS,
    ENCODERS,
    GPTS,
    HYBRIDS,
    MIXTURES,
    Case,
    cases,
    with_reasons,
)
from tests.truth.software.live import live

pytestmark = pytest.mark.filterwarnings("ignore")

CONTEXTS = (5, 24)
"""Tokens: fewer and more than the tiny models' windows."""
BATCH = 2

_BROADCAST = "transformers repeats the stored heads for every query; vLLM and we keep them once"
DIFFERS: dict[str, str] = {
    "falcon+grouped": _BROADCAST,
    "falcon+one-norm": _BROADCAST,
    "mllama": "the prompt has no image; we count the image tokens its layers would keep",
}
"""Cases whose cache we count otherwise on purpose, and why."""

WRITERS = DENSE | GPTS | MIXTURES | HYBRIDS | COMPOSITES
APART = cases_apart.DECODERS | cases_apart.MIXTURES | cases_apart.HYBRIDS
OWN_CACHE = frozenset({"minimax", "xlstm"})
"""Families whose classes refuse the library's caches."""


@pytest.mark.parametrize("tokens", CONTEXTS, ids="+{}".format)
@pytest.mark.parametrize("case", with_reasons(cases(WRITERS | APART), DIFFERS), ids=str)
def test_cache_and_state(case: Case, tokens: int) -> None:
    if case.name in OWN_CACHE:
        pytest.skip("a cache of its own")
    assert counted(live(case).summary, tokens) == held(live(case).model, tokens)


@pytest.mark.parametrize("tokens", CONTEXTS, ids="+{}".format)
@pytest.mark.parametrize("case", with_reasons(cases(ENCODER_DECODERS), {}), ids=str)
def test_cross_attention(case: Case, tokens: int) -> None:
    model = live(case).model
    prompt = torch.ones(BATCH, tokens, dtype=torch.long)
    given = {"input_ids": prompt}
    if model.main_input_name == "input_features":
        shape = BATCH, model.config.num_mel_bins, 2 * model.config.max_source_positions
        given = {"input_features": torch.ones(shape, dtype=torch.bfloat16)}
    with torch.no_grad():
        cache = model(**given, decoder_input_ids=prompt, use_cache=True).past_key_values
    both = [*cache.self_attention_cache.layers, *cache.cross_attention_cache.layers]
    bytes_held = sum(tensor.nbytes for layer in both for tensor in tensors(vars(layer)))
    assert counted(live(case).summary, tokens) == bytes_held


def counted(summary: ParameterSummary, tokens: int) -> int:
    """Bytes of cache and state by our formulae."""
    scenario = Scenario(context=tokens, batch=BATCH)
    parts = (kv_cache(summary, scenario), state(summary, scenario))
    return sum(part.bytes for part in parts if part)


@pytest.mark.parametrize("case", with_reasons(cases(ENCODERS), {}), ids=str)
def test_encoders_keep_nothing(case: Case) -> None:
    summary = live(case).summary
    assert kv_cache(summary, Scenario()) is None
    assert state(summary, Scenario()) is None


def held(model: Any, tokens: int) -> int:
    """Bytes that a cache of so many tokens holds after a prompt of as many."""
    accepted = inspect.signature(model.forward).parameters
    name = next((n for n in ("past_key_values", "cache_params") if n in accepted), None)
    if name is None:
        pytest.skip("the model takes no cache")
    if hasattr(model, "set_experts_implementation"):
        # The grouped kernel needs wider matrices than these tiny ones.
        model.set_experts_implementation("eager")
    cache = StaticCache(config=model.config, max_cache_len=tokens)
    prompt = torch.ones(BATCH, tokens, dtype=torch.long)
    with torch.no_grad():
        model(input_ids=prompt, use_cache=True, **{name: cache})
    return sum(tensor.nbytes for layer in cache.layers for tensor in tensors(vars(layer)))


KEPT = ("keys", "values", "conv_states", "recurrent_states", "indexer_keys")


def tensors(layer: dict[str, Any]) -> Iterator[torch.Tensor]:
    """The tensors of one layer of a cache."""
    for name in KEPT:
        kept = layer.get(name)
        for value in kept.values() if isinstance(kept, dict) else (kept,):
            if isinstance(value, torch.Tensor):
                yield value
