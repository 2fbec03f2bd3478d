"""The hardware table, and the names it is asked by."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paramtui.memory.errors import ScenarioError
from paramtui.memory.gpus.hardware import GIB, MIB, Gpu, Gpus, Kind
from paramtui.memory.gpus.hardware_name import MAX_COUNT, gpu_named, gpus_like, gpus_named, known
from paramtui.memory.gpus.hardware_table import GPUS

ROWS = pytest.mark.parametrize("gpu", GPUS.values(), ids=GPUS.keys())


@ROWS
def test_a_row_is_found_by_its_own_name_and_aliases(gpu: Gpu) -> None:
    assert all(gpu_named(name) is gpu for name in (gpu.name, gpu.label, *gpu.aliases))
    assert gpus_named(f"{gpu.name}x8") == Gpus(gpu, 8)
    assert gpus_named(str(Gpus(gpu, 4))) == Gpus(gpu, 4)


@ROWS
def test_a_row_makes_sense(gpu: Gpu) -> None:
    assert 0.6 * gpu.memory_bytes < gpu.usable_bytes < gpu.memory_bytes
    assert gpu.usable_rule
    assert gpu.source
    assert gpu.bandwidth is not None
    assert gpu.bandwidth > 0
    rates = [rate for rate in (gpu.tflops_16, gpu.tflops_8, gpu.tflops_4) if rate is not None]
    assert rates == sorted(rates), "fewer bits are never slower"
    assert not (gpu.tflops_8 and not gpu.tflops_16)


@pytest.mark.parametrize(
    ("name", "shown_mib", "bandwidth", "tflops"),
    [
        # nvidia-smi of Modal's cards (modal-labs/modal-client#2797); NVIDIA's datasheets.
        ("H100", 81559, 3350, 989.5),
        ("A100-80GB", 81920, 2039, 312),
        ("A100-40GB", 40960, 1555, 312),
        ("A10", 23028, 600, 125),
        ("L40S", 46068, 864, 362),
        ("L4", 23034, 300, 121),
        ("T4", 15360, 320, 65),
        ("H200", 143771, 4800, 989.5),
        ("RTX-4090", 24564, 1008, 165.2),
    ],
)
def test_published_figures(name: str, shown_mib: int, bandwidth: float, tflops: float) -> None:
    gpu = GPUS[name]
    assert gpu.memory_bytes == shown_mib * MIB
    assert (gpu.bandwidth, gpu.tflops_16) == (bandwidth, tflops)


def test_macs_lend_two_thirds_or_three_quarters() -> None:
    assert GPUS["M3-Pro-36GB"].usable_bytes == 24 * GIB
    assert GPUS["M1-Ultra-128GB"].usable_bytes == 96 * GIB  # as Ollama reports it


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("h100", "H100"),
        ("NVIDIA H100 80GB HBM3", "H100"),
        ("H100 x 8", "H100x8"),
        ("8xH100", "H100x8"),
        ("4090", "RTX-4090"),
        ("rtx 3090x2", "RTX-3090x2"),
        ("7900 XTX", "RX-7900-XTX"),
        ("7900xtxx2", "RX-7900-XTXx2"),
        ("mi300xx8", "MI300Xx8"),
        ("m3 max 64gb", "M3-Max-64GB"),
        ("24 gib", "24GiB"),
        ("24GBx2", "24GBx2"),
        ("2*22.5GiB", "22.5GiBx2"),
    ],
)
def test_names_are_forgiven_their_spelling(text: str, shown: str) -> None:
    assert str(gpus_named(text)) == shown


def test_a_size_is_taken_as_it_is() -> None:
    assert gpu_named("24GiB").usable_bytes == 24 * GIB
    assert gpu_named("24GB").usable_bytes == 24 * 10**9
    assert gpu_named("0.5TiB").usable_bytes == 512 * GIB
    assert gpu_named("24G").kind is Kind.SIZE


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("H1000", "did you mean H100 or H200?"),
        ("A100", "'A100' may be A100-80GB, A100-80GB-PCIe or A100-40GB"),
        ("rtx 3080", "RTX-3080-12GB, RTX-3080-10GB"),
        ("M4 Max", "M4-Max-64GB"),
        ("H100x0", "'H100x0': 0 GPUs"),
        ("H100x99999999999", "99999999999 GPUs"),
        ("0GiB", "is no size"),
        ("99999999TiB", "is no size"),
        ("x8", "no GPU is named 'x8'"),
        ("24", "a size needs a unit: 24GiB"),
        ("1.5", "a size needs a unit: 1.5GiB"),
        ("", "no GPU is named ''"),
        ("３H100", "no GPU is named"),
        ("H" * 1000, "too long"),
    ],
)
def test_what_does_not_exist_is_one_line(text: str, says: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        gpus_named(text)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)
    assert caught.value.hint


@given(st.text(max_size=120))
def test_any_text_is_a_gpu_or_our_own_error(text: str) -> None:
    try:
        gpus = gpus_named(text)
    except ScenarioError:
        return
    assert 1 <= gpus.count <= MAX_COUNT
    assert gpus_named(str(gpus)) == gpus


def test_drivers_names_are_known_or_not() -> None:
    assert known("NVIDIA GeForce RTX 4090") is GPUS["RTX-4090"]
    assert known("Tesla V100-SXM2-16GB") is GPUS["V100-16GB"]
    assert known("NVIDIA RTX PRO 6000 Blackwell Server Edition") is GPUS["RTX-PRO-6000"]
    assert known("Some Card") is None


@pytest.mark.parametrize(
    ("typed", "first", "count"),
    [
        ("h100", "H100", None),
        ("h100x", "H100", None),
        ("H100x8", "H100", 8),
        ("8 x h100", "H100", 8),
        ("rtx 3090", "RTX-3090", None),
        ("rtx3080x4", "RTX-3080-Ti", 4),
        ("4090 lap", "RTX-4090-Laptop", None),
        ("mi300", "MI300X", None),
        ("24GiB", "24GiB", None),
        ("24gbx2", "24GB", 2),
        ("", "B300", None),
    ],
)
def test_what_is_typed_so_far_finds_its_rows(typed: str, first: str, count: int | None) -> None:
    found, many = gpus_like(typed)
    assert (found[0].name, many) == (first, count)


def test_what_is_typed_so_far_may_find_nothing() -> None:
    assert gpus_like("zzz") == ([], None)
    assert gpus_like("zzzx8") == ([], None)
    assert gpus_like("h100x99999999999999")[1] is None


@pytest.mark.parametrize("name", ["RTX 4009", "rx7999", "gtx1070"])
def test_the_x_of_a_series_is_no_sign_of_a_count(name: str) -> None:
    with pytest.raises(ScenarioError, match=r"no GPU is named .*, did you mean"):
        gpus_named(name)
