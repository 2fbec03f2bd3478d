"""The table of commands: bindings, footer, help, palette and the README's key table."""

from enum import Enum
from functools import partial

from paramtui.record import Record


class Group(str, Enum):
    """Where a command is listed, and what it acts on."""

    MOVE = "Move"
    TREE = "Tree"
    SEARCH = "Search"
    MEMORY = "Memory"
    MARKS = "What if, on the selected row"
    APP = "App"


class Command(Record):
    """Something the user can do."""

    id: str
    """Its name; the action of that name unless `action` says another."""
    keys: tuple[str, ...]
    """As the terminal layer names them, the one shown first."""
    title: str
    help: str
    group: Group
    footer: int = 0
    """Its rank in the footer, where 1 stays longest; 0 where the footer does not name it."""
    in_palette: bool = True
    action: str = ""

    @property
    def runs(self) -> str:
        """The action it stands for."""
        return self.action or self.id

    @property
    def shown_keys(self) -> tuple[str, ...]:
        """The keys as people read them."""
        return tuple(KEY_NAMES.get(key, key) for key in self.keys)


KEY_NAMES = {
    "up": "↑", "down": "↓", "left": "←", "right": "→", "pageup": "PgUp", "pagedown": "PgDn",
    "home": "Home", "end": "End", "enter": "Enter", "space": "Space", "escape": "Esc",
    "delete": "Del", "equals_sign": "=",
    "asterisk": "*", "slash": "/", "question_mark": "?", "exclamation_mark": "!",
    "plus": "+", "minus": "-", "tab": "Tab", "ctrl+p": "Ctrl+P", "ctrl+c": "Ctrl+C",
}  # fmt: skip

_MOVE, _TREE, _SEARCH, _MEMORY, _MARKS, _APP = Group
_hidden = partial(Command, group=_MOVE, in_palette=False)


def _step(control: str, key: str, title: str, help_text: str) -> tuple[Command, ...]:
    """The two commands of a control: its key, and the capital letter for the way back."""
    row = partial(Command, group=_MEMORY)
    ahead, back = f"step('{control}', 1)", f"step('{control}', -1)"
    # A sequence that a slow link splits ends in one of these: Escape, [, B.
    capital = () if key.upper() in "ABCDFH" else (key.upper(),)
    return (
        row(f"next_{control}", (key,), f"next {title}", help_text, action=ahead),
        row(
            f"previous_{control}", capital, f"previous {title}", f"The {title} before.", action=back
        ),
    )


