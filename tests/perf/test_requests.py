"""What whole processes ask of a Hub: requests, and that no byte of weights is among the answers."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from paramtui.record import replace
from tests.hub.models import described, many_shards, single
from tests.hub.server import Hub

SHARDS = 40
MODEL = "org/many"


@dataclass
class Desk:
    """A Hub, and a home that is kept from launch to launch."""

    hub: Hub
    home: Path

    def launch(self, *options: str) -> dict[str, object]:
        """Run `paramtui MODEL --json`; returns what it says it fetched."""
        self.hub.seen.clear()
        kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        where = {"HOME": str(self.home), "HF_ENDPOINT": self.hub.endpoint}
        result = subprocess.run(
            [sys.executable, "-m", "paramtui", MODEL, "--json", *options],
            env={**kept, **where, "PYTHONWARNINGS": "error"},
            stdin=subprocess.DEVNULL, capture_output=True, check=True, timeout=60,
        )  # fmt: skip
        fetched: dict[str, object] = json.loads(result.stdout)["fetched"]
        assert fetched["weight_bytes"] == 0
        assert fetched["requests"] == len(self.hub.seen)
        return fetched


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    hub = Hub()
    hub.start()
    hub.add(many_shards(SHARDS, MODEL))
    yield Desk(hub, tmp_path)
    hub.stop()


def test_a_first_launch_is_one_answer_and_a_second_one_request(desk: Desk) -> None:
    desk.launch()
    assert len(desk.hub.seen) == 3  # the description, the configuration, all headers
    assert desk.launch()["from_cache"] is True
    assert len(desk.hub.seen) == 1
    desk.launch("--offline")
    assert not desk.hub.seen


def test_without_that_answer_a_shard_is_one_redirect_and_one_read(desk: Desk) -> None:
    desk.hub.add(replace(many_shards(SHARDS, MODEL), answers_headers=False))
    desk.launch()
    # The description, the configuration, the index, the answer that is not there; the shards
    # that tell of the others are read twice.
    assert len(desk.hub.seen) <= 4 + 2 * SHARDS + 5
    assert_only_headers(desk.hub)
    desk.launch()
    assert len(desk.hub.seen) == 1


@pytest.mark.parametrize("count", [2, 4, SHARDS])
def test_a_config_that_is_understood_saves_the_reads_that_tell(desk: Desk, count: int) -> None:
    desk.hub.add(replace(described(count, MODEL), answers_headers=False))
    desk.launch()
    assert len(desk.hub.seen) == 4 + 2 * count
    assert_only_headers(desk.hub)


def test_a_single_file_is_five_requests(desk: Desk) -> None:
    desk.hub.add(single(MODEL))
    desk.launch()
    assert len(desk.hub.seen) == 5
    assert_only_headers(desk.hub)


def assert_only_headers(hub: Hub) -> None:
    """Not one weight was asked for."""
    heads = hub.repositories[MODEL].files
    for seen in hub.seen:
        if seen.range and seen.origin == "files":
            stop = int(seen.range.rpartition("-")[2]) + 1
            assert stop <= len(heads[seen.path.removeprefix(f"/{MODEL}/")].head)
