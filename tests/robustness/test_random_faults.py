"""Good repositories behind a wire where a fifth of everything goes wrong: right, or marked."""

from random import Random
from typing import Any

import pytest

from tests.conftest import needs_shared
from tests.robustness.examine import examine
from tests.robustness.simulator import catalogue, simulator

pytestmark = needs_shared

SHARE = 0.2
FAULTS: tuple[dict[str, Any], ...] = (
    {"do": "status", "code": 500},
    {"do": "status", "code": 503},
    {"do": "status", "code": 429},
    {"do": "status", "code": 429, "headers": {"Retry-After": "1"}},
    {"do": "status", "code": 404},
    {"do": "status", "code": 403},
    {"do": "html"},
    {"do": "hang", "s": 60},
    {"do": "reset"},
    {"do": "cut"},
    {"do": "drip", "chunk": 1, "ms": 400},
    {"do": "delay", "ms": 1500},
    {"do": "redirect", "location": "file:///etc/passwd"},
    {"do": "redirect", "location": "http://127.0.0.1:9/elsewhere"},
    {"do": "redirect_loop"},
    {"do": "no_range"},
    {"do": "wrong_range", "shift": 1},
    {"do": "endless"},
    {"do": "headers", "drop": ["Content-Range", "X-Repo-Commit", "ETag"]},
    {"do": "headers", "set": {"X-HF-Warning": "evil; \x1b[31mred"}},
    {"do": "bad_gzip"},
    {"do": "gzip_bomb", "bytes": 1 << 24},
)
KINDS = ("*", "*", "info", "stmeta", "resolve", "cache", "cdn")
MODELS = (
    "sim/tiny",
    "sim/tiny-sharded",
    "sim/dtypes",
    "sim/no-config",
    "sim/diffusers",
    "sim/header-100001",
    "sim/private",
    "sim/llama-3.1-8b",
)


@pytest.mark.parametrize("seed", range(60))
def test_a_fifth_of_everything_goes_wrong(seed: int, long: bool) -> None:
    if not long and seed % 20:
        pytest.skip("one of 20 outside of --long")
    chance = Random(seed)  # noqa: S311 - repeatable
    chosen = chance.sample(FAULTS, chance.randint(1, 4))
    faults = [{**fault, "on": chance.choice(KINDS), "p": SHARE} for fault in chosen]
    names = chance.sample(MODELS, 2)
    with simulator(catalogue(*names, kind="good"), faults=faults, fail_seed=seed) as hub:
        for repository in hub.repos.values():
            repository.faults = faults  # so that the truth is that less may be read
        hub.app.faults.clear()
        way = chance.choice(("json", "ranges", "app"))
        outcomes = list(examine(hub, names, way))
        print(f"seed {seed} {way}: {faults}", *outcomes, sep="\n")
        assert {one.name: one.complaints for one in outcomes if one.complaints} == {}
        assert hub.stats()["auth_leaks"] == 0
