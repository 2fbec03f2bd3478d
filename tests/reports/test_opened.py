import json
from pathlib import Path

from paramtui.reports.render import Form, make_report, render
from paramtui.sources.loading import load
from tests.checkpoint.gguf_bytes import Gguf
from tests.sources.test_adapter import BASE, adapter
from tests.sources.test_gguf import LAYERS, TINY, put
from tests.sources.test_local import lay_out


def test_an_adapter_tells_what_its_files_hold(tmp_path: Path) -> None:
    lay_out(tmp_path / "base", BASE)
    found = load(str(lay_out(tmp_path / "lora", adapter("../base", use_rslora=True))))
    value = json.loads(render(make_report(found, {}), Form.JSON))
    assert value["model"]["adapter"] == {
        "type": "LORA",
        "base_model": "../base",
        "rank": 4,
        "ranks": [4],
        "alpha": 8,
        "targets": ["q_proj"],
        "dora": False,
        "rslora": True,
        "bias": "none",
        "modules_to_save": [],
        "layers": 1,
        "layers_in_base": 1,
        "trainable": 64,
        "file_bytes": (tmp_path / "lora" / "adapter_model.safetensors").stat().st_size,
    }
    assert value["scenario"]["mode"] == "lora"
    assert value["lora"]["trainable"] == value["parameters"]["by_category"]["adapter"] == 64
    assert value["lora"]["adapter_file_bytes"] == value["model"]["adapter"]["file_bytes"]


def test_every_quantisation_is_listed_with_its_size(tmp_path: Path) -> None:
    names = ("Q2_K", "Q4_K_M")
    folder = put(tmp_path / "m", {f"m.{name}.gguf": Gguf(TINY, LAYERS) for name in names})
    value = json.loads(render(make_report(load(str(folder)), {}), Form.JSON))
    size = (folder / "m.Q2_K.gguf").stat().st_size
    assert value["model"]["choices"] == [
        {
            "name": name,
            "reference": str(folder / f"m.{name}.gguf"),
            "bytes": size,
            "opened": name == "Q4_K_M",
        }
        for name in names
    ]
    assert value["model"]["adapter"] is None
    assert value["parameters"]["by_dtype"]["Q4_K"] == 256 * 256
