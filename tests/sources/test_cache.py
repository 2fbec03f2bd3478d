"""The cache of small files: private, whole or absent, bounded."""

import os
import stat
import sys
from pathlib import Path

import pytest

from paramtui.sources.cache import ABANDONED, Cache, cache_folder

posix = pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def used(path: Path, ago: float) -> None:
    """Make a file look last used so many seconds before now."""
    moment = path.stat().st_mtime - ago
    os.utime(path, (moment, moment))


def test_what_is_written_is_read(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "a" / "b")
    assert cache.read("x") is None
    cache.write("x", b"1")
    cache.write("x", b"22")
    assert cache.read("x") == b"22"
    cache.set_aside("x")
    cache.set_aside("x")
    assert cache.read("x") is None
    assert (tmp_path / "a" / "b" / "x.damaged").read_bytes() == b"22"


@posix
def test_nobody_else_may_look(tmp_path: Path) -> None:
    folder = tmp_path / "ours"
    Cache(folder).write("x", b"1")
    assert mode(folder) == 0o700
    assert mode(folder / "x") == 0o600


@posix
def test_a_folder_that_others_can_write_to_is_not_believed(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "ours")
    cache.write("x", b"1")
    (tmp_path / "ours").chmod(0o777)
    assert cache.read("x") is None
    cache.write("y", b"1")
    assert not (tmp_path / "ours" / "y").exists()


@posix
def test_links_are_not_followed(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    tmp_path.chmod(0o700)
    (tmp_path / "secret").write_bytes(b"s")
    (tmp_path / "x").symlink_to(tmp_path / "secret")
    assert cache.read("x") is None
    cache.write("x", b"1")
    assert (tmp_path / "secret").read_bytes() == b"s"
    assert cache.read("x") == b"1"


def test_what_was_used_longest_ago_makes_room(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    cache = Cache(tmp_path, limit=25)
    for name, ago in (("old", 30), ("middle", 20), ("young", 10)):
        cache.write(name, bytes(10))
        used(tmp_path / name, ago)
    assert cache.read("old") is None
    used(tmp_path / "young", 30)
    assert cache.read("middle") is not None  # which counts as a use
    cache.write("new", bytes(10))
    assert cache.read("young") is None
    assert cache.read("middle") is not None
    assert cache.read("new") is not None


def test_what_is_larger_than_the_cache_is_not_kept(tmp_path: Path) -> None:
    cache = Cache(tmp_path, limit=25)
    cache.write("x", bytes(26))
    assert list(tmp_path.iterdir()) == []


def test_what_was_never_finished_is_removed_in_time(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    for name, ago in (("x.1.unfinished", ABANDONED + 60), ("x.2.unfinished", 0)):
        (tmp_path / name).write_bytes(b"1")
        used(tmp_path / name, ago)
    Cache(tmp_path).write("y", b"1")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["x.2.unfinished", "y"]


def test_a_write_that_is_cut_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tmp_path.chmod(0o700)
    cache = Cache(tmp_path)
    cache.write("x", b"whole")

    def cut(*_: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(Path, "replace", cut)
    cache.write("x", b"another")
    assert cache.read("x") == b"whole"
    assert [path.name for path in tmp_path.iterdir()] == ["x"]


@pytest.mark.parametrize("folder", [None, Path(os.devnull), Path(os.devnull) / "below"])
def test_without_a_folder_nothing_is_kept_and_nothing_fails(folder: Path | None) -> None:
    cache = Cache(folder)
    cache.write("x", b"1")
    cache.set_aside("x")
    assert cache.read("x") is None


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="the rule of XDG")
def test_where_it_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("PARAMTUI_CACHE", raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    assert cache_folder() == tmp_path / ".cache" / "paramtui"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    assert cache_folder() == tmp_path / ".cache" / "paramtui"
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "x"))
    assert cache_folder() == tmp_path / "x" / "paramtui"
    monkeypatch.setenv("PARAMTUI_CACHE", "~/mine")
    assert cache_folder() == tmp_path / "mine"
