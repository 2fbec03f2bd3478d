"""The command: arguments -> a report or the app."""

from __future__ import annotations

import atexit
import gc
import os
import sys

from paramtui.memory.errors import ScenarioError
from paramtui.options import UsageError, parser, scenario_changes, without
from paramtui.output import OutputError, StatusLine, prepare, write

TYPE_CHECKING = False  # not from typing, which takes longer to import than we do
if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Sequence
    from concurrent.futures import Future

    from paramtui.checkpoint.checkpoint import Checkpoint
    from paramtui.checkpoint.values import TensorValues
    from paramtui.reports.document import Report

DONE, DOES_NOT_FIT, FAILED = 0, 1, 2
LINE_LIMIT = 4000
"""Characters of an error or a hint."""
LISTS = ("list", "list_precisions", "list_gpus")
FORMS = ("plain", "json", "markdown", "csv")
ASKED = ("tree", "check", "compare", "sweep", "values")
"""What else a report is asked for by."""
DEBUG = "please report it, with what PARAMTUI_DEBUG=1 adds"


def main(argv: Sequence[str] | None = None) -> int:
    """Run paramtui; returns the exit status: 0 done, 1 it does not fit, 2 it could not be done."""
    prepare()
    # The end of the process would look for garbage among all that was read.
    atexit.register(gc.freeze)
    collecting = gc.isenabled()
    try:
        given = sys.argv[1:] if argv is None else list(argv)
        arguments = parser().parse_args(given)
        return _serve(arguments, given) if arguments.web else _run(arguments)
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
        return _fail(f"unexpected: {type(problem).__name__}: {problem}", DEBUG)
    finally:
        if collecting:
            gc.enable()


def _run(arguments: argparse.Namespace) -> int:
    listed = [name for name in LISTS if getattr(arguments, name)]
    forms = [form for form in _forms(arguments) if form != "plain"]
    if listed and forms:
        flag = f"--{listed[0].replace('_', '-')}"
        raise UsageError(f"{flag} is plain text, it has no --{forms[0]}", f"leave --{forms[0]} out")
    if arguments.list_precisions:
        from paramtui.reports.lists import precision_list

        write(precision_list(), ascii_only=arguments.ascii)
        return DONE
    if arguments.list_gpus:
        from paramtui.reports.lists import gpu_list
        from paramtui.reports.units import Units

        write(gpu_list(Units(arguments.units or Units.GIB)), ascii_only=arguments.ascii)
        return DONE
    if arguments.list:
        from paramtui.reports.lists import model_list
        from paramtui.sources.catalog import entries

        write(model_list(entries()), ascii_only=arguments.ascii)
        return DONE
    if not wants_report(arguments):
        return _app(arguments)
    if not arguments.model:
        raise UsageError(
            "no model given", "paramtui meta-llama/Llama-3.1-8B, or --list for the bundled models"
        )
    return _report(arguments)


def _serve(arguments: argparse.Namespace, given: Sequence[str]) -> int:
    """Serve the app, as the other arguments have it, to a browser."""
    from paramtui.sources.errors import SourceError
    from paramtui.sources.extras import need

    asked = [n.replace("_", "-") for n in (*ASKED, *LISTS, *FORMS) if getattr(arguments, n)]
    if asked:
        raise UsageError(f"--web is the app, it has no --{asked[0]}", "leave one out")
    try:
        need("textual_serve", "--web needs textual-serve", "web")
        from paramtui.tui.web.server import serve

        serve(without(given, "--web"), arguments.web, lambda text: print(text, flush=True))
    except SourceError as problem:
        raise UsageError(str(problem), problem.hint) from problem
    except OSError as problem:
        told = f"cannot serve at port {arguments.web}: {problem.strerror or problem}"
        raise UsageError(told, f"try --web {arguments.web % 65_535 + 1}") from None
    return DONE


def wants_report(arguments: argparse.Namespace) -> bool:
    """Whether to print instead of opening the app: asked for, or there is no real terminal."""
    if any(getattr(arguments, name) not in (None, False) for name in ASKED) or _forms(arguments):
        return True
    if os.environ.get("TEXTUAL_DRIVER", "").endswith(":WebDriver"):
        return False  # the terminal is a browser's, behind our standard streams
    if os.environ.get("TERM") == "dumb":
        return True
    return not all(stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr))


def _forms(arguments: argparse.Namespace) -> list[str]:
    """The output options given that say what the report is written in."""
    forms = [name for name in FORMS if getattr(arguments, name)]
    if len(forms) > 1:
        raise UsageError(f"--{forms[0]} and --{forms[1]}: a report has one form", "leave one out")
    return forms


