"""Headless Chromium, driven by its own protocol: one page, what it asks for, what it is sent."""

import asyncio
import base64
import json
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Any

import aiohttp

FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--remote-debugging-port=0", "--hide-scrollbars",
)  # fmt: skip
NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
PATIENCE = 60


def chromium() -> str | None:
    """The browser of this machine, if it has one."""
    return next(filter(None, map(shutil.which, NAMES)), None)


class Page:
    """A page of the browser."""

    def __init__(self, socket: Any) -> None:
        self._socket = socket
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._numbers = count(1)
        self.requested: list[str] = []
        """Every address the page asked for."""
        self.received = bytearray()
        """What the app has written to the page's terminal."""

    async def read(self) -> None:
        """Take what the browser says until it ends."""
        async for message in self._socket:
            found = json.loads(message.data)
            if waiting := self._answers.pop(found.get("id", 0), None):
                waiting.set_result(found.get("result", {}))
            parameters = found.get("params", {})
            if found.get("method") == "Network.requestWillBeSent":
                self.requested.append(parameters["request"]["url"])
            elif found.get("method") == "Network.webSocketFrameReceived":
                response = parameters["response"]
                if response["opcode"] == 2:
                    self.received += base64.b64decode(response["payloadData"])

    async def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Ask the browser for something; its answer."""
        number = next(self._numbers)
        self._answers[number] = asyncio.get_running_loop().create_future()
        await self._socket.send_json({"id": number, "method": method, "params": parameters})
        return await asyncio.wait_for(self._answers[number], PATIENCE)

    async def press(self, key: str) -> None:
        """Press a key with a letter on it."""
        event = {"key": key, "text": key, "unmodifiedText": key}
        await self.call("Input.dispatchKeyEvent", type="keyDown", **event)
        await self.call("Input.dispatchKeyEvent", type="keyUp", key=key)

    async def picture(self, path: Path) -> None:
        """What the page looks like."""
        found = await self.call("Page.captureScreenshot", format="png")
        path.write_bytes(base64.b64decode(found["data"]))


@asynccontextmanager
async def page(
    address: str, profile: Path, size: tuple[int, int] = (1000, 640)
) -> AsyncIterator[Page]:
    """A page of a new browser at an address."""
    program = chromium()
    assert program
    window = f"--window-size={size[0]},{size[1]}"
    process = await asyncio.create_subprocess_exec(
        program, *FLAGS, window, f"--user-data-dir={profile}", "about:blank",
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        port = await _port(profile)
        async with aiohttp.ClientSession() as session:
            async with session.get(f"http://127.0.0.1:{port}/json/list") as answer:
                targets = await answer.json()
            target = next(one for one in targets if one["type"] == "page")
            async with session.ws_connect(target["webSocketDebuggerUrl"], max_msg_size=0) as socket:
                opened = Page(socket)
                reading = asyncio.create_task(opened.read())
                await opened.call("Network.enable")
                await opened.call("Page.enable")
                await opened.call("Page.navigate", url=address)
                yield opened
                await socket.close()
                reading.cancel()
                with suppress(asyncio.CancelledError):
                    await reading
    finally:
        with suppress(ProcessLookupError):
            process.terminate()
        await process.wait()


async def _port(profile: Path) -> int:
    """Where the browser listens, which it writes into its profile."""
    file = profile / "DevToolsActivePort"
    for _ in range(PATIENCE * 20):
        if file.exists() and (lines := file.read_text().split()):
            return int(lines[0])
        await asyncio.sleep(0.05)
    raise AssertionError("the browser does not start")
