"""Packages that come with an extra of ours, and what to say where one is not there."""

from importlib.util import find_spec

from paramtui.sources.errors import SourceError


class ExtraMissing(SourceError):  # noqa: N818 - as its kin in errors.py
    """A package that only this needs is not installed."""


def need(package: str, message: str, extra: str) -> None:
    """Go on where a package can be imported; else raise ExtraMissing, naming the extra."""
    try:
        found = find_spec(package) is not None
    except ValueError:  # it is there in name only
        found = False
    if not found:
        raise ExtraMissing(message, f"pip install 'paramtui[{extra}]'")