def _report(arguments: argparse.Namespace) -> int:
    forms = _forms(arguments)
    if arguments.values and not {"plain", "json"}.issuperset(forms):
        raise UsageError(f"--values has no --{forms[0]}", "it is plain text, or --json")
    if arguments.compare is not None and not arguments.compare.strip():
        raise UsageError("--compare names no model", "for example --compare org/name")
    loading = _start_loading(arguments)
    changes = _changes(arguments)
    if arguments.check and changes().get("gpus") is None:
        raise UsageError("--check needs --gpu: this machine has none of its own", CHECK)
    from paramtui.reports.render import Form, make_report, render
    from paramtui.reports.units import Units
    from paramtui.sources.background import start

    second = arguments.compare
    other = start(lambda: _load(arguments, model=second)) if second else None
    checkpoint = loading.result()
    report = make_report(
        checkpoint,
        changes(),
        with_tree=arguments.tree,
        other=other.result() if other else None,
        over=arguments.sweep,
    )
    fits = _fits(report) if arguments.check else True
    units = Units(arguments.units or Units.GIB)
    if arguments.values:
        from dataclasses import replace

        report = replace(report, values=_values(arguments, report))
    text = render(report, Form(forms[0]) if forms else Form.PLAIN, units)
    write(text, ascii_only=arguments.ascii)
    return DONE if fits else DOES_NOT_FIT


def _fits(report: Report) -> bool:
    """The verdict; without one, whether the weights alone are already too much."""
    if report.verdict is not None:
        return report.verdict.fits
    gpus = report.scenario.gpus
    if gpus is not None and report.estimate.total_bytes > gpus.count * gpus.gpu.usable_bytes:
        return False
    raise UsageError(
        "whether it fits cannot be decided: only the weights of this model are known",
        "without --check the report says what is known of it",
    )


def _values(arguments: argparse.Namespace, report: Report) -> TensorValues:
    """What the numbers of the tensor that --values names are."""
    from paramtui.checkpoint.comparing.tensors_at import tensors_at
    from paramtui.sources.errors import SourceError
    from paramtui.sources.progress import Watch
    from paramtui.sources.tensor_values import tensor_values

    name = arguments.values
    found = tensors_at(report.summary, name)
    if not found:
        raise UsageError(f"it has no tensor {name}", "--tree lists them")
    if len(found) > 1:
        told = f"{name} names {len(found):,} tensors, --values reads one"
        raise UsageError(told, f"one of them is {found[0].name}")
    status = StatusLine()
    try:
        watch = Watch(lambda progress: status.show(str(progress)))
        return tensor_values(report.checkpoint, arguments.model, found[0], watch)
    except SourceError as problem:
        raise UsageError(str(problem), problem.hint) from problem
    finally:
        status.clear()


CHECK = "for example --check --gpu H100, or --gpu 24GiB"


def _changes(arguments: argparse.Namespace) -> Callable[[], dict[str, object]]:
    """The user's choices, and the host's own GPUs where none is named: asked for meanwhile."""
    said = scenario_changes(arguments)
    if "gpus" in said:
        return lambda: said
    from paramtui.sources.host_gpus import HostGpus

    host = HostGpus()

    def changes() -> dict[str, object]:
        cards = host.found()
        if not cards:
            return said
        from paramtui.memory.gpus.hardware_name import of_hosts

        return {**said, "gpus": of_hosts([(c.name, c.memory_bytes, c.usable_bytes) for c in cards])}

    return changes


def _app(arguments: argparse.Namespace) -> int:
    from paramtui.tui.opening import Opening

    opening: Opening | None = None
    if arguments.model:
        # Held until the first frame: two imports at once would only delay each other.
        opening = Opening(
            lambda progress: _load(arguments, progress, offer=opening.offer if opening else None),
            arguments.model,
            held=True,
        )
    changes = _changes(arguments)
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


def _start_loading(arguments: argparse.Namespace) -> Future[Checkpoint]:
    """Load on a thread of its own; returns when the first request is out, or nothing is left."""
    from threading import Event

    from paramtui.sources.background import start

    # A report is over before a collection would pay.
    gc.disable()
    under_way = Event()
    loading = start(lambda: _load(arguments, lambda _: under_way.set()))
    loading.add_done_callback(lambda _: under_way.set())
    under_way.wait()
    return loading


def _load(
    arguments: argparse.Namespace,
    progress: Callable[[object], None] | None = None,
    model: str | None = None,
    offer: Callable[[Checkpoint], None] | None = None,
) -> Checkpoint:
    """Open what was typed, or a second `model`, at a revision of its own."""
    # Not by way of the API, which brings what is only needed when the checkpoint is there.
    from paramtui.sources.errors import SourceError
    from paramtui.sources.loading import load

    try:
        return load(
            model or arguments.model,
            revision=None if model else arguments.revision,
            changes=() if model else arguments.config_set or (),
            offline=arguments.offline,
            refresh=arguments.refresh,
            progress=progress,
            offer=offer,
        )
    except SourceError as problem:
        raise UsageError(str(problem), problem.hint) from problem


def _fail(message: str, hint: str | None) -> int:
    # Here, since what was typed comes back in errors that no source has cleaned.
    from paramtui.checkpoint.text import clean

    print(f"error: {clean(message, LINE_LIMIT)}", file=sys.stderr)
    if hint:
        print(f"hint: {clean(hint, LINE_LIMIT)}", file=sys.stderr)
    return FAILED


if __name__ == "__main__":
    raise SystemExit(main())
