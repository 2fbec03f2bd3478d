"""The paths of a tree that are nearest to one that names nothing."""

from difflib import get_close_matches

from paramtui.checkpoint.module import build_module_tree
from paramtui.checkpoint.summary import ParameterSummary

MOST = 3
"""Paths that are offered."""
LONGEST = 200
"""Characters of a path that are compared."""


def nearest_paths(summary: ParameterSummary, path: str) -> list[str]:
    """The nearest paths and globs that do name something, the best first; few, at worst the top."""
    root = build_module_tree(summary)
    paths = [module.path for module in root.walk() if module.path]
    wanted = path[:LONGEST].strip(".")
    below = [known for known in paths if wanted and known.endswith(f".{wanted}")]
    if below:
        # What was typed is the end of a path: a glob names it wherever it stands.
        return [f"*.{wanted}"] if len(below) > 1 else below
    near = get_close_matches(wanted, paths, n=MOST, cutoff=0.5)
    return near or [child.path for child in root.children[:MOST]]
