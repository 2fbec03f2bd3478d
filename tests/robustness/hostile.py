"""Text that would move a cursor, hide, turn or run, and files that are full of it."""

import json
from pathlib import Path
from typing import Any

from tests.checkpoint.gguf_bytes import Gguf, Info

PIECES = {
    "colour": "\x1b[31mred\x1b[0m",
    "title": "\x1b]0;owned\x07",
    "link": "\x1b]8;;http://evil.example\x1b\\link\x1b]8;;\x1b\\",
    "clipboard": "\x1b]52;c;ZXZpbA==\x07",
    "clear": "\x1b[2J\x1b[H",
    "c1": "\x9b31m\x9d0;owned\x9c\x85",
    "bidi": "\u202eabc\u2066\u2069\u200f",
    "zero width": "\u200b\u200d\u2060\ufeff\u00ad",
    "invisible": "\u3164\u115f\U000e0041\ufe0f\u034f",
    "lines": "a\r\nb\x0b\x0c\x1c\u2028\u2029",
    "backspace": "abc\x08\x08\x7f\x00",
    "surrogate": "\ud800\udfff",
    "private": "\ue000\U000f0000\uffff",
    "markup": "[bold red]x[/] [@click=app.quit]y[/]",
    "formula": '=HYPERLINK("http://evil.example")',
    "at": "@SUM(1)",
    "plus": "+1",
    "minus": "-1",
    "markdown": "| x | <script>alert(1)</script> ![i](http://evil.example) `y`",
    "wide": "\U0001f600e\u0301漢字",
}
ALL = "".join(PIECES.values())


def header(names: list[str], metadata: dict[str, str] | None = None) -> bytes:
    """A safetensors header of tensors with such names; a lone surrogate cannot stand in one."""
    entries: dict[str, Any] = {} if metadata is None else {"__metadata__": metadata}
    for number, name in enumerate(names):
        offsets = [number * 256, number * 256 + 256]
        entries[name] = {"dtype": "F32", "shape": [8, 8], "data_offsets": offsets}
    text = json.dumps(entries, ensure_ascii=False).encode("utf-8", "replace")
    return len(text).to_bytes(8, "little") + text + bytes(256 * len(names))


def config(text: str) -> dict[str, Any]:
    """A configuration with the text wherever it has one."""
    return {
        "model_type": text,
        "architectures": [text],
        "torch_dtype": text,
        "license": text,
        "hidden_act": text,
        "hidden_size": 8,
        "num_hidden_layers": 1,
        text: text,
        "layer_types": [text],
        "quantization_config": {"quant_method": text, text: text, "bits": 4},
        "rope_scaling": {"rope_type": text},
    }


def folder_of(text: str, folder: Path) -> Path:
    """A model folder with the text in every place."""
    inside = folder / "model"
    inside.mkdir(parents=True)
    names = [f"model.layers.0.{text}.weight", f"{text}.weight", f"model.{text}", text]
    (inside / "config.json").write_text(json.dumps(config(text)), "utf-8")
    data = header(list(dict.fromkeys(names)), {"format": text, text: text})
    (inside / f"{_file_name(text)}.safetensors").write_bytes(data)
    return inside


def gguf_of(text: str, folder: Path) -> Path:
    """A folder with a GGUF file that has the text in its name, metadata and tensors."""
    text = text.encode("utf-8", "replace").decode()
    metadata = {
        "general.architecture": text,
        "general.name": text,
        "general.license": text,
        f"{text}.block_count": 1,
        text: text,
    }
    tensors = {f"blk.0.{text}.weight": Info((8, 8)), "output.weight": Info((8, 8))}
    inside = folder / "gguf"
    inside.mkdir(parents=True)
    (inside / f"{_file_name(text)}.gguf").write_bytes(Gguf(metadata, tensors).file())
    return inside


def adapter_of(text: str, folder: Path) -> Path:
    """An adapter folder whose configuration is full of the text."""
    inside = folder / "adapter"
    inside.mkdir(parents=True)
    settings = {
        "peft_type": text,
        "base_model_name_or_path": text,
        "target_modules": [text],
        "modules_to_save": [text],
        "revision": text,
        "bias": text,
        "r": 8,
        text: text,
    }
    (inside / "adapter_config.json").write_text(json.dumps(settings), "utf-8")
    names = [f"base_model.model.{text}.lora_{part}.weight" for part in "AB"]
    (inside / "adapter_model.safetensors").write_bytes(header(names))
    return inside


def _file_name(text: str) -> str:
    """What of a text a file may be called."""
    name = text.encode("utf-8", "replace").decode().replace("/", "").replace("\0", "")
    return name[:40] or "x"
