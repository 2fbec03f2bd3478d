"""KV cache and state equal what transformers' caches hold and vLLM's specifications say."""

from collections import Counter
from typing import Any

import pytest

from paramtui.memory.cache.attention import cache_layout
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
GROWING = "hf_dynamic"
"""Sliding layers hold one token less than their window, which an allocation keeps."""
OTHER = {
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


@pytest.mark.parametrize("row", [r for r in ROWS if r["convention"] == GROWING], ids=name_of)
def test_a_growing_cache_keeps_one_token_less_than_a_window(row: dict[str, Any]) -> None:
    summary = reference_model(row["model"])
    kept = sum(
        part.elements * min(row["context"], (part.limit or row["context"] + 1) - 1)
        for part in cache_layout(summary).attention
    )
    held = state(summary, scenario(row))
    assert 2 * row["batch"] * kept + (held.bytes if held else 0) == row["bytes"]


def test_every_convention_of_the_table_is_accounted_for() -> None:
    """Run with -s to see the table: rows by convention, and why some are not compared."""
    rows_of = Counter(row["convention"] for row in ROWS)
    for convention, count in rows_of.items():
        print(f"{count:4} rows of {convention}: {OTHER.get(convention, 'equal')}")
    assert rows_of.keys() == {*HELD, *RESERVED, GROWING, *OTHER}
