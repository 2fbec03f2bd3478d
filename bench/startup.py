"""Starting: the reports, the first paint, the data, a second launch, and memory."""

from statistics import median

from bench.models import DEEPSEEK
from bench.place import Place
from bench.process import (
    MIB,
    Run,
    in_turn,
    paramtui,
    python,
    run,
    seconds,
    times_more_work,
    times_slower,
)
from bench.screen import screen
from bench.table import Target, table

OPENING, DATA = b"opening", b"of weights"
REMEMBERING = 2.0
"""Seconds in which an app that has opened a model writes down what it is."""
NOTHING = "python -c pass"
MINIMAL, PAINT, PAINTED = "a minimal Textual app, first paint", "first paint", "data painted"


def reports(where: Place, times: int) -> tuple[str, list[Target]]:
    """Commands that print and end, to the interpreter alone."""
    home = where.home()
    env = where.environment(home)
    config = home / "config.json"
    config.write_bytes(where.hub.repositories[DEEPSEEK].files["config.json"].head)
    run(paramtui(DEEPSEEK, "--json"), env)
    commands = {
        NOTHING: python("-c", "pass"),
        "paramtui --help": paramtui("--help"),
        "paramtui --version": paramtui("--version"),
        "paramtui config.json --json": paramtui(str(config), "--json"),
        "paramtui CACHED --offline --json": paramtui(DEEPSEEK, "--offline", "--json"),
    }
    found = in_turn(
        {name: lambda command=command: run(command, env) for name, command in commands.items()},  # type: ignore[misc]
        times,
    )
    rows, targets = [], []
    for name, runs in found.items():
        ratio = times_slower(runs, found[NOTHING])
        rows.append((f"`{name}`", f"{seconds(runs) * 1e3:.0f} ms", f"{ratio:.1f} ×"))
        most = {"--help": 3, "--version": 3, "--json": 7}.get(name.rpartition(" ")[2])
        if most:
            targets.append(Target(f"`{name}`, to `{NOTHING}`", ratio, most=most))
    return table(("command", "whole process", f"to `{NOTHING}`"), rows), targets


def second_launch(where: Place, times: int) -> tuple[str, list[Target]]:
    """A model that was opened before, at 50 ms, to the Hub's library after its imports."""
    where.hub.line.round_trip = 0.05
    home = where.home()
    env = where.environment(home)
    run(paramtui(DEEPSEEK, "--json"), env)
    counts = {}

    def again(*options: str) -> Run:
        where.hub.seen.clear()
        found = run(python("-m", "bench.clients", "paramtui", DEEPSEEK, *options), env)
        counts[options] = len(where.hub.seen)
        return found

    library = "get_safetensors_metadata"
    found = in_turn(
        {
            "second launch": again,
            "second launch, --offline": lambda: again("--offline"),
            library: lambda: run(
                python("-m", "bench.clients", "metadata", DEEPSEEK),
                where.environment(where.home()),
            ),
        },
        times,
    )
    where.hub.line.round_trip = 0.0
    rows, targets = [], []
    for name, options in (("second launch", ()), ("second launch, --offline", ("--offline",))):
        ratio = times_more_work(found[library], found[name])
        work = median(run.work for run in found[name])
        rows.append((name, f"{work * 1e3:.0f} ms", f"{ratio:.0f} ×", str(counts[options])))
        targets.append(Target(f"{name}, requests", counts[options], most=0 if options else 1))
        targets.append(Target(f"{name}, after imports", ratio, least=20))
    head = ("launch", "after imports", f"faster than {library}", "requests")
    return table(head, rows), targets


def painting(where: Place, times: int) -> tuple[str, list[Target]]:
    """The app's first frame, the model on it, and the memory of both launches."""
    kept = where.home()
    with screen(paramtui(DEEPSEEK), kept, where.environment(kept)) as app:
        app.until(DATA)
        app.tty.settle(REMEMBERING)
    figures: dict[str, list[float]] = {name: [] for name in (MINIMAL, PAINT, PAINTED)}
    memory: dict[str, list[float]] = {"first launch": [], "second launch": []}
    for _ in range(times):
        with screen(python("-m", "bench.minimal_app"), kept, {}) as app:
            figures[MINIMAL].append(app.until(OPENING))
        for launch, home in (("first launch", where.home()), ("second launch", kept)):
            with screen(paramtui(DEEPSEEK), home, where.environment(home)) as app:
                painted = app.until(OPENING, DATA)
                data = app.until(DATA)
                app.tty.settle()
                memory[launch].append(app.peak())
            if launch == "second launch":
                figures[PAINT].append(painted)
                figures[PAINTED].append(data)
        print(".", end="", flush=True)
    floor = figures[MINIMAL]
    rows = [
        (name, f"{median(found) * 1e3:.0f} ms", f"{_ratio(found, floor):.2f} ×")
        for name, found in figures.items()
    ]
    later = median(b - a for a, b in zip(figures[PAINT], figures[PAINTED], strict=True))
    targets = [
        Target("first paint, to a minimal Textual app", _ratio(figures[PAINT], floor), most=1.15),
        Target("data painted after that, from the cache", later, most=0.3, unit="s"),
    ]
    for (launch, held), most in zip(memory.items(), (200, 140), strict=True):
        peak = median(held) / MIB
        rows.append((f"peak memory, {launch}", f"{peak:.0f} MiB", ""))
        targets.append(Target(f"peak memory, {launch}", peak, most=most, unit="MiB"))
    return table(("second launch unless said", "median", "to a minimal app"), rows), targets


def _ratio(found: list[float], floor: list[float]) -> float:
    return median(a / b for a, b in zip(found, floor, strict=True))
