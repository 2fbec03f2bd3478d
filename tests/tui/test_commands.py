"""The table of commands against the keys the interface promises."""

from paramtui.tui.commands import COMMANDS, command, key_table_markdown

PROMISED = {
    "up": "up", "down": "down", "pageup": "page_up", "pagedown": "page_down", "home": "first",
    "end": "last", "j": "down", "k": "up", "g": "first", "G": "last", "right": "forward",
    "left": "back", "enter": "turn", "space": "turn", "l": "forward", "h": "back",
    "asterisk": "open_all", "slash": "search", "n": "next_hit", "N": "previous_hit", "s": "sort",
    "c": "categories", "m": "next_mode", "p": "next_precision", "r": "next_rank",
    "x": "next_context", "b": "next_batch", "M": "previous_mode", "P": "previous_precision",
    "R": "previous_rank", "X": "previous_context", "plus": "increase", "minus": "decrease",
    "e": "explain", "tab": "next_pane", "question_mark": "help", "ctrl+p": "command_palette",
    "t": "targets", "q": "quit", "escape": "close_top",
}  # fmt: skip


def bound() -> dict[str, str]:
    return {key: row.id for row in COMMANDS for key in row.keys}


def test_every_promised_key_is_bound() -> None:
    assert PROMISED.items() <= bound().items()


def test_no_key_stands_twice() -> None:
    keys = [key for row in COMMANDS for key in row.keys]
    assert len(keys) == len(set(keys))


def test_what_split_escape_sequences_end_in_is_free() -> None:
    assert not {"left_square_bracket", *"ABCDFH"} & bound().keys()
    assert command("close_top").keys == ("escape",)


def test_the_key_table_has_a_row_for_every_command_with_a_key() -> None:
    lines = key_table_markdown().splitlines()
    assert len(lines) == sum(bool(row.keys) for row in COMMANDS) + 2
    assert all(line.count(" | ") == 1 for line in lines)
