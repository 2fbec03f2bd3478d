"""The Hub source against a protocol-true simulator serving the published models' files."""

import gzip
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any
from urllib.request import urlopen

import pytest
from huggingface_hub import constants

from paramtui.checkpoint.dtype import SAFETENSORS_DTYPES
from paramtui.sources.errors import SourceError
from paramtui.sources.loading import load
from tests.conftest import SHARED, needs_shared
from tests.hub.models import stored

pytestmark = needs_shared

MODELS = {
    path.name.removesuffix(".json.gz"): path for path in sorted(SHARED.glob("catalogue/*.json.gz"))
}


@pytest.fixture(scope="module")
def simulator() -> Iterator[str]:
    """The simulator's address, without the call that answers all headers at once."""
    command = [sys.executable, str(SHARED / "hubsim" / "hubsim.py"), str(SHARED / "catalogue")]
    with subprocess.Popen(
        [*command, "--port", "0", "--no-safetensors-metadata"], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        match = re.search(r"http://[0-9.:]+", process.stdout.readline())
        assert match is not None
        yield match[0]
        process.terminate()


@pytest.mark.usefixtures("hub")
@pytest.mark.parametrize("name", MODELS)
def test_stored_bytes_are_what_the_files_hold(
    name: str, simulator: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(constants, "ENDPOINT", simulator)
    monkeypatch.setenv("HF_TOKEN", "hf_sim_granted")
    model = json.loads(gzip.decompress(MODELS[name].read_bytes()))
    found = load(model["id"])
    assert (len(found.tensors), stored(found)) == held(model)
    assert found.fetched.weight_bytes == 0
    assert found.complete


def test_no_token_left_the_hub(simulator: str) -> None:
    with urlopen(f"{simulator}/__hubsim__/stats") as answer:
        assert json.loads(answer.read())["auth_leaks"] == 0


def held(model: dict[str, Any]) -> tuple[int, int]:
    """Tensors and bytes of a catalogue entry."""
    files = [*model.get("shards", {}).values(), model.get("tensors") or {}]
    tensors = [tensor for file in files for tensor in file.values()]
    total = 0
    for dtype, shape in tensors:
        elements = 1
        for dimension in shape:
            elements *= dimension
        total += SAFETENSORS_DTYPES[dtype].nbytes(elements)
    return len(tensors), total


GOOD = {
    "sim/disabled": "is disabled on the Hub",
    "sim/empty": "has no safetensors files",
    "sim/gguf-only": "is not a GGUF file",  # its file is a stand-in
}
"""Repositories that do not open, and what is said; every other one does."""


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, list[str]]]:
    """A simulator of the repositories that are in order, and their names."""
    folder = tmp_path_factory.mktemp("catalogue")
    make = [sys.executable, str(SHARED / "hubsim" / "make_catalogue.py"), str(folder)]
    subprocess.run(make, check=True, capture_output=True)
    for path in folder.glob("bad--*"):
        path.unlink()
    names = [json.loads(gzip.decompress(path.read_bytes()))["id"] for path in folder.iterdir()]
    command = [sys.executable, str(SHARED / "hubsim" / "hubsim.py"), str(folder), "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        match = re.search(r"http://[0-9.:]+", process.stdout.readline())
        assert match is not None
        yield match[0], names
        process.terminate()


@pytest.mark.usefixtures("hub")
def test_every_good_repository_opens_or_says_why_not(
    good: tuple[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint, names = good
    monkeypatch.setattr(constants, "ENDPOINT", endpoint)
    monkeypatch.setenv("HF_TOKEN", "hf_sim_granted")
    assert len(names) == 32
    for name in names:
        if name in GOOD:
            with pytest.raises(SourceError, match=GOOD[name]):
                load(name)
            continue
        found = load(name)
        assert found.tensors, name
        assert found.complete, name
        assert found.fetched.weight_bytes == 0
