import pytest

from paramtui.sources.http.addresses import Place, is_private, may_visit, place_of

HUB = "https://huggingface.co"
MIRROR = "http://10.0.0.5:8080"


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("https://Hub.example.org/a", Place("https", "hub.example.org", 443)),
        ("http://me:pw@hub.example.org:8080", Place("http", "hub.example.org", 8080)),
        ("http://[::1]:80/a", Place("http", "::1", 80)),
        ("https://h\xfcb.example.org/a", Place("https", "xn--hb-xka.example.org", 443)),
        ("https://h\xfc..example.org/a", None),
        ("https://hub.example.org:99999", None),
        ("http://[::1", None),
        ("https:///a", None),
        ("ftp://hub.example.org", None),
        ("hub.example.org/a", None),
    ],
)
def test_where_an_address_leads(url: str, place: Place | None) -> None:
    assert place_of(url) == place


@pytest.mark.parametrize(
    ("url", "endpoint", "allowed"),
    [
        ("https://us.aws.cdn.hf.co/x", HUB, True),
        ("https://huggingface.co/api", HUB, True),
        ("http://us.aws.cdn.hf.co/x", HUB, False),
        ("file:///etc/passwd", HUB, False),
        ("ftp://example.org/x", HUB, False),
        ("https://localhost/x", HUB, False),
        ("https://127.0.0.1/x", HUB, False),
        ("https://[::1]/x", HUB, False),
        ("https://169.254.169.254/latest/meta-data", HUB, False),
        ("https://192.168.1.1/x", HUB, False),
        ("https://router/x", HUB, False),
        ("https://db.internal/x", HUB, False),
        ("https://db.internal./x", HUB, False),
        ("https://localhost./x", HUB, False),
        ("https://127.1/x", HUB, False),
        ("https://0x7f.0.0.0x1/x", HUB, False),
        ("https://2130706433/x", HUB, False),
        ("https://a.db\u3002internal/x", HUB, False),
        ("https://[::ffff:127.0.0.1]/x", HUB, False),
        ("https://us.aws.cdn.hf.co./x", HUB, True),
        ("http://10.0.0.6/x", MIRROR, True),
        ("https://cdn.example.org/x", MIRROR, True),
        ("file:///etc/passwd", MIRROR, False),
        ("http://127.0.0.1:9/x", "http://mirror.example.org", False),
    ],
)
def test_where_a_redirect_may_lead(url: str, endpoint: str, allowed: bool) -> None:
    assert may_visit(url, endpoint) is allowed


def test_private_hosts() -> None:
    assert not is_private("huggingface.co")
    assert not is_private("8.8.8.8")
    assert is_private("")
