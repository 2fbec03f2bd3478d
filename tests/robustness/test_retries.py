"""The largest model behind a Hub that fails: it loads right, and says how often it tried again."""

import json
import tempfile
from pathlib import Path

import pytest

from tests.conftest import needs_shared
from tests.robustness.running import environment, run
from tests.robustness.simulator import TOKEN, catalogue, simulator

pytestmark = needs_shared

MODEL = "sim/deepseek-v3"
TENSORS, FILES = 91_991, 163
RUNS = 20


@pytest.mark.parametrize("way", ["one answer", "ranges"])
@pytest.mark.parametrize(("share", "wanted"), [(0.02, 20), (0.1, 20), (0.3, 18)])
def test_it_loads_although_requests_fail(share: float, wanted: int, way: str, long: bool) -> None:
    if not long:
        pytest.skip("twenty loads of the largest model: only with --long")
    right, retries, seconds = 0, [], []
    repositories = catalogue(MODEL, kind="good")
    options = {"fail_rate": share, "stmeta": way == "one answer", "warm": True}
    with simulator(repositories, **options) as hub:
        for seed in range(RUNS):
            hub.opts.fail_seed = seed
            hub.reset()
            with tempfile.TemporaryDirectory() as home:
                env = environment(Path(home), hub.endpoint, TOKEN)
                found = run(MODEL, "--json", env=env)
            seconds.append(found.seconds)
            if found.status == 0:
                document = json.loads(found.out)
                held = document["parameters"]
                right += (held["tensors"], held["files"]) == (TENSORS, FILES) and document["model"][
                    "complete"
                ]
                retries.append(document["fetched"]["retries"])
            assert hub.stats()["auth_leaks"] == 0
    retries.sort()
    print(
        f"{way}, {share:.0%} fail: {right} of {RUNS} right, "
        f"retries {retries[len(retries) // 2]} (median), {retries[-1]} (most), "
        f"{max(seconds):.1f} s at the most"
    )
    assert right >= wanted
