"""The command line: what is read, what is refused, in one line each."""

import re

import pytest

from paramtui.memory.scenario import Mode, Optimizer, Scenario, TrainingPrecision
from paramtui.options import OPTIONS, UsageError, parser, scenario_changes


def changes(*arguments: str) -> dict[str, object]:
    return scenario_changes(parser().parse_args(["some/model", *arguments]))


def test_nothing_said_changes_nothing() -> None:
    assert changes() == {}


def test_every_scenario_option_reaches_the_scenario() -> None:
    said = changes(
        *("--mode", "qlora", "--precision", "awq-int4", "--kv-precision", "fp8"),
        *(
            "--context",
            "4096",
            "--batch",
            "3",
            "--lora-rank",
            "64",
            "--lora-targets",
            "q_proj,v_proj",
        ),
        *("--adapter-precision", "bf16", "--optimizer", "adamw-8bit"),
        *("--training-precision", "fp32", "--no-gradient-checkpointing"),
    )
    assert Scenario().with_(**said) == Scenario(
        mode=Mode.QLORA,
        precision="awq-int4",
        kv_precision="fp8",
        context=4096,
        batch=3,
        lora_rank=64,
        lora_targets="q_proj,v_proj",
        adapter_precision="bf16",
        optimizer=Optimizer.ADAMW_8BIT,
        training_precision=TrainingPrecision.FP32,
        gradient_checkpointing=False,
    )


@pytest.mark.parametrize(
    ("text", "number"),
    [("1", 1), ("8k", 8192), ("128K", 131_072), ("1m", 1_048_576), ("8_192", 8192)],
)
def test_whole_numbers(text: str, number: int) -> None:
    assert changes("--context", text) == {"context": number}


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--lora-rank", "0"), "--lora-rank: '0' is not a whole number from 1 to 65,536"),
        (("--lora-rank", "abc"), "'abc' is not a whole number"),
        (("--lora-rank", "-3"), "--lora-rank"),
        (("--batch", "1.5"), "'1.5' is not a whole number"),
        (("--context", ""), "'' is not a whole number"),
        (("--context", "٣"), "is not a whole number"),
        (("--context", "99999999999999999999"), "is not a whole number"),
        (("--precision", "nf4"), "did you mean bnb-nf4 or bnb-nf4-dq?"),
        (("--kv-precision", "fp17"), "no KV precision is named 'fp17', did you mean"),
        (("--mode", "train"), "no mode is named 'train'"),
        (("--optimizer", "adam"), "did you mean adamw or adamw-8bit?"),
        (("--training-precision", "int8"), "no training precision is named 'int8'"),
        (("--contxt", "5"), "unrecognized arguments: --contxt 5"),
        (("--units", "MB"), "no unit is named 'MB'"),
    ],
)
def test_what_cannot_be_is_one_line(arguments: tuple[str, ...], says: str) -> None:
    with pytest.raises(UsageError) as caught:
        parser().parse_args(["some/model", *arguments])
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_option_that_is_nearly_one_is_named() -> None:
    with pytest.raises(UsageError) as caught:
        parser().parse_args(["some/model", "--contxt=5"])
    assert caught.value.hint == "did you mean --context? paramtui --help lists the options"
    with pytest.raises(UsageError) as caught:
        parser().parse_args(["some/model", "other"])
    assert caught.value.hint == "paramtui --help lists the options"


def test_options_are_never_abbreviated() -> None:
    with pytest.raises(UsageError):
        parser().parse_args(["some/model", "--jso"])


def test_help_names_every_option() -> None:
    text = re.sub(r"\s+", " ", parser().format_help())
    for option in OPTIONS:
        assert option.flag in text
