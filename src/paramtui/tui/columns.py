"""The columns of the tree: which fit, their header, and one line a row."""

from functools import lru_cache

from rich.cells import cell_len

from paramtui.checkpoint.category import Category
from paramtui.checkpoint.module import Module
from paramtui.checkpoint.summary import PARAMETERS as PARAMETER_KINDS
from paramtui.named_tuple import NamedTuple
from paramtui.reports import units
from paramtui.reports.units import Units
from paramtui.tui.glyphs import bar
from paramtui.tui.line import Line, Span, left, right, shorten, shorten_middle, shorten_start
from paramtui.tui.marking import NO_MARKS, RowWords
from paramtui.tui.marking import TITLE as WHAT_IF
from paramtui.tui.styles import CATEGORY_STYLES
from paramtui.tui.visible_rows import Order, Row

PARAMETERS, BYTES, SHARE, BAR = 9, 10, 7, 5
NAME = 23
"""Cells the name column keeps before another column is shown."""
COMFORT = 36
LEAST_NAME = 12
"""Cells of a deep row that its indentation leaves to icon and name."""
WIDEST_SHAPE, WIDEST_TYPE, WIDEST_BAR = 17, 8, 21
GAP = 2


class Columns(NamedTuple):
    """Cells each column takes, 0 where it is left out."""

    name: int
    shape: int
    dtype: int
    parameters: int
    nbytes: int
    share: int
    bar: int
    marks: int = 0

    @classmethod
    @lru_cache(maxsize=8)  # asked for by every row that is drawn
    def fit(cls, cells: int, shape: int, dtype: int, marks: int = 0) -> "Columns":
        """As many as fit beside a readable name; bar, share, shape, type go first."""
        fixed = {
            "parameters": PARAMETERS,
            **({"marks": marks} if marks else {}),
            "nbytes": BYTES,
            "dtype": dtype,
            "shape": shape,
            "share": SHARE,
            "bar": BAR,
        }
        while fixed and cells - _taken(fixed) < (NAME if len(fixed) > 1 else NAME // 2):
            fixed.popitem()
        name = max(cells - _taken(fixed), 0)
        if "bar" in fixed:
            # Room beyond a comfortable name makes the bars longer, up to a point.
            wider = min(max(name - COMFORT, 0), WIDEST_BAR - BAR)
            fixed["bar"] += wider
            name -= wider
        return cls(name=name, **{column: fixed.get(column, 0) for column in cls._fields[1:]})


class Figures(NamedTuple):
    """What every row's figures are measured by."""

    total: int
    """Parameters of the whole checkpoint."""
    total_bytes: int
    in_all: bool = False
    """Whether figures are those of all copies together, not of one."""
    size_units: Units = Units.GIB


def widths(root: Module) -> tuple[int, int]:
    """Cells that the shapes and the types below a root need."""
    shapes = [len("shape")]
    types = [len("type")]
    for module in root.walk():
        shapes.append(len(_shape(module)))
        types.append(len(_dtype(module)))
    return min(max(shapes), WIDEST_SHAPE), min(max(types), WIDEST_TYPE)


def header(columns: Columns, order: Order, *, in_all: bool, by_category: bool) -> Line:
    """The titles; a mark on the one that sorts, and whether figures are of all copies."""
    title = f"{'category' if by_category else 'module'}{' · all copies' * in_all}"
    mark = "▾ " if order is Order.NAME else "  "
    spans = [Span(left(mark + title, columns.name), "strong" if order is Order.NAME else "dim")]
    if columns.marks:
        spans.append(Span(_gap("") + left(WHAT_IF, columns.marks), "key"))
    for name, cells in zip(TITLES, columns[1:-1], strict=True):
        if cells:
            sorts = name == order.value
            text = f"{'▾' * sorts}{name if name != 'bar' else ''}"
            gap = _gap(name)
            shown = gap + left(text, cells) if name in LEFT else right(text, cells + len(gap))
            spans.append(Span(shown, "strong" if sorts else "dim"))
    return tuple(spans)


TITLES = ("shape", "type", Order.PARAMETERS.value, Order.BYTES.value, "share", "bar")
LEFT = ("shape", "type")


def row_line(
    row: Row,
    columns: Columns,
    figures: Figures,
    *,
    is_open: bool,
    hit: bool,
    marks: RowWords = NO_MARKS,
) -> Line:
    """One row: name, marks, shape or copies, type, parameters, bytes, share and its bar.

    What is left out of the model stands there in grey: the figures are those of the files.
    """
    module = row.module
    copies = row.copies if figures.in_all else 1
    parameters, nbytes = module.parameters * copies, module.nbytes * copies
    spans = list(_name(row, columns.name, is_open=is_open, hit=hit))
    mark = Span(_gap("") + left(marks.text, columns.marks), "key" if marks.own else "dim")
    if columns.marks:
        spans.append(mark)
    if columns.shape:
        style = "key" if module.repeat > 1 else "dim"
        spans.append(Span(_gap("shape") + left(_shape(module), columns.shape), style))
    if columns.dtype:
        spans.append(Span(_gap("type") + left(_dtype(module), columns.dtype), "dim"))
    if columns.parameters:
        spans.append(_count(module, parameters, columns.parameters))
    if columns.nbytes:
        text = right(units.size(nbytes, figures.size_units), columns.nbytes)
        spans.append(Span(_gap("bytes") + text, "dim"))
    # A checkpoint that holds no parameters, only scales or buffers, is shared by its bytes.
    part, whole = (parameters, figures.total) if figures.total else (nbytes, figures.total_bytes)
    if columns.share:
        spans.append(Span(right(_share(part, whole), columns.share)))
    if columns.bar:
        style = CATEGORY_STYLES[module.category] if module.category else "grey"
        share = part / whole if whole else 0
        spans.append(Span(" " + bar(share, columns.bar - 1), style))
    if marks.gone:
        spans = [span if span is mark else Span(span.text, "faint") for span in spans]
    return tuple(spans)


def category_title(category: Category) -> str:
    """A category as people write it: `shared experts`."""
    return category.value.replace("_", " ")


def _name(row: Row, cells: int, *, is_open: bool, hit: bool) -> Line:
    module = row.module
    icon = ("▾ " if is_open else "▸ ") if module.children else "  "
    lead = " " * _indent(row.depth, cells) + icon
    room = cells - cell_len(lead)
    name = _shortened(module.name or "(no name)", max(room, 0))
    style = "hit" if hit else "strong" if module.children and row.depth == 0 else ""
    spans = [Span(lead, "dim"), Span(name, style)]
    room -= cell_len(name)
    note = f"  {module.note}"
    if module.note and room >= 10:
        spans.append(Span(shorten(note, room), "warning"))
        room -= min(cell_len(note), room)
    spans.append(Span(" " * max(room, 0)))
    return tuple(spans)


def _indent(depth: int, cells: int) -> int:
    """Two cells a level while the name keeps its room, then one: a child is never left of it."""
    wide = min(depth, max(cells - LEAST_NAME, 0) // 2)
    return min(wide + depth, max(cells - LEAST_NAME // 2, 0))


def _count(module: Module, parameters: int, cells: int) -> Span:
    """Parameters; scales, buffers and second copies are in the files, yet none."""
    if module.kind is None or module.kind in PARAMETER_KINDS:
        return Span(_gap("") + right(units.count(parameters), cells))
    return Span(_gap("") + right(module.kind.value, cells), "dim")


def _shortened(name: str, cells: int) -> str:
    """A name tells by both its ends; a path, its name in the category view, by its last part."""
    return shorten_start(name, cells) if "." in name else shorten_middle(name, cells, 1 / 2)


def _shape(module: Module) -> str:
    if module.repeat > 1:
        return f"× {module.repeat:,}"
    return units.shape(module.shape) if module.shape is not None else ""


def _dtype(module: Module) -> str:
    return module.dtypes[0] + "+" * (len(module.dtypes) > 1) if module.dtypes else ""


def _taken(fixed: dict[str, int]) -> int:
    return sum(fixed.values()) + sum(0 if name in ("share", "bar") else GAP for name in fixed)


def _share(part: int, whole: int) -> str:
    """A share of at most six characters, so that it keeps off the bytes."""
    return units.percent(part, whole).replace("100.0", "100") if part else ""


def _gap(title: str) -> str:
    return "" if title in ("share", "bar") else " " * GAP
