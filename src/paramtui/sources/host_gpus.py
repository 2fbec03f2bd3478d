"""The host's own GPUs, as NVIDIA's management library tells them; none is normal and silent."""

from __future__ import annotations

import os
import threading

from paramtui.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

PATIENCE = 0.5
"""Seconds to wait for a driver; one that sleeps may take several to wake."""


class HostGpu(Record):
    """One GPU of this machine."""

    name: str
    """As its driver spells it, e.g. `NVIDIA H100 80GB HBM3`."""
    memory_bytes: int
    """All of it."""
    usable_bytes: int
    """Less what the driver keeps; what other processes hold now is not taken off."""


class HostGpus:
    """A look at the host's GPUs that is under way in the background."""

    def __init__(self) -> None:
        self._found: tuple[HostGpu, ...] = ()
        self._thread = threading.Thread(target=self._look, name="host-gpus", daemon=True)
        self._thread.start()

    def found(self, patience: float = PATIENCE) -> tuple[HostGpu, ...]:
        """What was found by now, or within so many seconds."""
        self._thread.join(patience)
        return self._found

    def _look(self) -> None:
        self._found = host_gpus()


def host_gpus() -> tuple[HostGpu, ...]:
    """The GPUs that CUDA would use here; empty without a driver or without `paramtui[nvidia]`."""
    try:
        import pynvml as nvml
    except ImportError:
        return ()
    try:
        nvml.nvmlInit()
        numbers = range(nvml.nvmlDeviceGetCount())
        handles = [nvml.nvmlDeviceGetHandleByIndex(number) for number in numbers]
        found = tuple(_gpu(nvml, handle) for handle in _visible(nvml, handles))
        nvml.nvmlShutdown()
    except nvml.NVMLError:
        return ()
    return found


def _gpu(nvml: Any, handle: Any) -> HostGpu:
    total, kept = _memory(nvml, handle)
    return HostGpu(_text(nvml.nvmlDeviceGetName(handle)), total, total - kept)


def _memory(nvml: Any, handle: Any) -> tuple[int, int]:
    """All memory and what the driver keeps of it; older drivers do not tell the latter."""
    try:
        memory = nvml.nvmlDeviceGetMemoryInfo(handle, version=nvml.nvmlMemory_v2)
        return memory.total, memory.reserved
    except (nvml.NVMLError, AttributeError, TypeError):
        return nvml.nvmlDeviceGetMemoryInfo(handle).total, 0


def _visible(nvml: Any, handles: list[Any]) -> list[Any]:
    """Those that CUDA_VISIBLE_DEVICES leaves, by number or by the beginning of their UUID."""
    chosen = os.environ.get("CUDA_VISIBLE_DEVICES")
    if chosen is None:
        return handles
    seen: list[Any] = []
    for word in (word.strip() for word in chosen.split(",")):
        found = [
            handle
            for index, handle in enumerate(handles)
            if word == str(index)
            or (word.startswith("GPU-") and _text(nvml.nvmlDeviceGetUUID(handle)).startswith(word))
        ]
        if not found:
            break  # CUDA stops at the first that does not exist
        seen += found[:1]
    return seen


def _text(value: str | bytes) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value
