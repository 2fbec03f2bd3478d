"""What a connection raises, as the requests above it see it."""

import socket
import ssl
from http.client import IncompleteRead, NotConnected, RemoteDisconnected

import pytest

from paramtui.sources.http.failures import ConnectTimedOut, RequestError, TimedOut, told

URL = "https://hub.example.org/a"


@pytest.mark.parametrize(
    ("raised", "error", "words"),
    [
        (ConnectionRefusedError(111, "refused"), RequestError, "[Errno 111] refused"),
        (socket.gaierror(-2, "unknown"), RequestError, "[Errno -2] unknown"),
        (ssl.SSLError(1, "bad record"), RequestError, "bad record"),
        (RemoteDisconnected("hung up"), RequestError, "hung up"),
        (IncompleteRead(b"x"), RequestError, "the answer broke off"),
        (UnicodeError("label too long"), RequestError, "label too long"),
        (NotConnected(), RequestError, "NotConnected"),  # which says nothing
        (TimeoutError("timed out"), TimedOut, "timed out"),
    ],
)
def test_what_is_raised_is_told_with_its_address(
    raised: Exception, error: type[RequestError], words: str
) -> None:
    with pytest.raises(RequestError) as found, told(URL):
        raise raised
    assert type(found.value) is error
    assert words in str(found.value)
    assert found.value.url == URL


def test_what_is_late_may_be_a_connection() -> None:
    with pytest.raises(ConnectTimedOut), told(URL, late=ConnectTimedOut):
        raise TimeoutError


def test_other_errors_are_not_of_the_network() -> None:
    with pytest.raises(KeyError), told(URL):
        raise KeyError
