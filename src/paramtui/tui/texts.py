"""The single lines around the tree: title, categories, details, cost; no Textual here."""

from paramtui.checkpoint.checkpoint import Checkpoint
from paramtui.checkpoint.summary import ParameterSummary
from paramtui.reports import units
from paramtui.reports.units import Units
from paramtui.tui.columns import category_title
from paramtui.tui.commands import COMMANDS, Command
from paramtui.tui.glyphs import bar
from paramtui.tui.line import (
    EMPTY,
    Line,
    Span,
    between,
    joined,
    shorten,
    shorten_middle,
    width,
    wrapped,
)
from paramtui.tui.marking import NO_MARKS, RowWords
from paramtui.tui.opening import Opened
from paramtui.tui.search import Search
from paramtui.tui.styles import CATEGORY_STYLES
from paramtui.tui.told import Told
from paramtui.tui.visible_rows import Row

DOT = Span(" · ", "faint")
HINTS = 36
"""Cells the footer keeps for keys."""


def title(
    opened: Opened,
    size: Units,
    cells: int,
    marked: ParameterSummary | None = None,
    marks: int = 0,
) -> Line:
    """What is open: id, revision, then architecture, parameters, type, bytes and files.

    Parameters and bytes are those that the marks leave.
    """
    checkpoint = opened.checkpoint
    revision = f" @ {checkpoint.revision}" if checkpoint.revision else ""
    start: Line = (Span(f" {checkpoint.id}", "title"), Span(revision, "dim"))
    if marks:
        start = (*start, Span(f"  {units.plural(marks, 'mark')}", "key"))
    facts = _facts(checkpoint, marked or opened.summary, size)
    # The figures stay longest; the architecture and the files go first on a narrow screen.
    for shown in (facts, facts[1:], facts[1:4], [facts[1], facts[3]], facts[1:2]):
        end = joined([(Span(fact),) for fact in shown], 10**6, DOT)
        if width(start) + width(end) + 3 <= cells:
            return between(start, (*end, Span(" ")), cells)
    name = shorten_middle(checkpoint.id, cells - 2)
    return (Span(f" {name}", "title"),)


def notice(opened: Opened, cells: int) -> Line:
    """What must be said about the source, and that there are warnings; empty when all is well."""
    sentences = []
    if broken := sum(1 for shard in opened.checkpoint.shards if shard.problem):
        sentences.append(f"{units.plural(broken, 'file')} could not be read, totals are at least")
    if opened.checkpoint.notice:
        sentences.append(opened.checkpoint.notice)
    warned = len(opened.summary.warnings)
    end: Line = (Span("! ", "key"), Span(f"{units.plural(warned, 'warning')} ", "dim"))
    if not sentences and not warned:
        return EMPTY
    text = " · ".join(sentences)
    if not warned and len(text) > cells - 4:
        end = (Span("! ", "key"), Span("all ", "dim"))
    elif not warned:
        end = EMPTY
    text = shorten(text, cells - 4 - width(end) - bool(end))
    start: Line = (Span(" ▲ ", "warning"), Span(text, "warning"))
    return between(start, end, cells)


def category_bar(summary: ParameterSummary, cells: int) -> Line:
    """The share of every category, the biggest first, as many as fit."""
    ranked = sorted(summary.by_category.items(), key=lambda item: -item[1])
    ranked = [item for item in ranked if item[1]]
    if not ranked or not summary.total or summary.partial:
        return EMPTY
    words = [
        f"{category_title(category)} {units.percent(count, summary.total)}"
        for category, count in ranked
    ]
    while len(words) > 1 and sum(len(word) + 4 for word in words) > cells:
        words.pop()
    room = max(cells - sum(len(word) + 4 for word in words), 0)
    shown = ranked[: len(words)]
    parts: list[Line] = []
    for (category, count), word in zip(shown, words, strict=True):
        share = count / summary.total
        stretch = max(round(share * room), 1)
        fill = "█" * stretch if stretch > 1 else bar(min(share * room, 1.0), 1)
        parts.append((Span(fill, CATEGORY_STYLES[category]), Span(f" {word}", "dim")))
    return (Span(" "), *joined(parts, cells - 1, Span("  ")))


def details(row: Row, size: Units, cells: int, marks: RowWords = NO_MARKS) -> list[Line]:
    """The selected row in two lines: where it is and how many numbers; what it weighs."""
    module = row.module
    category = category_title(module.category) if module.category else "several categories"
    what = [category] if category != module.path else []
    if module.kind is not None:
        what.append(module.kind.value)
    if module.shape is not None:
        what.append(units.product(module.shape))
        if module.stored_shape is not None and module.stored_shape != module.shape:
            what.append(f"stored as {units.shape(module.stored_shape)}")
    else:
        what.append(f"{units.exact(module.parameters)} parameters")
    tail = "".join(f" · {item}" for item in what)
    path = shorten_middle(module.path or module.name, max(cells - len(tail) - 2, 16))
    first: Line = (Span(f" {path}", "strong"), Span(tail, "dim"))
    weighs = units.size(module.nbytes, size)
    if row.copies > 1:
        everywhere = units.size(module.nbytes * row.copies, size)
        count = units.exact(module.parameters * row.copies)
        weighs = f"{weighs} each · × {row.copies:,} = {everywhere}, {count} parameters"
    facts = [weighs, ", ".join(module.dtypes)]
    facts.append(f"first in {module.file}" if row.copies > 1 and module.file else module.file)
    facts.append(module.note)
    asked = f"{marks.text}{', set here' if marks.own else ', inherited'}" if marks.text else ""
    parts: list[Line] = [(Span(fact, "dim"),) for fact in facts if fact]
    parts += [(Span(asked, "key"),)] if asked else []
    return [first, (Span(" "), *joined(parts, cells - 2, DOT))]


