"""VisibleRows: the open part of the module tree as one flat list; no Textual here."""

import re
from collections.abc import Iterator
from enum import Enum

from paramtui.checkpoint.module import Module
from paramtui.named_tuple import NamedTuple


class Order(str, Enum):
    """How siblings are sorted."""

    MODEL = "model order"
    PARAMETERS = "parameters"
    BYTES = "bytes"
    NAME = "name"


class Row(NamedTuple):
    """One line of the tree."""

    module: Module
    depth: int
    above: int
    """Copies of its parent in the whole model: the product of all repeats above it."""

    @property
    def copies(self) -> int:
        """Copies of it in the whole model."""
        return self.above * self.module.repeat


class VisibleRows:
    """The rows of a tree that are visible; opening and closing are slices of a list.

    Modules are told apart by identity: equal ones may stand at two places, and a frozen
    module's own hash runs over everything below it.
    """

    def __init__(self, root: Module, order: Order = Order.MODEL) -> None:
        self.root = root
        self.order = order
        self._open: set[int] = set()
        self._parents = {id(child): module for module in root.walk() for child in module.children}
        self.rows: list[Row] = self._below(root, 0, root.repeat)

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: int) -> Row:
        return self.rows[index]

    def is_open(self, index: int) -> bool:
        """Whether the row's children are visible."""
        return id(self.rows[index].module) in self._open

    def open(self, index: int) -> int:
        """Show the children of a row, open as they were left; returns the rows that appear."""
        row = self.rows[index]
        if self.is_open(index) or not row.module.children:
            return 0
        self._open.add(id(row.module))
        below = self._below(row.module, row.depth + 1, row.copies)
        self.rows[index + 1 : index + 1] = below
        return len(below)

    def close(self, index: int) -> int:
        """Hide everything below a row; returns the rows that disappear."""
        if not self.is_open(index):
            return 0
        end = self.end(index)
        del self.rows[index + 1 : end]
        self._open.discard(id(self.rows[index].module))
        return end - index - 1

    def open_all(self, index: int) -> int:
        """Open a row and all below it; returns the rows that appear."""
        hidden = self.close(index)
        module = self.rows[index].module
        self._open.update(id(below) for below in module.walk() if below.children)
        self._open.discard(id(module))
        return self.open(index) - hidden

    def open_while(self, height: int) -> None:
        """Open the biggest closed rows first, each one that leaves all rows within `height`."""
        while True:
            room = height - len(self)
            closed = [
                (row.module.nbytes * row.copies, -index)
                for index, row in enumerate(self.rows)
                if 0 < len(row.module.children) <= room and not self.is_open(index)
            ]
            if not closed:
                break
            self.open(-max(closed)[1])

    def biggest(self, index: int) -> int:
        """The index of the biggest row among a row and its siblings below it."""
        depth = self.rows[index].depth
        siblings = [index]
        for at in range(index + 1, len(self.rows)):
            if self.rows[at].depth < depth:
                break
            if self.rows[at].depth == depth:
                siblings.append(at)
        return max(siblings, key=lambda at: self.rows[at].module.nbytes * self.rows[at].copies)

    def end(self, index: int) -> int:
        """The index after the last visible row below a row."""
        depth = self.rows[index].depth
        following = range(index + 1, len(self.rows))
        return next((at for at in following if self.rows[at].depth <= depth), len(self.rows))

    def parent(self, index: int) -> int | None:
        """The index of the row it stands under; None at the top."""
        depth = self.rows[index].depth
        return next((at for at in range(index - 1, -1, -1) if self.rows[at].depth < depth), None)

    def find(self, module: Module) -> int | None:
        """The index of a module, if it is visible."""
        return next((at for at, row in enumerate(self.rows) if row.module is module), None)

    def reveal(self, module: Module) -> int:
        """Open every row above a module; returns its index."""
        chain = [module]
        while (above := self._parents.get(id(chain[-1]))) is not None and above is not self.root:
            chain.append(above)
        index = -1
        while chain:
            target = chain.pop()
            index = next(
                at for at in range(index + 1, len(self.rows)) if self.rows[at].module is target
            )
            if chain:
                self.open(index)
        return index

    def sort(self, order: Order) -> None:
        """Sort all siblings anew; what is open stays open."""
        self.order = order
        self.rows = self._below(self.root, 0, self.root.repeat)

    def walk(self) -> Iterator[tuple[Module, Module]]:
        """Every module below the root with its parent, hidden ones too, in the order shown."""
        stack = [(child, self.root) for child in reversed(self._sorted(self.root))]
        while stack:
            module, parent = stack.pop()
            yield module, parent
            stack.extend((child, module) for child in reversed(self._sorted(module)))

    def _below(self, module: Module, depth: int, above: int) -> list[Row]:
        rows: list[Row] = []
        stack = [Row(child, depth, above) for child in reversed(self._sorted(module))]
        while stack:
            row = stack.pop()
            rows.append(row)
            if id(row.module) in self._open:
                below = reversed(self._sorted(row.module))
                stack.extend(Row(child, row.depth + 1, row.copies) for child in below)
        return rows

    def _sorted(self, module: Module) -> tuple[Module, ...]:
        if self.order is Order.MODEL:
            return module.children
        return tuple(sorted(module.children, key=_KEYS[self.order]))


def _by_name(module: Module) -> tuple[tuple[int, str], ...]:
    parts = re.split(r"(\d+)", module.name.casefold())
    return tuple((int(part), "") if part.isdecimal() else (-1, part) for part in parts)


_KEYS = {
    Order.PARAMETERS: lambda module: -module.parameters * module.repeat,
    Order.BYTES: lambda module: -module.nbytes * module.repeat,
    Order.NAME: _by_name,
}
