"""The tree seen by category: the same rows, under what they are for; no Textual here."""

from collections import defaultdict

from paramtui.checkpoint.category import Category
from paramtui.checkpoint.module import Module
from paramtui.record import replace
from paramtui.tui.columns import category_title


def category_tree(root: Module) -> Module:
    """One row a category, the biggest first, holding the topmost modules that are all its own."""
    found: dict[Category, list[Module]] = defaultdict(list)
    stack = [(child, root.repeat) for child in reversed(root.children)]
    while stack:
        module, above = stack.pop()
        if module.category is not None:
            found[module.category].append(
                replace(module, name=module.path, repeat=module.repeat * above)
            )
        else:
            copies = above * module.repeat
            stack.extend((child, copies) for child in reversed(module.children))
    rows = [_row(category, tuple(modules)) for category, modules in found.items()]
    rows.sort(key=lambda row: (-row.parameters, -row.nbytes))
    return replace(root, children=tuple(rows))


def _row(category: Category, modules: tuple[Module, ...]) -> Module:
    title = category_title(category)
    dtypes: dict[str, int] = defaultdict(int)
    for module in modules:
        for dtype in module.dtypes[:1]:
            dtypes[dtype] += module.nbytes * module.repeat
    return Module(
        name=title,
        path=title,
        category=category,
        parameters=sum(module.parameters * module.repeat for module in modules),
        nbytes=sum(module.nbytes * module.repeat for module in modules),
        dtypes=tuple(sorted(dtypes, key=lambda name: -dtypes[name])),
        children=modules,
    )
