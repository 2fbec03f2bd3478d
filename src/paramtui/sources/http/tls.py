"""The TLS context: reading this machine's certificates takes as long as importing a client."""

import os
import ssl
import sys
from functools import cache
from pathlib import Path

from paramtui.sources.background import Future, start
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
    """Who is trusted: only SSL_CERT_FILE and SSL_CERT_DIR, or else whom this machine trusts."""
    file, folder = (os.environ.get(name) or None for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"))
    if sys.platform in ("darwin", "win32") and not (file or folder):
        # Their certificates are with the system, which alone knows the ways to them.
        import truststore

        context: ssl.SSLContext = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    else:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        if file or folder:
            _trust(context, file, folder)
        else:
            context.set_default_verify_paths()
            if not _are_found():
                for bundle in filter(os.path.isfile, BUNDLES):
                    context.load_verify_locations(bundle)
                    break
    context.set_alpn_protocols(["http/1.1"])
    return context


def _trust(context: ssl.SSLContext, file: str | None, folder: str | None) -> None:
    try:
        context.load_verify_locations(file, folder)
    except OSError:
        told = f"SSL_CERT_FILE names {file}, where there are no certificates"
        raise NetworkError(told) from None


def _are_found() -> bool:
    """Whether OpenSSL has certificates where it looks: a file, or a folder of them by hashes."""
    paths = ssl.get_default_verify_paths()
    return bool(paths.cafile or (paths.capath and any(Path(paths.capath).glob("*.0"))))
