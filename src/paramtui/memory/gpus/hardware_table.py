"""The hardware table: one row an accelerator. A figure that is not certain is not there.

NVIDIA rows: what `nvidia-smi` shows in MiB (ECC as shipped), GB/s, dense TFLOPS in 16, 8 and 4
bits, CUDA's own total in GiB where public reports give it. A datasheet's rates "with sparsity"
are halved; GeForce and RTX rates are those with 32-bit sums, as the frameworks compute.
"""

from collections.abc import Iterator
from math import floor

from paramtui.memory.gpus.hardware import (
    GIB,
    MIB,
    Gpu,
    Kind,
    amd_usable,
    apple_usable,
    nvidia_usable,
)

DATA, WORK, HOME, LAPTOP = Kind.DATA_CENTRE, Kind.WORKSTATION, Kind.CONSUMER, Kind.LAPTOP
BLACKWELL = "NVIDIA HGX B200 and B300 datasheet"
GRACE = "NVIDIA GB200 NVL72 datasheet"
HOPPER = "NVIDIA H100 datasheet"
H200 = "NVIDIA H200 datasheet"
AMPERE = "NVIDIA A100 datasheet"
VOLTA = "NVIDIA V100 datasheet"
ADA_PRO = "NVIDIA RTX Ada workstation datasheets"
AMPERE_PRO = "NVIDIA RTX A-series datasheets"
BLACKWELL_PRO = "NVIDIA RTX Blackwell PRO architecture whitepaper"
RTX_50 = "NVIDIA RTX Blackwell GPU architecture whitepaper, appendix A"
RTX_40 = "NVIDIA Ada GPU architecture whitepaper, appendix A"
RTX_30 = "NVIDIA GA102 GPU architecture whitepaper, appendix A"
TURING = "NVIDIA Turing GPU architecture whitepaper"
SPECS = "NVIDIA's product page"


def _nvidia(
    kind: Kind,
    source: str,
    name: str,
    label: str,
    shown: int,
    bandwidth: float | None,
    half: float | None = None,
    byte: float | None = None,
    nibble: float | None = None,
    *,
    cuda: float | None = None,
    aliases: tuple[str, ...] = (),
) -> Gpu:
    usable, rule = nvidia_usable(shown, cuda)
    return Gpu(
        name,
        f"NVIDIA {label}",
        kind,
        shown * MIB,
        usable,
        rule,
        bandwidth,
        half,
        byte,
        nibble,
        source,
        aliases,
    )


