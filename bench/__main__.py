"""`python -m bench`: measure everything in one run and write RESULTS.md; `--quick` to try it."""

import argparse
import platform
from collections.abc import Callable
from datetime import datetime, timezone
from importlib.metadata import version
from os import cpu_count, getloadavg
from pathlib import Path
from time import monotonic

from bench import keys, loading, sizes, startup
from bench.models import deepseek
from bench.place import Place, place
from bench.table import Target, targets_table

RESULTS = Path(__file__).with_name("RESULTS.md")
TIMES = 7
Section = Callable[[Place, int], tuple[str, list[Target]]]

SECTIONS: dict[str, Section] = {
    "DeepSeek-V3 from a Hub on loopback (91,991 tensors in 163 files)": loading.measure,
    "A second launch": startup.second_launch,
    "Reports": startup.reports,
    "The app starts": startup.painting,
    "Keys, DeepSeek-V3 open, 80 × 24, 256 colours": keys.ours,
    "The same 10,000 tensors in one local file": keys.beside,
    "Cost against size": sizes.measure,
}


def main() -> None:
    """Measure, section by section."""
    options = argparse.ArgumentParser(prog="python -m bench")
    options.add_argument("--quick", action="store_true", help="once each, to see that it works")
    options.add_argument("--only", metavar="WORD", help="sections with it in their title")
    chosen = options.parse_args()
    times = 1 if chosen.quick else TIMES
    began, load = monotonic(), getloadavg()[0]
    parts: list[str] = []
    targets: list[Target] = []
    print("building DeepSeek-V3 …", flush=True)
    with place(deepseek()) as where:
        for title, section in SECTIONS.items():
            if chosen.only and chosen.only not in title:
                continue
            print(f"{title} ", end="", flush=True)
            try:
                found, held = section(where, times)
            except RuntimeError as error:  # a peer that has changed must not cost all the rest
                found, held = f"Not measured: {error}\n", []
            parts.append(f"## {title}\n\n{found}")
            targets += held
            print(f" {monotonic() - began:.0f} s", flush=True)
    text = "\n".join([_head(times, load), "## Targets\n", targets_table(targets), *parts])
    if chosen.only or chosen.quick:
        print(text)
    else:
        RESULTS.write_text(text, encoding="utf-8")
    print(f"{sum(target.holds for target in targets)} of {len(targets)} targets hold")


def _head(times: int, load: float) -> str:
    names = ("textual", "rich", "huggingface-hub", "httpx2")
    versions = ", ".join(f"{name} {version(name)}" for name in names)
    return HEAD.format(
        day=f"{datetime.now(timezone.utc):%Y-%m-%d}",
        times=times,
        machine=f"{platform.system()} on {platform.machine()}, {cpu_count()} CPUs",
        load=f"{load:.1f}",
        versions=f"Python {platform.python_version()}, {versions}",
    )


HEAD = """# What paramtui costs

Written by `make bench` on {day}, all in one run, the clients in turn: medians of {times}, ratios
pair by pair. {machine}, load {load} at the start; {versions}.

The Hub is ours, on loopback, with a round trip before each answer and each connection, and JSON
compressed where it is asked for; the models are made of DeepSeek-V3's published config: every
name, type and shape of it, and no values. hf-mem reaches it over TLS through a proxy, with the
files behind a plain connection, which costs it less than the real Hub would; it speaks HTTP/1.1
here. safe-view is not measured: it needs torch.
"""


if __name__ == "__main__":
    main()
