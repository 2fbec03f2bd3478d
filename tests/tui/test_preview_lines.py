"""What is shown of a model while it is being read."""

from threading import Event

import pytest

from paramtui.checkpoint.checkpoint import Checkpoint, Shard, Total
from paramtui.checkpoint.config import ModelConfig
from paramtui.checkpoint.counting.totals import FILES
from paramtui.checkpoint.dtype import BF16, SAFETENSORS_DTYPES
from paramtui.checkpoint.preview import Branch, Preview
from paramtui.record import replace
from paramtui.reports.units import Units
from paramtui.tui.app import ParamTui
from paramtui.tui.line import plain, width
from paramtui.tui.opening import Opening
from paramtui.tui.preview_lines import preview_lines

from .conftest import LLAMA, Shelf, bundled, choosing, frame, press, until

PUBLIC = Checkpoint(
    "org/big",
    (),
    ModelConfig.from_json({"architectures": ["BigForCausalLM"]}),
    license="mit",
    shards=tuple(Shard(f"{n}.safetensors", 2**30) for n in range(4)),
    totals=(
        Total(SAFETENSORS_DTYPES["F32"], 5_000, 5_000),
        Total(BF16, 2_147_000_000, 2_147_000_000),
    ),
)
ROWS = (
    Branch("model.embed_tokens", 1, 1, 2**29),
    Branch("model.layers.0 … 7", 8, 72, 2**30),
    Branch("model.norm", 1, 1, 4096),
)


def text(preview: Preview, cells: int = 80, rows: int = 20) -> str:
    lines = preview_lines(preview, Units.GIB, cells, rows)
    assert len(lines) <= rows
    assert all(width(line) <= cells for line in lines)
    return plain(lines)


def test_totals_and_branches() -> None:
    assert text(Preview(PUBLIC, ROWS)) == (
        "  BigForCausalLM · licence mit\n"
        "  2.15 B parameters · 4.00 GiB in 4 files · by the Hub's description\n"
        "  BF16 2.15 B · F32 5,000\n"
        "\n"
        "  read so far                                          bytes  tensors    share\n"
        "  model.embed_tokens                              512.00 MiB        1   12.5 %\n"
        "  model.layers.0 … 7                     × 8        1.00 GiB       72   25.0 %\n"
        "  model.norm                                        4.00 KiB        1   <0.1 %"
    )


def test_branches_without_a_description_have_no_share() -> None:
    shown = text(Preview(branches=ROWS))
    assert "share" not in shown
    assert "1.00 GiB       72" in shown


@pytest.mark.parametrize(
    ("types", "counted"),
    [
        (["BF16", "F32"], "parameters"),
        (["F8_E4M3", "BF16", "F32"], "parameters"),
        (["I32", "F16"], "elements"),
        (["U8", "BF16"], "elements"),
        (["F4", "F8_E8M0"], "elements"),
    ],
)
def test_what_may_be_packed_is_not_called_parameters(types: list[str], counted: str) -> None:
    totals = tuple(Total(SAFETENSORS_DTYPES[name], 3_000, 3_000) for name in types)
    assert f"{len(types) * 3_000:,} {counted} · " in text(Preview(replace(PUBLIC, totals=totals)))


def test_components_are_told_by_their_bytes() -> None:
    totals = (Total(FILES, 2**30, None, "vae"), Total(FILES, 2**31, None, "transformer"))
    found = Checkpoint("org/pipe", (), shards=(Shard("a", 2**30), Shard("b", 2**31)), totals=totals)
    assert text(Preview(found)) == (
        "  3.00 GiB in 2 files · by the Hub's description\n  transformer 2.00 GiB · vae 1.00 GiB"
    )


@pytest.mark.parametrize("rows", range(12))
@pytest.mark.parametrize("cells", [38, 40, 60, 79, 200])
def test_it_never_takes_more_than_there_is(cells: int, rows: int) -> None:
    many = tuple(Branch(f"tower.{'x' * n}", 1, n, n) for n in range(50))
    shown = text(Preview(PUBLIC, many), cells, rows)
    assert rows < 8 or "more" in shown


async def test_the_screen_fills_while_a_model_is_being_read() -> None:
    first, second, last = Event(), Event(), Event()

    def load(tell: object) -> Checkpoint:
        assert callable(tell)
        tell("reading headers 1/4")
        tell(Preview(PUBLIC))
        first.wait(30)
        tell("reading headers 2/4")
        tell(Preview(branches=ROWS[:1]))
        second.wait(30)
        tell(Preview(branches=ROWS))
        last.wait(30)
        return bundled(LLAMA)

    opening = Opening(load, "org/big", held=True)
    async with ParamTui(opening, {}, Shelf()).run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "2.15 B parameters" in frame(pilot))
        assert "reading headers 1/4" in frame(pilot)
        assert "read so far" not in frame(pilot)
        first.set()
        await until(pilot, lambda: "model.embed_tokens" in frame(pilot))
        assert "reading headers 2/4" in frame(pilot)
        second.set()
        await until(pilot, lambda: "× 8" in frame(pilot))
        await pilot.resize_terminal(40, 11)
        await until(pilot, lambda: "… and 2 more" in frame(pilot))
        last.set()
        await until(pilot, lambda: "m inference" in frame(pilot))


async def test_a_model_that_was_chosen_fills_the_screen_too() -> None:
    last = Event()

    class Slow(Shelf):
        def open(self, reference, progress, cancelled):  # type: ignore[no-untyped-def]
            progress(Preview(PUBLIC, ROWS))
            last.wait(30)
            return super().open(LLAMA, progress, cancelled)

    from .conftest import MODELS

    async with choosing(Slow(MODELS)) as pilot:
        await press(pilot, "enter")
        await until(pilot, lambda: "model.layers.0 … 7" in frame(pilot))
        last.set()
        await until(pilot, lambda: "0 … 31" in frame(pilot))