NVIDIA: tuple[Gpu, ...] = (
    _nvidia(DATA, BLACKWELL, "B300", "B300", 275040, 8000),
    _nvidia(DATA, BLACKWELL, "B200", "B200", 183359, 8000, 2250, 4500, 9000, cuda=178.35),
    _nvidia(DATA, GRACE, "GB200", "GB200 (one GPU of it)", 189471, 8000, 2500, 5000, 10000),
    _nvidia(DATA, H200, "H200", "H200 SXM", 143771, 4800, 989.5, 1979, cuda=139.71),
    _nvidia(DATA, H200, "H200-NVL", "H200 NVL", 143771, 4800, 835.5, 1670.5, cuda=139.71),
    _nvidia(
        DATA,
        HOPPER,
        "H100",
        "H100 80GB SXM",
        81559,
        3350,
        989.5,
        1979,
        cuda=79.10,
        aliases=("H100-SXM", "H100-80GB", "H100-80GB-HBM3", "H100-SXM5-80GB"),
    ),
    _nvidia(
        DATA,
        HOPPER,
        "H100-PCIe",
        "H100 80GB PCIe",
        81559,
        2000,
        756,
        1513,
        cuda=79.10,
        aliases=("H100-80GB-PCIe",),
    ),
    _nvidia(
        DATA,
        HOPPER,
        "H100-NVL",
        "H100 NVL 94GB",
        95830,
        3900,
        835.5,
        1670.5,
        cuda=93.00,
        aliases=("H100-NVL-94GB", "H100-94GB"),
    ),
    _nvidia(
        DATA,
        "NVIDIA GH200 datasheet",
        "GH200",
        "GH200 96GB",
        97871,
        4000,
        989.5,
        1979,
        aliases=("GH200-480GB",),
    ),
    _nvidia(DATA, "NVIDIA H20 datasheet", "H20", "H20 96GB", 97871, 4000, 148, 296),
    _nvidia(
        DATA,
        AMPERE,
        "A100-80GB",
        "A100 80GB SXM",
        81920,
        2039,
        312,
        624,
        cuda=79.14,
        aliases=("A100-SXM4-80GB", "A100-SXM-80GB"),
    ),
    _nvidia(
        DATA,
        AMPERE,
        "A100-80GB-PCIe",
        "A100 80GB PCIe",
        81920,
        1935,
        312,
        624,
        cuda=79.14,
        aliases=("A100-PCIe-80GB",),
    ),
    _nvidia(
        DATA,
        AMPERE,
        "A100-40GB",
        "A100 40GB",
        40960,
        1555,
        312,
        624,
        cuda=39.38,
        aliases=("A100-SXM4-40GB", "A100-PCIe-40GB"),
    ),
    _nvidia(DATA, "NVIDIA L40S datasheet", "L40S", "L40S", 46068, 864, 362, 733, cuda=44.32),
    _nvidia(DATA, "NVIDIA L40 datasheet", "L40", "L40", 46068, 864, 181, 362, cuda=44.32),
    _nvidia(DATA, "NVIDIA L4 datasheet", "L4", "L4", 23034, 300, 121, 242.5, cuda=21.95),
    _nvidia(DATA, "NVIDIA A40 datasheet", "A40", "A40", 46068, 696, 149.7, 299.3, cuda=44.32),
    _nvidia(DATA, "NVIDIA A30 datasheet", "A30", "A30", 24576, 933, 165, 330),
    _nvidia(DATA, "NVIDIA A10 datasheet", "A10", "A10", 23028, 600, 125, 250, cuda=21.95),
    _nvidia(DATA, "AWS EC2 G5: NVIDIA A10G", "A10G", "A10G", 23028, 600, cuda=21.95),
    _nvidia(
        DATA,
        VOLTA,
        "V100-32GB",
        "V100 32GB SXM2",
        32768,
        900,
        125,
        cuda=31.73,
        aliases=("V100-SXM2-32GB",),
    ),
    _nvidia(
        DATA,
        VOLTA,
        "V100-16GB",
        "V100 16GB SXM2",
        16384,
        900,
        125,
        cuda=15.77,
        aliases=("V100-SXM2-16GB",),
    ),
    _nvidia(DATA, "NVIDIA T4 datasheet", "T4", "T4", 15360, 320, 65, 130, cuda=14.56),
    _nvidia(
        WORK,
        BLACKWELL_PRO,
        "RTX-PRO-6000",
        "RTX PRO 6000 Blackwell",
        97887,
        1792,
        503.8,
        1007.6,
        2015.2,
        cuda=94.95,
        aliases=(
            "RTX-PRO-6000-Blackwell",
            "RTX-6000-Blackwell",
            "RTX-PRO-6000-96GB",
            "RTX-PRO-6000-Blackwell-Workstation-Edition",
            "RTX-PRO-6000-Blackwell-Server-Edition",
            "RTX-PRO-6000-Blackwell-Max-Q-Workstation-Edition",
        ),
    ),
    _nvidia(WORK, SPECS, "RTX-PRO-5000", "RTX PRO 5000 Blackwell 48GB", 48935, 1344),
    _nvidia(
        WORK,
        ADA_PRO,
        "RTX-6000-Ada",
        "RTX 6000 Ada Generation",
        49140,
        960,
        364.2,
        728.5,
        cuda=47.40,
        aliases=("RTX-6000-Ada-Generation", "6000-Ada"),
    ),
    _nvidia(WORK, ADA_PRO, "RTX-5000-Ada", "RTX 5000 Ada Generation", 32760, 576, 261.1, 522.2),
    _nvidia(WORK, ADA_PRO, "RTX-4000-Ada", "RTX 4000 Ada Generation", 20475, 360, 106.8, 213.6),
    _nvidia(
        WORK,
        AMPERE_PRO,
        "RTX-A6000",
        "RTX A6000",
        49140,
        768,
        154.8,
        309.7,
        cuda=47.40,
        aliases=("A6000",),
    ),
    _nvidia(
        WORK,
        AMPERE_PRO,
        "RTX-A5000",
        "RTX A5000",
        24564,
        768,
        111.1,
        222.2,
        aliases=("A5000",),
    ),
    _nvidia(
        WORK,
        AMPERE_PRO,
        "RTX-A4000",
        "RTX A4000",
        16376,
        448,
        76.7,
        153.4,
        aliases=("A4000",),
    ),
    _nvidia(HOME, TURING, "TITAN-RTX", "TITAN RTX", 24576, 672, 130.5, 261),
    _nvidia(
        HOME, RTX_50, "RTX-5090", "GeForce RTX 5090", 32607, 1792, 209.5, 419, 1676, cuda=31.33
    ),
    _nvidia(HOME, RTX_50, "RTX-5080", "GeForce RTX 5080", 16303, 960, 112.6, 225.1, 900.4),
    _nvidia(HOME, RTX_50, "RTX-5070-Ti", "GeForce RTX 5070 Ti", 16303, 896, 87.9, 175.8, 703),
    _nvidia(HOME, RTX_50, "RTX-5070", "GeForce RTX 5070", 12227, 672, 61.7, 123.5, 493.9),
    _nvidia(HOME, SPECS, "RTX-5060-Ti-16GB", "GeForce RTX 5060 Ti 16GB", 16311, 448),
    _nvidia(HOME, RTX_40, "RTX-4090", "GeForce RTX 4090", 24564, 1008, 165.2, 330.3, cuda=23.50),
    _nvidia(HOME, SPECS, "RTX-4080-SUPER", "GeForce RTX 4080 SUPER", 16376, 736),
    _nvidia(HOME, RTX_40, "RTX-4080", "GeForce RTX 4080", 16376, 716.8, 97.5, 194.9),
    _nvidia(HOME, SPECS, "RTX-4070-Ti-SUPER", "GeForce RTX 4070 Ti SUPER", 16376, 672),
    _nvidia(HOME, SPECS, "RTX-4070-Ti", "GeForce RTX 4070 Ti", 12282, 504),
    _nvidia(HOME, SPECS, "RTX-4070-SUPER", "GeForce RTX 4070 SUPER", 12282, 504),
    _nvidia(HOME, SPECS, "RTX-4070", "GeForce RTX 4070", 12282, 504),
    _nvidia(HOME, SPECS, "RTX-4060-Ti-16GB", "GeForce RTX 4060 Ti 16GB", 16380, 288),
    _nvidia(HOME, SPECS, "RTX-4060-Ti-8GB", "GeForce RTX 4060 Ti 8GB", 8188, 288),
    _nvidia(HOME, SPECS, "RTX-4060", "GeForce RTX 4060", 8188, 272),
    _nvidia(HOME, RTX_30, "RTX-3090-Ti", "GeForce RTX 3090 Ti", 24564, 1008, 80, 320, cuda=23.50),
    _nvidia(HOME, RTX_30, "RTX-3090", "GeForce RTX 3090", 24576, 936.2, 71, 284, cuda=23.50),
    _nvidia(HOME, SPECS, "RTX-3080-Ti", "GeForce RTX 3080 Ti", 12288, 912),
    _nvidia(HOME, SPECS, "RTX-3080-12GB", "GeForce RTX 3080 12GB", 12288, 912),
    _nvidia(HOME, RTX_30, "RTX-3080-10GB", "GeForce RTX 3080 10GB", 10240, 760, 59.5, 238),
    _nvidia(HOME, SPECS, "RTX-3070-Ti", "GeForce RTX 3070 Ti", 8192, 608),
    _nvidia(HOME, RTX_30, "RTX-3070", "GeForce RTX 3070", 8192, 448, 40.6, 162.6),
    _nvidia(HOME, SPECS, "RTX-3060-Ti", "GeForce RTX 3060 Ti", 8192, 448),
    _nvidia(
        HOME,
        SPECS,
        "RTX-3060",
        "GeForce RTX 3060 12GB",
        12288,
        360,
        aliases=("RTX-3060-12GB",),
    ),
    _nvidia(HOME, TURING, "RTX-2080-Ti", "GeForce RTX 2080 Ti", 11264, 616),
    _nvidia(HOME, SPECS, "GTX-1080-Ti", "GeForce GTX 1080 Ti", 11264, 484),
    _nvidia(LAPTOP, SPECS, "RTX-5090-Laptop", "GeForce RTX 5090 Laptop GPU", 24463, 896),
    _nvidia(LAPTOP, SPECS, "RTX-5080-Laptop", "GeForce RTX 5080 Laptop GPU", 16303, 896),
    _nvidia(LAPTOP, SPECS, "RTX-4090-Laptop", "GeForce RTX 4090 Laptop GPU", 16376, 576),
    _nvidia(LAPTOP, SPECS, "RTX-4080-Laptop", "GeForce RTX 4080 Laptop GPU", 12282, 432),
    _nvidia(LAPTOP, SPECS, "RTX-4070-Laptop", "GeForce RTX 4070 Laptop GPU", 8188, 256),
    _nvidia(LAPTOP, SPECS, "RTX-4060-Laptop", "GeForce RTX 4060 Laptop GPU", 8188, 256),
    _nvidia(LAPTOP, SPECS, "RTX-3080-Ti-Laptop", "GeForce RTX 3080 Ti Laptop GPU", 16384, 512),
    _nvidia(LAPTOP, SPECS, "RTX-3060-Laptop", "GeForce RTX 3060 Laptop GPU", 6144, 336),
)


