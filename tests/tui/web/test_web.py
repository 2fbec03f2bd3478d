"""The app in a browser: what the page loads, who may drive it, and what it shows."""

import asyncio
import json
import re
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from urllib.parse import urljoin

import pyte
import pytest

aiohttp = pytest.importorskip("aiohttp", reason="textual-serve is not installed")
pytest.importorskip("textual_serve", reason="textual-serve is not installed")

from paramtui import cli  # noqa: E402 - behind importorskip
from paramtui.options import without  # noqa: E402

from .browser import PATIENCE, chromium, page  # noqa: E402

MODEL = "meta-llama/Llama-3.1-8B"
SIZE = (100, 30)


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@pytest.fixture
async def address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[str]:
    """The app served as the command line does it, at a port of its own."""
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "paramtui", MODEL, "--web", str(port), "--offline",
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout
    told = await asyncio.wait_for(process.stdout.readline(), PATIENCE)
    assert f"http://localhost:{port}" in told.decode()
    yield f"http://localhost:{port}"
    process.send_signal(signal.SIGINT)
    assert await asyncio.wait_for(process.wait(), PATIENCE) == 0


def screen_of(written: bytes, size: tuple[int, int] = SIZE) -> str:
    """What a terminal shows of what the app has written."""
    screen = pyte.Screen(*size)
    pyte.ByteStream(screen).feed(written)
    return "\n".join(screen.display)


async def seen(written: Callable[[], bytes], text: str, size: tuple[int, int] = SIZE) -> None:
    """Wait until a text is on the screen."""
    for _ in range(PATIENCE * 20):
        if text in screen_of(written(), size):
            return
        await asyncio.sleep(0.05)
    raise AssertionError(screen_of(written(), size))


async def test_the_page_loads_nothing_from_elsewhere(address: str) -> None:
    async with aiohttp.ClientSession() as session:
        async with session.get(address) as answer:
            text = await answer.text()
        links = re.findall(r"""(?:href|src)="([^"]+)"|url\("([^"]+)"\)""", text)
        addresses = [urljoin(address, one or other) for one, other in links]
        assert len(addresses) >= 3
        for one in addresses:
            if one.startswith("data:"):
                continue
            assert one.startswith(f"{address}/") or one == address
            async with session.get(one) as answer:
                assert answer.status == 200
                if one.endswith(".css"):
                    assert "url(http" not in await answer.text()


async def test_keys_reach_the_app_and_its_screen_the_page(address: str) -> None:
    written = bytearray()
    async with aiohttp.ClientSession() as session:
        url = f"{address}/ws?width={SIZE[0]}&height={SIZE[1]}"
        async with session.ws_connect(url, origin=address) as ws:

            async def read() -> None:
                async for message in ws:
                    if message.type is aiohttp.WSMsgType.BINARY:
                        written.extend(message.data)

            reading = asyncio.create_task(read())
            await seen(lambda: bytes(written), "8.03 B parameters")
            await ws.send_str(json.dumps(["stdin", "?"]))
            await seen(lambda: bytes(written), "Esc closes")
            reading.cancel()


@pytest.mark.parametrize(
    ("origin", "host"),
    [("http://example.org", None), (None, "example.org"), ("http://localhost:1", None)],
)
async def test_no_other_site_may_drive_it(
    address: str, origin: str | None, host: str | None
) -> None:
    headers = {"Host": host} if host else {}
    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.WSServerHandshakeError) as told:
            await session.ws_connect(f"{address}/ws", origin=origin, headers=headers)
        assert told.value.status == 403


@pytest.mark.skipif(not chromium(), reason="there is no Chromium on this machine")
async def test_in_a_browser(address: str, tmp_path: Path) -> None:
    async with page(address, tmp_path / "profile") as opened:
        # The page is as wide as its window; a wide terminal holds all of it.
        wide = (200, 60)
        await seen(lambda: bytes(opened.received), "8.03 B parameters", wide)
        await opened.press("?")
        await seen(lambda: bytes(opened.received), "Esc closes", wide)
        path = tmp_path / "page.png"
        await opened.picture(path)
        assert path.stat().st_size > 20_000  # an empty page takes a few thousand
        assert opened.requested
        assert all(
            one.startswith((address, address.replace("http", "ws"), "data:", "about:"))
            for one in opened.requested
        )


def test_a_port_in_use(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert cli.main([MODEL, "--web", str(port)]) == 2
    output, errors = capsys.readouterr()
    assert output == ""
    assert errors.startswith(f"error: cannot serve at port {port}: ")
    assert "hint: try --web" in errors


def test_without_textual_serve(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "textual_serve", None)
    assert cli.main([MODEL, "--web", "8000"]) == 2
    assert "hint: pip install 'paramtui[web]'" in capsys.readouterr().err


def test_a_report_is_not_served(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([MODEL, "--web", "8000", "--json"]) == 2
    assert "it has no --json" in capsys.readouterr().err


def test_the_other_arguments_are_the_apps() -> None:
    given = ["--web", "8000", MODEL, "--context", "8000", "--web=9000", "--ascii"]
    assert without(given, "--web") == [MODEL, "--context", "8000", "--ascii"]
