"""What a scenario can ask that has no answer."""

from collections.abc import Iterable


class ScenarioError(ValueError):
    """A choice that does not exist for this model; `hint` is the next step."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint


def unknown(kind: str, name: str, choices: Iterable[str]) -> ScenarioError:
    """The error for a `name` that is none of `choices`: names the nearest of them."""
    # Imported here, since every start pays for what stands above.
    from difflib import get_close_matches

    names = list(choices)
    wanted = name.lower()
    near = [choice for choice in names if wanted and (wanted in choice or choice in wanted)]
    near = near or get_close_matches(wanted, names, n=3, cutoff=0.4)
    question = f", did you mean {' or '.join(near)}?" if near else ""
    return ScenarioError(f"no {kind} is named {name!r}{question}", f"one of: {', '.join(names)}")