def _amd(
    kind: Kind,
    source: str,
    name: str,
    label: str,
    memory: int,
    bandwidth: float,
    half: float | None = None,
    byte: float | None = None,
    nibble: float | None = None,
    *,
    aliases: tuple[str, ...] = (),
) -> Gpu:
    nbytes = memory * GIB
    usable, rule = amd_usable(nbytes)
    return Gpu(
        name,
        f"AMD {label}",
        kind,
        nbytes,
        usable,
        rule,
        bandwidth,
        half,
        byte,
        nibble,
        source,
        aliases,
    )


CDNA = "AMD Instinct data sheets"
AMD_SPECS = "AMD's product page"
AMD: tuple[Gpu, ...] = (
    _amd(DATA, CDNA, "MI355X", "Instinct MI355X", 288, 8000, 2516.6, 5033.2, 10066.3),
    _amd(DATA, CDNA, "MI325X", "Instinct MI325X", 256, 6000, 1307.4, 2614.9),
    _amd(DATA, CDNA, "MI300X", "Instinct MI300X", 192, 5300, 1307.4, 2614.9, aliases=("MI300",)),
    _amd(DATA, CDNA, "MI250X", "Instinct MI250X (one of its two dies)", 64, 1638.4, 191.5, 191.5),
    _amd(DATA, CDNA, "MI250", "Instinct MI250 (one of its two dies)", 64, 1638.4, 181, 181),
    _amd(DATA, CDNA, "MI210", "Instinct MI210", 64, 1638.4, 181, 181),
    _amd(DATA, CDNA, "MI100", "Instinct MI100", 32, 1228.8, 184.6, 184.6),
    _amd(WORK, AMD_SPECS, "W7900", "Radeon PRO W7900", 48, 864, 122.6),
    _amd(WORK, AMD_SPECS, "W7800", "Radeon PRO W7800", 32, 576),
    _amd(WORK, AMD_SPECS, "R9700", "Radeon AI PRO R9700", 32, 640),
    _amd(HOME, AMD_SPECS, "RX-9070-XT", "Radeon RX 9070 XT", 16, 640),
    _amd(HOME, AMD_SPECS, "RX-7900-XTX", "Radeon RX 7900 XTX", 24, 960, 122.8),
    _amd(HOME, AMD_SPECS, "RX-7900-XT", "Radeon RX 7900 XT", 20, 800, 103),
    _amd(HOME, AMD_SPECS, "RX-7900-GRE", "Radeon RX 7900 GRE", 16, 576),
    _amd(HOME, AMD_SPECS, "RX-7800-XT", "Radeon RX 7800 XT", 16, 624),
    _amd(HOME, AMD_SPECS, "RX-6900-XT", "Radeon RX 6900 XT", 16, 512),
)

