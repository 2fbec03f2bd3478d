"""The host's GPUs: found by a driver's library, and nothing said where there is none."""

import sys
from collections.abc import Sequence
from types import ModuleType, SimpleNamespace

import pytest

from paramtui.sources.host_gpus import HostGpu, HostGpus, host_gpus

MIB = 1 << 20


class NvmlError(Exception):
    """What every call of the library raises."""


def driver(cards: Sequence[tuple[str, int, int]], *, old: bool = False) -> ModuleType:
    """A stand-in for pynvml: name, memory and what the driver keeps of it, in MiB."""

    def memory(card: int, version: int | None = None) -> object:
        if version is not None and old:
            raise NvmlError("Function Not Found")
        _, total, kept = cards[card]
        return SimpleNamespace(total=total * MIB, reserved=kept * MIB)

    module = ModuleType("pynvml")
    for name, value in {
        "NVMLError": NvmlError,
        "nvmlMemory_v2": 33554472,
        "nvmlInit": lambda: None,
        "nvmlShutdown": lambda: None,
        "nvmlDeviceGetCount": lambda: len(cards),
        "nvmlDeviceGetHandleByIndex": lambda index: index,
        "nvmlDeviceGetName": lambda card: cards[card][0].encode() if old else cards[card][0],
        "nvmlDeviceGetUUID": lambda card: f"GPU-{card}abc",
        "nvmlDeviceGetMemoryInfo": memory,
    }.items():
        setattr(module, name, value)
    return module


CARDS = [("NVIDIA H100 80GB HBM3", 81559, 512), ("NVIDIA L4", 23034, 300)]


@pytest.fixture(autouse=True)
def _all_visible(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)


def test_what_the_driver_keeps_is_taken_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pynvml", driver(CARDS))
    assert host_gpus() == (
        HostGpu("NVIDIA H100 80GB HBM3", 81559 * MIB, (81559 - 512) * MIB),
        HostGpu("NVIDIA L4", 23034 * MIB, (23034 - 300) * MIB),
    )


def test_an_older_driver_does_not_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pynvml", driver(CARDS, old=True))
    assert [gpu.usable_bytes for gpu in host_gpus()] == [81559 * MIB, 23034 * MIB]
    assert host_gpus()[0].name == "NVIDIA H100 80GB HBM3"


@pytest.mark.parametrize(
    ("visible", "names"),
    [
        ("1", ["NVIDIA L4"]),
        ("1,0", ["NVIDIA L4", "NVIDIA H100 80GB HBM3"]),
        ("GPU-0a", ["NVIDIA H100 80GB HBM3"]),
        ("0,7,1", ["NVIDIA H100 80GB HBM3"]),
        ("", []),
        ("-1", []),
    ],
)
def test_only_visible_ones_count(
    monkeypatch: pytest.MonkeyPatch, visible: str, names: list[str]
) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    monkeypatch.setitem(sys.modules, "pynvml", driver(CARDS))
    assert [gpu.name for gpu in host_gpus()] == names


@pytest.mark.parametrize("call", ["nvmlInit", "nvmlDeviceGetCount", "nvmlDeviceGetName"])
def test_a_driver_that_fails_is_no_driver(monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    def fails(*_: object) -> None:
        raise NvmlError("Driver Not Loaded")

    module = driver(CARDS)
    monkeypatch.setattr(module, call, fails)
    monkeypatch.setitem(sys.modules, "pynvml", module)
    assert host_gpus() == ()


def test_without_the_library_there_are_none(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "pynvml", None)
    assert host_gpus() == ()
    assert capfd.readouterr() == ("", "")


def test_a_driver_that_sleeps_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    import threading

    awake = threading.Event()
    module = driver(CARDS)
    monkeypatch.setattr(module, "nvmlInit", awake.wait)
    monkeypatch.setitem(sys.modules, "pynvml", module)
    host = HostGpus()
    assert host.found(patience=0) == ()
    awake.set()
    assert len(host.found(patience=10)) == 2
