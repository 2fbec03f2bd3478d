"""Where this user's own small file of state lies."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path


def state_file(
    environment: Mapping[str, str] = os.environ, platform: str = sys.platform
) -> Path | None:
    """Where a program keeps what it may lose on this system; None where there is no home."""
    try:
        home = Path.home()
    except RuntimeError:
        return None
    if chosen := environment.get("XDG_STATE_HOME"):
        folder = Path(chosen)
    elif platform == "darwin":
        folder = home / "Library" / "Application Support"
    elif platform == "win32" and environment.get("LOCALAPPDATA"):
        folder = Path(environment["LOCALAPPDATA"])
    else:
        folder = home / ".local" / "state"
    return folder / "paramtui" / "recent.json" if folder.is_absolute() else None
