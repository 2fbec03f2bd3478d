"""The TLS context: reading this machine's certificates takes as long as importing a client."""

from __future__ import annotations

import ssl
from concurrent.futures import Future
from functools import cache
from typing import Any

import httpx2

from paramtui.sources.background import start


@cache
def tls_context() -> Future[ssl.SSLContext]:
    """The context of all clients, loaded on a thread of its own from the first call on."""
    return start(httpx2.create_ssl_context)


class PatientContext(ssl.SSLContext):
    """Waits for that context where a handshake begins: a round trip later than a client does.

    It does itself what a client asks of a context; anything else would meet one that trusts nobody.
    """

    def __new__(cls) -> PatientContext:  # noqa: PYI034 - Self is Python 3.11's
        """A context without certificates, to stand for the other."""
        return super().__new__(cls, ssl.PROTOCOL_TLS_CLIENT)

    def set_alpn_protocols(self, alpn_protocols: Any) -> None:
        """Of the context that is waited for."""
        tls_context().result().set_alpn_protocols(alpn_protocols)

    def wrap_socket(self, *values: Any, **named: Any) -> ssl.SSLSocket:
        """By the context that is waited for."""
        return tls_context().result().wrap_socket(*values, **named)

    def wrap_bio(self, *values: Any, **named: Any) -> ssl.SSLObject:
        """By the context that is waited for."""
        return tls_context().result().wrap_bio(*values, **named)
