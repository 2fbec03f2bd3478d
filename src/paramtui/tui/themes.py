"""Our own two themes, and which one a terminal starts with; Textual's are in the palette too."""

import os

from textual.theme import Theme

# The greys are almost neutral: with 256 colours, all that ssh passes on, bluish ones turn navy.
THEMES = (
    Theme(
        name="paramtui-dark",
        primary="#7aa2f7",
        secondary="#5fb3b3",
        accent="#bb9af7",
        success="#9ece6a",
        warning="#e0af68",
        error="#f7768e",
        foreground="#d6d8de",
        background="#15161a",
        surface="#1c1d22",
        panel="#26282f",
        dark=True,
        variables={
            "block-cursor-background": "#364a82",
            "block-cursor-foreground": "#ffffff",
            "block-cursor-text-style": "none",
        },
    ),
    Theme(
        name="paramtui-light",
        primary="#2e5cb8",
        secondary="#0f7b8a",
        accent="#7b45b5",
        success="#3f7d20",
        warning="#9a6700",
        error="#c0304a",
        foreground="#2a2c33",
        background="#fbfbfb",
        surface="#f1f2f3",
        panel="#e3e5e9",
        dark=False,
        variables={
            "block-cursor-background": "#c9d6f5",
            "block-cursor-foreground": "#10142a",
            "block-cursor-text-style": "none",
        },
    ),
)


def default_theme(color_system: str | None, *, no_color: bool) -> str:
    """The user's own choice; else ours, or the terminal's own colours where it has 16 or none."""
    if chosen := os.environ.get("TEXTUAL_THEME"):
        return chosen
    return "ansi-dark" if no_color or color_system == "standard" else THEMES[0].name
