"""Text from files and servers made safe to print on a terminal."""

import re
from collections.abc import Sequence

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
NAME_LIMIT = 1000
"""Characters a cleaned string keeps; longer ones end in an ellipsis."""

# Texts, not compiled: nearly every name is ASCII, and none of these is looked for.
_SPACES = "[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]"
_INVISIBLE = (
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0000-\U000e0fff]"
)
"""Code points that draw nothing yet count as printable (Unicode, Default_Ignorable_Code_Point)."""
_CONTROLS = bytes([*range(0x20), 0x7F])
"""What is not printable in ASCII."""


def clean(text: str, limit: int = NAME_LIMIT) -> str:
    """`text` in one printable line: what a terminal would obey or hide becomes U+FFFD."""
    if len(text) > limit:
        text = text[: limit - 1] + "…"
    if text.isascii() and text.isprintable():
        return text
    text = re.sub(_INVISIBLE, REPLACEMENT, re.sub(_SPACES, " ", text))
    if text.isprintable():
        return text
    # Not printable: controls, format characters, surrogates, separators, private and unassigned.
    return "".join(character if character.isprintable() else REPLACEMENT for character in text)


def clean_all(texts: Sequence[str]) -> Sequence[str]:
    """Each of many texts cleaned; quick where all of them are clean, as in real files."""
    return texts if are_clean(texts) else [clean(text) for text in texts]


def are_clean(texts: Sequence[str]) -> bool:
    """Whether many texts are seen at once to be clean, as those in real files are."""
    whole = "".join(texts)
    if not whole.isascii() or max(map(len, texts), default=0) > NAME_LIMIT:
        return False
    raw = whole.encode()
    return len(raw) == len(raw.translate(None, _CONTROLS))


def clean_names(names: Sequence[str]) -> Sequence[str]:
    """Names cleaned, with a number behind those that only what was taken away told apart."""
    cleaned = clean_all(names)
    if cleaned is names or len(set(cleaned)) == len(set(names)):
        return cleaned
    taken: dict[str, str] = {}
    for name, text in zip(names, cleaned, strict=True):
        copy, shown = 1, text
        while taken.setdefault(shown, name) != name:
            copy += 1
            shown = f"{text} ({copy})"
    told_apart = {name: shown for shown, name in reversed(taken.items())}
    return [told_apart[name] for name in names]


def clean_json(value: object) -> object:
    """A decoded JSON value with every string in it cleaned, names of members included."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, dict):
        return {clean(name): clean_json(item) for name, item in value.items()}
    if isinstance(value, list):
        return [clean_json(item) for item in value]
    return value
