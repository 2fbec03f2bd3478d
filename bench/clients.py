"""One load by one client: `python -m bench.clients NAME MODEL`; prints seconds after imports."""

import json
import os
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from io import StringIO
from urllib.parse import urlsplit


def metadata(model: str) -> Callable[[], object]:
    """`huggingface_hub.get_safetensors_metadata`."""
    from huggingface_hub import HfApi, constants

    constants.HF_HUB_DISABLE_PROGRESS_BARS = True
    import logging

    _import_transport()
    logging.disable()
    return lambda: HfApi().get_safetensors_metadata(model)


def paramtui(model: str, *options: str) -> Callable[[], object]:
    """`paramtui MODEL --json`, everything it imports imported before."""
    from importlib import import_module

    for name in ("reports.render", "sources.loading", "sources.hub.hub", "sources.hub.online"):
        import_module(f"paramtui.{name}")
    import_module("encodings.idna")
    from paramtui.cli import main

    def run() -> None:
        out, sys.stdout = sys.stdout, StringIO()
        try:
            assert main([model, "--json", *options]) == 0
        finally:
            sys.stdout = out

    return run


def _import_transport() -> None:
    """What the first request imports, in the libraries below."""
    from importlib import import_module

    for name in ("httpx2", "httpcore2", "h11", "anyio", "truststore", "encodings.idna"):
        import_module(name)


def bare(model: str) -> Callable[[], object]:
    """The same three answers, asked for at once and thrown away: what the line itself takes."""
    return _answers(model, lambda body, _: len(body))


def parsed(model: str) -> Callable[[], object]:
    """The same three, read by Python's `json` and thrown away: what a reader in Python takes."""
    from gzip import decompress

    return _answers(model, lambda body, packed: json.loads(decompress(body) if packed else body))


def _answers(model: str, use: Callable[[bytes, bool], object]) -> Callable[[], object]:
    from http.client import HTTPConnection

    where = urlsplit(os.environ["HF_ENDPOINT"]).netloc
    paths = (
        f"/api/models/{model}?blobs=true",
        f"/api/models/{model}/safetensors-metadata/model.safetensors.index.json",
        f"/{model}/resolve/main/config.json",
    )

    def get(path: str) -> object:
        line = HTTPConnection(where)
        line.request("GET", path, headers={"Accept-Encoding": "gzip"})
        answer = line.getresponse()
        body, place = answer.read(), answer.headers.get("Location")
        if place:
            line.request("GET", place, headers={"Accept-Encoding": "gzip"})
            answer = line.getresponse()
            body = answer.read()
        return use(body, answer.headers.get("Content-Encoding") == "gzip")

    def run() -> list[object]:
        with ThreadPoolExecutor(len(paths)) as pool:
            return list(pool.map(get, paths))

    return run


CLIENTS = {"metadata": metadata, "paramtui": paramtui, "bare": bare, "parsed": parsed}


def main(name: str, *arguments: str) -> None:
    """Make the client ready, then time it."""
    run = CLIENTS[name](*arguments)
    began = time.perf_counter()
    run()
    print(json.dumps({"seconds": time.perf_counter() - began}))


if __name__ == "__main__":
    main(*sys.argv[1:])
