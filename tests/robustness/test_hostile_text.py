"""No text from a file or a server acts on the terminal, the spreadsheet or the page it lands in."""

import csv
import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from paramtui.checkpoint.text import clean
from paramtui.cli import main
from paramtui.sources.errors import SourceError
from paramtui.sources.loading import load
from tests.robustness.hostile import ALL, PIECES, adapter_of, folder_of, gguf_of
from tests.robustness.judging import harmful
from tests.tui.conftest import frame, opening_of, press, running

FORMS = ("--plain", "--json", "--markdown", "--csv")
MAKERS = (folder_of, gguf_of, adapter_of)
Maker = Callable[[str, Path], Path]


@pytest.fixture(autouse=True)
def _no_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.delenv("PARAMTUI_DEBUG", raising=False)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("make", MAKERS)
@pytest.mark.parametrize("text", [*PIECES.values(), ALL], ids=[*PIECES, "all"])
def test_no_report_lets_text_act(
    text: str, make: Maker, form: str, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    status = main([str(make(text, tmp_path)), form, "--tree", "--offline"])
    out, err = capfdbinary.readouterr()
    assert [*harmful(out, "stdout"), *harmful(err, "stderr")] == []
    assert status == 0, err
    assert b"unexpected" not in err
    if form == "--json":
        json.loads(out)
    if form == "--csv":
        for row in csv.reader(io.StringIO(out.decode())):
            assert not [cell for cell in row if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
    if form == "--markdown":
        html = MarkdownIt("commonmark").enable("table").render(out.decode())
        assert not re.search(r"<(script|img|a)\b", html)


@pytest.mark.parametrize("text", PIECES.values(), ids=PIECES)
def test_no_error_lets_text_act(
    text: str, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    name = text.replace("\0", "").encode("utf-8", "replace").decode()
    for arguments in (
        [name],
        [f"org/{name}"],
        [str(tmp_path / name)],
        ["meta-llama/Llama-3.1-8B", "--set", f"{name}=prune"],
        ["meta-llama/Llama-3.1-8B", "--gpu", name],
        ["meta-llama/Llama-3.1-8B", "--mode", "lora", "--lora-targets", f"{name},x"],
        ["meta-llama/Llama-3.1-8B", "--compare", name],
        ["meta-llama/Llama-3.1-8B", "--precision", name],
        ["meta-llama/Llama-3.1-8B", "--revision", name],
    ):
        main([*arguments, "--json", "--offline"])
        out, err = capfdbinary.readouterr()
        assert [*harmful(out, "stdout"), *harmful(err, "stderr")] == [], arguments


@pytest.mark.parametrize("make", MAKERS)
async def test_the_app_shows_no_text_that_acts(make: Maker, tmp_path: Path) -> None:
    path = make(ALL, tmp_path)
    opening = opening_of(lambda: load(str(path), offline=True), str(path))
    async with running(opening, (120, 40)) as pilot:
        for keys in (
            "*",
            "G",
            "e",
            "escape",
            "c",
            "m",
            "y",
            "w",
            "y",
            "escape",
            "?",
            "escape",
            "t",
        ):
            await press(pilot, keys)
            assert [line for line in frame(pilot).splitlines() if clean(line, 500) != line] == []
            copied = pilot.app.clipboard
            assert clean(copied, len(copied) or 1) == copied
        picture = pilot.app.export_screenshot(title="paramtui")
        ET.fromstring(picture)  # noqa: S314 - our own
        assert "<script" not in picture
        assert "\x1b" not in picture


HOSTILE = st.text(
    st.one_of(
        st.characters(categories=("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Mn")),
        st.sampled_from("\x1b[]();=@+-|`<>&\"'\\,.0abm"),
        st.characters(),
    ),
    max_size=30,
)


@settings(max_examples=40)
@given(HOSTILE)
def test_any_text_in_any_place(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    folder = tmp_path_factory.mktemp("any")
    told: list[str] = []
    for make in MAKERS:
        try:
            found = load(str(make(text, folder)), offline=True)
        except SourceError as error:
            told.append(f"{error} {error.hint or ''}")
            continue
        shown = [found.id, found.license or "", found.notice or "", *found.warnings]
        shown += [tensor.name for tensor in found.tensors]
        shown += [tensor.file for tensor in found.tensors]
        shown += [f"{shard.name} {shard.problem}" for shard in found.shards]
        told += shown
    assert [one for one in told if clean(one, 5000) != one] == []
