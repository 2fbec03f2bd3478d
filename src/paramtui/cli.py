"""The command: arguments -> a report or the app."""

from __future__ import annotations

import atexit
import gc
import os
import sys

from paramtui.memory.errors import ScenarioError
from paramtui.options import UsageError, parser
from paramtui.output import DONE, FAILED, OutputError, prepare

TYPE_CHECKING = False  # not from typing, which takes longer to import than we do
if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

LINE_LIMIT = 4000
"""Characters of an error or a hint."""
DEBUG = "please report it, with what PARAMTUI_DEBUG=1 adds"


def command() -> int:
    """The command `paramtui`: what `main` answers, and then an end at once."""
    answered: list[int] = []
    # What is registered first runs last: nothing is left to wait for then.
    atexit.register(_end, answered)
    try:
        status = main()
    except SystemExit as end:
        if end.code:
            raise
        status = DONE  # of --help and --version
    answered.append(status)
    return status


def _end(answered: list[int]) -> None:
    """Leave all that was read to the system: freeing it one by one takes a tenth of a report."""
    try:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
    except (OSError, ValueError):
        return  # Python says so, as at the end of any program
    for status in answered:
        os._exit(status)


def main(argv: Sequence[str] | None = None) -> int:
    """Run paramtui; returns the exit status: 0 done, 1 it does not fit, 2 it could not be done."""
    prepare()
    collecting = gc.isenabled()
    # A report is over before a collection would pay; the app collects when its model is there.
    gc.disable()
    try:
        given = sys.argv[1:] if argv is None else list(argv)
        arguments = parser().parse_args(given)
        return _run(arguments, given)
    except (UsageError, ScenarioError) as problem:
        return _fail(str(problem), problem.hint)
    except OutputError as problem:
        return _fail(str(problem), None)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # The reader of our output went away, as `head` does: nothing is wrong.
        return DONE
    except Exception as problem:
        if os.environ.get("PARAMTUI_DEBUG"):
            raise
        from paramtui.sources.errors import SourceError

        if isinstance(problem, SourceError):  # of what was read only when it was looked at
            return _fail(str(problem), problem.hint)
        return _fail(f"unexpected: {type(problem).__name__}: {problem}", DEBUG)
    finally:
        # Called as the command, it is the last thing to run: one more collection would look at all
        # that was read, before it is left to the end of the process.
        if collecting and argv is not None:
            gc.enable()


def _run(arguments: argparse.Namespace, given: Sequence[str]) -> int:
    # What does it is imported when it is asked for: `--help` needs none of it.
    from paramtui.command.asked import LISTS, forms_of, wants_report

    if arguments.web:
        from paramtui.command.app import serve_app

        return serve_app(arguments, given)
    if listed := [name for name in LISTS if getattr(arguments, name)]:
        forms = [form for form in forms_of(arguments) if form != "plain"]
        if forms:
            flag = f"--{listed[0].replace('_', '-')}"
            told = f"{flag} is plain text, it has no --{forms[0]}"
            raise UsageError(told, f"leave --{forms[0]} out")
        from paramtui.command.lists import print_list

        return print_list(arguments, listed[0])
    if not wants_report(arguments):
        from paramtui.command.app import run_app

        return run_app(arguments)
    if not arguments.model:
        raise UsageError(
            "no model given", "paramtui meta-llama/Llama-3.1-8B, or --list for the bundled models"
        )
    from paramtui.command.report import print_report

    return print_report(arguments)


def _fail(message: str, hint: str | None) -> int:
    # Here, since what was typed comes back in errors that no source has cleaned.
    from paramtui.checkpoint.text import clean

    print(f"error: {clean(message, LINE_LIMIT)}", file=sys.stderr)
    if hint:
        print(f"hint: {clean(hint, LINE_LIMIT)}", file=sys.stderr)
    return FAILED


if __name__ == "__main__":
    raise SystemExit(command())
