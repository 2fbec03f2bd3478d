"""The verdict and the speed in every form of the report."""

import json

import pytest

from paramtui.memory.gpus.hardware_name import gpus_named
from paramtui.memory.overhead import USUAL
from paramtui.memory.scenario import Mode
from paramtui.reports.document import document
from paramtui.reports.gpu import gpu_facts, speed_facts
from paramtui.reports.render import Form, render
from paramtui.reports.units import Units, duration, flops
from tests.reports.small_reports import mixture


def test_the_documented_fields() -> None:
    report = mixture(gpus=gpus_named("1GiB"), mode=Mode.LORA, context=64)
    found = document(report)["gpu"]
    assert isinstance(found, dict)
    expected = {"name", "count", "usable_bytes", "fits", "free_bytes", "largest"}
    assert expected <= found.keys()
    assert (found["name"], found["count"], found["usable_bytes"]) == ("1GiB", 1, 1 << 30)
    assert found["fits"] is True
    assert found["free_bytes"] == (1 << 30) - report.estimate.total_bytes
    assert found["largest"].keys() == {"context", "batch", "rank"}
    assert found["per_gpu"]["total_bytes"] == report.estimate.total_bytes


def test_several_gpus_are_judged_by_the_fullest() -> None:
    found = document(mixture(gpus=gpus_named("H100x2"), context=64))["gpu"]
    assert isinstance(found, dict)
    per_gpu, usable = found["per_gpu"], found["usable_bytes"]
    assert found["free_bytes"] == usable - per_gpu["total_bytes"]
    peak = sum(part["bytes"] for part in per_gpu["components"] if part["name"] != "overhead")
    assert per_gpu["peak_bytes"] == peak
    assert found["speed"]["decode"]["tokens_per_second"] > 0
    assert found["speed"]["decode"]["limited_by"] in ("memory bandwidth", "arithmetic")


@pytest.mark.parametrize(
    ("context", "due"), [(8, ["activations", "logits"]), (100_000, ["logits"])]
)
def test_what_is_not_at_the_peak_of_a_gpu_is_marked(context: int, due: list[str]) -> None:
    report = mixture(mode=Mode.FULL, gpus=gpus_named("H100x8"), context=context)
    found = document(report)["gpu"]
    assert isinstance(found, dict)
    absent = [p["name"] for p in found["per_gpu"]["components"] if not p["at_peak"]]
    assert absent == due
    assert report.verdict is not None
    each = dict(gpu_facts(report.verdict, report.solved, Units.GIB))["on each"]
    assert each.count("(not at the peak)") == len(absent)


def test_without_a_gpu_there_is_no_verdict_but_the_work() -> None:
    whole = document(mixture(context=64))
    assert "gpu" not in whole
    speed = whole["speed"]
    assert isinstance(speed, dict)
    assert speed.keys() == {"decode_flops", "prefill_flops", "decode_bytes"}


def test_every_choice_stands_in_the_scenario() -> None:
    said = document(mixture(gpus=gpus_named("4090x2"), training_tokens=10**12))["scenario"]
    assert isinstance(said, dict)
    assert said["gpu"] == "RTX-4090x2"
    assert said["parallel"] == "auto"
    assert said["overhead"] == list(USUAL)
    assert said["tokens"] == 10**12
    assert document(mixture())["scenario"] == said | {"gpu": None, "tokens": None}


def test_every_figure_is_explained() -> None:
    whole = document(mixture(gpus=gpus_named("H100x2"), context=64))
    explained = whole["explanations"]
    assert isinstance(explained, dict)
    for name in ("gpu.usable_bytes", "gpu.total_bytes", "gpu.free_bytes", "gpu.speed.decode"):
        assert explained[name]["formula"]
        assert explained[name]["source"]
    assert "bound" in explained["gpu.speed.decode"]["convention"].lower()


@pytest.mark.parametrize("form", [Form.PLAIN, Form.MARKDOWN, Form.JSON])
@pytest.mark.parametrize("mode", Mode)
def test_every_form_tells_the_verdict(form: Form, mode: Mode) -> None:
    report = mixture(gpus=gpus_named("H100x8"), mode=mode, context=64, training_tokens=10**12)
    text = render(report, form)
    assert "fits" in text
    assert "H100" in text
    if form is Form.JSON:
        assert json.loads(text)["gpu"]["count"] == 8


def test_plain_lines_fit_80_columns() -> None:
    report = mixture(gpus=gpus_named("RTX PRO 6000x16"), context=64, training_tokens=10**12)
    assert all(len(line) <= 80 for line in render(report).splitlines())


@pytest.mark.parametrize(
    ("gpu", "says"),
    [
        ("1GiB", "fits: "),
        ("1MiB", "does not fit: "),
        ("400MiB", "just fits: "),
    ],
)
def test_the_verdict_says_by_how_much(gpu: str, says: str) -> None:
    report = mixture(gpus=gpus_named(gpu), context=64)
    assert report.verdict
    facts = dict(gpu_facts(report.verdict, report.solved, Units.GIB))
    assert facts["verdict"].startswith(says)
    assert "GiB" in facts["verdict"]


def test_what_does_not_fit_at_all() -> None:
    report = mixture(gpus=gpus_named("1MiB"), mode=Mode.LORA)
    assert report.verdict
    facts = dict(gpu_facts(report.verdict, report.solved, Units.GB))
    assert facts["at most"].startswith("not one token, no batch, no rank")
    assert "best precision" not in facts
    assert facts["fewest GPUs"] == "no number of them"


def test_a_training_run_is_counted_and_timed() -> None:
    report = mixture(gpus=gpus_named("H100"), training_tokens=10**12)
    facts = dict(speed_facts(report.speed, report.verdict))
    assert "6 N D = " in facts["training run"]
    assert "at least" in facts["training run"]


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        (436_000, "436 kFLOPs"),
        (19_304_284_160, "19.3 GFLOPs"),
        (131_944_593_489_920, "132 TFLOPs"),
        (10**18, "1e+18 FLOPs"),
        (722_723_512_320_000_000_000_000, "7.23e+23 FLOPs"),
    ],
)
def test_work_has_its_unit(number: int, shown: str) -> None:
    assert flops(number) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (12, "12 seconds"),
        (90, "1.5 minutes"),
        (86_400 * 3.4, "3.4 days"),
        (86_400 * 365.25 * 1200, "1,200 years"),
    ],
)
def test_times_have_theirs(seconds: float, shown: str) -> None:
    assert duration(seconds) == shown
