"""A Hub on 127.0.0.1: the few routes a load uses, two origins, and whatever can go wrong."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatch
from hashlib import sha1, sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random
from threading import Lock, Thread
from time import sleep
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from paramtui.record import Record, field, replace

VALID_TOKEN = "hf_valid"
GRANTED_TOKEN = "hf_granted"
STORED_APART = (".safetensors", ".gguf")
"""Ends of names of what another host holds; the rest is small, and the Hub's own."""
SAID_OF_CONFIG = ("architectures", "model_type", "quantization_config")
"""What the description repeats of a config.json."""


class File(Record):
    """What a file begins with; zeros follow up to its size."""

    head: bytes
    size: int

    def read(self, start: int, stop: int) -> bytes:
        part = self.head[start:stop]
        return part + bytes(min(stop, self.size) - start - len(part))

    def hashes(self, name: str) -> dict[str, object]:
        """What the Hub says of the content; of what stands apart, its SHA-256."""
        content = f"{self.size}".encode() + self.head
        if name.endswith(STORED_APART):
            return {"lfs": {"sha256": sha256(content).hexdigest()}}
        return {"blobId": sha1(content, usedforsecurity=False).hexdigest()}


class Repository(Record):
    """A model repository with one commit."""

    id: str
    files: dict[str, File] = field(default_factory=dict)
    gated: bool = False
    private: bool = False
    disabled: bool = False
    moved_to: str | None = None
    license: str | None = "apache-2.0"
    parameters: Mapping[str, int] | None = None
    info: Mapping[str, object] = field(default_factory=dict)
    """What the description says instead of the truth."""
    revisions: tuple[str, ...] = ("main",)
    """Branches, tags and pull requests; all of them lead to the one commit."""
    answers_headers: bool = True
    """Whether the call for all headers in one answer exists."""

    @property
    def commit(self) -> str:
        return sha1(self.id.encode(), usedforsecurity=False).hexdigest()


class Seen(Record):
    """One request."""

    origin: str
    """`hub` or `files`."""
    path: str
    range: str | None
    token: str | None
    status: int
    reset: bool = False


@dataclass
class Fault:
    """What happens to requests whose path matches, the first `times` times or to a `share`."""

    path: str
    changes: Mapping[str, Any]
    times: int
    share: float = 1.0


class Answer(Record):
    """A response on its way, for faults to change."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    promised: int | None = None
    """Content-Length, where it is not the body's."""
    pause: float = 0.0
    """Seconds before each byte."""
    reset: bool = False


