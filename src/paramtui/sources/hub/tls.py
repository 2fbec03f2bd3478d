"""The TLS context: reading this machine's certificates takes as long as importing a client."""

import os
import ssl
import sys
from concurrent.futures import Future
from functools import cache
from pathlib import Path

from paramtui.sources.background import start
from paramtui.sources.errors import NetworkError

BUNDLES = (
    "/etc/ssl/cert.pem",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/ssl/ca-bundle.pem",
)
"""Where systems keep certificates that an OpenSSL made elsewhere does not find."""


@cache
def tls_context() -> "Future[ssl.SSLContext]":
    """The context of all connections, loaded on a thread of its own from the first call on."""
    return start(_context)


def _context() -> ssl.SSLContext:
    """Who is trusted: SSL_CERT_FILE, SSL_CERT_DIR, or whom this machine trusts."""
    named = any(os.environ.get(name) for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"))
    file = os.environ.get("SSL_CERT_FILE")
    if file and not Path(file).is_file():
        raise NetworkError(f"SSL_CERT_FILE names {file}, which is not there")
    if sys.platform in ("darwin", "win32") and not named:
        # Their certificates are with the system, which alone knows the ways to them.
        import truststore

        context: ssl.SSLContext = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    else:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.set_default_verify_paths()
        if not named and ssl.get_default_verify_paths().cafile is None:
            for bundle in filter(os.path.isfile, BUNDLES):
                context.load_verify_locations(bundle)
                break
    context.set_alpn_protocols(["http/1.1"])
    return context
