"""Which of the things that the command can do its arguments ask for."""

from __future__ import annotations

import os
import sys

from paramtui.options import UsageError

TYPE_CHECKING = False  # not from typing, which takes longer to import than we do
if TYPE_CHECKING:
    import argparse

LISTS = ("list_precisions", "list_gpus", "list")
FORMS = ("plain", "json", "markdown", "csv")
ASKED = ("tree", "check", "compare", "sweep", "values")
"""What else a report is asked for by."""


def wants_report(arguments: argparse.Namespace) -> bool:
    """Whether to print instead of opening the app: asked for, or there is no real terminal."""
    if any(getattr(arguments, name) not in (None, False) for name in ASKED) or forms_of(arguments):
        return True
    if os.environ.get("TEXTUAL_DRIVER", "").endswith(":WebDriver"):
        return False  # the terminal is a browser's, behind our standard streams
    if os.environ.get("TERM") == "dumb":
        return True
    return not all(stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr))


def forms_of(arguments: argparse.Namespace) -> list[str]:
    """The output options given that say what the report is written in."""
    forms = [name for name in FORMS if getattr(arguments, name)]
    if len(forms) > 1:
        raise UsageError(f"--{forms[0]} and --{forms[1]}: a report has one form", "leave one out")
    return forms
