"""The app, in this terminal or served to a browser."""

from __future__ import annotations

import gc

from paramtui.command.asked import ASKED, FORMS, LISTS
from paramtui.command.opened import chosen, open_model
from paramtui.options import UsageError, without
from paramtui.output import DONE

TYPE_CHECKING = False  # not from typing, which takes longer to import than we do
if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence


def run_app(arguments: argparse.Namespace) -> int:
    """Run the app in this terminal; returns the exit status."""
    from paramtui.tui.opening import Opening

    opening: Opening | None = None
    if arguments.model:
        # Held until the first frame: two imports at once would only delay each other.
        opening = Opening(
            lambda progress: open_model(
                arguments, progress, offer=opening.offer if opening else None, preview=progress
            ),
            arguments.model,
            held=True,
        )
    changes = chosen(arguments)
    from paramtui.reports.units import Units
    from paramtui.sources.library import LocalLibrary
    from paramtui.sources.state import state_file
    from paramtui.tui.app import run

    return run(
        opening,
        changes(),
        LocalLibrary(offline=arguments.offline, refresh=arguments.refresh, recent=state_file()),
        size_units=Units(arguments.units or Units.GIB),
        mouse=not arguments.no_mouse,
        ascii_only=arguments.ascii,
    )


def serve_app(arguments: argparse.Namespace, given: Sequence[str]) -> int:
    """Serve the app, as the other arguments have it, to a browser."""
    from paramtui.sources.errors import SourceError
    from paramtui.sources.extras import need

    asked = [n.replace("_", "-") for n in (*ASKED, *LISTS, *FORMS) if getattr(arguments, n)]
    if asked:
        raise UsageError(f"--web is the app, it has no --{asked[0]}", "leave one out")
    try:
        need("textual_serve", "--web needs textual-serve", "web")
        from paramtui.tui.web.server import serve

        gc.enable()
        serve(without(given, "--web"), arguments.web, lambda text: print(text, flush=True))
    except SourceError as problem:
        raise UsageError(str(problem), problem.hint) from problem
    except OSError as problem:
        told = f"cannot serve at port {arguments.web}: {problem.strerror or problem}"
        raise UsageError(told, f"try --web {arguments.web % 65_535 + 1}") from None
    return DONE
