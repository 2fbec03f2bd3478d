"""`--config-set` from every source: the config changed, and the tensors of its blueprint."""

import json
from pathlib import Path

import pytest

from paramtui import open_checkpoint
from paramtui.checkpoint.checkpoint import Checkpoint
from paramtui.checkpoint.design.change import change_named
from paramtui.checkpoint.fields import Json
from paramtui.checkpoint.summary import summarise
from paramtui.cli import main
from paramtui.record import replace
from paramtui.sources.errors import BadConfig
from paramtui.sources.loading import load
from paramtui.sources.recent import recent, remember
from tests.hub.models import Tensors, text_file, weights
from tests.hub.server import File, Hub, Repository

CONFIG: dict[str, Json] = {
    "model_type": "llama",
    "architectures": ["LlamaForCausalLM"],
    "hidden_size": 8,
    "intermediate_size": 16,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "vocab_size": 32,
    "tie_word_embeddings": False,
    "torch_dtype": "bfloat16",
}
FILES: dict[str, File] = {"config.json": text_file(CONFIG)}
TENSORS: Tensors = {
    "model.embed_tokens.weight": ("BF16", (32, 8)),
    "model.layers.0.self_attn.q_proj.weight": ("BF16", (8, 8)),
}


def size(width: int, words: int = 32) -> int:
    """Parameters: embedding and head, four matrices and three, three norms."""
    return 2 * words * width + 4 * width**2 + 3 * 16 * width + 3 * width


def design(name: str, *typed: str, offline: bool = False) -> Checkpoint:
    return load(name, changes=[change_named(text) for text in typed], offline=offline)


def test_a_bare_config_a_folder_and_a_repository(hub: Hub, tmp_path: Path) -> None:
    files = {**FILES, "model.safetensors": weights(TENSORS)}
    hub.add(Repository("org/model", files))
    (tmp_path / "config.json").write_text(json.dumps(CONFIG))
    for name in (str(tmp_path / "config.json"), str(tmp_path), "org/model", "hf://org/model"):
        found = design(name, "hidden_size=16", "vocab_size=64")
        assert summarise(found).total == size(16, 64)
        assert found.source == "config"
        assert str(found.notice).startswith("a design: config.json with hidden_size=16, vocab_")
    assert found.warnings[0].startswith("unchanged, its files hold 320 elements in 2 tensors")


@pytest.mark.parametrize("token", [None, "hf_wrong"])
def test_a_gated_model_and_a_bad_token(
    hub: Hub, monkeypatch: pytest.MonkeyPatch, token: str | None
) -> None:
    if token:
        monkeypatch.setenv("HF_TOKEN", token)
    name = "meta-llama/Llama-3.2-1B"
    hub.add(Repository(name, {**FILES, "model.safetensors": weights(TENSORS)}, gated=True))
    found = design(name, "num_hidden_layers=8")
    assert found.config.layers == 8
    # A tied embedding, eight layers of four matrices, three and two norms, a last norm.
    layer = 2 * 2048 * 2048 + 2 * 2048 * 512 + 3 * 2048 * 8192 + 2 * 2048
    assert summarise(found).total == 128_256 * 2048 + 8 * layer + 2048


def test_a_bundled_model_without_network(hub: Hub) -> None:
    found = design("openai-community/gpt2", "n_layer=2", offline=True)
    assert found.config.layers == 2
    assert not hub.seen


def test_what_cannot_be_set_is_one_line(hub: Hub) -> None:
    hub.add(Repository("org/model", {**FILES, "model.safetensors": weights(TENSORS)}))
    with pytest.raises(BadConfig, match="no field hiden_size, did you mean hidden_size"):
        design("org/model", "hiden_size=4")
    hub.add(Repository("org/bare", {"model.safetensors": weights(TENSORS)}))
    with pytest.raises(BadConfig, match=r"org/bare has no config\.json to change"):
        design("org/bare", "hidden_size=4")


def test_only_the_first_of_two_models_is_changed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "config.json"
    path.write_text(json.dumps(CONFIG))
    words = ["--config-set", "hidden_size=16", "--config-set", 'vocab_size="64"', "--json"]
    assert main([str(path), *words[:2], "--compare", str(path), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["parameters"]["total"] == size(16)
    assert document["compare"]["parameters_delta"] == size(8) - size(16)
    assert document["model"]["config_set"] == {"hidden_size": 16}
    assert document["model"]["notice"].startswith("a design")
    assert main([str(path), *words]) == 2
    told = capsys.readouterr()
    assert (told.out, told.err) == ("", 'error: vocab_size is a whole number, not "64"\n')
    assert main([str(path), "--config-set", "x"]) == 2
    assert capsys.readouterr().err.startswith("error: 'x' is not FIELD=VALUE\nhint: for example")


def test_from_python(tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    path.write_text(json.dumps(CONFIG))
    found = open_checkpoint(path, config_set={"hidden_size": 16})
    assert summarise(found).total == size(16)
    with pytest.raises(BadConfig, match="no field x"):
        open_checkpoint(path, config_set={"x": 1})
    with pytest.raises(BadConfig, match="is not FIELD=VALUE"):
        open_checkpoint(path, config_set={"": 1})


def test_a_design_is_not_remembered_as_the_model(tmp_path: Path) -> None:
    path, file = tmp_path / "config.json", tmp_path / "recent.json"
    path.write_text(json.dumps(CONFIG))
    remember(file, str(path), design(str(path), "hidden_size=16"), 7)
    assert recent(file) == []
    remember(file, str(path), replace(load(str(path))), 7)
    assert len(recent(file)) == 1