class Hub:
    """Serves repositories between `start` and `stop`."""

    def __init__(self) -> None:
        self.repositories: dict[str, Repository] = {}
        self.faults: list[Fault] = []
        self.seen: list[Seen] = []
        self.lock = Lock()
        self.chance = Random(0)  # noqa: S311 - a repeatable walk, no secret
        self.below = ""
        """What stands before every path, at a mirror that shares its host."""
        self.keeps = True
        """Whether small files have a place of their own; not at mirrors."""
        self._servers = [self._serve("hub"), self._serve("files")]
        self.endpoint, self.files = (
            f"http://127.0.0.1:{server.server_address[1]}" for server in self._servers
        )

    def start(self) -> None:
        for server in self._servers:
            Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def stop(self) -> None:
        for server in self._servers:
            server.shutdown()
            server.server_close()

    def add(self, repository: Repository) -> Repository:
        self.repositories[repository.id] = repository
        return repository

    def fault(
        self, path: str, changes: Mapping[str, Any], times: int = 10**9, share: float = 1.0
    ) -> None:
        """Change the answers to requests for `path` (a glob): fields of Answer, by name."""
        self.faults.append(Fault(path, changes, times, share))

    def _serve(self, origin: str) -> ThreadingHTTPServer:
        handler = type("Handler", (_Handler,), {"hub": self, "origin": origin})
        server = _Server(("127.0.0.1", 0), handler)
        server.daemon_threads = True
        return server

    def answer(self, origin: str, path: str, range_: str | None, token: str | None) -> Answer:
        plain = unquote(urlsplit(path).path).removeprefix(self.below)
        if origin == "files":
            answer = self._content(plain.removeprefix("/"), range_)
        elif plain == "/api/models":
            answer = self._search(parse_qs(urlsplit(path).query).get("search", [""])[0], token)
        else:
            answer = self._route(plain, range_, token)
        with self.lock:
            for fault in self.faults:
                if fault.times > 0 and fnmatch(plain, fault.path) and self._strikes(fault):
                    fault.times -= 1
                    headers = {**answer.headers, **fault.changes.get("headers", {})}
                    answer = replace(answer, **{**fault.changes, "headers": headers})
            self.seen.append(Seen(origin, plain, range_, token, answer.status, answer.reset))
        return answer

    def _strikes(self, fault: Fault) -> bool:
        return fault.share == 1.0 or self.chance.random() < fault.share

    def _route(self, path: str, range_: str | None, token: str | None) -> Answer:
        api = re.fullmatch(r"/api/models/(.+?)(?:/(revision|safetensors-metadata)/(.+))?", path)
        names = "|".join({re.escape(n) for r in self.repositories.values() for n in r.revisions})
        kept = re.sub("^/api/resolve-cache/models/(.+?)/([0-9a-f]{40})/", r"/\1/kept/\2/", path)
        found = api or re.fullmatch(rf"/(.+?)/(resolve|kept)/({names or '-'}|[^/]+)/(.+)", kept)
        if found is None:
            return Answer(404)
        repository = self.repositories.get(found[1])
        refusal = self._refusal(repository, token, content=found[2] not in (None, "revision"))
        if repository is None or refusal is not None:
            return refusal or Answer(404)
        if repository.moved_to:
            return Answer(307, {"Location": path.replace(found[1], repository.moved_to)})
        if found[2] == "safetensors-metadata":
            return self._headers(repository, found[3])
        if found[2] in (None, "revision"):
            return self._info(repository, found[3])
        if found[3] not in (*repository.revisions, repository.commit):
            return _error(404, "RevisionNotFound", "Invalid rev id")
        if found[4] not in repository.files:
            return _error(404, "EntryNotFound", "Entry not found")
        if found[4].endswith(STORED_APART) or not self.keeps:
            return Answer(302, {"Location": f"{self.files}/{repository.id}/{found[4]}"})
        if found[2] == "kept":
            file = repository.files[found[4]]
            return Answer(body=file.read(0, file.size))
        place = f"{self.below}/api/resolve-cache/models/{repository.id}/{repository.commit}"
        return Answer(307, {"Location": f"{place}/{found[4]}"})

    def _search(self, query: str, token: str | None) -> Answer:
        if token not in (None, VALID_TOKEN, GRANTED_TOKEN):
            return _error(401, None, "Invalid credentials in Authorization header")
        found = [r for r in self.repositories.values() if query.casefold() in r.id.casefold()]
        rows = [
            {"id": r.id, "tags": ["transformers", f"license:{r.license}"], **r.info}
            for r in found
            if not r.private or token == GRANTED_TOKEN
        ]
        return Answer(body=json.dumps(rows).encode())

    def _refusal(
        self, repository: Repository | None, token: str | None, content: bool
    ) -> Answer | None:
        if token not in (None, VALID_TOKEN, GRANTED_TOKEN):
            return _error(401, None, "Invalid credentials in Authorization header")
        hidden = repository is None or (repository.private and token != GRANTED_TOKEN)
        if hidden and token is None:
            return _error(401, None, "Invalid username or password.")
        if hidden or repository is None:
            return _error(404, "RepoNotFound", "Repository not found")
        if repository.disabled:
            return _error(403, None, "Access to this resource is disabled.")
        if repository.gated and content and token != GRANTED_TOKEN:
            return _error(401 if token is None else 403, "GatedRepo", "Access is restricted")
        return None

    def _info(self, repository: Repository, revision: str | None) -> Answer:
        if revision not in (None, *repository.revisions, repository.commit):
            return _error(404, "RevisionNotFound", "Invalid rev id")
        value: dict[str, object] = {
            "id": repository.id,
            "sha": repository.commit,
            "gated": "manual" if repository.gated else False,
            "cardData": {"license": repository.license},
            "siblings": [
                {"rfilename": name, "size": file.size, **file.hashes(name)}
                for name, file in repository.files.items()
            ],
        }
        if said := _said_of_config(repository):
            value["config"] = said
        if repository.parameters is not None:
            value["safetensors"] = {"parameters": dict(repository.parameters)}
        return Answer(body=json.dumps({**value, **repository.info}).encode())

    def _headers(self, repository: Repository, index: str) -> Answer:
        if not repository.answers_headers or index not in repository.files:
            return _error(404, "EntryNotFound", "Entry not found")
        value = json.loads(repository.files[index].head)
        folder = index.rpartition("/")[0]
        texts = []
        for name in sorted(set(value.pop("weight_map").values())):
            head = repository.files[f"{folder}/{name}" if folder else name].head
            texts.append(f"{json.dumps(name)}:{head[8:].decode()}")
        body = f'{{"index":{json.dumps(value)},"headers":{{{",".join(texts)}}}}}'
        return Answer(body=body.encode())

    def _content(self, path: str, range_: str | None) -> Answer:
        repository = next(r for r in self.repositories.values() if path.startswith(f"{r.id}/"))
        file = repository.files.get(path.removeprefix(f"{repository.id}/"))
        if file is None:
            return Answer(404)
        if range_ is None:
            return Answer(body=file.read(0, file.size))
        start, end = map(int, range_.removeprefix("bytes=").split("-"))
        if start >= file.size:
            return Answer(416)
        stop = min(end + 1, file.size)
        return Answer(
            206, {"Content-Range": f"bytes {start}-{stop - 1}/{file.size}"}, file.read(start, stop)
        )


