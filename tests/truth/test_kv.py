"""KV cache and state equal what transformers' caches hold and vLLM's specifications say."""

from typing import Any

import pytest

from paramtui.memory.cache.kv_cache import kv_cache
from paramtui.memory.cache.state import state
from paramtui.memory.scenario import Scenario
from tests.conftest import needs_shared
from tests.truth.reference_models import reference_model, rows

ROWS = rows("kv")
HELD = ("hf_static", "hf_encdec", "vllm")
"""Sliding layers hold their window; an encoder-decoder's cache; vLLM's latent attention."""
RESERVED = ("vllm_all_layers_full", "hf_dynamic_plain")
"""Every layer holds the whole context: the upper figure."""
OTHER = {
    "hf_dynamic": "a growing cache keeps one token less than the window: an allocation keeps it",
    "mla_expanded": "transformers 4 expanded the latent; 5 and vLLM keep it compressed",
}
"""Conventions we do not follow, and why."""

pytestmark = needs_shared


def name_of(row: dict[str, Any]) -> str:
    return f"{row['model']}-{row['convention']}-{row['batch']}x{row['context']}"


def scenario(row: dict[str, Any]) -> Scenario:
    return Scenario(context=row["context"], batch=row["batch"])


@pytest.mark.parametrize("style", ["config", "config_v5"])
@pytest.mark.parametrize("row", [r for r in ROWS if r["convention"] in HELD], ids=name_of)
def test_cache_and_state_hold_what_the_engine_holds(row: dict[str, Any], style: str) -> None:
    summary = reference_model(row["model"], style)
    parts = [kv_cache(summary, scenario(row)), state(summary, scenario(row))]
    assert sum(part.bytes for part in parts if part) == row["bytes"]


@pytest.mark.parametrize("row", [r for r in ROWS if r["convention"] in RESERVED], ids=name_of)
def test_the_upper_figure_reserves_the_context_in_every_layer(row: dict[str, Any]) -> None:
    part = kv_cache(reference_model(row["model"]), scenario(row))
    assert part
    assert (part.upper_bytes or part.bytes) == row["bytes"]


def test_every_convention_of_the_table_is_accounted_for() -> None:
    assert {row["convention"] for row in ROWS} == {*HELD, *RESERVED, *OTHER}