def told(message: Told, cells: int) -> Line:
    """What the last key did, in one line; where more could be said, the key that says it."""
    if not message.wrong:
        return (Span(f" {shorten(message.text, cells - 2)}", "key"),)
    more = bool(message.hint) or len(message.text) > cells - 4
    end: Line = (Span("! ", "key"), Span("more ", "dim")) if more else EMPTY
    text = shorten(message.text, cells - 4 - width(end) - bool(end))
    return between((Span(" ▲ ", "warning"), Span(text, "warning")), end, cells)


def warnings(opened: Opened, cells: int, message: Told | None = None) -> list[Line]:
    """What the last key could not do, and all that is missing or contradictory."""
    checkpoint = opened.checkpoint
    problem = f"{message.text}; {message.hint}".strip("; ") if message and message.wrong else ""
    lines: list[Line] = []
    for sentence in (
        *filter(None, [problem, checkpoint.notice]),
        *opened.summary.warnings,
    ):
        lines += [*([EMPTY] if lines else []), *wrapped(f"▲ {sentence}", cells, indent=2)]
    return lines or [(Span("Nothing is missing and nothing contradicts itself.", "dim"),)]


def footer(checkpoint: Checkpoint, search: Search, cells: int) -> Line:
    """The keys, or the search in force; then what looking cost."""
    end = cost(checkpoint, cells - HINTS)
    room = cells - width(end) - 2
    keys = _searching(search, room) if search.query else _hints(room)
    return between((Span(" "), *keys), end, cells)


def _hints(cells: int) -> Line:
    """The keys of the table, the highest ranks as long as there is room, in the table's order."""
    ranked = sorted((row for row in COMMANDS if row.footer), key=lambda row: row.footer)
    while len(ranked) > 1 and sum(len(_hint(row)) + 2 for row in ranked) > cells + 2:
        ranked.pop()
    shown = [row for row in COMMANDS if row in ranked]
    parts: list[Line] = [
        (Span(row.shown_keys[0], "key"), Span(f" {row.title}", "dim")) for row in shown
    ]
    return joined(parts, cells, Span("  "))


def _hint(row: Command) -> str:
    return f"{row.shown_keys[0]} {row.title}"


def _searching(search: Search, cells: int) -> Line:
    parts: list[Line] = [
        (Span("/", "key"), Span(search.query)),
        (Span(search.count, "dim"),),
        *[(Span(key, "key"), Span(f" {word}", "dim")) for key, word in _SEARCH_KEYS],
    ]
    return joined(parts, cells, Span("  "))


_SEARCH_KEYS = (("n", "next"), ("N", "previous"), ("Esc", "clear"))


def cost(checkpoint: Checkpoint, cells: int) -> Line:
    """What looking cost, and that not one weight was fetched; shorter where it must be."""
    fetched = checkpoint.fetched
    weights = f"{units.traffic(fetched.weight_bytes)} of weights"
    moved = units.traffic(fetched.bytes)
    requests = units.plural(fetched.requests, "request")
    forms = [f"{requests} · {moved} · {weights} ", f"{moved} · {weights} ", f"{weights} "]
    if fetched.retries:
        again = units.plural(fetched.retries, "retry", "retries")
        forms.insert(0, f"{requests} · {again} · {moved} · {weights} ")
    if not fetched.requests:
        source = "from the cache" if fetched.from_cache else "nothing fetched"
        forms = [f"{source} · {weights} ", f"{weights} "]
    return next(((Span(form, "dim"),) for form in forms if len(form) <= cells), EMPTY)


def _facts(checkpoint: Checkpoint, summary: ParameterSummary, size: Units) -> list[str]:
    least = "" if summary.complete or summary.partial else "≥ "
    parameters = f"{least}{units.count(summary.total)} parameters"
    if summary.whole and summary.whole.total != summary.total:
        parameters = f"{least}{units.count(summary.total)} of {units.count(summary.whole.total)}"
    if summary.active != summary.total:
        parameters += f", {units.count(summary.active)} active"
    if summary.partial and not summary.total:
        parameters = "parameters unknown"
    types = sorted(summary.by_dtype, key=lambda name: -summary.by_dtype[name])
    return [
        checkpoint.config.architecture or checkpoint.config.model_type or "unknown architecture",
        parameters,
        " + ".join(types[:2]) + (" …" if len(types) > 2 else "") if types else "no tensors",
        f"{least}{units.size(summary.stored_bytes, size)}",
        *([units.plural(summary.files, "file")] if summary.files else []),
    ]
