"""Everything in the collection of real files opens, or says in one sentence why it does not."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from paramtui.checkpoint.formats.safetensors import parse_header
from paramtui.checkpoint.summary import summarise
from paramtui.sources.errors import SourceError
from paramtui.sources.loading import load
from tests.conftest import SHARED, needs_shared
from tests.hub.models import raw_weights
from tests.hub.server import Hub

pytestmark = [needs_shared, pytest.mark.usefixtures("hub")]

HARVEST = SHARED / "harvest"
MODELS = sorted(path.parent for path in HARVEST.glob("*__*/config.json"))
OTHERS = sorted(
    path.parent
    for place in ("bin-index", "single-file", "adapters")
    for path in HARVEST.glob(f"{place}/*/source.json")
)
REFUSED = {
    "facebook__seamless-m4t-v2-large": "no blueprint for model_type 'seamless_m4t_v2'",
    "github__hbcbh1999__llama3v": "no blueprint for model_type 'llama3v'",
    # Pipelines and adapters of which only the configurations were collected, some renamed.
    "THUDM__CogVideoX-2b": "holds no model",
    "black-forest-labs__FLUX.1-schnell": "holds no model",
    "stabilityai__stable-diffusion-xl-base-1.0": "holds no model",
    "falcon-7b-r16": "weights are not here, and its base model cannot be opened",
    "llama-3.1-70b-r16-qkvo": "weights are not here, and its base model cannot be opened",
    "paligemma-3b-r32-regex": "weights are not here, and it names no base model",
    "qwen2.5-7b-4bit-r32-all-linear": "weights are not here, and its base model cannot be opened",
}


@pytest.mark.parametrize("folder", [*MODELS, *OTHERS], ids=lambda path: path.name)
def test_a_folder_opens_or_says_why_not(folder: Path) -> None:
    if folder.name not in REFUSED:
        assert summarise(load(str(folder))).total > 0
        return
    with pytest.raises(SourceError, match=REFUSED[folder.name]) as raised:
        load(str(folder))
    assert "\n" not in f"{raised.value}{raised.value.hint}"


@pytest.mark.parametrize("folder", MODELS, ids=lambda path: path.name)
def test_an_index_opens_by_the_config_beside_it(folder: Path, tmp_path: Path) -> None:
    name = "model.safetensors.index.json"
    packed, plain = folder / "index.json.gz", folder / "index.json"
    if not (packed.exists() or plain.exists()):
        pytest.skip("its index was not collected")
    data = gzip.decompress(packed.read_bytes()) if packed.exists() else plain.read_bytes()
    (tmp_path / name).write_bytes(data)
    (tmp_path / "config.json").write_bytes((folder / "config.json").read_bytes())
    if folder.name in REFUSED:
        with pytest.raises(SourceError, match="none of the files it names is there"):
            load(str(tmp_path))
        return
    files = len(set(json.loads(data)["weight_map"].values()))
    told = f"not one of the {files:,} files that {name} names is here"
    assert load(str(tmp_path)).notice == f"built from config.json: {told}"


@pytest.mark.parametrize("path", sorted(HARVEST.glob("headers/*.json")), ids=lambda path: path.stem)
def test_a_header_opens_as_the_file_it_is_of(path: Path, tmp_path: Path) -> None:
    value: dict[str, Any] = json.loads(path.read_bytes())
    text = json.dumps(value["header"], separators=(",", ":")).encode()
    held = sum(tensor.nbytes for tensor in parse_header(text, None, "x"))
    file = raw_weights(text, held)
    with (tmp_path / "weights.safetensors").open("wb") as out:
        out.write(file.head)
        out.truncate(file.size)
    found = load(str(tmp_path / "weights.safetensors"))
    assert len(found.tensors) == value["_source"]["tensors"]
    assert sum(tensor.nbytes for tensor in found.tensors) == held


@pytest.mark.parametrize("path", sorted(HARVEST.glob("malformed/*index.json")), ids=str)
def test_what_is_malformed_is_one_sentence(path: Path, hub: Hub) -> None:
    with pytest.raises(SourceError) as raised:
        load(str(path))
    assert str(raised.value)
    assert "\n" not in str(raised.value)
    assert not hub.seen
