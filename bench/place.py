"""The place of a measurement: a Hub, homes without anything in them, and how to reach it."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.hub.server import Repository

from bench import certificate
from bench.hub import FarHub, Line


@dataclass(frozen=True)
class Place:
    """A Hub at a distance that can be changed."""

    hub: FarHub
    folder: Path
    authority: Path

    def home(self) -> Path:
        """A new, empty home."""
        return Path(tempfile.mkdtemp(dir=self.folder))

    def environment(self, home: Path) -> dict[str, str]:
        """For programs that are told where the Hub is."""
        return {
            "HOME": str(home),
            "HF_HOME": str(home / "hf"),
            "PARAMTUI_CACHE": str(home / "paramtui"),
            "HF_ENDPOINT": self.hub.endpoint,
            "HF_HUB_DISABLE_TELEMETRY": "1",
        }

    def behind_proxy(self, home: Path) -> dict[str, str]:
        """For programs that only know the Hub's own address."""
        return {
            "HOME": str(home),
            "HF_HOME": str(home / "hf"),
            "HTTPS_PROXY": self.hub.endpoint,
            "SSL_CERT_FILE": str(self.authority),
            "HF_HUB_DISABLE_TELEMETRY": "1",
        }


@contextmanager
def place(*repositories: Repository) -> Iterator[Place]:
    """A Hub with these repositories, next door at first."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        context, authority = certificate.make(folder)
        hub = FarHub(Line(), context)
        for repository in repositories:
            hub.add(repository)
        hub.start()
        try:
            yield Place(hub, folder, authority)
        finally:
            hub.stop()
