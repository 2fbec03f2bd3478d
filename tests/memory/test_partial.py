import pytest

from paramtui.checkpoint.checkpoint import Checkpoint, Total
from paramtui.checkpoint.config import ModelConfig
from paramtui.checkpoint.counting.totals import FILES
from paramtui.checkpoint.dtype import BF16, SAFETENSORS_DTYPES
from paramtui.checkpoint.summary import ParameterSummary, summarise
from paramtui.memory.errors import ScenarioError
from paramtui.memory.estimate import estimate
from paramtui.memory.explain.explain import explain
from paramtui.memory.figure import Basis
from paramtui.memory.gpus.hardware_name import gpus_named
from paramtui.memory.gpus.speed import speed
from paramtui.memory.gpus.verdict import verdict
from paramtui.memory.overhead import overhead
from paramtui.memory.scenario import Mode, Scenario

ELEMENTS = 1_000_000
PLAIN = (Total(BF16, ELEMENTS, ELEMENTS),)
PACKED = (Total(SAFETENSORS_DTYPES["I32"], ELEMENTS, ELEMENTS), *PLAIN)


def counted(totals: tuple[Total, ...], **config: str) -> ParameterSummary:
    known = ModelConfig.from_json({"quantization_config": config} if config else {})
    return summarise(Checkpoint("org/gated", (), known, totals=totals))


def weights(summary: ParameterSummary, **changes: object) -> tuple[int, Basis, int]:
    found = estimate(summary, Scenario().with_(**changes))
    held = found.component("weights")
    assert held is not None
    doubts = [note for note in found.not_modelled if "the weights are as stored" in note]
    return held.bytes, held.basis, len(doubts)


@pytest.mark.parametrize("mode", Mode)
def test_weights_alone_are_counted_and_the_rest_is_named(mode: Mode) -> None:
    summary = counted(PLAIN)
    found = estimate(summary, Scenario(mode=mode, precision="bf16"))
    assert [part.name for part in found.components] == ["weights", "overhead"]
    assert found.peak_bytes == 2 * ELEMENTS
    extra = overhead(transient=0)
    assert found.total_bytes == 2 * ELEMENTS + extra.bytes
    assert found.total_upper_bytes == 2 * ELEMENTS + (extra.upper_bytes or 0)
    assert "activations" in found.not_modelled[-1]
    assert found.lora is None
    assert all(item.value >= 0 for item in explain(summary, Scenario(mode=mode), found))


def test_precisions_of_every_parameter_are_told_where_elements_are_parameters() -> None:
    for precision, size in (("stored", 2), ("fp32", 4), ("int8", 1), ("int4", 0.5)):
        expected = int(size * ELEMENTS), Basis.EXACT, 0
        assert weights(counted(PLAIN), precision=precision) == expected


def test_what_depends_on_tensors_stays_as_stored_and_says_so() -> None:
    for precision in ("bnb-nf4", "gptq-int4", "q4_k_m"):
        assert weights(counted(PLAIN), precision=precision) == (2 * ELEMENTS, Basis.EXACT, 1)
    # Elements of packed files are not parameters, so that not even 16 bits can be told.
    packed = weights(counted(PACKED, quant_method="gptq"), precision="bf16")
    assert packed == (6 * ELEMENTS, Basis.EXACT, 1)
    assert weights(counted(PLAIN, quant_method="fp8"), precision="bf16")[2] == 1


def test_sizes_of_files_are_no_exact_weights() -> None:
    files = counted((Total(FILES, 999, None),))
    assert weights(files) == (999, Basis.FORMULA, 0)
    assert weights(files, precision="bf16") == (999, Basis.FORMULA, 1)
    known = counted((Total(FILES, 999, 1500),))
    assert weights(known, precision="bf16") == (3000, Basis.EXACT, 0)


def test_no_verdict_and_no_speed_from_weights_alone() -> None:
    summary, scenario = counted(PLAIN), Scenario(gpus=gpus_named("H100x2"))
    found = estimate(summary, scenario)
    assert verdict(summary, scenario, found) is None
    assert not speed(summary, scenario, found, None).figures
    assert any("whether it fits" in note for note in found.not_modelled)


def test_an_unknown_precision_is_still_an_error() -> None:
    with pytest.raises(ScenarioError):
        estimate(counted(PLAIN), Scenario(precision="int5"))