COMMANDS: tuple[Command, ...] = (
    _hidden("up", ("up", "k"), "up", "One row up."),
    _hidden("down", ("down", "j"), "down", "One row down."),
    _hidden("page_up", ("pageup",), "page up", "One screen up."),
    _hidden("page_down", ("pagedown",), "page down", "One screen down."),
    _hidden("first", ("home", "g"), "first", "To the first row."),
    _hidden("last", ("end", "G"), "last", "To the last row."),
    _hidden("forward", ("right", "l"), "open",
            "Open a module, or step into it; in the memory pane, the next value."),
    _hidden("back", ("left", "h"), "close",
            "Close a module, or go to the one above; in the memory pane, the previous value."),
    _hidden("turn", ("enter", "space"), "open or close",
            "Open or close a module; in the memory pane, the next value."),
    Command("open_all", ("asterisk",), "open all below",
            "Open the selected module and everything below it.", _TREE),
    Command("sort", ("s",), "sort",
            "Sort siblings: model order, parameters, bytes, name.", _TREE, footer=6),
    Command("categories", ("c",), "categories",
            "Group the same rows by what they are for: attention, mlp, norm …", _TREE, footer=5),
    Command("copies", ("a",), "all copies",
            "Figures of one copy of a repeated layer, or of all copies together.", _TREE,
            footer=7),
    Command("search", ("slash",), "search",
            "Find modules by path as you type; layers.17.mlp finds layers 0 … 31.", _SEARCH,
            footer=3),
    Command("next_hit", ("n",), "next hit", "To the next hit of the search.", _SEARCH),
    Command("previous_hit", ("N",), "previous hit", "To the previous hit.", _SEARCH),
    *_step("mode", "m", "mode", "Mode: inference, LoRA, QLoRA or full fine-tuning."),
    *_step("precision", "p", "precision", "Precision of the weights: stored, bf16, NF4 …"),
    *_step("rank", "r", "LoRA rank", "LoRA rank: 1, 2, 4 … 256."),
    Command("targets", ("t",), "LoRA targets",
            "LoRA targets: tick the kinds of layers to train; shows the LoraConfig to paste.",
            _MEMORY),
    *_step("context", "x", "context", "Context: tokens a sequence, up to the model's maximum."),
    *_step("batch", "b", "batch", "Batch: sequences at once, 1, 2, 4 …"),
    Command("gpus", ("u",), "GPU",
            "GPU: its name or a size and how many; then whether it fits, and the most that does.",
            _MEMORY, footer=5),
    Command("sweep", ("S",), "sweep",
            "Sweep: the memory over a range of contexts, batches, ranks or precisions, as a plot.",
            _MEMORY),
    Command("overheads", ("O",), "overheads",
            "Overheads: what is counted on top of the peak, each ranged and switchable.", _MEMORY),
    Command("compute", ("i",), "compute and speed",
            "FLOPs and bytes of a token, and the bound on tokens a second on the GPU.", _MEMORY),
    Command("increase", ("plus",), "increase", "Step the control last touched up.", _MEMORY),
    Command("decrease", ("minus",), "decrease", "Step the control last touched down.", _MEMORY),
    Command("mark_precision", ("equals_sign",), "precision of its own",
            "Give the branch a precision of its own: shows what it weighs in each.", _MARKS),
    Command("freeze", ("f",), "freeze",
            "Freeze the branch: not trained, no adapter there.", _MARKS, action="mark('freeze')"),
    Command("train", ("T",), "train",
            "Train the branch whole, beside an adapter too.", _MARKS, action="mark('train')"),
    Command("leave_out", ("z", "delete"), "leave out",
            "Leave the branch out of the model: prune layers, drop a tower or the MTP head.",
            _MARKS, action="mark('prune')"),
    Command("undo_mark", ("Z",), "undo",
            "Back to the marks before the last change.", _MARKS),
    Command("marks", ("L",), "list of marks",
            "All marks, each to be taken out by one key; shows the command line.", _MARKS),
    Command("explain", ("e",), "explain",
            "How the selected figure is computed, with this model's numbers and the source.",
            _APP, footer=4),
    Command("values", ("v",), "values",
            "Values of a tensor of local files: range, mean, spread, zeros, a histogram.", _APP),
    Command("copy", ("y",), "copy",
            "Copy the selected row or figure; on a control, the command line.", _APP),
    Command("copy_command", ("Y",), "copy command line",
            "Copy the command line that opens this model in this scenario.", _APP),
    Command("write", ("w",), "write",
            "Write a report: Markdown, JSON, CSV, or an SVG picture of the screen.", _APP,
            footer=8),
    Command("compare", ("d",), "compare",
            "Set a second model beside this one, module by module; n and N go to the differences.",
            _APP, footer=10),
    Command("open", ("o",), "open",
            "Open another model: bundled ones, the Hub's cache, recent ones, search on the Hub.",
            _APP, footer=9, action="app.open"),
    Command("glossary", (), "glossary", "The words on the screen in plain sentences.", _APP),
    Command("warnings", ("exclamation_mark",), "warnings",
            "What is missing or contradicts itself in this checkpoint.", _APP),
    Command("next_pane", ("tab",), "next pane",
            "Between the tree and the memory pane; opens it where it is folded.", _APP),
    Command("help", ("question_mark",), "help", "This list.", _APP, footer=1),
    Command("command_palette", ("ctrl+p",), "palette",
            "Every command by name, themes included.", _APP, in_palette=False,
            action="app.command_palette"),
    Command("close_top", ("escape",), "close",
            "Close what is on top; never quits.", _APP, in_palette=False),
    Command("quit", ("q",), "quit", "Leave.", _APP, footer=2, in_palette=False, action="app.quit"),
    Command("leave", ("ctrl+c",), "leave", "Leave, while typing too.", _APP, in_palette=False,
            action="app.quit()"),
)  # fmt: skip


def command(name: str) -> Command:
    """The row of that id."""
    return next(row for row in COMMANDS if row.id == name)


def key_table_markdown() -> str:
    """The commands as the README's table of keys."""
    lines = ["| keys | what they do |", "| --- | --- |"]
    for row in COMMANDS:
        if not row.keys:
            continue
        keys = " ".join(f"`{key}`" for key in row.shown_keys)
        lines.append(f"| {keys} | {row.help} |")
    return "\n".join(lines)
