"""The report of `--csv`: the folded tree as a table, a row for each module and tensor."""

import csv
import io
from collections.abc import Sequence

from paramtui.checkpoint.module import Module
from paramtui.reports.rows import Row, rows

COLUMNS = (
    "path",
    "category",
    "kind",
    "dtype",
    "shape",
    "repeat",
    "copies",
    "parameters",
    "bytes",
    "children",
    "file",
    "note",
)
"""`parameters` and `bytes` are those of one of `copies`; `repeat` of them stand beside each other.

Times `copies`, the rows without children add up to the whole model.
"""
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet would compute instead of show (OWASP, CSV injection)."""


def csv_report(root: Module) -> str:
    """Every module below the root; no text begins a formula."""
    output = io.StringIO()
    writer = csv.writer(output, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(_cells(row) for row in rows(root) if row.depth)
    return output.getvalue().removesuffix("\n")


def _cells(row: Row) -> Sequence[str | int]:
    module = row.module
    return (
        _text(module.path),
        module.category.value if module.category else "",
        module.kind.value if module.kind else "",
        _text("/".join(module.dtypes)),
        "" if module.shape is None else "x".join(map(str, module.shape)),
        module.repeat,
        row.copies,
        module.parameters,
        module.nbytes,
        len(module.children),
        _text(module.file),
        _text(module.note),
    )


def _text(text: str) -> str:
    return f"'{text}" if text.startswith(FORMULA) else text
