"""Bringing: modules imported on a thread before a key needs them; no Textual here."""

from importlib import import_module
from threading import Thread

MAIN = "paramtui.tui.screens.main"
"""What shows a model."""
ASKED_FOR = (
    "paramtui.tui.explain",
    "paramtui.memory.explain.explain",
    "paramtui.tui.copied",
    "paramtui.tui.screens.overlay",
    "paramtui.tui.screens.targets",
    "paramtui.tui.screens.gpus",
    "paramtui.tui.screens.sweep",
    "paramtui.tui.screens.overheads",
    "paramtui.tui.screens.marks",
    "paramtui.tui.screens.write",
    "paramtui.tui.screens.values",
    "paramtui.tui.screens.start",
    "paramtui.memory.adapter.lora",
    "paramtui.memory.training.training",
)
"""What a key opens on top of it."""


def bring(*modules: str) -> None:
    """Import modules, one after the other, while the app goes on."""
    Thread(target=lambda: list(map(import_module, modules)), name="import", daemon=True).start()
