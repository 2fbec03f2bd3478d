"""Changes made to a config: each at a field that is known, with a value of the right kind."""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches

from paramtui.checkpoint.config import ModelConfig
from paramtui.checkpoint.design.asked import Asked, Kind
from paramtui.checkpoint.design.change import ConfigChange, DesignError
from paramtui.checkpoint.design.known import known_fields, text_path
from paramtui.checkpoint.design.rhythm import continued
from paramtui.checkpoint.fields import Json
from paramtui.checkpoint.text import clean
from paramtui.named_tuple import NamedTuple
from paramtui.record import replace

Values = dict[str, Json]


class Changed(NamedTuple):
    """A config with fields set."""

    config: ModelConfig
    changes: tuple[ConfigChange, ...]
    """What was set, each value as its field has it."""
    told: tuple[str, ...]
    """What followed from it."""


def changed(config: ModelConfig, changes: Sequence[ConfigChange]) -> Changed:
    """The config with those fields set, and what follows from it; raises DesignError."""
    before: Values = dict(config.root.values)
    known, at, after = known_fields(config), text_path(config), before
    fitted: list[ConfigChange] = []
    for change in changes:
        if change.name not in known:
            known |= known_fields(ModelConfig.from_json(after))  # other values ask for others
        value = _fitting(change, _value_at(before, change.path), known, at)
        after = _with(after, change.path, value)
        fitted.append(replace(change, value=value))
    told: list[str] = []
    for section in sorted({change.path[:-1] for change in changes}):
        named = {change.path[-1] for change in changes if change.path[:-1] == section}
        old, new = _value_at(before, section), _value_at(after, section)
        if isinstance(old, Mapping) and isinstance(new, Mapping):
            lists, sentences = continued(old, new, named)
            for name, value in lists.items():
                after = _with(after, (*section, name), value)
            told += sentences
    return Changed(ModelConfig.from_json(after), tuple(fitted), tuple(told))


def _value_at(values: Mapping[str, Json], path: Sequence[str]) -> Json:
    found: Json = values
    for name in path:
        found = found.get(name) if isinstance(found, Mapping) else None
    return found


def _with(values: Mapping[str, Json], path: Sequence[str], value: Json) -> Values:
    name, inside = path[0], values.get(path[0])
    below = inside if isinstance(inside, Mapping) else {}
    return {**values, name: _with(below, path[1:], value) if path[1:] else value}


def _fitting(change: ConfigChange, present: Json, known: Asked, at: str) -> Json:
    """The value as the field wants it; null takes a field away."""
    kinds = known.get(change.name)
    if kinds is None:
        raise _unknown(change.name, known, at)
    wanted = kinds | ({_kind(present)} if present is not None else set())
    value = change.value
    if wanted <= {Kind.TEXT} and wanted and isinstance(value, (int, float)):
        value = change.written  # such as a version, which is a number to JSON alone
    if value is None or not wanted or any(_is(value, kind) for kind in wanted):
        return value
    names = " or ".join(sorted(kind.value for kind in wanted))
    raise DesignError(f"{change.name} is {names}, not {clean(change.written, 60)}")


def _kind(value: Json) -> Kind:
    """What a field holds; of a list, what its entries are."""
    if isinstance(value, (list, tuple)):
        return Kind.TEXTS if all(isinstance(item, str) for item in value) else Kind.WHOLES
    single = (Kind.FLAG, Kind.WHOLE, Kind.NUMBER, Kind.OBJECT)
    return next((kind for kind in single if _is(value, kind)), Kind.TEXT)


def _is(value: Json, kind: Kind) -> bool:
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if kind in (Kind.TEXTS, Kind.WHOLES):
        wanted = Kind.TEXT if kind is Kind.TEXTS else Kind.NUMBER
        return isinstance(value, (list, tuple)) and all(_is(item, wanted) for item in value)
    return {
        Kind.WHOLE: number and isinstance(value, int),
        Kind.NUMBER: number,
        Kind.FLAG: isinstance(value, bool),
        Kind.TEXT: isinstance(value, str),
        Kind.OBJECT: isinstance(value, Mapping),
    }[kind]


def _unknown(name: str, known: Asked, at: str) -> DesignError:
    """The error for a field that is not there: names the nearest; `at` leads to the text's."""
    leaf = name.rpartition(".")[2]
    near = sorted(
        (path for path in known if path.rpartition(".")[2] == leaf),
        key=lambda path: not path.startswith(at),
    )
    near = near or get_close_matches(name, known, n=1, cutoff=0.85)
    near = near or [path for path in known if leaf in path.rpartition(".")[2]]
    near = near or get_close_matches(name, known, n=2, cutoff=0.5)
    question = f", did you mean {' or '.join(near[:2])}?" if near else ""
    return DesignError(f"this config has no field {clean(name, 80)}{question}")
