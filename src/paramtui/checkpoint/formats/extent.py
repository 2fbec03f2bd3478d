"""How many values a JSON text may hold: each costs far more time and memory than its text."""

VALUES_LIMIT = 2_500_000
"""Values of one text: those of 300,000 tensors, or of an index of two million."""
TOO_MANY = f"it has more than {VALUES_LIMIT:,} values"


def holds_too_much(text: str | bytes) -> bool:
    """Whether a text is not to be read, by its commas and brackets; those in strings count too."""
    if isinstance(text, str):
        return sum(map(text.count, ",[{")) > VALUES_LIMIT
    return len(text) - len(text.translate(None, b",[{")) > VALUES_LIMIT
