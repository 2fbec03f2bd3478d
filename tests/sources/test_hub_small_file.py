import pytest

from paramtui.record import replace
from paramtui.sources.loading import load
from tests.hub.models import BYTES, sharded, single, stored
from tests.hub.server import Hub, Repository


def asked(hub: Hub, name: str) -> list[str]:
    """Where a file was asked for, in turn."""
    return [seen.path for seen in hub.seen if seen.path.endswith(name)]


def test_a_small_file_is_one_request(hub: Hub) -> None:
    model = hub.add(single())
    assert load("org/single").config.model_type == "llama"
    kept = f"/api/resolve-cache/models/org/single/{model.commit}/config.json"
    assert asked(hub, "config.json") == [kept]


@pytest.mark.parametrize("status", [400, 403, 404, 501])
@pytest.mark.parametrize("model", [single(), replace(sharded("org/s"), answers_headers=False)])
def test_a_mirror_without_such_a_place_is_asked_as_usual(
    hub: Hub, model: Repository, status: int
) -> None:
    hub.add(model)
    hub.keeps = False
    hub.fault("/api/resolve-cache/*", {"status": status, "body": b"no such page"})
    found = load(model.id)
    assert found.config.model_type == "llama"
    assert (stored(found), found.warnings) == (BYTES, ())


def test_a_file_that_is_not_there_is_not_asked_for(hub: Hub) -> None:
    model = single()
    del model.files["config.json"]
    hub.add(model)
    assert stored(load("org/single")) == BYTES
    assert asked(hub, "config.json") == []
