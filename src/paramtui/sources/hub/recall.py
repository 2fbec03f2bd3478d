"""What was opened before: a repository in our own cache, by the hashes of its files."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from functools import cached_property
from zlib import adler32, crc32

from paramtui import __version__
from paramtui.checkpoint.checkpoint import Checkpoint, Fetched
from paramtui.checkpoint.text import clean
from paramtui.record import Record, field, replace
from paramtui.sources.cache import Cache
from paramtui.sources.reference import HubReference

TYPE_CHECKING = False
if TYPE_CHECKING:
    from paramtui.sources.hub.info import RepoInfo

DESCRIBING = (".safetensors", ".json", ".gguf", ".bin")
"""Ends of the files that say what a checkpoint is; a new README changes nothing."""
DAMAGED = "the copy of an earlier load was damaged: it was set aside, and the model read anew"


class Recalled(Record):
    """A checkpoint as it was when it was last opened."""

    checkpoint: Checkpoint
    key: str
    """The hash of the files it was read from."""
    whole: bool = True
    """False when the pack lacks the tree that was wanted."""


class Memory(Record):
    """What the cache holds of one reference: `reference -> key`, and `key -> pack`."""

    reference: HubReference
    endpoint: str
    cache: Cache
    account: Callable[[], str]
    """Who asks; looked at only for what not everybody may read."""
    trusted: bool = True
    """False to fetch anew what is cached."""
    tree: bool = False
    """Whether the tree is wanted as well."""
    warnings: list[str] = field(default_factory=list)
    """What was wrong with the cache."""

    @cached_property
    def row(self) -> dict[str, str] | None:
        """Which pack the reference led to, and what is not in it; None where there is none."""
        data = self.cache.read(self._row_name) if self.trusted else None
        texts = _texts(data) if data is not None else None
        if data is not None and texts is None:
            self.cache.set_aside(self._row_name)
            self.warnings.append(DAMAGED)
        return texts if texts and texts["asked"] == self._asked else None

    @cached_property
    def recalled(self) -> Recalled | None:
        """What the reference was when it was last opened, by the same account if it is closed."""
        row = self.row
        if row is None or (row["account"] and row["account"] != self.account()):
            return None
        pack = _pack_name(row["key"])
        data = self.cache.read(pack)
        if data is None:
            return None
        # Not for what was never opened: its first request need not wait for that.
        from paramtui.sources.pack.decode import OtherVersion, decode
        from paramtui.sources.pack.fields import DamagedPack, PackError

        try:
            found = decode(data, tree=self.tree)
            whole = not self.tree or found.known is None or found.known.tree is not None
            if self.tree:
                from paramtui.checkpoint.counted import counted

                found = counted(found, tree=True)
        except OtherVersion:
            return None  # whose it is goes on using it
        except (PackError, DamagedPack):
            self.cache.set_aside(pack)
            self.warnings.append(DAMAGED)
            return None
        found = replace(
            found,
            source="cache",
            revision=self.reference.revision or "main",
            commit=row["commit"] or None,
            license=row["license"] or None,
            fetched=Fetched(from_cache=True),
        )
        return Recalled(found, row["key"], whole)

    def keep(self, info: RepoInfo, found: Checkpoint) -> None:
        """Remember what was read of a repository, unless a part of it is missing.

        An adapter is small, and its base model is remembered by itself.
        """
        key = self.key(info)
        if found.adapter is not None:
            return
        if key is None or not found.tensors or not found.complete or found.source != "hub":
            return
        with suppress(TypeError, ValueError):  # a configuration that JSON cannot hold
            from paramtui.sources.pack.encode import encode  # not for what is only read

            self.cache.write(_pack_name(key), encode(found))
            self.point(info, key)

    def point(self, info: RepoInfo, key: str) -> None:
        """Remember that the reference leads to a pack that is there."""
        row = {
            "asked": self._asked,
            "key": key,
            "commit": info.commit or "",
            "license": info.license or "",
            "account": self.account() if info.gated or info.private else "",
        }
        self.cache.write(self._row_name, json.dumps(row).encode())

    def key(self, info: RepoInfo) -> str | None:
        """A name for the content of the files that matter; None when nothing tells it."""
        hashes = {name: info.hashes.get(name) for name in info.sizes if name.endswith(DESCRIBING)}
        if not hashes or (None in hashes.values() and info.commit is None):
            return None
        at = info.commit if None in hashes.values() else None
        asked = self.reference.folder, self.reference.file, self.reference.label
        counts = sorted((info.parameters or {}).items())
        return _digest(
            __version__, self.endpoint, info.id, asked, at, sorted(hashes.items()), counts
        )

    @property
    def _asked(self) -> str:
        """What was asked for, as one text."""
        asked = self.reference
        parts = asked.id.lower(), asked.revision or "main", asked.folder, asked.file, asked.label
        return json.dumps((self.endpoint, *parts))

    @property
    def _row_name(self) -> str:
        # A short sum: two that share it only take turns, since a row says what it is for.
        asked = self._asked.encode()
        return f"{crc32(asked):08x}{adler32(asked):08x}.ref"


_ROW = frozenset({"asked", "key", "commit", "license", "account"})


def _texts(data: bytes) -> dict[str, str] | None:
    """The members of a row; None where it is not one of ours."""
    try:
        row = json.loads(data)
    except (ValueError, RecursionError):
        return None
    if not isinstance(row, dict) or not _ROW.issubset(row):
        return None
    texts = {name: row[name] for name in _ROW}
    # What was asked for is compared and never shown, and may be long.
    told = [text for name, text in texts.items() if name != "asked"]
    whole = all(isinstance(text, str) and clean(text) == text for text in told)
    return texts if whole and texts["key"].isalnum() else None


def _digest(*parts: object) -> str:
    from hashlib import sha256  # not for what is only read: it loads OpenSSL

    return sha256(json.dumps(parts).encode()).hexdigest()[:40]


def _pack_name(key: str) -> str:
    return f"{key}.pack"
