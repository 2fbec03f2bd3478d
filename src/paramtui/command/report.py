"""A report: of one model, beside another, over a range, with a verdict, or of a tensor's values."""

from __future__ import annotations

from paramtui.command.asked import forms_of
from paramtui.command.opened import chosen, open_model, start_loading
from paramtui.options import UsageError
from paramtui.output import DOES_NOT_FIT, DONE, StatusLine, write

TYPE_CHECKING = False  # not from typing, which takes longer to import than we do
if TYPE_CHECKING:
    import argparse

    from paramtui.checkpoint.values import TensorValues
    from paramtui.reports.document import Report

CHECK = "for example --check --gpu H100, or --gpu 24GiB"


def print_report(arguments: argparse.Namespace) -> int:
    """Print what is asked for; returns the exit status."""
    forms = forms_of(arguments)
    if arguments.values and not {"plain", "json"}.issuperset(forms):
        raise UsageError(f"--values has no --{forms[0]}", "it is plain text, or --json")
    if arguments.compare is not None and not arguments.compare.strip():
        raise UsageError("--compare names no model", "for example --compare org/name")
    second = arguments.compare
    other = start_loading(arguments, second) if second else None
    # A driver may take its time to tell the host's own GPUs, in which the model is loaded.
    loading = start_loading(arguments) if arguments.check else None
    changes = chosen(arguments)
    if arguments.check and changes().get("gpus") is None:
        raise UsageError("--check needs --gpu: this machine has none of its own", CHECK)
    checkpoint = loading.result() if loading else open_model(arguments, _make_ready)
    from paramtui.reports.render import Form, make_report, render
    from paramtui.reports.units import Units

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
        from paramtui.record import replace

        report = replace(report, values=_values(arguments, report))
    text = render(report, Form(forms[0]) if forms else Form.PLAIN, units)
    write(text, ascii_only=arguments.ascii)
    return DONE if fits else DOES_NOT_FIT


def _make_ready(_: object) -> None:
    """Import what reports, while the answers to the first requests are on their way."""
    import paramtui.reports.render  # noqa: F401


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
