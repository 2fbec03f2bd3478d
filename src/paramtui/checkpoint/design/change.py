"""ConfigChange: one field of a config.json set to another value."""

import json
import re
from collections.abc import Mapping

from paramtui.checkpoint.fields import Json
from paramtui.checkpoint.text import clean
from paramtui.record import Record

EXAMPLE = "for example --config-set hidden_size=6144, or text_config.num_hidden_layers=40"
LONGEST = 10_000
"""Characters of one change."""
_PATH = re.compile(r"[A-Za-z_][\w-]*(\.[\w-]+)*", re.ASCII)


class DesignError(ValueError):
    """A change that cannot be made to this config; `hint` is the next step."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint


class ConfigChange(Record):
    """One `--config-set FIELD=VALUE`."""

    path: tuple[str, ...]
    """The names that lead to the field: one, or those of the sections before it."""
    value: Json
    written: str
    """The value as it was typed."""

    @property
    def name(self) -> str:
        """The path as it is typed."""
        return ".".join(self.path)

    def __str__(self) -> str:
        return f"{self.name}={self.written}"


def change_named(text: str) -> ConfigChange:
    """`FIELD=VALUE` as it is typed, the value JSON or else a text; raises DesignError."""
    name, equals, written = text.partition("=")
    name, written = name.strip(), written.strip()
    if not equals or not _PATH.fullmatch(name) or len(text) > LONGEST or clean(text) != text:
        raise DesignError(f"{clean(text, 80)!r} is not FIELD=VALUE", EXAMPLE)
    return ConfigChange(tuple(name.split(".")), _value(name, written), written)


def changes_of(values: Mapping[str, Json]) -> tuple[ConfigChange, ...]:
    """The same from Python: paths -> values; raises DesignError."""
    return tuple(change_named(f"{name}={_spelled(name, value)}") for name, value in values.items())


def _value(name: str, written: str) -> Json:
    try:
        value: Json = json.loads(written, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        if written[:1] in ("{", "[", '"') or not written:
            raise DesignError(f"{name}: {clean(written, 40)!r} is not JSON", EXAMPLE) from None
        return written
    # Python writes and reads 1e4 as a float; a field of a config that is whole is an integer.
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _no_constant(name: str) -> Json:
    raise ValueError(name)


def _spelled(name: str, value: Json) -> str:
    try:
        return json.dumps(value, allow_nan=False)
    except (ValueError, TypeError, RecursionError):
        raise DesignError(f"{name}: {clean(repr(value), 40)} is not JSON", EXAMPLE) from None
