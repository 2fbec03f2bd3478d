"""Sets of weights that stand side by side, none of them the model's own by its name."""

from collections import Counter
from collections.abc import Mapping

from paramtui.checkpoint.checkpoint import Checkpoint
from paramtui.checkpoint.text import clean
from paramtui.record import replace
from paramtui.sources.weight_files import WeightSet, rivals

TOGETHER_LIMIT = 256
"""Files without an index that are read to see whether they belong together."""
NAMED = 5
"""Files that a warning names."""


def together(sizes: Mapping[str, int | None], chosen: WeightSet) -> WeightSet:
    """The chosen set and its rivals as one; the chosen one alone where there are none."""
    sets = rivals(sizes, chosen)
    files = tuple(dict.fromkeys(file for found in (chosen, *sets) for file in found.files))
    if not sets or len(files) > TOGETHER_LIMIT:
        return chosen
    return WeightSet(files, aside=tuple(name for name in chosen.aside if name not in files))


def settled(
    found: Checkpoint, sizes: Mapping[str, int | None], chosen: WeightSet, where: str
) -> Checkpoint:
    """One checkpoint of all the files where their tensors' names differ, else of one set of them.

    `where` is what stands before a file's name to open it.
    """
    sets = (chosen, *rivals(sizes, chosen))
    if len(sets) == 1:
        return found
    names = Counter(tensor.name for tensor in found.tensors)
    read = {shard.name.rpartition("/")[2] for shard in found.shards}
    if max(names.values(), default=0) < 2 and read.issuperset(clean(s.files[0]) for s in sets):
        told = f"no index joins the {len(sets)} sets of files: their names differ, all are counted"
        return replace(found, warnings=(*found.warnings, told))
    held = {tensor.file.rpartition("/")[2] for tensor in found.tensors}
    kept = next((s for s in sets if held.intersection(map(clean, s.files))), chosen)
    files = set(map(clean, kept.files))
    return replace(
        found,
        tensors=tuple(t for t in found.tensors if t.file.rpartition("/")[2] in files),
        shards=tuple(s for s in found.shards if s.name.rpartition("/")[2] in files),
        warnings=(*found.warnings, _told(kept, [s for s in sets if s is not kept], where)),
    )


def _told(kept: WeightSet, others: list[WeightSet], where: str) -> str:
    firsts = [clean(found.files[0], 80) for found in others]
    more = f" and {len(firsts) - NAMED:,} more" if len(firsts) > NAMED else ""
    return (
        f"no index says which file is the model: {clean(kept.files[0], 80)} is shown, not "
        f"{', '.join(firsts[:NAMED])}{more}; open another by its path, {clean(where)}{firsts[0]}"
    )
