"""Cost against size: 1,000 to 500,000 tensors, beside DeepSeek-V3."""

from statistics import median

from bench.keys import DOWN, PAGE_DOWN, PAGE_UP, UP
from bench.models import DEEPSEEK, of_size
from bench.place import Place
from bench.process import MIB, paramtui
from bench.screen import screen
from bench.table import Target, table

SIZES = (1_000, 10_000, 100_000, 250_000, 500_000)
MOST = "bench/500000"


def measure(where: Place, times: int) -> tuple[str, list[Target]]:
    """The app from the shell to its first full tree, the keys then, and the memory."""
    names = [where.hub.add(of_size(size)).id for size in SIZES]
    opened: dict[str, list[float]] = {name: [] for name in (*names, DEEPSEEK)}
    rows, memory, longest = [], {}, {}
    for turn in range(times):
        for name in opened:
            home = where.home()
            with screen(paramtui(name), home, where.environment(home)) as app:
                opened[name].append(app.until(b"of weights"))
                app.tty.settle()
                if turn:
                    continue
                app.press(b"*")
                keys = [app.press(key) for key in (DOWN, UP) * 25]
                pages = [app.press(key) for key in (PAGE_DOWN, PAGE_UP) * 4]
                memory[name] = app.peak() / MIB
                longest[name] = max(key.seconds for key in (*keys, *pages)) * 1e3
        print(".", end="", flush=True)
    for name, seconds in opened.items():
        size = name.partition("/")[2] if name != DEEPSEEK else "91991"
        per = median(seconds) / int(size) * 1e6
        rows.append(
            (
                f"{int(size):,}{' (DeepSeek-V3)' * (name == DEEPSEEK)}", f"{median(seconds):.2f} s",
                f"{per:.1f} µs", f"{memory[name]:.0f} MiB", f"{longest[name]:.1f} ms",
            )
        )  # fmt: skip
    head = (
        "tensors",
        "from the shell to the tree",
        "a tensor",
        "peak memory",
        "slowest key",
    )
    ratio = median(a / b for a, b in zip(opened[MOST], opened[DEEPSEEK], strict=True))
    targets = [
        Target("500,000 tensors, to DeepSeek-V3", ratio, most=6),
        Target("500,000 tensors, peak memory", memory[MOST], most=600, unit="MiB"),
        Target("500,000 tensors, slowest key", longest[MOST], most=30, unit="ms"),
    ]
    return table(head, rows), targets
