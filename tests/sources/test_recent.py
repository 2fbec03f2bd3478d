"""The file of what was opened last: small, private, whole at every moment, never trusted."""

import json
import stat
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paramtui.checkpoint.checkpoint import Checkpoint
from paramtui.checkpoint.config import ModelConfig
from paramtui.sources.listing import Listed, Origin
from paramtui.sources.recent import MOST, recent, remember
from paramtui.sources.state import state_file

HUB = Checkpoint(
    "org/model",
    (),
    ModelConfig.from_json({"max_position_embeddings": 2048}),
    source="hub",
    license="mit",
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "state" / "paramtui" / "recent.json"


def references(file: Path) -> list[str]:
    return [row.reference for row in recent(file)]


def test_the_last_one_comes_first_and_once(file: Path) -> None:
    for name in ("a/b", "c/d", "a/b"):
        remember(file, name, HUB, 7)
    assert references(file) == ["a/b", "c/d"]
    assert recent(file)[0] == Listed("a/b", Origin.RECENT, 7, 2048, "mit")


def test_no_more_than_a_few_are_kept(file: Path) -> None:
    for number in range(MOST + 5):
        remember(file, f"org/m{number}", HUB, 1)
    assert references(file) == [f"org/m{number}" for number in range(MOST + 4, 4, -1)]


def test_local_paths_stay_true_elsewhere(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    remember(file, "model", Checkpoint("model", ()), 1)
    assert references(file) == [str(tmp_path / "model")]
    (tmp_path / "config.json").touch()
    for name in ("config.json", "org/model"):
        remember(file, name, Checkpoint(name, (), source="config"), 1)
    assert references(file)[:2] == ["org/model", str(tmp_path / "config.json")]


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX permissions")
def test_only_its_owner_reads_it(file: Path) -> None:
    remember(file, "a/b", HUB, 1)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert [path.name for path in file.parent.iterdir()] == ["recent.json"]


DAMAGED = (
    "",
    "{",
    "[]",
    "3",
    '{"version": 1}',
    '{"version": "1", "models": []}',
    '{"version": 1, "models": {}}',
    '{"version": 1, "models": [3]}',
    '{"version": 1, "models": [{"reference": 3}]}',
    "[" * 50_000,
)


@pytest.mark.parametrize("text", DAMAGED)
def test_a_damaged_file_is_set_aside(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True)
    file.write_text(text)
    assert recent(file) == []
    assert file.with_suffix(".damaged").read_text() == text
    remember(file, "a/b", HUB, 1)
    assert references(file) == ["a/b"]


def test_a_later_versions_file_is_left_alone(file: Path) -> None:
    file.parent.mkdir(parents=True)
    text = json.dumps({"version": 2, "models": "otherwise"})
    file.write_text(text)
    assert recent(file) == []
    remember(file, "a/b", HUB, 1)
    assert file.read_text() == text


def test_text_from_the_file_is_safe_to_print(file: Path) -> None:
    file.parent.mkdir(parents=True)
    row = {"reference": "a\x1b[31m", "license": "\u202e", "parameters": -1, "context": True}
    file.write_text(json.dumps({"version": 1, "models": [row]}))
    (model,) = recent(file)
    assert model.reference.isprintable()
    assert model.license.isprintable()
    assert (model.parameters, model.context) == (None, None)


@given(st.binary(max_size=200))
def test_any_bytes(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    file = tmp_path_factory.getbasetemp() / "any.json"
    file.write_bytes(data)
    assert recent(file) == []


def test_a_place_that_cannot_be_written_is_no_problem(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    remember(tmp_path / "taken" / "recent.json", "a/b", HUB, 1)


def test_where_it_lies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/me")
    end = "paramtui/recent.json"
    assert state_file({}, "linux") == Path("/home/me/.local/state") / end
    assert state_file({"XDG_STATE_HOME": "/state"}, "linux") == Path("/state") / end
    assert state_file({"XDG_STATE_HOME": "relative"}, "linux") is None
    assert state_file({}, "darwin") == Path("/home/me/Library/Application Support") / end
    assert state_file({"LOCALAPPDATA": "/app"}, "win32") == Path("/app") / end
