"""`fits:` among the words typed on the start screen: what a GPU holds at a precision."""

import pytest

from paramtui.checkpoint.summary import summarise
from paramtui.memory.estimate import estimate
from paramtui.memory.gpus.hardware_name import gpus_named
from paramtui.memory.gpus.verdict import verdict
from paramtui.reports.start import start_scenario
from paramtui.sources.catalog import find_entry, load_bundled
from paramtui.sources.listing import Listed, Origin
from paramtui.tui.fits import Asked, fitted, read, turned

from .conftest import (
    GPT_OSS,
    LLAMA,
    MIXTRAL,
    MODELS,
    Shelf,
    choosing,
    frame,
    main_screen,
    press,
    until,
)
from .test_start import on_main, shown

HUB = Listed("org/there", Origin.HUB, 10_000_000_000)


def bundled(name: str) -> Listed:
    entry = find_entry(name)
    assert entry
    return Listed(entry.id, Origin.BUNDLED, entry.parameters)


def asked(text: str) -> Asked:
    found = read(text).asked
    assert found
    return found


@pytest.mark.parametrize(
    ("text", "names", "gpus", "precision"),
    [
        ("fits:24GiB", "", "24GiB", ""),
        ("llama FITS:h100x8@bnb-nf4 8b", "llama 8b", "H100x8", "bnb-nf4"),
        ("fits:", "", "24GiB", ""),
        ("fits:@q4_k_m", "", "24GiB", "q4_k_m"),
    ],
)
def test_the_filter_is_read(text: str, names: str, gpus: str, precision: str) -> None:
    found = read(text)
    assert (found.names, found.asked, found.problem) == (
        names, Asked(gpus_named(gpus), precision), "",
    )  # fmt: skip


@pytest.mark.parametrize(("text", "problem"), [("fits:nope", "no GPU"), ("fits:@q9", "precision")])
def test_a_filter_that_is_none_says_why(text: str, problem: str) -> None:
    found = read(f"a {text}")
    assert (found.names, found.asked) == ("a", None)
    assert problem in found.problem


def test_other_words_are_left_alone() -> None:
    assert read(" a  b").names == " a  b"
    assert read("a").asked is None


def test_a_key_puts_it_there_and_takes_it_away() -> None:
    assert turned("llama", None) == "llama fits:24GiB"
    assert turned("llama", gpus_named("RTX 4090x2")) == "llama fits:RTX4090x2".replace(
        "RTX4090", str(gpus_named("RTX 4090").gpu.name).replace(" ", "")
    )
    assert turned("llama fits:24GiB 8b", None) == "llama 8b"
    assert read(turned("", gpus_named("H100x8"))).asked == Asked(gpus_named("H100x8"))


@pytest.mark.parametrize("name", [LLAMA, GPT_OSS, MIXTRAL, "openai/whisper-large-v3"])
@pytest.mark.parametrize("text", ["fits:24GiB", "fits:80GiB@q4_k_m", "fits:24GiBx4@bnb-int8"])
def test_of_bundled_models_it_is_the_verdict_of_the_main_screen(name: str, text: str) -> None:
    wanted = asked(text)
    checkpoint = load_bundled(name)
    assert checkpoint
    summary = summarise(checkpoint)
    changes: dict[str, object] = {"gpus": wanted.gpus}
    if wanted.precision:
        changes["precision"] = wanted.precision
    scenario = start_scenario(checkpoint, changes)
    expected = verdict(summary, scenario, estimate(summary, scenario))
    found = fitted(bundled(name), wanted, {}, load_bundled)
    assert expected
    assert found
    assert found.fits is expected.fits
    if found.exact:
        assert found.need == expected.need.total_bytes


def never(_: str) -> None:
    raise AssertionError


def test_what_is_far_too_large_is_not_built_first() -> None:
    found = fitted(bundled("deepseek-ai/DeepSeek-V3"), asked("fits:24GiB"), {}, never)
    assert found
    assert (found.fits, found.exact) == (False, False)


@pytest.mark.parametrize(
    ("text", "fits"),
    [("fits:24GiB", True), ("fits:16GiB", False), ("fits:16GiB@int4", True)],
)
def test_of_others_the_number_of_parameters_has_to_do(text: str, fits: bool) -> None:
    found = fitted(HUB, asked(text), {}, lambda _: None)
    assert found
    assert (found.fits, found.exact) == (fits, False)
    assert fitted(Listed("org/unknown", Origin.HUB), asked(text), {}, lambda _: None) is None


def test_files_of_a_known_size_need_that() -> None:
    model = Listed("x.gguf", Origin.BESIDE, size=5_000_000_000)
    found = fitted(model, asked("fits:24GiB"), {}, lambda _: None)
    assert found
    assert (found.need, found.fits) == (5_000_000_000, True)


async def test_the_list_holds_only_what_fits() -> None:
    changes = {"gpus": gpus_named("32GiB")}
    async with choosing(Shelf(MODELS), (120, 40), changes) as pilot:
        await press(pilot, "ctrl+g")
        await until(pilot, lambda: "working out" not in frame(pilot) and "needs" in frame(pilot))
        assert MIXTRAL not in frame(pilot)
        assert LLAMA in shown(pilot)
        assert "of 1 other no size is known" in frame(pilot)
        assert "GiB" in next(line for line in frame(pilot).splitlines() if LLAMA in line)
        await press(pilot, *"@int4")
        await until(pilot, lambda: MIXTRAL in shown(pilot))
        await press(pilot, "ctrl+g")
        assert "needs" not in frame(pilot)
        assert "what fits" in frame(pilot)


async def test_what_was_asked_for_is_the_scenario_that_opens() -> None:
    async with choosing(Shelf(MODELS)) as pilot:
        await press(pilot, *f"fits:48GiB@int4 {MIXTRAL}")
        await until(pilot, lambda: shown(pilot)[0] == MIXTRAL)
        await press(pilot, "enter")
        await until(pilot, lambda: on_main(pilot))
        scenario = main_screen(pilot).scenario
        assert (str(scenario.gpus), scenario.precision) == ("48GiB", "int4")


async def test_a_gpu_that_is_none_is_said_and_hides_nothing() -> None:
    async with choosing(Shelf(MODELS)) as pilot:
        await press(pilot, *"fits:zz")
        await until(pilot, lambda: "no GPU is named 'zz'" in frame(pilot))
        assert MIXTRAL in shown(pilot)


async def test_what_lies_in_the_cache_is_looked_into() -> None:
    blank = [Listed(f"org/{letter}", Origin.CACHE) for letter in "abc"]
    known = {"org/b": Listed("org/b", Origin.CACHE, 123_000_000, 4096, "mit", "text+image")}
    async with choosing(Shelf((*MODELS[:1], *blank), known=known)) as pilot:
        await until(pilot, lambda: "123.00 M" in frame(pilot))
        line = next(line for line in frame(pilot).splitlines() if "org/b" in line)
        assert "4,096" in line
        assert "text+image" in line
