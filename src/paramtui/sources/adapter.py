"""PEFT adapters: their two files made a Checkpoint, and that put on its base model."""

import json
from collections.abc import Callable
from pathlib import Path

from paramtui.checkpoint.checkpoint import Checkpoint, Fetched, Shard, Source
from paramtui.checkpoint.fields import Fields
from paramtui.checkpoint.formats.adapter import Adapter
from paramtui.checkpoint.formats.on_base import alone, on_base
from paramtui.checkpoint.formats.peft import read_adapter
from paramtui.checkpoint.tensor import TensorInfo
from paramtui.checkpoint.text import clean, clean_json
from paramtui.record import replace
from paramtui.sources.config_file import ADAPTER_CONFIG
from paramtui.sources.errors import BadConfig, BadReference, Cancelled, NotAModel, SourceError
from paramtui.sources.reference import LocalReference, Reference, find_local, parse_id

WEIGHTS = "adapter_model.safetensors"
METHODS = {"LORA": "LoRA", "ADALORA": "AdaLoRA", "LOHA": "LoHa", "LOKR": "LoKr"}
"""How methods spell themselves that PEFT writes in capitals."""


def adapter_checkpoint(
    name: str,
    config: bytes | None,
    tensors: tuple[TensorInfo, ...],
    shard: Shard,
    source: Source,
) -> Checkpoint:
    """An adapter alone, from its configuration and the tensors of its file."""
    warnings = [f"it has no {ADAPTER_CONFIG}: what is shown is read from its tensors"]
    fields = Fields()
    if config is not None:
        fields, warnings = parse_adapter_config(config), []
    adapter = read_adapter(fields, tensors, shard.size if tensors else None)
    stated = fields.integer("r")
    if adapter.layers and stated is not None and stated != adapter.rank:
        warnings.append(
            f"{ADAPTER_CONFIG} says rank {stated:,}, the tensors have {adapter.rank:,}: "
            "those are believed"
        )
    if not tensors:
        why = "not here" if shard.problem else "not read"
        warnings.append(f"{shard.name} is {why}: its rank and layers are the configuration's")
    return Checkpoint(
        id=name,
        tensors=alone(adapter, tensors),
        source=source,
        shards=(shard,),
        warnings=tuple(warnings),
        adapter=adapter,
    )


def parse_adapter_config(data: bytes) -> Fields:
    """Decode adapter_config.json; raises BadConfig when it is not a JSON object."""
    try:
        value = clean_json(json.loads(data))
    except (ValueError, RecursionError):
        raise BadConfig(f"{ADAPTER_CONFIG} is not JSON") from None
    if not isinstance(value, dict):
        raise BadConfig(f"{ADAPTER_CONFIG} holds no JSON object")
    return Fields(value)


def with_base(
    found: Checkpoint, folder: Path | None, load: Callable[[Reference], Checkpoint]
) -> Checkpoint:
    """An adapter on top of its base model, or alone with the reason why.

    `folder` is the adapter's own on this machine; only then may its base model be a path.
    """
    adapter = found.adapter
    if adapter is None:
        return found
    reference = base_reference(adapter, folder)
    if reference is None:
        named = f" ({clean(adapter.base, 120)})" if adapter.base else ""
        return _alone(found, adapter, f"it names no base model that can be opened here{named}")
    try:
        base = load(reference)
    except Cancelled:
        raise
    except SourceError as error:
        return _alone(found, adapter, f"its base model cannot be opened: {error}")
    if base.adapter is not None or base.partial:
        what = "an adapter itself" if base.adapter else "closed"
        return _alone(found, adapter, f"its base model, {base.id}, is {what}")
    return _on(found, adapter, base)


def base_reference(adapter: Adapter, folder: Path | None) -> Reference | None:
    """Where the base model is; None when the name leads nowhere."""
    base = adapter.base
    if not base:
        return None
    if folder is not None:
        for path in (Path(base), folder / base):
            local = find_local(str(path))
            if isinstance(local, LocalReference):
                return local
    try:
        return parse_id(f"{base}@{adapter.base_revision}" if adapter.base_revision else base)
    except BadReference:
        return None


def _alone(found: Checkpoint, adapter: Adapter, reason: str) -> Checkpoint:
    if not found.tensors:
        raise NotAModel(f"{describe(adapter)}: its weights are not here, and {reason}")
    return replace(found, notice=clean(f"{describe(adapter)}, alone: {reason}", 1000))


def _on(found: Checkpoint, adapter: Adapter, base: Checkpoint) -> Checkpoint:
    file = found.shards[0].name
    own = [TensorInfo(t.name, t.dtype, t.shape, file) for t in adapter.tensors]
    placed = on_base(adapter, own, base.tensors)
    warnings = [*found.warnings, *base.warnings]
    if placed.missing:
        count, example = len(placed.missing), clean(placed.missing[0], 80)
        warnings.append(f"{count:,} adapted layers are not those of {base.id}, such as {example}")
    notice = f"{describe(adapter)} on {base.id}"
    return replace(
        found,
        tensors=(*base.tensors, *placed.tensors),
        config=base.config,
        license=found.license or base.license,
        shards=(*base.shards, *found.shards),
        fetched=_together(found.fetched, base.fetched),
        notice=f"{notice}, {base.notice}" if base.notice else notice,
        warnings=tuple(warnings),
        adapter=placed.adapter,
    )


def describe(adapter: Adapter) -> str:
    """A few words: method, ranks, alpha."""
    words = [f"{METHODS.get(adapter.kind, adapter.kind)} adapter"]
    ranks = adapter.ranks
    if len(ranks) > 1:
        words.append(f"ranks {ranks[0]:,} to {ranks[-1]:,}")
    elif adapter.rank:
        words.append(f"rank {adapter.rank:,}")
    if adapter.alpha is not None:
        words.append(f"alpha {adapter.alpha:g}")
    if adapter.use_dora:
        words.append("DoRA")
    return ", ".join(words)


def _together(one: Fetched, other: Fetched) -> Fetched:
    return Fetched(
        requests=one.requests + other.requests,
        bytes=one.bytes + other.bytes,
        weight_bytes=one.weight_bytes + other.weight_bytes,
        from_cache=one.from_cache and other.from_cache,
        seconds=one.seconds + other.seconds,
        retries=one.retries + other.retries,
    )
