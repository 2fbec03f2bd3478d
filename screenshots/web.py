"""Draws screenshots/web.png: the app in headless Chromium, as `paramtui --web` serves it."""

import asyncio
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.tui.web.browser import chromium, page  # noqa: E402 - the tests' own browser

MODEL, PORT = "openai/gpt-oss-20b", 8917
SIZE = (1280, 860)
REST = 1.0
"""Seconds without a byte after which the picture is whole."""


async def draw() -> None:
    """Serve the app, open it, and take the picture when it is at rest."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "paramtui", MODEL, "--offline", "--web", str(PORT),
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        assert process.stdout  # noqa: S101 - it was asked for
        await process.stdout.readline()
        with TemporaryDirectory() as profile:
            async with page(f"http://localhost:{PORT}", Path(profile), SIZE) as opened:
                known = -1
                while known < 1000 or known != len(opened.received):
                    known = len(opened.received)
                    await asyncio.sleep(REST)
                await opened.picture(ROOT / "screenshots" / "web.png")
    finally:
        process.terminate()
        await process.wait()


if __name__ == "__main__":
    if chromium():
        asyncio.run(draw())
    else:
        print("web.png needs Chromium, which is not on this machine", file=sys.stderr)
