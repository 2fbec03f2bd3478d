"""Redirects of files that are asked for ahead: what they save, and that nothing leans on them."""

from collections.abc import Callable, Iterator
from time import monotonic

import pytest

from paramtui.record import replace
from paramtui.sources.errors import Offline
from paramtui.sources.hub.places import Places
from paramtui.sources.hub.session import HubSession
from paramtui.sources.loading import load
from paramtui.sources.progress import Watch
from tests.hub.models import described, single
from tests.hub.server import Hub, Repository

COUNT = 12
STORED = "*/resolve/*.safetensors"


@pytest.fixture
def session(hub: Hub) -> Iterator[HubSession]:
    found = HubSession(Watch())
    yield found
    found.close()


def urls_of(session: HubSession, model: Repository) -> list[str]:
    weights = [file for file in model.files if file.endswith(".safetensors")]
    return [session.file_url(model.id, "main", file) for file in weights]


class AtOnce:
    """A thread that is over when it has started."""

    def __init__(self, target: Callable[[], None], daemon: bool) -> None:
        self.start = target


@pytest.fixture
def places(session: HubSession, monkeypatch: pytest.MonkeyPatch) -> Places:
    """Places whose threads are over when they have started."""
    monkeypatch.setattr("paramtui.sources.hub.places.Thread", AtOnce)
    return Places(session)


def test_a_place_is_where_the_hub_redirects_to(
    hub: Hub, session: HubSession, places: Places
) -> None:
    urls = urls_of(session, hub.add(described(COUNT)))
    places.ask(urls)
    found = [places.of(url) for url in urls]
    assert found == [f"{hub.files}/org/described/{url.rpartition('/')[2]}" for url in urls]
    assert [seen.origin for seen in hub.seen] == ["hub"] * COUNT
    assert session.meter.requests == COUNT


def test_a_repository_that_was_renamed_leads_on(hub: Hub, session: HubSession) -> None:
    hub.add(Repository("org/old", moved_to="org/single"))
    hub.add(single())
    url = session.file_url("org/old", "main", "model.safetensors")
    assert session.locate(url) == f"{hub.files}/org/single/model.safetensors"


def test_of_a_hub_that_has_the_files_itself_only_one_is_asked_for(
    hub: Hub, session: HubSession, places: Places
) -> None:
    urls = urls_of(session, hub.add(described(COUNT)))
    hub.fault(STORED, {"status": 206, "headers": {"Location": ""}, "body": b"x"})
    places.ask(urls)
    assert [places.of(url) for url in urls] == [None] * COUNT
    assert len(hub.seen) == 1


def test_what_is_asked_otherwise_is_asked_no_more(hub: Hub, session: HubSession) -> None:
    urls = urls_of(session, hub.add(described(COUNT)))
    places = Places(session)
    places.ask(urls)
    # Each was asked for and has a place, or will not be asked for.
    found = [places.of(url) for url in urls]
    assert len(hub.seen) == sum(place is not None for place in found)


@pytest.mark.parametrize("status", [403, 404, 429, 500])
def test_a_redirect_that_fails_is_no_matter(
    hub: Hub, session: HubSession, places: Places, status: int
) -> None:
    urls = urls_of(session, hub.add(described(COUNT)))
    hub.fault(STORED, {"status": status, "headers": {"Location": ""}})
    places.ask(urls)
    assert [places.of(url) for url in urls] == [None] * COUNT
    assert len(hub.seen) == 1


def test_who_is_asked_to_wait_asks_no_more(hub: Hub, session: HubSession, places: Places) -> None:
    urls = urls_of(session, hub.add(described(COUNT)))
    hub.fault(STORED, {"status": 429, "headers": {"Location": "", "Retry-After": "1"}})
    places.ask(urls)
    assert len(hub.seen) == 1
    assert session.meter.closed_until > monotonic()


def test_after_one_that_did_not_hold_none_is_believed(
    hub: Hub, session: HubSession, places: Places
) -> None:
    urls = urls_of(session, hub.add(described(COUNT)))
    places.ask(urls)
    assert places.of(urls[0]) is not None
    places.give_up()
    assert [places.of(url) for url in urls] == [None] * COUNT


def test_what_was_not_asked_for_is_not_known(hub: Hub, session: HubSession) -> None:
    assert Places(session).of("https://example.org/a") is None
    assert not hub.seen


def test_a_place_that_is_no_longer_there_is_asked_for_anew(hub: Hub, session: HubSession) -> None:
    hub.add(single())
    url = session.file_url("org/single", "main", "model.safetensors")
    due = f"{hub.files}/org/single/model.safetensors"
    hub.fault("/org/single/model.safetensors", {"status": 403}, times=1)
    data, _, place = session.get_range(url, 0, 8, f"{due}?signed=1")
    assert (len(data), place) == (8, due)
    assert [seen.status for seen in hub.seen] == [403, 302, 206]


@pytest.mark.parametrize("place", [None, "gone", Offline("away")])
def test_a_load_does_not_lean_on_it(
    hub: Hub, monkeypatch: pytest.MonkeyPatch, place: str | Exception | None
) -> None:
    def locate(*_: object) -> str | None:
        if isinstance(place, Exception):
            raise place
        return place and f"{hub.files}/org/described/{place}"

    model = replace(described(COUNT), answers_headers=False)
    hub.add(model)
    due = load("org/described")
    monkeypatch.setattr(HubSession, "locate", locate)
    hub.fault("/org/described/gone", {"status": 403})
    found = load("org/described")
    assert (found.tensors, found.warnings) == (due.tensors, due.warnings)
