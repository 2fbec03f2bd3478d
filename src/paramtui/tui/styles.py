"""Every style a line may name, as theme variables; no colour stands anywhere else."""

from paramtui.checkpoint.category import Category
from paramtui.memory.figure import Basis
from paramtui.named_tuple import NamedTuple

STYLES: dict[str, str] = {
    "dim": "color: $foreground-muted;",
    "faint": "color: $foreground-disabled;",
    "strong": "text-style: bold;",
    "title": "color: $text-primary; text-style: bold;",
    "key": "color: $text-accent; text-style: bold;",
    "value": "color: $foreground;",
    "total": "color: $foreground; text-style: bold;",
    "warning": "color: $text-warning;",
    "good": "color: $text-success; text-style: bold;",
    "bad": "color: $text-error; text-style: bold;",
    "hit": "color: $text-accent; text-style: bold underline;",
    "cursor": "background: $block-cursor-background; color: $block-cursor-foreground;",
    "cursor-blurred": "background: $boost; text-style: bold;",
    "blue": "color: $primary;",
    "cyan": "color: $secondary;",
    "green": "color: $success;",
    "yellow": "color: $warning;",
    "red": "color: $error;",
    "violet": "color: $accent;",
    "grey": "color: $foreground-disabled;",
}

CATEGORY_STYLES: dict[Category, str] = {
    Category.EMBEDDING: "green",
    Category.POSITION: "green",
    Category.ATTENTION: "blue",
    Category.LINEAR_ATTENTION: "cyan",
    Category.SSM: "cyan",
    Category.MLP: "violet",
    Category.EXPERTS: "violet",
    Category.SHARED_EXPERTS: "red",
    Category.ROUTER: "red",
    Category.NORM: "grey",
    Category.HEAD: "yellow",
    Category.VISION: "cyan",
    Category.AUDIO: "red",
    Category.PROJECTOR: "yellow",
    Category.MTP: "cyan",
    Category.ADAPTER: "green",
    Category.CONVOLUTION: "green",
    Category.CONDITIONING: "red",
    Category.OTHER: "grey",
}


class Part(NamedTuple):
    """How one component of the memory is drawn: told apart by its character, not only colour."""

    fill: str
    style: str
    title: str


PARTS: dict[str, Part] = {
    "weights": Part("█", "blue", "weights"),
    "kv_cache": Part("▓", "violet", "KV cache"),
    "state": Part("▀", "green", "state"),
    "adapter": Part("▌", "green", "adapter"),
    "gradients": Part("▀", "yellow", "gradients"),
    "optimizer": Part("▓", "violet", "optimizer"),
    "activations": Part("▒", "cyan", "activations"),
    "logits": Part("▄", "red", "logits"),
    "overhead": Part("░", "grey", "overhead"),
}
"""Those that can stand in one bar together have different characters."""


def part(name: str) -> Part:
    """How a component is drawn; one without a row is drawn by its first letter."""
    return PARTS.get(name) or Part(name[:1] or "?", "grey", name.replace("_", " "))


BASIS_MARKS: dict[Basis, str] = {Basis.EXACT: "=", Basis.FORMULA: "±", Basis.ESTIMATE: "≈"}
BASIS_WORDS: dict[Basis, str] = {
    Basis.EXACT: "exact",
    Basis.FORMULA: "formula",
    Basis.ESTIMATE: "estimate",
}
