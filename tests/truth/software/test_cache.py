"""What the caches of transformers hold after a prompt, against our count of cache and state."""

import inspect
from collections.abc import Iterator
from typing import Any

import pytest

pytest.importorskip("transformers", reason="needs the extra `truth`")

import torch
from transformers import StaticCache

from paramtui.memory.kv_cache import kv_cache
from paramtui.memory.scenario import Scenario
from paramtui.memory.state import state
from tests.truth.software.cases import (
    COMPOSITES,
    DENSE,
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

TOKENS = 24
BATCH = 2

_BROADCAST = "transformers repeats the stored heads for every query; vLLM and we keep them once"
_TOO_SMALL = "its rotation does not run at the size of the tiny model"
DIFFERS: dict[str, str] = {
    "falcon+grouped": _BROADCAST,
    "falcon+one-norm": _BROADCAST,
    "mllama": "the prompt has no image; we count the image tokens its layers would keep",
    "codegen": _TOO_SMALL,
    "stablelm": _TOO_SMALL,
}
"""Cases whose cache we count otherwise on purpose, or that cannot run, and why."""

WRITERS = DENSE | GPTS | MIXTURES | HYBRIDS | COMPOSITES


@pytest.mark.parametrize("case", with_reasons(cases(WRITERS), DIFFERS), ids=str)
def test_cache_and_state(case: Case) -> None:
    model, summary = live(case).model, live(case).summary
    scenario = Scenario(context=TOKENS, batch=BATCH)
    parts = [kv_cache(summary, scenario), state(summary, scenario)]
    assert sum(part.bytes for part in parts if part) == held(model)


@pytest.mark.parametrize("case", with_reasons(cases(ENCODERS), {}), ids=str)
def test_encoders_keep_nothing(case: Case) -> None:
    summary = live(case).summary
    assert kv_cache(summary, Scenario()) is None
    assert state(summary, Scenario()) is None


def held(model: Any) -> int:
    """Bytes that a cache of `TOKENS` holds after a prompt of as many."""
    accepted = inspect.signature(model.forward).parameters
    name = next((n for n in ("past_key_values", "cache_params") if n in accepted), None)
    if name is None:
        pytest.skip("the model takes no cache")
    if hasattr(model, "set_experts_implementation"):
        # The grouped kernel needs wider matrices than these tiny ones.
        model.set_experts_implementation("eager")
    cache = StaticCache(config=model.config, max_cache_len=TOKENS)
    prompt = torch.ones(BATCH, TOKENS, dtype=torch.long)
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
