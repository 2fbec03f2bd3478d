"""A sweep in every form of a report."""

import csv
import io
import json

from paramtui.memory.gpus.hardware_name import gpus_named
from paramtui.memory.sweep import sweep_named
from paramtui.reports.document import Report
from paramtui.reports.render import Form, make_report, render
from paramtui.reports.sweep import LINE
from tests.reports.small_reports import mixture


def swept(text: str, gpu: str | None = None) -> Report:
    changes = {"gpus": gpus_named(gpu)} if gpu else {}
    return make_report(mixture().checkpoint, changes, over=sweep_named(text))


def test_the_json_has_a_point_for_every_value() -> None:
    report = swept("context=1k..8k", "24GiB")
    found = json.loads(render(report, Form.JSON))["sweep"]
    assert found["over"] == "context"
    assert found["usable_bytes"] == 24 << 30
    assert [point["value"] for point in found["points"]] == [1024, 2048, 4096, 8192]
    totals = [point["total_bytes"] for point in found["points"]]
    assert totals == sorted(totals)
    assert all(point["fits"] for point in found["points"])
    assert report.swept
    for point, shown in zip(report.swept.points, found["points"], strict=True):
        assert shown["components"] == {p.name: p.bytes for p in point.estimate.components}


def test_the_csv_is_a_table_of_bytes() -> None:
    table = list(csv.DictReader(io.StringIO(render(swept("precision=bf16,int8"), Form.CSV))))
    assert [row["precision"] for row in table] == ["bf16", "int8"]
    assert int(table[0]["weights"]) == 2 * int(table[1]["weights"])
    assert "fits" not in table[0]
    with_gpu = list(csv.DictReader(io.StringIO(render(swept("batch=1,2", "1GiB"), Form.CSV))))
    assert [row["fits"] for row in with_gpu] == ["yes", "yes"]


def test_the_plot_has_a_bar_a_value_and_the_gpus_line() -> None:
    lines = render(swept("batch=1..64", "1GiB")).splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith("batch "))
    bars = lines[start + 1 : start + 8]
    assert [line.split()[0] for line in bars] == ["1", "2", "4", "8", "16", "32", "64"]
    places = {line.index(LINE) for line in bars}
    assert len(places) == 1
    place = places.pop()
    for line in bars:
        filled = line[place + 1 : place + 2] == "█"
        assert line.endswith("does not fit") is filled
    lengths = [line.count("█") for line in bars]
    assert lengths == sorted(lengths)
    assert all(len(line) <= 80 for line in bars)


def test_without_a_gpu_there_is_no_line_and_no_verdict() -> None:
    shown = render(swept("context=1k..4k"))
    assert LINE not in shown
    assert "fit" not in shown


def test_markdown_has_the_table() -> None:
    shown = render(swept("context=1k,2k", "24GiB"), Form.MARKDOWN)
    assert "## Memory over context" in shown
    assert "| 2,048 | fits |" in shown
