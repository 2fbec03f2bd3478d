"""PEFT adapters on the Hub: their configuration, and the header of their file."""

from collections.abc import Mapping
from functools import partial

from paramtui.checkpoint.checkpoint import Checkpoint, Shard
from paramtui.checkpoint.text import clean
from paramtui.sources.adapter import WEIGHTS, adapter_checkpoint
from paramtui.sources.background import start, wait
from paramtui.sources.config_file import ADAPTER_CONFIG, CONFIG_LIMIT
from paramtui.sources.errors import NotAModel
from paramtui.sources.hub.headers import read_headers_of
from paramtui.sources.hub.info import RepoInfo
from paramtui.sources.hub.session import HubSession
from paramtui.sources.hub.small_file import get_small_file
from paramtui.sources.weight_files import WeightSet, is_adapter


def load_adapter(
    session: HubSession, info: RepoInfo, folder: str, sizes: Mapping[str, int | None]
) -> Checkpoint:
    """The adapter of a folder of a repository, without its base model; `sizes` are its files."""
    later = None
    if ADAPTER_CONFIG in sizes:
        later = start(partial(get_small_file, session, info, folder + ADAPTER_CONFIG, CONFIG_LIMIT))
    if WEIGHTS in sizes:
        headers = read_headers_of(session, info, folder, WeightSet((WEIGHTS,)))
        tensors, shard = tuple(headers.tensors), headers.shards[0]
    else:
        other = next((name for name in sizes if is_adapter(name)), None)
        if other is None:
            raise NotAModel(f"{info.id} has the configuration of an adapter, but no adapter")
        tensors, shard = (), Shard(clean(folder + other), sizes[other])
    config = wait(later, session.watch) if later else None
    return adapter_checkpoint(info.id, config, tensors, shard, "hub")
