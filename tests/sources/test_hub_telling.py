"""How often a load tells what has arrived."""

import json
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from paramtui.checkpoint.checkpoint import Checkpoint
from paramtui.checkpoint.dtype import BF16
from paramtui.checkpoint.preview import Preview
from paramtui.checkpoint.tensor import TensorInfo
from paramtui.record import replace
from paramtui.sources.hub import telling
from paramtui.sources.hub.telling import PAUSE, Telling
from paramtui.sources.loading import load
from tests.hub.models import BYTES, LAYER, described, many_shards, single, text_file, weights
from tests.hub.server import Hub

COUNT = 1000
NAMES = [f"model.layers.{n}.weight" for n in range(COUNT)]


def tensor(n: int) -> TensorInfo:
    return TensorInfo(NAMES[n], BF16, (2, 2))


def times_told(seconds_a_file: float) -> list[float]:
    """When it is told, where a file comes every so many seconds."""
    now = [0.0]
    told: list[float] = []
    one = Telling(lambda _: told.append(now[0]), clock=lambda: now[0])
    one.promise(NAMES)
    for n in range(COUNT):
        now[0] += seconds_a_file
        one.add([tensor(n)])
    one.end()
    return told


def test_a_load_that_is_over_at_once_tells_nothing() -> None:
    assert times_told(0.9 * PAUSE / COUNT) == []


def test_pauses_are_kept_and_grow_with_the_load() -> None:
    told = times_told(0.06)  # a minute
    pauses = [after - before for before, after in pairwise(told)]
    assert min(pauses[:-1]) >= PAUSE
    assert len(told) < 50
    assert told[-1] == pytest.approx(60), "the end is told"


def test_before_the_index_is_there_nothing_can_be_told() -> None:
    now = [0.0]
    told: list[Preview] = []
    one = Telling(told.append, clock=lambda: now[0])
    now[0] = 9.0
    one.add([tensor(0)])
    assert not told
    one.promise(NAMES)
    one.add([tensor(1)])
    assert [branch.name for branch in told[0].branches] == ["model.layers.0, 1"]


@pytest.fixture
def talkative(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every file is told of."""
    monkeypatch.setattr(telling, "PAUSE", 0.0)
    monkeypatch.setattr(telling, "SHARE", 10**9)


def previews(reference: str) -> tuple[list[Preview], Checkpoint]:
    told: list[Preview] = []
    return told, load(reference, preview=told.append)


@pytest.mark.usefixtures("talkative")
def test_totals_come_first_then_branches_until_all_are_there(hub: Hub) -> None:
    count = 40
    hub.add(replace(many_shards(count), answers_headers=False))
    told, found = previews("org/many")
    public = told[0].public
    assert public is not None
    assert public.license == "apache-2.0"
    assert sum(total.elements for total in public.totals) == count * 584
    assert len(public.shards) == count
    held = [sum(branch.nbytes for branch in one.branches) for one in told[1:]]
    assert held == sorted(held)
    assert held[-1] == sum(tensor.nbytes for tensor in found.tensors) == count * BYTES
    assert len(held) > 1


@pytest.mark.usefixtures("talkative")
def test_one_answer_with_all_headers_needs_only_the_totals(hub: Hub) -> None:
    hub.add(described(8))
    told, _ = previews("org/described")
    assert [bool(one.public) for one in told] == [True]


@pytest.mark.usefixtures("talkative")
def test_the_description_says_nothing_of_one_file_or_of_an_adapter(hub: Hub) -> None:
    hub.add(single())
    assert previews("hf://org/single/model.safetensors")[0] == []
    adapter = {"peft_type": "LORA", "r": 8, "base_model_name_or_path": "org/single"}
    files = {
        "adapter_config.json": text_file(adapter),
        "adapter_model.safetensors": weights(LAYER),
    }
    hub.add(replace(single("org/adapter"), files=files))
    assert previews("org/adapter")[0] == []


@pytest.mark.usefixtures("talkative")
def test_what_was_opened_before_is_offered_and_nothing_less_is_shown(
    hub: Hub, ours: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("paramtui.sources.hub.load.finish_before_exit", lambda work: work())
    hub.add(many_shards(8))
    offered: list[Checkpoint] = []
    load("org/many", offer=offered.append)
    told: list[Preview] = []
    load("org/many", offer=offered.append, preview=told.append)
    assert len(offered) == 1
    assert told == []


def test_a_report_does_none_of_this(hub: Hub) -> None:
    hub.add(replace(many_shards(8), answers_headers=False))
    script = f"""
import os, sys, json
os.environ["HF_ENDPOINT"] = {hub.endpoint!r}
from paramtui.sources.loading import load
load("org/many")
print(json.dumps([name for name in sys.modules if name.endswith("preview")]))
"""
    result = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60
    )
    assert json.loads(result.stdout) == []
