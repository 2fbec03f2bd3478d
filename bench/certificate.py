"""A throw-away certificate, so that a client with a fixed address can be shown our Hub."""

import ssl
import subprocess
from pathlib import Path

HOST = "huggingface.co"


def make(folder: Path) -> tuple[ssl.SSLContext, Path]:
    """A server's context for the Hub's own name, and the authority that a client must trust."""
    authority, key, request, leaf, own = (
        folder / name for name in ("ca.pem", "ca.key", "leaf.csr", "leaf.pem", "leaf.key")
    )
    names = folder / "names"
    names.write_text(f"subjectAltName=DNS:{HOST}\n")
    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    _openssl(
        "req", "-x509", *curve, "-keyout", key, "-out", authority, "-days", "2",
        "-subj", "/CN=bench", "-addext", "basicConstraints=critical,CA:TRUE",
    )  # fmt: skip
    _openssl("req", "-new", *curve, "-keyout", own, "-out", request, "-subj", f"/CN={HOST}")
    _openssl(
        "x509", "-req", "-in", request, "-CA", authority, "-CAkey", key, "-CAcreateserial",
        "-out", leaf, "-days", "2", "-extfile", names,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(leaf, own)
    return context, authority


def _openssl(*arguments: object) -> None:
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)
