"""The second launch: what was opened is shown without a request and confirmed with one."""

import threading
import zlib
from pathlib import Path

import pytest

from paramtui.checkpoint.checkpoint import Checkpoint
from paramtui.cli import main
from paramtui.record import replace
from paramtui.sources import background
from paramtui.sources.cache import Cache
from paramtui.sources.errors import NetworkError, Offline, RepositoryNotFound
from paramtui.sources.hub.info import RepoInfo
from paramtui.sources.hub.recall import Memory
from paramtui.sources.loading import load
from paramtui.sources.pack.format import MAGIC, SUM_BYTES, sum_of
from paramtui.sources.reference import HubReference
from tests.hub.models import BYTES, CONFIG, sharded, single, stored, text_file
from tests.hub.server import GRANTED_TOKEN, VALID_TOKEN, Hub


@pytest.fixture(autouse=True)
def kept_at_once(ours: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is remembered is written before a load returns."""
    monkeypatch.setattr("paramtui.sources.hub.load.finish_before_exit", lambda work: work())


def requests(hub: Hub) -> list[str]:
    """The paths that were asked for since the last call."""
    seen = [request.path for request in hub.seen]
    hub.seen.clear()
    return seen


def first(hub: Hub) -> Checkpoint:
    """Open the one model that is there for the first time."""
    (name,) = hub.repositories
    found = load(name)
    hub.seen.clear()
    return found


def test_the_second_launch_asks_once(hub: Hub) -> None:
    hub.add(sharded())
    before = first(hub)
    found = load("org/sharded")
    assert requests(hub) == ["/api/models/org/sharded"]
    assert found.tensors == before.tensors
    assert found.config.root.values == before.config.root.values
    assert (found.source, found.commit, found.shards) == ("hub", before.commit, before.shards)
    assert found.fetched.from_cache
    assert found.fetched.requests == 1
    assert found.notice is None
    assert not before.fetched.from_cache


def test_it_is_offered_before_anything_is_asked(hub: Hub) -> None:
    hub.add(sharded())
    first(hub)
    offered: list[tuple[Checkpoint, int]] = []
    load("org/sharded", offer=lambda found: offered.append((found, len(hub.seen))))
    assert [(found.source, stored(found), asked) for found, asked in offered] == [
        ("cache", BYTES, 0)
    ]


def test_offline_it_is_there_without_a_request(hub: Hub) -> None:
    hub.add(sharded())
    first(hub)
    found = load("org/sharded", offline=True)
    assert requests(hub) == []
    assert (found.source, stored(found)) == ("cache", BYTES)
    assert found.fetched.from_cache
    assert found.license == "apache-2.0"
    with pytest.raises(Offline):
        load("org/sharded@other", offline=True)


def test_refresh_reads_everything_again(hub: Hub) -> None:
    hub.add(single())
    load("org/single")
    before = len(requests(hub))
    assert not load("org/single", refresh=True).fetched.from_cache
    assert len(requests(hub)) == before


def test_another_readme_changes_nothing_but_the_commit(hub: Hub) -> None:
    hub.add(single())
    before = first(hub)
    hub.add(replace(single(), info={"sha": "1" * 40}, license="mit"))
    found = load("org/single")
    assert len(requests(hub)) == 1
    assert (found.commit, found.license) == ("1" * 40, "mit")
    assert found.tensors == before.tensors
    assert load("org/single", offline=True).commit == "1" * 40


def test_other_files_are_read(hub: Hub) -> None:
    hub.add(single())
    first(hub)
    config = text_file({**CONFIG, "hidden_size": 16})
    hub.add(replace(single(), files={**single().files, "config.json": config}))
    found = load("org/single")
    assert found.config.hidden_size == 16
    assert not found.fetched.from_cache
    assert load("org/single").fetched.from_cache


def test_without_hashes_another_commit_is_read_again(hub: Hub) -> None:
    names = [{"rfilename": name, "size": file.size} for name, file in single().files.items()]
    hub.add(replace(single(), info={"siblings": names}))
    first(hub)
    assert load("org/single").fetched.from_cache
    hub.add(replace(single(), info={"siblings": names, "sha": single().commit[::-1]}))
    hub.fault("/org/single/resolve/*", {"status": 404})
    with pytest.raises(Exception, match=r"no such file|no model"):
        load("org/single")


def test_a_hub_that_is_away_leaves_what_was_there(hub: Hub) -> None:
    hub.add(single())
    first(hub)
    hub.fault("*", {"status": 500})
    found = load("org/single")
    assert (found.source, stored(found)) == ("cache", BYTES)
    assert "as it was when it was last opened" in str(found.notice)


def test_a_repository_that_is_gone_is_not_shown(hub: Hub) -> None:
    hub.add(single())
    first(hub)
    hub.repositories.clear()
    with pytest.raises(RepositoryNotFound):
        load("org/single")


@pytest.mark.parametrize("damage", [b"", b"junk", None])
def test_a_damaged_pack_is_fetched_anew(hub: Hub, ours: Path, damage: bytes | None) -> None:
    hub.add(single())
    first(hub)
    (pack,) = ours.glob("*.pack")
    if damage is None:
        pack.unlink()
    else:
        pack.write_bytes(damage)
    found = load("org/single")
    assert stored(found) == BYTES
    assert ("damaged" in "".join(found.warnings)) is (damage is not None)
    assert len(requests(hub)) > 1
    assert load("org/single").fetched.from_cache
    assert load("org/single").warnings == ()
    assert [path.read_bytes() for path in ours.glob("*.damaged")] == [damage][: damage is not None]


def without_a_name(pack: Path) -> None:
    """Take a name out of a pack, whose sum is right again."""
    data = pack.read_bytes()
    start = len(MAGIC) + SUM_BYTES
    end = start + 4 + int.from_bytes(data[start : start + 4], "little")
    names = zlib.decompress(data[end:]).rpartition(b"\n")[0]
    body = data[start:end] + zlib.compress(names)
    pack.write_bytes(MAGIC + sum_of(body) + body)


def test_a_pack_that_lacks_a_name_is_fetched_anew_where_all_are_looked_at(
    hub: Hub, ours: Path
) -> None:
    hub.add(sharded())
    before = first(hub)
    (pack,) = ours.glob("*.pack")
    without_a_name(pack)
    found = load("org/sharded", offer=lambda _: None)
    assert found.warnings[0].startswith("the copy of an earlier load was damaged")
    assert found.tensors == before.tensors
    assert not load("org/sharded", offer=lambda _: None).warnings


def test_a_pack_that_lacks_a_name_is_told_where_a_report_looks_at_one(
    hub: Hub, ours: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hub.add(sharded())
    first(hub)
    (pack,) = ours.glob("*.pack")
    without_a_name(pack)
    assert main(["org/sharded", "--offline", "--tree"]) == 2
    told = capsys.readouterr().err.splitlines()
    assert told[0].startswith("error: the copy of an earlier load is damaged: ")
    assert told[1] == "hint: --refresh reads it anew"
    assert main(["org/sharded", "--refresh", "--tree"]) == 0
    assert main(["org/sharded", "--offline", "--tree"]) == 0


@pytest.mark.parametrize("folder", ["a" * 1200, "模" * 200])
def test_a_long_path_is_remembered(folder: str, ours: Path) -> None:
    reference = HubReference("org/name", folder=folder)

    def memory() -> Memory:
        return Memory(reference, "https://hub.example.org", Cache(ours), str)

    memory().point(RepoInfo("org/name", None, "main", {}, None, gated=False, parameters=None), "0f")
    again = memory()
    assert (again.row and again.row["key"], again.warnings) == ("0f", [])


def test_a_pack_of_another_version_is_left_to_it(hub: Hub, ours: Path) -> None:
    hub.add(single())
    first(hub)
    (pack,) = ours.glob("*.pack")
    pack.write_bytes(b"paramtui pack 999\nwhatever")
    found = load("org/single")
    assert (stored(found), found.warnings, found.fetched.from_cache) == (BYTES, (), False)
    assert not list(ours.glob("*.damaged"))


@pytest.mark.parametrize("damage", [b"", b"[]", b"{}", b'{"key":"../x","commit":"","license":""}'])
def test_a_damaged_reference_is_fetched_anew(hub: Hub, ours: Path, damage: bytes) -> None:
    hub.add(single())
    first(hub)
    (row,) = ours.glob("*.ref")
    row.write_bytes(damage)
    found = load("org/single")
    assert not found.fetched.from_cache
    assert "damaged" in "".join(found.warnings)


def test_what_is_not_whole_is_not_kept(hub: Hub, ours: Path) -> None:
    hub.add(replace(sharded(), answers_headers=False))
    hub.fault("*-00002-*", {"status": 500})
    assert not load("org/sharded").complete
    assert not list(ours.glob("*"))


@pytest.mark.parametrize("path", ["*config.json", "*.index.json"])
def test_what_another_try_may_read_is_not_kept(hub: Hub, ours: Path, path: str) -> None:
    hub.add(replace(sharded(), answers_headers=False))
    hub.fault(path, {"status": 500})
    assert load("org/sharded").warnings
    assert not list(ours.glob("*"))


def test_what_is_gated_stays_with_the_account_that_opened_it(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.add(replace(single(), gated=True))
    monkeypatch.setenv("HF_TOKEN", GRANTED_TOKEN)
    first(hub)
    assert load("org/single").fetched.from_cache
    assert load("org/single", offline=True).source == "cache"
    monkeypatch.setenv("HF_TOKEN", VALID_TOKEN)
    assert load("org/single").partial  # what everybody may know
    with pytest.raises(Offline):
        load("org/single", offline=True)
    monkeypatch.delenv("HF_TOKEN")
    assert load("org/single").partial


def test_no_token_is_written(hub: Hub, ours: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hub.add(replace(single(), gated=True))
    monkeypatch.setenv("HF_TOKEN", GRANTED_TOKEN)
    first(hub)
    assert not any(GRANTED_TOKEN.encode() in path.read_bytes() for path in ours.iterdir())


def test_two_loads_at_once_leave_a_sound_cache(hub: Hub) -> None:
    hub.add(sharded())
    threads = [threading.Thread(target=load, args=("org/sharded",)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert load("org/sharded").fetched.from_cache


def test_the_end_of_the_program_waits_for_what_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[object] = []
    monkeypatch.setattr("atexit.register", lambda join, patience: waits.append(join(patience)))
    done = threading.Event()
    background.finish_before_exit(done.set)
    assert done.is_set()
    assert waits


def test_the_network_is_needed_the_first_time(hub: Hub) -> None:
    hub.fault("*", {"status": 500})
    with pytest.raises(NetworkError):
        load("org/single")
