"""What is fuzzed: each parser with what it may answer; anything else is an error of ours."""

import importlib
import json
from collections.abc import Callable, Iterable, Mapping
from random import Random
from types import MappingProxyType
from typing import Any

from paramtui.checkpoint.checkpoint import Checkpoint, Shard
from paramtui.checkpoint.column_tensors import NONE
from paramtui.checkpoint.dtype import BF16
from paramtui.checkpoint.formats.gguf import follow, parse_gguf
from paramtui.checkpoint.formats.gguf_cursor import GgufError
from paramtui.checkpoint.formats.safetensors import (
    HeaderError,
    WeightIndexError,
    parse_header,
    parse_index,
)
from paramtui.checkpoint.summary import summarise
from paramtui.checkpoint.tensor import TensorInfo
from paramtui.checkpoint.text import clean
from paramtui.memory.errors import ScenarioError
from paramtui.memory.scenario import Mode
from paramtui.reports.render import Form, make_report, render
from paramtui.sources.adapter import adapter_checkpoint
from paramtui.sources.config_file import from_config, parse_config
from paramtui.sources.errors import BadConfig, NetworkError, NotAModel
from paramtui.sources.gguf import Part, assemble
from paramtui.sources.gguf_files import named_gguf
from paramtui.sources.hub.info import parse_info
from paramtui.sources.weight_files import compare_index, files_of
from tests.memory.small_models import TWO_LAYERS

safetensors: Any = importlib.import_module("safetensors")
"""The oracle of headers."""
Target = Callable[[bytes], bool]
"""Takes an example, says whether it was accepted, raises where we are wrong."""


def header(data: bytes) -> bool:
    """A header behind two bytes, how long its data are: judged as the library judges it."""
    size, text = int.from_bytes(data[:2], "little"), data[2:]
    try:
        found = parse_header(text, 8 + len(text) + size, "f")
        ours = sorted((tensor.dtype.name, tensor.shape) for tensor in found)
    except HeaderError:
        found, ours = NONE, None
    try:
        read = safetensors.deserialize(len(text).to_bytes(8, "little") + text + bytes(size))
        theirs = sorted((tensor["dtype"], tuple(tensor["shape"])) for _, tensor in read)
    except safetensors.SafetensorError:
        theirs = None
    if ours != theirs:
        raise AssertionError(f"ours {ours}, the library's {theirs}")
    _safe(tensor.name for tensor in found)
    return ours is not None


def index(data: bytes) -> bool:
    """An index, its files followed and compared with some tensors."""
    try:
        found = parse_index(data)
        files = files_of(found, lambda _: True)
    except WeightIndexError as error:
        _safe([str(error)])
        return False
    for file in files:
        if file.startswith("/") or ".." in file.split("/") or "\\" in file:
            raise AssertionError(f"follows {file!r}")
    _safe(compare_index(found, (TensorInfo("a", BF16, (1,), "f"),), complete=True))
    return True


def config(data: bytes) -> bool:
    """A config.json on its own: its tensors, its costs in some mode, a report."""
    try:
        model = parse_config(data)
        checkpoint = from_config("org/model", model)
    except BadConfig as error:
        _safe([str(error), error.hint or ""])
        return False
    return _reported(checkpoint, Random(data))  # noqa: S311 - a repeatable choice


def config_beside(data: bytes) -> bool:
    """A config.json beside the tensors of a small model, which it may contradict."""
    try:
        model = parse_config(data)
    except BadConfig:
        return False
    return _reported(
        Checkpoint("org/model", TENSORS, model, "hub", shards=(Shard("f", 99_999),)),
        Random(data),  # noqa: S311
    )


def gguf(data: bytes) -> bool:
    """A GGUF file, and the configuration that its metadata make."""
    try:
        found = follow(parse_gguf(len(data)), lambda at, length: data[at : at + length])
        part, chosen = Part(Shard("m.gguf", len(data)), found), named_gguf({"m.gguf": 9}, "m.gguf")
        checkpoint = assemble("m", [part], chosen, str, "local")
    except (GgufError, NotAModel) as error:
        _safe([str(error)])
        return False
    return _reported(checkpoint, Random(data))  # noqa: S311


def adapter(data: bytes) -> bool:
    """The configuration of an adapter and the header of its file, one line each."""
    settings, _, text = data.partition(b"\n")
    try:
        tensors = tuple(parse_header(text, None, "adapter_model.safetensors")) if text else ()
        shard = Shard("adapter_model.safetensors", 1000)
        found = adapter_checkpoint("org/adapter", settings, tensors, shard, "hub")
    except (BadConfig, HeaderError) as error:
        _safe([str(error)])
        return False
    return _reported(found, Random(data))  # noqa: S311


def info(data: bytes) -> bool:
    """The Hub's description of a repository."""
    try:
        found = parse_info(data, "org/model", "main")
    except NetworkError as error:
        _safe([str(error)])
        return False
    _safe([found.id, found.license or "", found.commit or ""])
    return True


def _reported(checkpoint: Checkpoint, chance: Random) -> bool:
    """Count, estimate and write a checkpoint; a scenario that cannot be is an answer."""
    mode = chance.choice(list(Mode))
    form = chance.choice((Form.JSON, Form.JSON, Form.PLAIN, Form.MARKDOWN, Form.CSV))
    try:
        report = make_report(checkpoint, {"mode": mode}, with_tree=form is Form.CSV)
        # Writing takes longer than all before it, and is the same for every checkpoint.
        text = render(report, form) if chance.random() < 0.3 else "{}"
    except ScenarioError as error:
        _safe([str(error), error.hint or ""])
        summarise(checkpoint)
        return True
    if form is Form.JSON:
        json.loads(text)
    _safe(text.split("\n"))
    if min(report.estimate.total_bytes, report.summary.total, report.summary.stored_bytes) < 0:
        raise AssertionError("a negative figure")
    return True


def _safe(texts: Iterable[str]) -> None:
    for text in texts:
        if clean(text, len(text)) != text:
            raise AssertionError(f"would print {text!a}")


TENSORS = tuple(TensorInfo(name, BF16, shape, "f") for name, shape in TWO_LAYERS.items())

TARGETS: Mapping[str, Target] = MappingProxyType(
    {
        "header": header,
        "index": index,
        "config": config,
        "config_beside": config_beside,
        "gguf": gguf,
        "adapter": adapter,
        "info": info,
    }
)
