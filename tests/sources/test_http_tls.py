"""Over TLS: the certificates are waited for where a handshake begins, and believed only then."""

import shutil
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from select import select
from socketserver import StreamRequestHandler, TCPServer

import pytest

from paramtui.sources.errors import NetworkError
from paramtui.sources.http import tls
from paramtui.sources.http.failures import RequestError
from paramtui.sources.http.meter import Meter
from paramtui.sources.http.tls import tls_context
from paramtui.sources.http.wire import Wire
from paramtui.sources.progress import Watch

pytestmark = pytest.mark.skipif(
    shutil.which("openssl") is None, reason="openssl makes the server's"
)


class Handler(BaseHTTPRequestHandler):
    """Answers `ok`, and says more than that where the path has more."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok" + self.path.encode().strip(b"/"))

    def log_message(self, *_: object) -> None:
        pass


class Quiet(HTTPServer):
    def handle_error(self, *_: object) -> None:
        """A client that does not trust us hangs up."""


class Tunnel(StreamRequestHandler):
    """A proxy for what it cannot read: joins who calls with whom they name."""

    def handle(self) -> None:
        asked = self.rfile.readline().decode()
        while self.rfile.readline().strip():
            pass
        host, port = asked.split()[1].split(":")
        with suppress(OSError), socket.create_connection((host, int(port)), 10) as there:
            self.wfile.write(b"HTTP/1.1 200 Connection established\r\nVia: 1.1 test\r\n\r\n")
            ends = {self.connection: there, there: self.connection}
            while ready := select([*ends], [], [], 10)[0]:
                part = ready[0].recv(65536)
                if not part:
                    return
                ends[ready[0]].sendall(part)


@pytest.fixture
def tunnel() -> Iterator[str]:
    with TCPServer(("127.0.0.1", 0), Tunnel) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tls")
    made = folder / "own.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
         "-nodes", "-keyout", folder / "own.key", "-out", made, "-days", "2", "-subj", "/CN=test",
         "-addext", "subjectAltName=IP:127.0.0.1"],
        check=True, capture_output=True, timeout=60,
    )  # fmt: skip
    return made


@pytest.fixture
def address(certificate: Path) -> Iterator[str]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, certificate.with_name("own.key"))
    with Quiet(("127.0.0.1", 0), Handler) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield f"https://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()
        thread.join()


@pytest.fixture(autouse=True)
def _asked_anew(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    tls_context.cache_clear()
    yield
    tls_context.cache_clear()


def read(*addresses: str) -> bytes:
    wire = Wire(Meter(Watch(), addresses[0]))
    body = b""
    try:
        for address in addresses:
            with wire.ask(address, {"accept-encoding": "identity"}) as response:
                body += response.read(100)
    finally:
        wire.close()
    return body


def test_a_server_of_a_trusted_authority_is_read(
    address: str, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    assert read(address) == b"ok"


def test_a_proxy_carries_what_it_cannot_read(
    address: str, tunnel: str, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    monkeypatch.setenv("HTTPS_PROXY", tunnel)
    assert read(address, address) == b"okok"
    with pytest.raises(RequestError, match="CERTIFICATE_VERIFY"):
        read(address.replace("127.0.0.1", "localhost"))


def test_a_connection_that_has_more_to_say_serves_no_more(
    address: str, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    assert read(address, address) == b"okok"
    assert read(address + "x" * 12_000, address) == b"okok"


def test_any_other_server_is_refused(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    monkeypatch.delenv("SSL_CERT_DIR", raising=False)
    with pytest.raises(RequestError, match="CERTIFICATE_VERIFY"):
        read(address)


def test_a_certificate_of_another_host_is_refused(
    address: str, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with pytest.raises(RequestError, match="CERTIFICATE_VERIFY"):
        read(address.replace("127.0.0.1", "localhost"))


def test_only_those_who_are_named_are_trusted(
    certificate: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[ssl.SSLContext] = []
    monkeypatch.setattr(ssl.SSLContext, "set_default_verify_paths", asked.append)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    monkeypatch.delenv("SSL_CERT_DIR", raising=False)
    assert len(tls_context().result().get_ca_certs()) == 1
    tls_context.cache_clear()
    monkeypatch.delenv("SSL_CERT_FILE")
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
    assert tls_context().result().get_ca_certs() == []
    assert asked == []


@pytest.mark.parametrize("content", ["not there", "folder", "no certificate"])
def test_certificates_that_are_not_there_are_told(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str
) -> None:
    named = tmp_path if content == "folder" else tmp_path / "none.pem"
    if content == "no certificate":
        named.write_text("-----BEGIN CERTIFICATE-----")
    monkeypatch.setenv("SSL_CERT_FILE", str(named))
    with pytest.raises(NetworkError, match=f"SSL_CERT_FILE names {named}, where there are no"):
        read(address)


@pytest.mark.skipif(sys.platform in ("darwin", "win32"), reason="the system itself is asked")
@pytest.mark.parametrize(("hashed", "loads"), [(True, 0), (False, 1)])
def test_where_openssl_finds_none_other_places_are_looked_at(
    certificate: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hashed: bool, loads: int
) -> None:
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / ("12345678.0" if hashed else "readme")).touch()
    paths = ssl.get_default_verify_paths()._replace(cafile="", capath=str(tmp_path))
    monkeypatch.setattr(ssl, "get_default_verify_paths", lambda: paths)
    monkeypatch.setattr(ssl.SSLContext, "set_default_verify_paths", lambda _: None)
    monkeypatch.setattr(tls, "BUNDLES", (str(tmp_path / "none"), str(certificate)))
    assert len(tls_context().result().get_ca_certs()) == loads
