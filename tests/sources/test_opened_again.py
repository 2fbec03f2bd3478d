"""The second launch of what is no plain model: from our own cache, it must be the same."""

from pathlib import Path

import pytest

from paramtui.checkpoint.checkpoint import Checkpoint
from paramtui.checkpoint.summary import summarise
from paramtui.memory.estimate import estimate
from paramtui.reports.start import start_scenario
from paramtui.sources.loading import load
from tests.hub.models import Tensors
from tests.hub.server import Hub, Repository
from tests.sources.test_adapter import BASE, LORA, adapter
from tests.sources.test_gguf import PARAMETERS, STORED
from tests.sources.test_hub_gguf import MODEL, repository


@pytest.fixture(autouse=True)
def kept_at_once(ours: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is remembered is written before a load returns."""
    monkeypatch.setattr("paramtui.sources.hub.load.finish_before_exit", lambda work: work())


def twice(text: str) -> tuple[Checkpoint, Checkpoint]:
    return load(text), load(text)


def test_an_adapter_is_one_the_second_time(hub: Hub) -> None:
    hub.add(Repository("org/base", BASE))
    tensors: Tensors = {**LORA, "base_model.model.score.weight": ("F32", (2, 8))}
    hub.add(Repository("org/lora", adapter("org/base", tensors, modules_to_save=["score"])))
    one, two = twice("org/lora")
    assert one.adapter is not None
    assert two.adapter is not None
    assert vars(two.adapter) == vars(one.adapter)
    assert (two.tensors, two.notice, two.warnings) == (one.tensors, one.notice, one.warnings)
    lora, again = (
        estimate(summarise(found), start_scenario(found, {})).lora for found in (one, two)
    )
    assert lora == again


def test_the_base_alone_is_never_offered_as_the_adapter(hub: Hub) -> None:
    hub.add(Repository("org/base", BASE))
    hub.add(Repository("org/lora", adapter("org/base")))
    load("org/base")
    offered: list[Checkpoint] = []
    found = load("org/lora", offer=offered.append)
    assert offered == []
    assert found.adapter is not None


@pytest.mark.parametrize("text", ["org/gguf", "hf://org/gguf/m-Q8_0.gguf"])
def test_gguf_keeps_its_types_and_what_else_there_is(hub: Hub, text: str) -> None:
    hub.add(repository({"m-Q4_K_M.gguf": MODEL, "m-Q8_0.gguf": MODEL}))
    one, two = twice(text)
    assert two.fetched.from_cache
    assert two.tensors == one.tensors
    assert (two.choices, two.shards, two.notice) == (one.choices, one.shards, one.notice)
    summary = summarise(two)
    assert (summary.total, summary.stored_bytes) == (PARAMETERS, STORED)
