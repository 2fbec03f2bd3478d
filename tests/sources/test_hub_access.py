import pytest

from paramtui.checkpoint.summary import summarise
from paramtui.record import replace
from paramtui.sources.errors import (
    AccessDenied,
    NotFound,
    RepositoryNotFound,
    RevisionNotFound,
)
from paramtui.sources.loading import load
from tests.hub.models import (
    BYTES,
    sharded,
    single,
    stored,
)
from tests.hub.server import GRANTED_TOKEN, VALID_TOKEN, Hub

TOKENS = {"absent": None, "wrong": "hf_wrong", "valid": VALID_TOKEN, "granted": GRANTED_TOKEN}
OPENS, PARTIAL, MISSING = "opens", "partial", "missing"
LOGIN = "accept its licence at {page}, then hf auth login"
ASK = "your account has no access; ask for it at {page}"
PRIVATE = "there is no model org/private on the Hub, or it is private"


@pytest.mark.parametrize(
    ("name", "token", "outcome", "words"),
    [
        ("org/public", "absent", OPENS, ""),
        ("org/public", "wrong", OPENS, "does not accept the token of HF_TOKEN"),
        ("org/public", "valid", OPENS, ""),
        ("org/public", "granted", OPENS, ""),
        ("org/gated", "absent", PARTIAL, f"you are not logged in; {LOGIN}"),
        ("org/gated", "wrong", PARTIAL, f"gated; the token of HF_TOKEN is not accepted; {LOGIN}"),
        ("org/gated", "valid", PARTIAL, ASK),
        ("org/gated", "granted", OPENS, ""),
        ("org/private", "absent", MISSING, "check the name; if it is private, hf auth login"),
        ("org/private", "wrong", MISSING, "check the name; if it is private, hf auth login"),
        ("org/private", "valid", MISSING, "check the name, and that your account may see it"),
        ("org/private", "granted", OPENS, ""),
    ],
)
def test_each_token_with_each_kind_of_repository(
    hub: Hub, monkeypatch: pytest.MonkeyPatch, name: str, token: str, outcome: str, words: str
) -> None:
    hub.add(sharded("org/public"))
    hub.add(replace(sharded("org/gated"), gated=True))
    hub.add(replace(sharded("org/private"), private=True))
    if TOKENS[token]:
        monkeypatch.setenv("HF_TOKEN", str(TOKENS[token]))
    if outcome == MISSING:
        with pytest.raises(RepositoryNotFound) as raised:
            load(name)
        refused = "; the token of HF_TOKEN is not accepted" if token == "wrong" else ""
        assert (str(raised.value), raised.value.hint) == (PRIVATE + refused, words)
        return
    found = load(name)
    summary = summarise(found)
    assert summary.total == 64 * 8 + 8 * 8 + 8
    assert summary.stored_bytes == BYTES
    assert found.partial is (outcome == PARTIAL)
    if outcome == PARTIAL:
        expected = words.format(page=f"{hub.endpoint}/{name}")
        assert str(found.notice).startswith("partial, from what is public: org/gated is gated")
        assert str(found.notice).endswith(expected)
    else:
        assert found.notice is None
        assert len(found.tensors) == 3
        assert words in "".join(found.warnings)
        assert bool(found.warnings) is bool(words)


@pytest.mark.parametrize("token", ["absent", "wrong", "valid"])
def test_a_gated_model_that_is_bundled_opens_whole(
    hub: Hub, monkeypatch: pytest.MonkeyPatch, token: str
) -> None:
    name = "meta-llama/Llama-3.1-8B"
    hub.add(replace(sharded(name), gated=True))
    if TOKENS[token]:
        monkeypatch.setenv("HF_TOKEN", str(TOKENS[token]))
    found = load(name)
    assert (found.source, found.partial, len(found.tensors)) == ("bundled", False, 291)
    assert str(found.notice).startswith(f"bundled description: {name} is gated")
    assert f"{hub.endpoint}/{name}" in str(found.notice)
    assert found.fetched.requests > 0
    # The Hub tells everybody what the files hold, which is here another model.
    assert found.warnings == (
        "the Hub counts 584 elements in its files, the description 8,030,261,248",
    )
    monkeypatch.setenv("HF_TOKEN", GRANTED_TOKEN)
    assert load(name).source == "hub"


def test_a_missing_repository_looks_like_a_private_one(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    for token in TOKENS.values():
        if token:
            monkeypatch.setenv("HF_TOKEN", token)
        with pytest.raises(RepositoryNotFound, match="no model org/missing on the Hub, or it is"):
            load("org/missing")


def test_a_token_that_is_too_fine_grained(hub: Hub) -> None:
    hub.add(replace(sharded("org/gated"), gated=True))
    said = "Please enable access to public gated repositories in your fine-grained token settings"
    refusal = {"X-Error-Code": "GatedRepo", "X-Error-Message": said}
    hub.fault("/org/gated/resolve/*", {"status": 403, "headers": refusal})
    hub.fault("*/safetensors-metadata/*", {"status": 403, "headers": refusal})
    notice = str(load("org/gated").notice)
    assert notice.endswith("let the token read gated repositories, in the Hub's settings of it")


def test_a_bad_token_does_not_lock_out_public_models(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.add(single())
    monkeypatch.setenv("HF_TOKEN", "hf_expired")
    found = load("org/single")
    assert stored(found) == BYTES
    assert "does not accept the token of HF_TOKEN" in found.warnings[0]
    assert "hf_expired" not in repr(found)


@pytest.mark.parametrize("token", ["hf_\x01x", "hf_é", "hf_a\x7f"])
def test_a_garbled_token_is_not_sent(hub: Hub, monkeypatch: pytest.MonkeyPatch, token: str) -> None:
    hub.add(single())
    monkeypatch.setenv("HF_TOKEN", token)
    assert "does not accept the token of HF_TOKEN" in load("org/single").warnings[0]
    assert {seen.token for seen in hub.seen} == {None}


def test_the_token_goes_to_the_hub_only(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    hub.add(replace(sharded(), answers_headers=False))
    monkeypatch.setenv("HF_TOKEN", VALID_TOKEN)
    load("org/sharded")
    assert {seen.token for seen in hub.seen if seen.origin == "hub"} == {VALID_TOKEN}
    assert {seen.token for seen in hub.seen if seen.origin == "files"} == {None}


def test_a_disabled_repository_and_a_missing_revision(hub: Hub) -> None:
    hub.add(replace(single("org/off"), disabled=True))
    hub.add(single())
    with pytest.raises(AccessDenied, match="org/off is disabled"):
        load("org/off")
    with pytest.raises(RevisionNotFound, match="org/single has no revision v9"):
        load("org/single", revision="v9")
    with pytest.raises(NotFound, match=r"no file other\.safetensors"):
        load("hf://org/single/other.safetensors")
