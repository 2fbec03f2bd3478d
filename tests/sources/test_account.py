"""Who asks: the token that the Hub's own library would send, without importing its search."""

import subprocess
import sys
from pathlib import Path

import pytest
from huggingface_hub import constants, get_token

from paramtui.sources.hub import account

STORED = "[mine]\nhf_token = saved\n"
RENEWED = f"{STORED}refresh_token = again\nexpires_at = 9999999999\n"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in account.TOKEN_VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(tmp_path / "token"))
    monkeypatch.setattr(constants, "HF_STORED_TOKENS_PATH", str(tmp_path / "stored_tokens"))
    return tmp_path


@pytest.mark.parametrize("variable", [None, "", " \n", "set", " set\r\n"])
@pytest.mark.parametrize("older", [None, "older"])
@pytest.mark.parametrize("saved", [None, "", "saved", " saved\n"])
@pytest.mark.parametrize("stored", [None, STORED, RENEWED])
def test_it_is_the_token_of_the_library(
    variable: str | None,
    older: str | None,
    saved: str | None,
    stored: str | None,
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in (("HF_TOKEN", variable), ("HUGGING_FACE_HUB_TOKEN", older)):
        if value is not None:
            monkeypatch.setenv(name, value)
    for name, value in (("token", saved), ("stored_tokens", stored)):
        if value is not None:
            (home / name).write_text(value)
    token = get_token()
    sent = account.request_headers().get("authorization")
    assert sent == (f"Bearer {token}" if token else None)


def test_a_renewed_token_is_left_to_the_library(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "token").write_text("old")
    (home / "stored_tokens").write_text(RENEWED)
    monkeypatch.setattr("huggingface_hub.get_token", lambda: "new")
    assert account.request_headers()["authorization"] == "Bearer new"


def test_an_exchanged_token_is_left_to_the_library(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "token").write_text("old")
    monkeypatch.setenv("HF_OIDC_RESOURCE", "org/name")
    monkeypatch.setattr("huggingface_hub.get_token", lambda: "exchanged")
    assert account.request_headers()["authorization"] == "Bearer exchanged"


def test_a_token_that_is_set_costs_no_import(home: Path) -> None:
    script = (
        "import sys; from paramtui.sources.hub.account import request_headers\n"
        "assert request_headers()['authorization'] == 'Bearer set'\n"
        "assert {'yaml', 'filelock'}.isdisjoint(sys.modules)"
    )
    environment = {"HF_TOKEN": "set", "HF_HOME": str(home), "PATH": ""}
    subprocess.run([sys.executable, "-c", script], env=environment, check=True, timeout=60)
