"""The generated parts of the README are what the code says today."""

from docs.generate import BLOCK, BLOCKS, README, generate


def test_readme_is_up_to_date() -> None:
    text = README.read_text("utf-8")
    assert generate(text) == text, "run `make docs`"


def test_every_block_is_used() -> None:
    used = {match[2] for match in BLOCK.finditer(README.read_text("utf-8"))}
    assert used == set(BLOCKS)
