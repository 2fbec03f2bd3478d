"""Our own files when the disk is full or read-only, a process is killed, or two write at once."""

import json
import os
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from paramtui.checkpoint.checkpoint import Checkpoint
from paramtui.sources.cache import Cache
from paramtui.sources.loading import load
from paramtui.sources.recent import MOST, recent, remember
from tests.hub.models import BYTES, single, stored
from tests.hub.server import Hub

posix = pytest.mark.skipif(os.name != "posix", reason="signals and limits of POSIX")

HEAD = """
    import sys
    from pathlib import Path
    from paramtui.checkpoint.checkpoint import Checkpoint
    from paramtui.sources.cache import Cache
    from paramtui.sources.recent import remember
    folder = Path(sys.argv[1])
    cache, file = Cache(folder / "cache"), folder / "recent.json"
    found = Checkpoint("org/model", (), source="hub")
"""
WRITING = """
    print("begun", flush=True)
    number = 0
    while True:
        number += 1
        cache.write("x", bytes([number % 256]) * 3_000_000)
        remember(file, f"org/m{number % 9}", found, number)
"""
FULL = """
    import resource, signal
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
    cache.write("x", bytes(5000))
    for number in range(40):
        remember(file, f"org/{'m' * 90}{number}", found, number)
    print(cache.read("x"), flush=True)
"""


def start(code: str, folder: Path) -> "subprocess.Popen[str]":
    script = textwrap.dedent(HEAD) + textwrap.dedent(code)
    command = [sys.executable, "-c", script, str(folder)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def is_whole(folder: Path) -> bool:
    data = Cache(folder / "cache").read("x")
    rows = json.loads((folder / "recent.json").read_text())["models"]
    return data is not None and len(data) == 3_000_000 and len(set(data)) == 1 and len(rows) > 0


@posix
@pytest.mark.parametrize("processes", [1, 2])
def test_what_is_there_is_whole_whenever_a_writer_is_killed(processes: int, tmp_path: Path) -> None:
    for delay in (0.05, 0.11, 0.17):
        running = [start(WRITING, tmp_path) for _ in range(processes)]
        for process in running:
            assert process.stdout is not None
            assert process.stdout.readline() == "begun\n"
        limit = time.monotonic() + 20
        while not (tmp_path / "recent.json").exists() and time.monotonic() < limit:
            time.sleep(0.01)
        time.sleep(delay)
        for process in running:
            process.kill()
            process.communicate()
        assert is_whole(tmp_path)
    assert not list(tmp_path.glob("**/*.damaged"))
    # What a killed writer leaves behind is small, and goes in time.
    assert len(list((tmp_path / "cache").iterdir())) <= 1 + 3 * processes


@posix
def test_a_full_disk_only_costs_the_cache(tmp_path: Path) -> None:
    process = start(FULL, tmp_path)
    out, err = process.communicate(timeout=30)
    assert (out, err, process.returncode) == ("None\n", "", 0)
    assert not [path for path in tmp_path.glob("**/*") if path.is_file() and not is_json(path)]


def is_json(path: Path) -> bool:
    try:
        json.loads(path.read_text())
    except ValueError:
        return False
    return True


@pytest.mark.parametrize("failing", ["mkdir", "replace", "unlink", "iterdir"])
def test_any_failure_of_the_disk_only_costs_the_cache(
    failing: str, hub: Hub, ours: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.add(single())
    real: Callable[..., object] = getattr(Path, failing)

    def fail(path: Path, *arguments: object, **options: object) -> object:
        if ours in (path, *path.parents):
            raise OSError(30, "read-only file system")
        return real(path, *arguments, **options)

    monkeypatch.setattr(Path, failing, fail)
    for _ in range(2):
        assert stored(load("org/single")) == BYTES


def test_settings_of_many_processes_do_not_grow(tmp_path: Path) -> None:
    file = tmp_path / "recent.json"
    for number in range(3 * MOST):
        remember(file, f"org/m{number}", Checkpoint("m", (), source="hub"), 1)
    assert len(recent(file)) == MOST
    assert [path.name for path in tmp_path.iterdir()] == ["recent.json"]