APPLE_CHIPS: tuple[tuple[str, float, tuple[int, ...]], ...] = (
    ("M1", 68.25, (8, 16)),
    ("M1 Pro", 200, (16, 32)),
    ("M1 Max", 400, (32, 64)),
    ("M1 Ultra", 800, (64, 128)),
    ("M2", 100, (8, 16, 24)),
    ("M2 Pro", 200, (16, 32)),
    ("M2 Max", 400, (32, 64, 96)),
    ("M2 Ultra", 800, (64, 128, 192)),
    ("M3", 100, (8, 16, 24)),
    ("M3 Pro", 150, (18, 36)),
    ("M3 Max", 300, (36, 96)),
    ("M3 Max", 400, (48, 64, 128)),
    ("M3 Ultra", 819, (96, 256, 512)),
    ("M4", 120, (16, 24, 32)),
    ("M4 Pro", 273, (24, 48, 64)),
    ("M4 Max", 410, (36,)),
    ("M4 Max", 546, (48, 64, 128)),
)
"""Chip, GB/s, and the sizes in GiB it is sold with; Apple publishes no tensor rates."""


def _apple() -> Iterator[Gpu]:
    for chip, bandwidth, sizes in APPLE_CHIPS:
        for size in sizes:
            usable, rule = apple_usable(size * GIB)
            yield Gpu(
                f"{chip.replace(' ', '-')}-{size}GB",
                f"Apple {chip}, {size} GB",
                Kind.UNIFIED,
                size * GIB,
                usable,
                rule,
                bandwidth,
                source="Apple's technical specifications",
            )


