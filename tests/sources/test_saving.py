"""Reports written to files: whole, new, and with one sentence where that cannot be."""

import errno
import io
from pathlib import Path

import pytest

from paramtui.sources.saving import NotWritten, save


def test_a_new_file_holds_the_text(tmp_path: Path) -> None:
    path = save(str(tmp_path / "a.md"), "größer\n")
    assert path == tmp_path / "a.md"
    assert path.read_bytes() == "größer\n".encode()


def test_a_name_that_is_taken_is_refused_or_numbered(tmp_path: Path) -> None:
    name = str(tmp_path / "a.v1.md")
    save(name, "first")
    with pytest.raises(NotWritten, match="there already"):
        save(name, "second")
    assert save(name, "second", numbered=True).name == "a.v1-2.md"
    assert save(name, "third", numbered=True).name == "a.v1-3.md"
    assert Path(name).read_text() == "first"


def test_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert save("~/a.md", "x") == tmp_path / "a.md"


@pytest.mark.parametrize("name", ["missing/a.md", "", ".", "a\0b", "x" * 5000])
def test_what_cannot_be_written_is_one_sentence(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(NotWritten) as raised:
        save(name, "x")
    assert "\n" not in str(raised.value)
    assert not list(tmp_path.iterdir())


class Full(io.RawIOBase):
    """A file on a full disk."""

    def __init__(self, path: Path) -> None:
        path.touch()

    def write(self, _: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "open", lambda path, *_, **__: Full(path))
    with pytest.raises(NotWritten, match="No space left"):
        save(str(tmp_path / "a.md"), "x")
    assert not list(tmp_path.iterdir())
