"""What the reports say in words: the peak, the cache, long names, lists."""

import json

import pytest

from paramtui.cli import main
from paramtui.memory.scenario import Mode
from paramtui.reports.render import Form, render
from tests.reports.small_reports import mixture, named


def test_plain_and_markdown_say_what_the_peak_consists_of() -> None:
    for report in (mixture(), mixture(mode=Mode.LORA)):
        for form in (Form.PLAIN, Form.MARKDOWN):
            text = " ".join(render(report, form).split())
            moment = report.estimate.peak_formula.rpartition(", ")[2]
            assert moment in text
            assert "weights + " in text.replace("\\", "")


def test_the_cache_has_its_name_in_text_and_its_key_in_json() -> None:
    report = mixture()
    text = render(report, Form.PLAIN)
    assert "KV cache  " in text
    assert "kv_cache" not in text
    assert '"kv_cache"' in render(report, Form.JSON)


def test_long_names_are_cut_in_the_middle() -> None:
    report = named({"a" * 90 + "z.weight": (2, 3), "b.weight": (4,)})
    line = next(line for line in render(report).splitlines() if "aaa" in line)
    name = line.split()[0]
    assert len(line[: line.index("2 × 3")].rstrip()) == 60
    assert "…" in name
    assert name.endswith("az")


def test_a_row_of_one_tensor_has_the_tensors_name() -> None:
    report = named({f"model.layers.{n}.up.weight": (2, 3) for n in range(3)} | {"scale": (1,)})
    found = {}

    def walk(row: dict[str, object]) -> None:
        found[row["path"]] = row.get("tensor")
        for child in row["children"]:  # type: ignore[attr-defined]
            walk(child)

    walk(json.loads(render(report, Form.JSON))["tree"])
    assert found["model.layers.0-2.up"] == "model.layers.0-2.up.weight"
    assert found["scale"] == "scale"
    assert found["model"] is None


@pytest.mark.parametrize("listed", ["--list", "--list-gpus", "--list-precisions"])
@pytest.mark.parametrize("form", ["--json", "--csv", "--markdown"])
def test_a_list_has_one_form(listed: str, form: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([listed, form]) == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err.startswith(f"error: {listed} is plain text, it has no {form}\n")
    assert main([listed, "--plain"]) == 0