def _intel(
    kind: Kind,
    source: str,
    name: str,
    label: str,
    memory: int,
    bandwidth: float,
    half: float | None = None,
    byte: float | None = None,
) -> Gpu:
    nbytes = memory * GIB
    kept = GIB if memory > 32 else GIB // 2
    rule = f"its memory less {kept / GIB} GiB for the driver: no figure is published"
    return Gpu(
        name,
        f"Intel {label}",
        kind,
        nbytes,
        nbytes - kept,
        rule,
        bandwidth,
        half,
        byte,
        None,
        source,
    )


ARC = "Intel's product page"
INTEL: tuple[Gpu, ...] = (
    _intel(DATA, "Intel Gaudi 3 white paper", "Gaudi-3", "Gaudi 3", 128, 3700, 1835, 1835),
    _intel(DATA, "Intel Gaudi 2 white paper", "Gaudi-2", "Gaudi 2", 96, 2450, 432, 865),
    _intel(HOME, ARC, "Arc-A770", "Arc A770 16GB", 16, 560),
    _intel(HOME, ARC, "Arc-B580", "Arc B580", 12, 456),
)

SPARK = Gpu(
    "DGX-Spark",
    "NVIDIA DGX Spark (GB10)",
    Kind.UNIFIED,
    128 * 10**9,
    floor(119.18 * GIB),
    "CUDA's own total, the least seen in public reports",
    273,
    source=SPECS,
    aliases=("GB10",),
)

GPUS: dict[str, Gpu] = {gpu.name: gpu for gpu in (*NVIDIA, SPARK, *AMD, *_apple(), *INTEL)}
"""Every accelerator `--gpu` knows, by its name; data-centre cards first."""
