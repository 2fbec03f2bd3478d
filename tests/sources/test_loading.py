import gc
import subprocess
import sys
from pathlib import Path

import pytest
from huggingface_hub import constants

from paramtui.record import replace
from paramtui.sources.catalog import bundled_ids, find_entry
from paramtui.sources.errors import (
    AccessDenied,
    Offline,
    RepositoryNotFound,
    RevisionNotFound,
)
from paramtui.sources.loading import load
from tests.hub.models import sharded, single
from tests.hub.server import Hub

BUNDLED = "meta-llama/Llama-3.1-8B"


def test_the_bundled_description_stands_in_for_a_gated_model(hub: Hub) -> None:
    hub.add(replace(sharded(BUNDLED), gated=True))
    found = load(BUNDLED)
    assert found.source == "bundled"
    assert found.notice == (
        f"bundled description: {BUNDLED} is gated, and you are not logged in;"
        f" accept its licence at {hub.endpoint}/{BUNDLED}, then hf auth login"
    )
    # The figure the Hub publishes for this model.
    assert sum(tensor.elements for tensor in found.tensors) == 8_030_261_248


def test_the_bundled_description_stands_in_without_network(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    assert "cannot reach" in str(load(BUNDLED).notice)
    found = load(BUNDLED, offline=True)
    assert found.source == "bundled"
    assert "switched off" in str(found.notice)


def test_every_bundled_model_opens_offline(hub: Hub) -> None:
    assert {load(name, offline=True).id for name in bundled_ids()[:3]} == set(bundled_ids()[:3])


def test_the_bundled_description_does_not_hide_a_wrong_revision(hub: Hub) -> None:
    hub.add(single(BUNDLED))
    with pytest.raises(RevisionNotFound):
        load(f"{BUNDLED}@nowhere")


def test_a_model_that_is_not_bundled_stays_an_error(hub: Hub) -> None:
    assert find_entry("org/gated") is None
    nameless = {"siblings": [{"rfilename": "model.safetensors"}]}
    hub.add(replace(sharded("org/gated"), gated=True, parameters=None, info=nameless))
    with pytest.raises(AccessDenied):
        load("org/gated")
    with pytest.raises(RepositoryNotFound):
        load("org/missing")


def test_a_name_without_its_owner_opens_what_it_means(hub: Hub) -> None:
    hub.add(single("Qwen/Qwen3-8B"))
    found = load("qwen3-8b")
    assert (found.id, found.source, len(found.tensors)) == ("Qwen/Qwen3-8B", "hub", 3)
    bundled = load("gpt2")
    assert (bundled.id, bundled.source) == ("openai-community/gpt2", "bundled")
    assert "there is no model openai-community/gpt2 on the Hub" in str(bundled.notice)
    assert load("gpt2", offline=True).source == "bundled"


def test_a_part_of_a_name_is_answered_with_whole_ones(hub: Hub) -> None:
    for typed, meant in (("mistral-7b", "mistralai/Mistral-7B-v0.1"), ("gemma", "google/gemma-")):
        with pytest.raises(RepositoryNotFound) as raised:
            load(typed)
        assert meant in str(raised.value.hint)


def test_a_slip_of_the_pen_is_answered_with_what_was_meant(hub: Hub) -> None:
    folder = Path(constants.HF_HUB_CACHE) / "models--my-team--our-great-model"
    folder.mkdir(parents=True)
    for typed, meant in (
        ("meta-lama/Llama-3.1-8B", BUNDLED),
        ("somebody/Llama-3.1-8B", BUNDLED),
        ("my-team/our-grate-model", "my-team/our-great-model"),
    ):
        for offline in (False, True):
            with pytest.raises((RepositoryNotFound, Offline)) as raised:
                load(typed, offline=offline)
            assert str(raised.value.hint).startswith(f"did you mean {meant}")
            assert "If not, " in str(raised.value.hint)
    with pytest.raises(RepositoryNotFound) as raised:
        load("nobody/knows-that-one")
    assert "did you mean" not in str(raised.value.hint)


def test_the_collector_is_off_during_a_load_and_back_after_it(hub: Hub) -> None:
    hub.add(single())
    gc.enable()  # whatever ran before
    during = []
    load("org/single", progress=lambda _: during.append(gc.isenabled()))
    assert during
    assert not any(during)
    assert gc.isenabled()
    with pytest.raises(RepositoryNotFound):
        load("org/missing")
    assert gc.isenabled()


def test_local_paths_need_no_hub() -> None:
    code = (
        "import sys; from paramtui.sources.loading import load\n"
        "try: load('./nowhere')\n"
        "except Exception as error: print(type(error).__name__)\n"
        "print([m for m in ('huggingface_hub', 'httpx2', 'textual') if m in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "FileMissing\n[]\n"
