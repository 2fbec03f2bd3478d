"""Gpu: one accelerator's memory, what of it can be used, and the figures of its datasheet."""

from enum import Enum
from math import floor

from paramtui.record import Record

GIB = 1 << 30
MIB = 1 << 20


class Kind(str, Enum):
    """Where an accelerator is found."""

    DATA_CENTRE = "data centre"
    WORKSTATION = "workstation"
    CONSUMER = "consumer"
    LAPTOP = "laptop"
    UNIFIED = "unified memory"
    """CPU and GPU share one memory."""
    SIZE = "a size"
    """Only so much memory, whatever the card."""
    HOST = "this machine"


class Gpu(Record):
    """One accelerator; rates are None where no datasheet gives them for certain."""

    name: str
    """As `--gpu` takes it, e.g. `H100` or `M4-Max-64GB`."""
    label: str
    """As its maker writes it."""
    kind: Kind
    memory_bytes: int
    """What the driver shows as its total."""
    usable_bytes: int
    """What one process can allocate, by `usable_rule`."""
    usable_rule: str
    bandwidth: float | None = None
    """GB/s (10⁹ bytes a second) of its memory."""
    tflops_16: float | None = None
    """Dense 16-bit tensor TFLOPS (10¹² a second), summed in 32 bits."""
    tflops_8: float | None = None
    """The same in 8 bits, floats where it has them, else integers."""
    tflops_4: float | None = None
    """The same in 4-bit floats, where it computes in them."""
    source: str = ""
    """Where the rates come from."""
    aliases: tuple[str, ...] = ()


class Gpus(Record):
    """So many equal accelerators: the value of `--gpu`."""

    gpu: Gpu
    count: int = 1

    def __str__(self) -> str:
        return self.gpu.name if self.count == 1 else f"{self.gpu.name}x{self.count}"


NVIDIA_KEEPS = ((32 * GIB, GIB // 2), (1 << 62, 3 * GIB // 4))
"""What CUDA's total is below the driver's: at most 0.51 GiB seen on cards to 32 GiB, 0.75 above.

From out-of-memory reports ("GPU 0 has a total capacity of …") beside `nvidia-smi` of the same card.
"""


def nvidia_usable(shown_mib: int, cuda_gib: float | None) -> tuple[int, str]:
    """Usable bytes of an NVIDIA card: CUDA's own total, else the driver's less what it keeps."""
    shown = shown_mib * MIB
    if cuda_gib is not None:
        rule = (
            f"CUDA's own total, the least seen in public reports; nvidia-smi shows {shown_mib} MiB"
        )
        return floor(cuda_gib * GIB), rule
    kept = next(kept for size, kept in NVIDIA_KEEPS if shown <= size)
    return shown - kept, f"nvidia-smi's {shown_mib} MiB less {kept / GIB} GiB the driver keeps"


def apple_usable(memory: int) -> tuple[int, str]:
    """Usable bytes of a Mac: Metal's recommendedMaxWorkingSetSize, as macOS sets it by default."""
    words, above, below = ("two thirds", 2, 3) if memory <= 36 * GIB else ("three quarters", 3, 4)
    rule = f"{words} of the memory: macOS's default recommendedMaxWorkingSetSize"
    return memory * above // below, f"{rule}, raised by iogpu.wired_limit_mb"


def amd_usable(memory: int) -> tuple[int, str]:
    """Usable bytes of an AMD card: HIP's total is the memory less some MiB (23.98 of 24 GiB)."""
    kept = 20 * MIB if memory <= 64 * GIB else 320 * MIB
    return memory - kept, f"HIP's own total: the memory less {kept // MIB} MiB, the most seen"


def of_size(name: str, nbytes: int) -> Gpu:
    """Just so much memory, all of it usable."""
    return Gpu(name, name, Kind.SIZE, nbytes, nbytes, "the size given, nothing taken off")
