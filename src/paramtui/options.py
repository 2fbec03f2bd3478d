"""The command line: one table of options, from which --help and the README are made."""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Callable, Iterable, Sequence
from enum import Enum

from paramtui import __version__
from paramtui.memory.choices import (
    MAX_BATCH,
    MAX_CONTEXT,
    MAX_RANK,
    Components,
    Mode,
    Optimizer,
    Parallel,
    TrainingPrecision,
)
from paramtui.memory.errors import unknown
from paramtui.output import write

TYPE_CHECKING = False
if TYPE_CHECKING:  # not from typing, whose import takes longer than the rest of --help
    from typing import NoReturn, TypeVar

    Member = TypeVar("Member", bound=Enum)

MAX_TOKENS = 10**18


# Python has no translation of argparse's words, and looks for one with all it knows of languages.
argparse._ = str  # type: ignore[attr-defined]


class UsageError(Exception):
    """A command line that cannot be carried out; `hint` is the next step."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint


class Option:
    """One option: its flag, what it takes, what it does, and how its value is read."""

    def __init__(
        self,
        flag: str,
        group: str,
        help: str,  # noqa: A002 - argparse's word
        metavar: str = "",
        read: Callable[[str], object] = str,
        field: str = "",
        *,
        repeat: bool = False,
    ) -> None:
        self.flag = flag
        self.group = group
        self.help = help
        self.metavar = metavar
        """Empty for a switch."""
        self.read = read
        self.field = field
        """The Scenario field it sets, if it sets one."""
        self.repeat = repeat
        """Whether it may be given more than once; its value is then a tuple."""

    @property
    def name(self) -> str:
        """The attribute that holds its value."""
        return self.field or self.flag.lstrip("-").replace("-", "_")


def whole_number(limit: int) -> Callable[[str], int]:
    """A reader of whole numbers from 1 to `limit`; 8k, 128k and 1m are allowed."""

    def read(text: str) -> int:
        factor = {"k": 1024, "m": 1024**2}.get(text[-1:].lower(), 1)
        digits = (text[:-1] if factor > 1 else text).replace("_", "").replace(",", "")
        number = int(digits) * factor if digits.isascii() and digits.isdigit() else 0
        if not 1 <= number <= limit:
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 to {limit:,}")
        return number

    return read


def one_of(kind: str, names: Iterable[str]) -> Callable[[str], str]:
    """A reader of one of `names`; an error names the nearest."""
    choices = tuple(names)

    def read(text: str) -> str:
        if text not in choices:
            problem = unknown(kind, text, choices)
            raise UsageError(str(problem), problem.hint)
        return text

    return read


def member_of(kind: type[Member]) -> Callable[[str], Member]:
    """A reader of one member of an enumeration, by its value."""
    name = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", kind.__name__).lower()
    read = one_of(name, _values(kind))
    return lambda text: kind(read(text))


def _precision(text: str) -> str:
    from paramtui.memory.precision import PRECISIONS

    return one_of("precision", PRECISIONS)(text)


def _kv_precision(text: str) -> str:
    from paramtui.memory.precision import KV_PRECISIONS

    return one_of("KV precision", KV_PRECISIONS)(text)


def _gpus(text: str) -> object:
    from paramtui.memory.gpus.hardware_name import gpus_named

    return _asked(gpus_named, text)


def _overheads(text: str) -> object:
    from paramtui.memory.overhead import overheads_named

    return _asked(overheads_named, text)


def _mark(text: str) -> object:
    from paramtui.memory.marks.mark import mark_named

    return _asked(mark_named, text)


def _config_change(text: str) -> object:
    from paramtui.checkpoint.design.change import change_named

    return _asked(change_named, text)


def _sweep(text: str) -> object:
    from paramtui.memory.sweep import sweep_named

    return _asked(sweep_named, text)


def _asked(read: Callable[[str], object], text: str) -> object:
    # argparse takes a ValueError for its own and would hide what it says.
    try:
        return read(text)
    except ValueError as problem:
        raise UsageError(str(problem), getattr(problem, "hint", None)) from problem


def share(text: str) -> float:
    """A share of a whole: more than 0, at most 1, as `0.9`."""
    value = float(text) if re.fullmatch(r"[01]?(\.[0-9]{1,6})?", text) and text else 0.0
    if not 0 < value <= 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a share such as 0.9")
    return value


def many(text: str) -> int:
    """A large count: `15T`, `300B`, `1.5M`, in thousands and not in 1024s."""
    match = re.fullmatch(
        r"([0-9]{1,18})(?:\.([0-9]{1,6}))?([kmbt]?)", text.replace("_", "").lower()
    )
    zeros = {"": 0, "k": 3, "m": 6, "b": 9, "t": 12}
    part = (match[2] or "") if match else ""
    number = int(match[1] + part) * 10 ** zeros[match[3]] // 10 ** len(part) if match else 0
    if not 1 <= number <= MAX_TOKENS:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of tokens such as 15T or 300B")
    return number


def _values(kind: type[Enum]) -> tuple[str, ...]:
    return tuple(str(member.value) for member in kind)


SCENARIO, SOURCE, OUTPUT = "scenario", "source", "output"

OPTIONS: tuple[Option, ...] = (
    Option(
        "--mode",
        SCENARIO,
        "what the model is loaded for (default inference)",
        "|".join(_values(Mode)),
        member_of(Mode),
        "mode",
    ),
    Option(
        "--precision",
        SCENARIO,
        "precision of the weights (default stored; bnb-nf4-dq in qlora)",
        "NAME",
        _precision,
        "precision",
    ),
    Option(
        "--kv-precision",
        SCENARIO,
        "precision of the KV cache (default bf16)",
        "NAME",
        _kv_precision,
        "kv_precision",
    ),
    Option(
        "--context",
        SCENARIO,
        "tokens a sequence (default 8192, or the model's maximum if less)",
        "N",
        whole_number(MAX_CONTEXT),
        "context",
    ),
    Option("--batch", SCENARIO, "sequences (default 1)", "N", whole_number(MAX_BATCH), "batch"),
    Option(
        "--lora-rank",
        SCENARIO,
        "rank of the LoRA matrices (default 16)",
        "N",
        whole_number(MAX_RANK),
        "lora_rank",
    ),
    Option(
        "--lora-targets",
        SCENARIO,
        "all-linear, attention, mlp, or module suffixes joined by commas (default all-linear)",
        "TARGETS",
        str,
        "lora_targets",
    ),
    Option(
        "--adapter-precision",
        SCENARIO,
        "precision of the adapter (default fp32, as PEFT has it)",
        "fp32|bf16",
        one_of("adapter precision", ("fp32", "bf16")),
        "adapter_precision",
    ),
    Option(
        "--optimizer",
        SCENARIO,
        "optimizer (default adamw)",
        "|".join(_values(Optimizer)),
        member_of(Optimizer),
        "optimizer",
    ),
    Option(
        "--training-precision",
        SCENARIO,
        "bf16: all in bf16; mixed: bf16 with fp32 master weights; fp32 (default mixed)",
        "|".join(_values(TrainingPrecision)),
        member_of(TrainingPrecision),
        "training_precision",
    ),
    Option(
        "--gradient-checkpointing",
        SCENARIO,
        "keep one activation a layer and recompute the rest (default on)",
        field="gradient_checkpointing",
    ),
    Option(
        "--gpu",
        SCENARIO,
        "what it is to run on: a name of --list-gpus or a size such as 24GiB, and how many "
        "(default the host's own, when one is found)",
        "NAME[xCOUNT]",
        _gpus,
        "gpus",
    ),
    Option(
        "--parallel",
        SCENARIO,
        "how several GPUs share the model (default auto: what needs least on each)",
        "|".join(_values(Parallel)),
        member_of(Parallel),
        "parallel",
    ),
    Option(
        "--gpu-memory-utilization",
        SCENARIO,
        "share of a GPU that an engine takes for itself, as vLLM's option (default all of it)",
        "SHARE",
        share,
        "gpu_memory_utilization",
    ),
    Option(
        "--overhead",
        SCENARIO,
        "what is added to the peak: none, usual, or names joined by commas: context, workspace, "
        "allocator, communication, graphs, textbook (default usual)",
        "NAMES",
        _overheads,
        "overheads",
    ),
    Option(
        "--components",
        SCENARIO,
        "what of a diffusion pipeline is on the GPU: all, or one component at a time (default all)",
        "|".join(_values(Components)),
        member_of(Components),
        "components",
    ),
    Option(
        "--tokens",
        SCENARIO,
        "tokens of a whole training run, for its compute: 15T, 300B",
        "N",
        many,
        "training_tokens",
    ),
    Option(
        "--set",
        SCENARIO,
        "what is asked of one branch: a precision, freeze, train or prune; PATH as --tree shows "
        "it or a glob such as '*.experts.*' (repeatable)",
        "PATH=ACTION",
        _mark,
        "marks",
        repeat=True,
    ),
    Option("--compare", SCENARIO, "a second model beside the first, at the same scenario", "MODEL"),
    Option(
        "--sweep",
        SCENARIO,
        "the memory over a range: context=1k..128k (doubling), batch=1,2,4, rank=4..256 or "
        "precision=bf16,int8,bnb-nf4",
        "NAME=VALUES",
        _sweep,
    ),
    Option(
        "--config-set",
        SOURCE,
        "a field of config.json at another value, to see the model that would be: "
        "hidden_size=6144, text_config.num_hidden_layers=40 (repeatable)",
        "FIELD=VALUE",
        _config_change,
        repeat=True,
    ),
    Option("--revision", SOURCE, "branch, tag or commit (default main)", "REV"),
    Option("--offline", SOURCE, "no network: local files, the Hub cache and the bundled models"),
    Option("--refresh", SOURCE, "fetch again what is cached"),
    Option(
        "--plain", OUTPUT, "print a text report (the default when the output is not a terminal)"
    ),
    Option("--json", OUTPUT, "print one JSON object"),
    Option("--markdown", OUTPUT, "print the report in Markdown, with how each figure is counted"),
    Option("--csv", OUTPUT, "print every module as one line of comma-separated values"),
    Option("--tree", OUTPUT, "add every module to the report"),
    Option(
        "--values",
        OUTPUT,
        "print the values of one tensor of local files: range, mean, spread, histogram "
        "(needs paramtui[values])",
        "NAME",
    ),
    Option(
        "--units", OUTPUT, "unit of sizes (default GiB)", "GiB|GB", one_of("unit", ("GiB", "GB"))
    ),
    Option("--list", OUTPUT, "list the bundled models"),
    Option("--list-precisions", OUTPUT, "list the precisions"),
    Option("--list-gpus", OUTPUT, "list the GPUs that --gpu knows by name"),
    Option("--check", OUTPUT, "exit 0 if it fits on --gpu, 1 if it does not"),
    Option(
        "--web",
        OUTPUT,
        "serve the app to a browser of this machine, at this port (needs paramtui[web])",
        "PORT",
        whole_number(65_535),
    ),
    Option("--no-mouse", OUTPUT, "leave the mouse to the terminal"),
    Option("--ascii", OUTPUT, "draw with ASCII characters only"),
)


class Parser(argparse.ArgumentParser):
    """An argument parser whose errors are one line."""

    def _print_message(self, message: str, file: object = None) -> None:  # noqa: ARG002
        """Print --help and --version; argparse itself says nothing of a disk that is full."""
        write(message.rstrip("\n"))

    def error(self, message: str) -> NoReturn:
        """Raise instead of printing the usage and exiting."""
        words = message.split()
        flag = words[2] if message.startswith("unrecognized arguments: -") else ""
        raise UsageError(message.removeprefix("argument "), _nearest(flag) or HELP)


HELP = "paramtui --help lists the options"


def _nearest(flag: str) -> str:
    """The option that may have been meant."""
    from difflib import get_close_matches

    name = flag.partition("=")[0]
    found = get_close_matches(name, [option.flag for option in OPTIONS], 1, 0.75)
    return f"did you mean {found[0]}? {HELP}" if found else ""


def _columns() -> int:
    """Of the terminal, as `shutil` finds them, which argparse would import for every parser."""
    said = os.environ.get("COLUMNS", "")
    if said.isdecimal() and int(said):
        return int(said)
    try:
        return os.get_terminal_size(1).columns or 80
    except OSError:
        return 80


def parser() -> Parser:
    """The parser of the whole command line."""
    result = Parser(
        prog="paramtui",
        usage="paramtui MODEL [options]",
        description="Walk through a model checkpoint and see what it costs to run or fine-tune. "
        "Only config and safetensors headers are fetched, never weights.",
        epilog="MODEL: a Hub id (org/name, org/name@revision, a pasted address), a folder, "
        "a .safetensors file, its index, or a config.json.",
        allow_abbrev=False,
        formatter_class=lambda prog: argparse.HelpFormatter(prog, width=_columns() - 2),
    )
    result.add_argument("model", nargs="?", metavar="MODEL", help="what to open")
    result.add_argument("--version", action="version", version=f"paramtui {__version__}")
    groups = {name: result.add_argument_group(name) for name in (SCENARIO, SOURCE, OUTPUT)}
    for option in OPTIONS:
        group = groups[option.group]
        if option.metavar:
            group.add_argument(
                option.flag,
                dest=option.name,
                metavar=option.metavar,
                type=option.read,
                action="append" if option.repeat else "store",
                help=option.help,
            )
        elif option.field:
            group.add_argument(
                option.flag,
                dest=option.name,
                action=argparse.BooleanOptionalAction,
                default=None,
                help=option.help,
            )
        else:
            group.add_argument(option.flag, dest=option.name, action="store_true", help=option.help)
    return result


def scenario_changes(arguments: argparse.Namespace) -> dict[str, object]:
    """The Scenario fields the user set on the command line."""
    values = {option.field: getattr(arguments, option.field) for option in OPTIONS if option.field}
    return {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in values.items()
        if value is not None
    }


def without(given: Sequence[str], flag: str) -> list[str]:
    """The arguments but for an option and its value."""
    kept, skips = [], False
    for argument in given:
        if not skips and argument != flag and not argument.startswith(f"{flag}="):
            kept.append(argument)
        skips = argument == flag
    return kept


def option_table_markdown() -> str:
    """The options as the README's table."""
    lines = ["| option | what it does |", "| --- | --- |"]
    for option in OPTIONS:
        value = f" {option.metavar}".replace("|", "\\|") if option.metavar else ""
        lines.append(f"| `{option.flag}{value}` | {option.help} |")
    return "\n".join(lines)