def _said_of_config(repository: Repository) -> dict[str, object]:
    try:
        config = json.loads(repository.files["config.json"].head)
        return {name: config[name] for name in SAID_OF_CONFIG if name in config}
    except (KeyError, TypeError, ValueError, RecursionError):
        return {}


def _error(status: int, code: str | None, message: str) -> Answer:
    headers = {"X-Error-Message": message, "Content-Type": "application/json"}
    if code is not None:
        headers["X-Error-Code"] = code
    return Answer(status, headers, json.dumps({"error": message}).encode())


class _Server(ThreadingHTTPServer):
    request_queue_size = 128  # more come at once than socketserver's 5: the rest would wait 1 s

    def handle_error(self, *_: object) -> None:
        """Say nothing when a client hangs up."""


class _Handler(BaseHTTPRequestHandler):
    hub: Hub
    origin: str
    protocol_version = "HTTP/1.1"
    wbufsize = 1 << 16
    disable_nagle_algorithm = True  # as servers do: a second packet would wait 40 ms for the first

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        token = self.headers.get("Authorization", "").removeprefix("Bearer ") or None
        answer = self.hub.answer(self.origin, self.path, self.headers.get("Range"), token)
        if answer.reset:
            self.close_connection = True
            return
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        length = len(answer.body) if answer.promised is None else answer.promised
        self.send_header("Content-Length", str(length))
        self.end_headers()
        if self.command == "HEAD":
            return
        self.close_connection = self.close_connection or length != len(answer.body)
        try:
            if not answer.pause:
                self.wfile.write(answer.body)
                self.wfile.flush()
                return
            for byte in answer.body:
                sleep(answer.pause)
                self.wfile.write(bytes([byte]))
                self.wfile.flush()
        except OSError:
            self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        return
