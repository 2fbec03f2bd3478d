"""A Hub on loopback with a distance and a bandwidth, for clients that need not be ours."""

import gzip
import re
import ssl
from hashlib import sha1
from http.server import ThreadingHTTPServer
from json import dumps
from threading import Lock
from time import monotonic, sleep
from urllib.parse import unquote

from tests.hub.server import Answer, Hub, Seen, _Handler, _Server

from paramtui.record import replace

KEPT = "/api/resolve-cache/models"
CHUNK = 16_384
GZIPPED = 1_000
"""Bytes from which JSON is sent compressed."""


class Line:
    """What lies between: seconds of a round trip, and bytes a second, shared by everybody."""

    def __init__(self, round_trip: float = 0.0, rate: float = 0.0) -> None:
        self.round_trip = round_trip
        self.rate = rate
        self.sent = 0
        """Bytes of all bodies."""
        self._lock = Lock()
        self._free = 0.0

    def pass_on(self, size: int) -> None:
        """Wait until so many bytes have found room."""
        with self._lock:
            self.sent += size
            if not self.rate:
                return
            self._free = max(monotonic(), self._free) + size / self.rate
            end = self._free
        sleep(max(end - monotonic(), 0))


class FarHub(Hub):
    """Routes as the tests' Hub does, and those that the Hub's own library and hf-mem use."""

    def __init__(self, line: Line, tls: ssl.SSLContext | None = None) -> None:
        self.line = line
        self.tls = tls
        self._made: dict[str, tuple[Answer, bytes]] = {}
        """By path, and compressed."""
        super().__init__()

    def answer(self, origin: str, path: str, range_: str | None, token: str | None) -> Answer:
        """The answer, with the headers that the Hub's library insists on."""
        plain = unquote(path.partition("?")[0])
        if found := re.fullmatch(r"/api/models/([^/]+/[^/]+)/tree/[^/]+", plain):
            return self._seen(origin, plain, self._tree(found[1]))
        answer = self._headers_again(origin, plain) or super().answer(origin, path, range_, token)
        asked = re.fullmatch(rf"(?:{KEPT}/(.+/.+)|/(.+/.+)/resolve)/[^/]+/([^/]+)", plain)
        if answer.status in (200, 302, 307) and origin == "hub" and asked:
            return self._described(asked[1] or asked[2], asked[3], answer)
        return answer

    def _headers_again(self, origin: str, plain: str) -> Answer | None:
        """All headers in one answer, made once: what a Hub does meanwhile is not the line's."""
        found = re.fullmatch(r"/api/models/([^/]+/[^/]+)/safetensors-metadata/(.+)", plain)
        if origin != "hub" or not found or not self.repositories[found[1]].answers_headers:
            return None
        if plain not in self._made:
            made = self._headers(self.repositories[found[1]], found[2])
            self._made[plain] = made, gzip.compress(made.body, 6, mtime=0)
        return self._seen(origin, plain, self._made[plain][0])

    def packed(self, content: bytes) -> bytes:
        """The same compressed; of what was made once, once."""
        for answer, packed in self._made.values():
            if answer.body is content:
                return packed
        return gzip.compress(content, 6, mtime=0)

    def _described(self, name: str, path: str, answer: Answer) -> Answer:
        """An answer about a file, with what the library wants to know of it."""
        repository = self.repositories[name]
        file = repository.files[path]
        headers = {"X-Repo-Commit": repository.commit}
        if answer.status == 302:
            headers |= {"X-Linked-Size": str(file.size), "X-Linked-ETag": f'"{path}"'}
        else:
            headers["ETag"] = f'"{sha1(file.head, usedforsecurity=False).hexdigest()}"'
        return replace(answer, headers={**answer.headers, **headers})

    def _tree(self, name: str) -> Answer:
        files = self.repositories[name].files
        rows = [{"type": "file", "path": path, "size": file.size} for path, file in files.items()]
        return Answer(body=dumps(rows).encode())

    def _seen(self, origin: str, path: str, answer: Answer) -> Answer:
        with self.lock:
            self.seen.append(Seen(origin, path, None, None, answer.status))
        return answer

    def _serve(self, origin: str) -> ThreadingHTTPServer:
        handler = type("Handler", (_FarHandler,), {"hub": self, "origin": origin})
        server = _Server(("127.0.0.1", 0), handler)
        server.daemon_threads = True
        return server


class _FarHandler(_Handler):
    hub: FarHub

    def setup(self) -> None:
        super().setup()
        sleep(self.hub.line.round_trip)  # the handshake of TCP

    def do_CONNECT(self) -> None:  # noqa: N802 - the name the library calls
        """Be the proxy and the host behind it, whichever it is."""
        assert self.hub.tls is not None
        self.send_response(200)
        self.end_headers()
        self.wfile.flush()
        self.connection = self.request = self.hub.tls.wrap_socket(self.connection, server_side=True)
        sleep(self.hub.line.round_trip)  # the handshake of TLS
        super().setup()
        self.close_connection = False

    def do_HEAD(self) -> None:  # noqa: N802
        self._reply(body=False)

    def do_GET(self) -> None:  # noqa: N802
        self._reply(body=True)

    def _reply(self, *, body: bool) -> None:
        line = self.hub.line
        sleep(line.round_trip)
        asked = self.headers.get("Range")
        answer = self.hub.answer(self.origin, self.path, asked, None)
        content, headers = answer.body, dict(answer.headers)
        wanted = "gzip" in self.headers.get("Accept-Encoding", "") and not asked
        if self.origin == "hub" and answer.status == 200 and wanted and len(content) > GZIPPED:
            content = self.hub.packed(content)
            headers["Content-Encoding"] = "gzip"
        self.send_response(answer.status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if not body:
            return
        for start in range(0, len(content), CHUNK):
            part = content[start : start + CHUNK]
            line.pass_on(len(part))
            self.wfile.write(part)
