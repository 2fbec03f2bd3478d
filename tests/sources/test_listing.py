"""What lies nearby: recent ones, the Hub's cache, the catalogue, each model once."""

from pathlib import Path

from paramtui.checkpoint.checkpoint import Checkpoint
from paramtui.checkpoint.config import ModelConfig
from paramtui.sources.catalog import bundled_ids, load_bundled
from paramtui.sources.listing import Listed, Origin, modality_of, nearby, with_details
from paramtui.sources.suggestions import cached_ids

LLAMA = "meta-llama/Llama-3.1-8B"


def cache(tmp_path: Path, *names: str) -> Path:
    for name in names:
        (tmp_path / f"models--{name.replace('/', '--')}").mkdir()
    (tmp_path / "datasets--a--b").mkdir()
    (tmp_path / ".locks").mkdir()
    return tmp_path


def test_the_catalogue_with_its_facts(tmp_path: Path) -> None:
    found = {row.reference: row for row in nearby([], tmp_path)}
    assert tuple(found) == bundled_ids()
    assert found[LLAMA] == Listed(LLAMA, Origin.BUNDLED, 8030261248, 131072, "llama3.1", "text")


def test_recent_ones_come_first_then_the_cache(tmp_path: Path) -> None:
    recent = [Listed("/models/mine", Origin.RECENT, 3), Listed("a/seen", Origin.RECENT)]
    found = nearby(recent, cache(tmp_path, LLAMA, "a/seen", "gpt2"))
    assert [(row.reference, row.origin) for row in found[:4]] == [
        ("/models/mine", Origin.RECENT),
        ("a/seen", Origin.RECENT),
        ("gpt2", Origin.CACHE),
        (LLAMA, Origin.CACHE),
    ]
    # What the catalogue knows of a model is shown wherever it lies.
    assert found[3].parameters == 8030261248
    assert len({row.reference for row in found}) == len(found)


def test_no_cache_at_all(tmp_path: Path) -> None:
    assert len(nearby([], tmp_path / "missing")) == len(bundled_ids())


def test_what_the_files_of_a_cached_model_say(tmp_path: Path) -> None:
    checkpoint = load_bundled("llava-hf/llava-1.5-7b-hf")
    assert checkpoint
    found = with_details(Listed("me/mine", Origin.CACHE), checkpoint)
    assert (found.reference, found.origin) == ("me/mine", Origin.CACHE)
    assert (found.parameters, found.context) == (7_063_427_072, 4096)
    assert (found.license, found.modality) == ("llama2", "text+image")


def test_the_modality_of_a_family_that_is_not_bundled() -> None:
    config = ModelConfig.from_json({"model_type": "new", "vision_config": {"hidden_size": 8}})
    assert modality_of(Checkpoint("x", (), config)) == "text+image"
    assert modality_of(Checkpoint("x", ())) == ""


def test_folders_of_the_cache_that_are_no_repositories_are_left_out(tmp_path: Path) -> None:
    for name in ("org--good", "gpt2", "org--a\x1b[31m", "org--\u202eb", "..--..", "x y"):
        (tmp_path / f"models--{name}").mkdir()
    assert set(cached_ids(tmp_path)) == {"org/good", "gpt2"}
