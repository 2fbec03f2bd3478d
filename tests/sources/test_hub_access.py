from dataclasses import replace

import pytest

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


def test_a_gated_repository_names_its_page(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    hub.add(replace(sharded("org/gated"), gated=True))
    with pytest.raises(
        AccessDenied, match="org/gated is gated, and you are not logged in"
    ) as raised:
        load("org/gated")
    assert (
        raised.value.hint == f"accept its licence at {hub.endpoint}/org/gated, then hf auth login"
    )
    monkeypatch.setenv("HF_TOKEN", VALID_TOKEN)
    with pytest.raises(AccessDenied, match="your account has no access") as raised:
        load("org/gated")
    assert f"{hub.endpoint}/org/gated" in str(raised.value.hint)
    monkeypatch.setenv("HF_TOKEN", GRANTED_TOKEN)
    assert stored(load("org/gated")) == BYTES


def test_a_missing_and_a_private_repository_look_the_same(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.add(replace(single("org/private"), private=True))
    for name in ("org/private", "org/missing"):
        with pytest.raises(RepositoryNotFound, match=f"no model {name} on the Hub") as raised:
            load(name)
        assert "hf auth login" in str(raised.value.hint)
    monkeypatch.setenv("HF_TOKEN", VALID_TOKEN)
    with pytest.raises(RepositoryNotFound):
        load("org/private")
    monkeypatch.setenv("HF_TOKEN", GRANTED_TOKEN)
    assert stored(load("org/private")) == BYTES


def test_a_bad_token_does_not_lock_out_public_models(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.add(single())
    monkeypatch.setenv("HF_TOKEN", "hf_expired")
    found = load("org/single")
    assert stored(found) == BYTES
    assert "does not accept the saved token" in found.warnings[0]
    assert "hf_expired" not in repr(found)


@pytest.mark.parametrize("token", ["hf_\x01x", "hf_é", "hf_a\x7f"])
def test_a_garbled_token_is_not_sent(hub: Hub, monkeypatch: pytest.MonkeyPatch, token: str) -> None:
    hub.add(single())
    monkeypatch.setenv("HF_TOKEN", token)
    assert "does not accept the saved token" in load("org/single").warnings[0]
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
