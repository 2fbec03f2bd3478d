"""The flat list of rows against a naive flattening of the tree."""

from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st

from paramtui.checkpoint.module import Module
from paramtui.tui.visible_rows import Order, Row, VisibleRows


def leaf(name: str, parameters: int = 1, repeat: int = 1) -> Module:
    return Module(name, name, None, parameters, 2 * parameters, ("BF16",), repeat)


def branch(name: str, *children: Module, repeat: int = 1) -> Module:
    parameters = sum(child.parameters * child.repeat for child in children)
    return Module(name, name, None, parameters, 2 * parameters, (), repeat, children)


names = st.text("ab1", min_size=1, max_size=3)
modules = st.recursive(
    st.builds(leaf, names, st.integers(1, 99), st.integers(1, 4)),
    lambda below: st.builds(
        lambda name, children, repeat: branch(name, *children, repeat=repeat),
        names,
        st.lists(below, max_size=4),
        st.integers(1, 3),
    ),
    max_leaves=25,
)
roots = st.lists(modules, max_size=5).map(lambda children: branch("", *children))
steps = st.lists(
    st.tuples(st.sampled_from(["open", "close", "open_all", "sort"]), st.integers(0, 50)),
    max_size=25,
)


def flattened(
    module: Module, shown: set[int], order: Order, depth: int = 0, above: int = 1
) -> Iterator[Row]:
    keys = {
        Order.PARAMETERS: lambda child: -child.parameters * child.repeat,
        Order.BYTES: lambda child: -child.nbytes * child.repeat,
    }
    children = sorted(module.children, key=keys[order]) if order in keys else module.children
    for child in children:
        yield Row(child, depth, above)
        if id(child) in shown:
            yield from flattened(child, shown, order, depth + 1, above * child.repeat)


@given(roots, steps)
def test_rows_are_the_open_part_of_the_tree(root: Module, walk: list[tuple[str, int]]) -> None:
    rows = VisibleRows(root)
    shown: set[int] = set()
    orders = [Order.MODEL, Order.PARAMETERS, Order.BYTES]
    for step, number in walk:
        if step == "sort":
            rows.sort(orders[number % 3])
        elif len(rows):
            index = number % len(rows)
            before = len(rows)
            module = rows[index].module
            added = getattr(rows, step)(index)
            if step == "close":
                shown.discard(id(module))
                assert len(rows) == before - added
            else:
                below = module.walk() if step == "open_all" else [module]
                shown |= {id(one) for one in below if one.children}
                assert len(rows) == before + added
        assert rows.rows == list(flattened(root, shown, rows.order))


@given(roots, st.data())
def test_reveal_opens_the_way_to_any_module(root: Module, data: st.DataObject) -> None:
    below = [module for module in root.walk() if module is not root]
    if not below:
        return
    rows = VisibleRows(root)
    module = data.draw(st.sampled_from(below))
    index = rows.reveal(module)
    assert rows[index].module is module
    at: int | None = index
    while at is not None:
        at = rows.parent(at)
        assert at is None or rows.is_open(at)


@given(roots, st.integers(0, 30))
def test_what_opens_by_itself_fits_the_height(root: Module, height: int) -> None:
    rows = VisibleRows(root)
    top = len(rows)
    rows.open_while(height)
    assert len(rows) <= max(height, top)


def test_names_sort_as_people_count() -> None:
    rows = VisibleRows(branch("", leaf("10"), leaf("9"), leaf("b"), leaf("A")), Order.NAME)
    assert [row.module.name for row in rows.rows] == ["9", "10", "A", "b"]


def test_copies_multiply_down_the_tree() -> None:
    expert = leaf("0 … 7", 10, repeat=8)
    rows = VisibleRows(branch("", branch("0 … 31", branch("experts", expert), repeat=32)))
    rows.open_all(0)
    assert [row.copies for row in rows.rows] == [32, 32, 256]


def test_closing_and_opening_restores_what_was_open_below() -> None:
    rows = VisibleRows(branch("", branch("a", branch("b", leaf("c")))))
    rows.open_all(0)
    assert rows.close(0) == 2
    assert rows.open(0) == 2
