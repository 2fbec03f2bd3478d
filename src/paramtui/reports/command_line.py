"""The command line that asks what a scenario asks."""

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import fields
from enum import Enum

from paramtui.checkpoint.design.change import ConfigChange
from paramtui.memory.scenario import Scenario

FLAGS = {"gpus": "gpu", "overheads": "overhead", "training_tokens": "tokens", "marks": "set"}
"""Options that are not called as their field is."""


def command_line(
    model: str,
    scenario: Scenario,
    default: Scenario,
    *,
    revision: str | None = None,
    design: Sequence[ConfigChange] = (),
) -> str:
    """What to type into a shell: `model` as it was typed, and all that differs from the default."""
    words = ["paramtui", *(["--", model] if model.startswith("-") else [model])]
    options = [word for change in design for word in _option("config-set", str(change))]
    options += _options(scenario, default)
    if revision:
        options += _option("revision", revision)
    if words[1] == "--":
        return shlex.join(["paramtui", *options, *words[1:]])
    return shlex.join([*words, *options])


def _options(scenario: Scenario, default: Scenario) -> Iterator[str]:
    for field in fields(Scenario):
        value = getattr(scenario, field.name)
        if value is None or value == getattr(default, field.name):
            continue
        flag = FLAGS.get(field.name, field.name).replace("_", "-")
        if isinstance(value, bool):
            yield f"--{flag}" if value else f"--no-{flag}"
        elif field.name == "marks":
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
    return str(value)
