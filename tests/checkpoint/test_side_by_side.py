"""Two checkpoints as one tree."""

from hypothesis import given

from paramtui.checkpoint.comparing.compare import Change, compare
from paramtui.checkpoint.comparing.side_by_side import Pair, side_by_side
from paramtui.checkpoint.summary import ParameterSummary, summarise
from paramtui.sources.catalog import load_bundled
from tests.checkpoint.test_compare import I32, SMALL, checkpoints, layers, renamed
from tests.memory.small_models import of_tensors


def rows(root: Pair) -> dict[str, Pair]:
    return {row.path: row for row in root.walk() if isinstance(row, Pair)}


def bundled(model: str) -> ParameterSummary:
    checkpoint = load_bundled(model)
    assert checkpoint is not None
    return summarise(checkpoint)


@given(model=checkpoints)
def test_a_checkpoint_and_itself_differ_nowhere(model: ParameterSummary) -> None:
    root = side_by_side(model, model)
    assert root.differences == 0
    assert not list(root.places())
    assert all(row.here == row.there for row in rows(root).values())


@given(here=checkpoints, there=checkpoints)
def test_it_is_mirrored_from_the_other_side(
    here: ParameterSummary, there: ParameterSummary
) -> None:
    one, other = rows(side_by_side(here, there)), rows(side_by_side(there, here))
    assert one.keys() == other.keys()
    for path, row in one.items():
        assert (row.here, row.there) == (other[path].there, other[path].here)
        assert row.differences == other[path].differences


@given(here=checkpoints, there=checkpoints)
def test_it_differs_where_the_comparison_does_and_sums_to_the_same(
    here: ParameterSummary, there: ParameterSummary
) -> None:
    root, comparison = side_by_side(here, there), compare(here, there)
    assert bool(root.differences) == bool(comparison.differences)
    mine = root.here.parameters if root.here else 0
    yours = root.there.parameters if root.there else 0
    assert (mine, yours) == (here.total, there.total)
    assert yours - mine == comparison.parameters_delta


def test_layers_alike_in_both_are_one_row() -> None:
    root = rows(side_by_side(of_tensors(layers(4)), of_tensors(layers(6))))
    assert root["model.layers.0-3"].changes == ()
    more = root["model.layers.4-5"]
    assert (more.changes, more.repeat, more.here) == ((Change.ONLY_THERE,), 2, None)
    assert [row.path for row in root["model"].places()] == ["model.layers.4-5"]


def test_prefixes_and_packing_do_not_part_what_is_the_same() -> None:
    assert side_by_side(SMALL, renamed(SMALL, "model.", "language_model.model.")).differences == 0


def test_a_quantised_model_beside_its_base() -> None:
    base = {f"model.layers.{i}.mlp.up_proj.weight": (256, 128) for i in range(3)}
    parts = {"qweight": (16, 256), "qzeros": (1, 32), "scales": (1, 256), "g_idx": (128,)}
    packed = {
        f"language_model.model.layers.{i}.mlp.up_proj.{part}": shape
        for i in range(3)
        for part, shape in parts.items()
    }
    there = of_tensors(packed, I32)
    root = side_by_side(of_tensors(base), there)
    assert root.there is not None
    assert root.there.nbytes == there.stored_bytes
    up_proj = next(row for path, row in rows(root).items() if path.endswith("mlp.up_proj"))
    assert up_proj.here is not None
    assert up_proj.there is not None
    assert up_proj.here.shape == up_proj.there.shape == (256, 128)


def test_two_families_of_models() -> None:
    here, there = bundled("meta-llama/Llama-3.1-8B"), bundled("Qwen/Qwen2.5-7B")
    root = side_by_side(here, there)
    assert root.here is not None
    assert root.there is not None
    assert (root.here.nbytes, root.there.nbytes) == (here.stored_bytes, there.stored_bytes)
    paths = {row.path for row in root.places()}
    assert "model.layers.28-31" in paths
    assert "model.layers.0-27.self_attn.q_proj.weight" in paths
