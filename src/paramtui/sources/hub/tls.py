"""The TLS context: reading this machine's certificates takes as long as importing a client."""

import ssl
from concurrent.futures import Future
from functools import cache

import httpx2

from paramtui.sources.background import start


@cache
def tls_context() -> "Future[ssl.SSLContext]":
    """The context of all clients, loaded on a thread of its own from the first call on."""
    return start(httpx2.create_ssl_context)
