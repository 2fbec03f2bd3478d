"""`--check` as scripts use it, and the other options about GPUs, on bundled models."""

import json
import sys
from pathlib import Path

import pytest

from paramtui import cli
from paramtui.sources import host_gpus
from paramtui.sources.host_gpus import HostGpu

MODEL = "meta-llama/Llama-3.1-8B"
Output = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def _no_gpu_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host_gpus, "host_gpus", lambda: ())


def run(*arguments: str) -> int:
    return cli.main([MODEL, "--offline", *arguments])


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (("--gpu", "H100"), 0),
        (("--gpu", "T4"), 1),
        (("--gpu", "T4x2"), 0),
        (("--gpu", "24GiB", "--precision", "fp32"), 1),
        (("--gpu", "24GiB", "--mode", "full"), 1),
        (("--gpu", "H100x8", "--mode", "full"), 0),
        (("--gpu", "H100x8", "--mode", "full", "--parallel", "zero1"), 0),
        (("--gpu", "H100x8", "--mode", "full", "--parallel", "ddp"), 1),
        (("--gpu", "20GiB", "--gpu-memory-utilization", "0.5"), 1),
        (("--gpu", "20GiB", "--overhead", "textbook"), 0),
        (("--gpu", "19GiB", "--overhead", "textbook"), 1),
    ],
)
def test_the_exit_status_is_the_verdict(
    capsys: Output, arguments: tuple[str, ...], status: int
) -> None:
    assert run("--check", "--json", *arguments) == status
    assert json.loads(capsys.readouterr().out)["gpu"]["fits"] is (status == 0)


def test_without_check_a_verdict_is_no_failure(capsys: Output) -> None:
    assert run("--gpu", "T4") == 0
    assert "does not fit" in capsys.readouterr().out


def test_check_alone_has_nothing_to_check(capsys: Output) -> None:
    assert run("--check") == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err.startswith("error: --check needs --gpu")
    assert len(output.err.splitlines()) == 2


def test_the_largest_context_passes_the_gate_and_the_next_does_not(capsys: Output) -> None:
    arguments = ("--check", "--json", "--gpu", "24GiB")
    assert run(*arguments) == 0
    most = json.loads(capsys.readouterr().out)["gpu"]["largest"]["context"]
    assert run(*arguments, "--context", str(most)) == 0
    assert run(*arguments, "--context", str(most + 1)) == 1


def test_the_hosts_own_gpus_are_the_default(
    capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = HostGpu("NVIDIA GeForce RTX 3090", 24 << 30, (24 << 30) - (450 << 20))
    monkeypatch.setattr(host_gpus, "host_gpus", lambda: (card, card))
    assert run("--check", "--json") == 0
    found = json.loads(capsys.readouterr().out)["gpu"]
    assert (found["name"], found["count"]) == ("RTX-3090", 2)
    assert found["usable_bytes"] == card.usable_bytes
    assert run("--check", "--json", "--gpu", "T4") == 1
    assert json.loads(capsys.readouterr().out)["gpu"]["name"] == "T4"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--gpu", "H1000"), "no GPU is named 'H1000', did you mean H100 or H200?"),
        (("--gpu", "A100"), "A100-80GB"),
        (("--gpu", "H100x0"), "0 GPUs"),
        (("--gpu", ""), "no GPU is named ''"),
        (("--gpu", "H100x2", "--parallel", "fsdp"), "FSDP, full shard is for training"),
        (("--parallel", "tensors"), "did you mean tensor?"),
        (("--overhead", "graph"), "did you mean graphs?"),
        (("--gpu-memory-utilization", "1.5"), "is not a share"),
        (("--gpu-memory-utilization", "."), "is not a share"),
        (("--tokens", "15Q"), "is not a number of tokens"),
        (("--tokens", "0"), "is not a number of tokens"),
    ],
)
def test_what_cannot_be_is_one_line(capsys: Output, arguments: tuple[str, ...], says: str) -> None:
    assert run("--json", *arguments) == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert says in output.err.splitlines()[0]
    assert len(output.err.splitlines()) <= 2


@pytest.mark.parametrize(
    ("text", "tokens"), [("15T", 15 * 10**12), ("300b", 3 * 10**11), ("1.5M", 1_500_000), ("7", 7)]
)
def test_tokens_are_counted_in_thousands(capsys: Output, text: str, tokens: int) -> None:
    assert run("--json", "--tokens", text) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["scenario"]["tokens"] == tokens
    assert found["speed"]["training_flops_6nd"] == 6 * 8_030_261_248 * tokens


def test_the_gpus_are_listed(capsys: Output) -> None:
    assert cli.main(["--list-gpus"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split()[:2] == ["name", "usable"]
    assert any(line.startswith("H100 ") and "79.10 GiB" in line for line in lines)


def test_the_drivers_library_is_not_asked_where_a_gpu_is_named(
    capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "paramtui.sources.host_gpus", None)
    assert run("--gpu", "H100") == 0


@pytest.mark.parametrize(
    ("size", "status", "said"),
    [(1 << 20, 2, "error: whether it fits cannot be decided"), (25 << 30, 1, "")],
)
def test_a_model_known_by_its_weights_alone_may_be_too_large_but_never_fits(
    capsys: Output, tmp_path: Path, size: int, status: int, said: str
) -> None:
    (tmp_path / "config.json").write_text('{"model_type": "never_heard_of"}')
    with (tmp_path / "pytorch_model.bin").open("wb") as file:
        file.truncate(size)
    assert cli.main([str(tmp_path), "--check", "--json", "--gpu", "24GiB"]) == status
    output = capsys.readouterr()
    assert output.err.startswith(said)
    assert bool(output.out) is (status != 2)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--gpu", "H101"), "did you mean H100"),
        (("--gpu", "RTX 4009"), "did you mean RTX-4090"),
        (("--gpu", "A100"), "may be A100-80GB"),
        (("--gpu", "H100x0"), "a count from 1"),
        (("--set", "lm_haed=bf16"), "did you mean lm_head"),
        (("--set", "layers.3=prune"), "did you mean model.layers.3"),
        (("--set", "*.gate_porj=fp8-block"), "did you mean *.gate_proj"),
        (("--set", "lm_head=bf61"), "did you mean bf16"),
        (("--set", "lm_head=freeze", "--set", "lm_head=train"), "contradict each other"),
        (("--sweep", "context=128k..1k"), "did you mean 1k..128k"),
        (("--sweep", "contxt=1k..8k"), "did you mean context"),
        (("--sweep", "precision=bf16,int7"), "did you mean int8"),
        (("--parallel", "tensr"), "did you mean tensor"),
        (("--parallel", "fsdp", "--gpu", "H100x2"), "--parallel auto, tensor"),
        (("--overhead", "graph"), "did you mean graphs"),
        (("--compare", ""), "--compare names no model"),
        (("--tokens", "15Q"), "such as 15T"),
        (("--gpu-memory-utilization", "1.5"), "such as 0.9"),
        (("--precision", "nf4"), "did you mean bnb-nf4"),
        (("--mode", "lora", "--lora-targets", "qproj"), "q_proj, k_proj"),
    ],
)
def test_bad_input_names_the_nearest_valid_choice(
    capsys: Output, arguments: tuple[str, ...], says: str
) -> None:
    assert run(*arguments) == 2
    output = capsys.readouterr()
    assert output.out == ""
    error, *hints = output.err.splitlines()
    assert error.startswith("error: ")
    assert len(hints) < 2
    assert says in output.err
