"""PageServer: textual-serve, with a page of our own that asks nobody else for anything."""

import asyncio
import os
import shlex
import socket
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from aiohttp import web
from textual_serve.server import Server

HOST = "localhost"
LOOK = 0.02
"""Seconds between looks whether it answers."""
LOCAL = (HOST, "127.0.0.1", "::1")


class PageServer(Server):
    """Serves this machine alone; each page runs a process of its own."""

    def __init__(self, arguments: Sequence[str], port: int, told: Callable[[str], None]) -> None:
        command = [sys.executable, "-m", "paramtui", *arguments]
        line = subprocess.list2cmdline(command) if os.name == "nt" else shlex.join(command)
        # Its own page fetches a font from elsewhere; ours, app_index.html, is beside this file.
        super().__init__(line, HOST, port, "paramtui", templates_path=Path(__file__).parent)
        self._told = told
        self._pages: set[asyncio.Future[web.WebSocketResponse]] = set()

    def initialize_logging(self) -> None:
        """Nothing is logged."""

    async def on_startup(self, app: web.Application) -> None:  # noqa: ARG002 - its word
        """Say where it is, once it answers: this is called before."""
        self._telling = asyncio.create_task(self._tell())

    async def _tell(self) -> None:
        while not await self._answers():
            await asyncio.sleep(LOOK)
        self._told(f"paramtui is at {self.public_url} in a browser; Ctrl+C ends it")

    async def _answers(self) -> bool:
        try:
            _, writer = await asyncio.open_connection(HOST, self.port)
        except OSError:
            return False
        writer.close()
        return True

    async def handle_websocket(self, request: web.Request) -> web.WebSocketResponse:
        """Run the app for a page of ours; no other site's may drive it, whatever its name."""
        asking = [request.headers.get("Origin") or "", f"http://{request.host}"]
        for address in filter(None, asking):
            if not self._is_ours(address):
                raise web.HTTPForbidden(text="only a page of this server may")
        running = asyncio.ensure_future(super().handle_websocket(request))
        self._pages.add(running)
        try:
            return await running
        finally:
            self._pages.discard(running)

    async def on_shutdown(self, app: web.Application) -> None:  # noqa: ARG002 - its word
        """End the app of every page, which would be waited for."""
        for page in tuple(self._pages):
            page.cancel()

    def _is_ours(self, address: str) -> bool:
        try:
            parts = urlsplit(address)
            return parts.hostname in LOCAL and (parts.port or 80) == self.port
        except ValueError:
            return False


def serve(arguments: Sequence[str], port: int, told: Callable[[str], None]) -> None:
    """Serve the app, started with these arguments, until Ctrl+C; raises OSError."""
    # Before anything is said of it: that it can be had.
    socket.create_server(("127.0.0.1", port)).close()
    PageServer(arguments, port, told).serve()
