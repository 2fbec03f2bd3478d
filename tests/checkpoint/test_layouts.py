"""What tensors take together is the sum of what each takes, however they are told."""

from hypothesis import given
from hypothesis import strategies as st

from paramtui.checkpoint.dtype import BF16, F32, Dtype
from paramtui.checkpoint.layouts import each_changed, layouts, total_bytes, total_elements
from paramtui.checkpoint.repeated import Copies, Repeated, RepeatedTensors
from paramtui.checkpoint.tensor import TensorInfo

KINDS = st.sampled_from([BF16, F32, Dtype("Q4_0", 144, 32), Dtype("F4", 4)])
SHAPES = st.lists(st.integers(0, 40), max_size=3).map(tuple)
COPIES = st.one_of(st.none(), st.integers(1, 5).map(Copies))


def once(rows: list[tuple[Dtype, tuple[int, ...], Copies | None]]) -> RepeatedTensors:
    return RepeatedTensors(
        Repeated(TensorInfo(f"{at}.*" if copies else f"{at}", dtype, shape), copies)
        for at, (dtype, shape, copies) in enumerate(rows)
    )


TENSORS = st.lists(st.tuples(KINDS, SHAPES, COPIES), max_size=8).map(once)


@given(TENSORS)
def test_sums_are_those_of_each_tensor(told: RepeatedTensors) -> None:
    every = tuple(told)
    for tensors in (told, every):
        assert total_bytes(tensors) == sum(tensor.nbytes for tensor in every)
        assert total_elements(tensors) == sum(tensor.elements for tensor in every)
    assert layouts(told) == layouts(every)
    assert list(layouts(told)) == list(layouts(every))


@given(TENSORS)
def test_a_change_reaches_each_tensor(told: RepeatedTensors) -> None:

    def wider(tensor: TensorInfo) -> TensorInfo:
        return tensor._replace(dtype=F32)

    changed = each_changed(told, wider)
    assert isinstance(changed, RepeatedTensors)
    assert changed == each_changed(tuple(told), wider) == tuple(map(wider, told))
