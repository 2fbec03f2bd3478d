"""DeepSeek-V3 from a Hub at several distances: ours, the peers, and what the line itself takes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bench.models import DEEPSEEK
from bench.place import Place
from bench.process import PEERS, Run, in_turn, paramtui, python, run, seconds, times_slower
from bench.table import Target, table
from paramtui.record import replace

OURS, RANGED = "paramtui --json", "paramtui --json, no call for all headers"
LIBRARY, PEER = "get_safetensors_metadata", "hf-mem"
FLOOR, PARSED = "the same bytes, thrown away", "the same bytes, read by `json`"
MBIT = 1e6 / 8


@dataclass(frozen=True)
class Distance:
    """How far the Hub is."""

    title: str
    round_trip: float = 0.0
    rate: float = 0.0


DISTANCES = (
    Distance("0 ms"),
    Distance("50 ms", 0.05),
    Distance("150 ms", 0.15),
    Distance("50 ms, 50 Mbit/s", 0.05, 50 * MBIT),
)
HEAD = ("round trip", "client", "process", "to ours", "to ours, ranged", "requests", "sent")
AT = DISTANCES[1]
"""The distance the targets are set at."""


def measure(where: Place, times: int) -> tuple[str, list[Target]]:
    """A table, and what came of the targets."""
    rows, targets = [], []
    repository = where.hub.repositories[DEEPSEEK]
    for distance in DISTANCES:
        where.hub.line.round_trip, where.hub.line.rate = distance.round_trip, distance.rate
        counts: dict[str, tuple[int, int]] = {}
        warm = distance is not DISTANCES[0]
        found = in_turn(_contestants(where, counts), times, warm=warm)
        ours, ranged = found[OURS], found[RANGED]
        for name, runs in found.items():
            requests, moved = counts[name]
            rows.append(
                (
                    distance.title, name, f"{seconds(runs):.2f} s",
                    f"{times_slower(runs, ours):.2f} ×", f"{times_slower(runs, ranged):.2f} ×",
                    str(requests), f"{moved / 1e6:.1f} MB",
                )
            )  # fmt: skip
        if distance is AT:
            targets = _targets(found, counts, len(repository.files) - 2)
    where.hub.line.round_trip = where.hub.line.rate = 0.0
    return table(HEAD, rows), targets


def _targets(
    found: Mapping[str, list[Run]], counts: Mapping[str, tuple[int, int]], shards: int
) -> list[Target]:
    ours, ranged = found[OURS], found[RANGED]
    return [
        Target("one response, to get_safetensors_metadata", times_slower(found[LIBRARY], ours), 5),
        Target("one response, to hf-mem", times_slower(found[PEER], ours), 5),
        Target("one response, to the bytes alone", times_slower(ours, found[FLOOR]), most=2),
        Target("ranged, to get_safetensors_metadata", times_slower(found[LIBRARY], ranged), 3),
        Target("ranged, to hf-mem", times_slower(found[PEER], ranged), 3),
        Target("requests, one response", counts[OURS][0], most=5),
        Target("requests, ranged", counts[RANGED][0], most=4 + 2 * shards),
    ]


def _contestants(where: Place, counts: dict[str, tuple[int, int]]) -> dict[str, Callable[[], Run]]:
    hub = where.hub

    def contestant(name: str, command: list[str], *, answers: bool, proxy: bool = False) -> Run:
        home = where.home()
        model = hub.repositories[DEEPSEEK]
        hub.repositories[DEEPSEEK] = replace(model, answers_headers=answers)
        hub.seen.clear()
        hub.line.sent = 0
        result = run(command, where.behind_proxy(home) if proxy else where.environment(home))
        counts[name] = len(hub.seen), hub.line.sent
        return result

    client = ("-m", "bench.clients")
    peer = [str(PEERS / "hf-mem"), "--model-id", DEEPSEEK, "--json-output"]
    return {
        FLOOR: lambda: contestant(FLOOR, python(*client, "bare", DEEPSEEK), answers=True),
        PARSED: lambda: contestant(PARSED, python(*client, "parsed", DEEPSEEK), answers=True),
        OURS: lambda: contestant(OURS, paramtui(DEEPSEEK, "--json"), answers=True),
        RANGED: lambda: contestant(RANGED, paramtui(DEEPSEEK, "--json"), answers=False),
        LIBRARY: lambda: contestant(LIBRARY, python(*client, "metadata", DEEPSEEK), answers=True),
        PEER: lambda: contestant(PEER, peer, answers=True, proxy=True),
    }
