"""The command line that asks what a scenario asks."""

import shlex
from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from types import MappingProxyType

from paramtui.checkpoint.design.change import ConfigChange
from paramtui.memory.gpus.hardware import Gpus, Kind
from paramtui.memory.scenario import Scenario
from paramtui.record import replace
from paramtui.reports.units import Units

FLAGS = {"gpus": "gpu", "overheads": "overhead", "training_tokens": "tokens", "marks": "set"}
"""Options that are not called as their field is."""


def command_line(
    model: str,
    scenario: Scenario,
    default: Scenario,
    *,
    revision: str | None = None,
    design: Sequence[ConfigChange] = (),
    size_units: Units = Units.GIB,
    also: Mapping[str, str] = MappingProxyType({}),
) -> str:
    """What to type into a shell: `model` as it was typed, and all that differs from the default.

    `also` are further options with their values.
    """
    words = ["paramtui", *(["--", model] if model.startswith("-") else [model])]
    options = [word for change in design for word in _option("config-set", str(change))]
    options += _options(scenario, default)
    if revision:
        options += _option("revision", revision)
    for flag, text in also.items():
        options += _option(flag, text)
    if size_units is not Units.GIB:
        options += _option("units", size_units.value)
    if words[1] == "--":
        return shlex.join(["paramtui", *options, *words[1:]])
    return shlex.join([*words, *options])


def _options(scenario: Scenario, default: Scenario) -> Iterator[str]:
    for name in Scenario._fields:
        value = getattr(scenario, name)
        if value is None or value == getattr(default, name):
            continue
        flag = FLAGS.get(name, name).replace("_", "-")
        if isinstance(value, bool):
            yield f"--{flag}" if value else f"--no-{flag}"
        elif name == "marks":
            for mark in value:
                yield from _option(flag, str(mark))
        else:
            yield from _option(flag, _text(value))


def _option(flag: str, text: str) -> tuple[str, ...]:
    # A value that looks like an option is one word with its flag.
    return (f"--{flag}={text}",) if text.startswith("-") else (f"--{flag}", text)


def _text(value: object) -> str:
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, tuple):
        return ",".join(map(str, value)) or "none"
    if isinstance(value, float):
        return f"{value:.6f}".rstrip("0").rstrip(".")
    return _gpus(value) if isinstance(value, Gpus) else str(value)


def _gpus(gpus: Gpus) -> str:
    """A GPU by its name; one of this machine that the table has not, by its memory."""
    from paramtui.memory.gpus.hardware_name import known

    gpu = gpus.gpu
    if gpu.kind is Kind.HOST and known(gpu.name) is None:
        gpu = replace(gpu, name=f"{gpu.usable_bytes / 2**20:.0f}MiB")
    return str(replace(gpus, gpu=gpu))
