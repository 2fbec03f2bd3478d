"""Files that could not be read are named wherever warnings are."""

import json

from paramtui.checkpoint.checkpoint import Checkpoint, Shard
from paramtui.checkpoint.counting.unread import NAMED, unread
from paramtui.checkpoint.dtype import BF16
from paramtui.checkpoint.summary import summarise
from paramtui.checkpoint.tensor import TensorInfo
from paramtui.reports.render import Form, make_report, render

HELD = TensorInfo("embed.weight", BF16, (4, 4), "a.safetensors")
BROKEN = (Shard("a.safetensors"), Shard("b.safetensors", problem="missing"))


def test_every_form_names_a_missing_file() -> None:
    report = make_report(Checkpoint("m", (HELD,), shards=BROKEN), {})
    words = "b.safetensors: missing; its tensors are not counted"
    assert words in json.loads(render(report, Form.JSON))["warnings"]
    assert words in render(report, Form.PLAIN)
    assert words in render(report, Form.MARKDOWN)


def test_only_the_files_that_were_read_hold_tensors() -> None:
    summary = summarise(Checkpoint("m", (HELD,), shards=BROKEN))
    assert (summary.tensors, summary.files, summary.complete) == (1, 1, False)


def test_many_missing_files_are_counted() -> None:
    told = unread(Shard(f"{n}.safetensors", problem="missing") for n in range(NAMED + 1003))
    assert len(told) == NAMED + 1
    assert told[-1] == "and 1,003 more files that could not be read"


def test_nothing_is_said_of_whole_files() -> None:
    assert unread([Shard("a"), Shard("b", size=1)]) == ()
