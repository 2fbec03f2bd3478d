"""Writes the generated parts of README.md anew; `make docs` runs it, a test compares."""

import contextlib
import io
import re
from collections.abc import Callable
from pathlib import Path

from paramtui.cli import main
from paramtui.options import option_table_markdown
from paramtui.tui.commands import key_table_markdown

README = Path(__file__).resolve().parents[1] / "README.md"
BLOCK = re.compile(r"(<!-- generated: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def command(*arguments: str) -> Callable[[], str]:
    """The output of a paramtui command, as it would stand in a terminal."""

    def block() -> str:
        output = io.StringIO()
        with contextlib.redirect_stdout(output):
            main(arguments)
        return f"```console\n$ paramtui {' '.join(arguments)}\n{output.getvalue()}```"

    return block


BLOCKS: dict[str, Callable[[], str]] = {
    "keys": key_table_markdown,
    "options": option_table_markdown,
    "plain": command("meta-llama/Llama-3.1-8B", "--plain", "--mode", "lora", "--offline"),
    "precisions": command("--list-precisions"),
}
"""What stands between the markers of each name."""


def generate(text: str) -> str:
    """README text -> the same with every marked block made anew."""
    return BLOCK.sub(lambda match: f"{match[1]}{BLOCKS[match[2]]()}\n{match[3]}", text)


if __name__ == "__main__":
    README.write_text(generate(README.read_text("utf-8")), "utf-8")
