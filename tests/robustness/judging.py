"""What a run must never do, and what it must say, checked without looking at what went wrong."""

import json
import re
from collections.abc import Iterator

from paramtui.checkpoint.text import clean
from tests.robustness.running import Run
from tests.robustness.simulator import Truth

SECONDS = 30.0
WIRE = 120_000_000
MEMORY = 1 << 30


def complaints(run: Run, truth: Truth, wire: int) -> Iterator[str]:
    """What is wrong with a run of `--json` over a repository."""
    yield from limits(run.seconds, run.memory, wire)
    yield from harmful(run.out, "stdout")
    yield from harmful(run.err, "stderr")
    if run.status == 2:
        yield from _about_failure(run, truth)
    elif run.status == 0:
        yield from _about_figures(run, truth)
    else:
        yield f"exit status {run.status}"


def limits(seconds: float, memory: int, wire: int) -> Iterator[str]:
    """What took too much."""
    if seconds > SECONDS:
        yield f"took {seconds:.1f} s"
    if memory > MEMORY:
        yield f"took {memory:,} bytes of memory"
    if wire > WIRE:
        yield f"took {wire:,} bytes from the wire"


def harmful(data: bytes, where: str) -> Iterator[str]:
    """Characters that move a cursor, hide or turn text, and traces of Python."""
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        yield f"{where} is not UTF-8: {error}"
        return
    if "Traceback" in text:
        yield f"{where} has a traceback"
    for line in text.split("\n"):
        if clean(line, len(line)) != line:
            yield f"{where} has a character that could do harm: {line[:200]!a}"


def _about_failure(run: Run, truth: Truth) -> Iterator[str]:
    if run.out:
        yield "wrote to stdout although it failed"
    lines = run.err.decode(errors="replace").splitlines()
    if not re.fullmatch(r"error: \S.*", lines[0] if lines else ""):
        yield f"no line that says what is wrong: {run.err[:200]!a}"
    if len(lines) > 2 or (len(lines) == 2 and not lines[1].startswith("hint: ")):
        yield f"more than an error and a hint: {run.err[:400]!a}"
    if "unexpected" in (lines[0] if lines else ""):
        yield f"an error nobody thought of: {lines[0]}"
    if truth.readable and not truth.faulty:
        yield f"failed although {truth.readable} files can be read: {lines[:1]}"


def _about_figures(run: Run, truth: Truth) -> Iterator[str]:
    try:
        document = json.loads(run.out)
    except ValueError as error:
        yield f"stdout is no JSON: {error}"
        return
    model, held = document["model"], document["parameters"]["stored_bytes"]
    marked = not model["complete"] or model["partial"] or model["notice"] is not None
    if held > truth.stored:
        yield f"shows {held:,} bytes of tensors where the files hold {truth.stored:,}"
    left_out = any("not counted" in text for text in document["warnings"])
    if held < truth.stored and not left_out and not (marked and document["warnings"]):
        yield f"shows {held:,} of {truth.stored:,} bytes without saying so"
    if truth.readable < len(truth.files) and not (marked and document["warnings"]):
        yield "does not say that a file could not be read"
    if not truth.faulty and held != truth.stored and not left_out:
        yield f"shows {held:,} of {truth.stored:,} bytes although nothing was in the way"
    if document["fetched"]["weight_bytes"]:
        yield f"fetched {document['fetched']['weight_bytes']} bytes of weights"
