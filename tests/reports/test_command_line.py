"""The command line of a scenario, read back by the parser, is that scenario."""

import shlex
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paramtui.checkpoint.design.change import change_named
from paramtui.memory.gpus.hardware_name import gpus_named
from paramtui.memory.gpus.parallel import Parallel
from paramtui.memory.marks.mark import Mark, mark_named
from paramtui.memory.overhead import OVERHEADS
from paramtui.memory.precision import ADAPTER_PRECISIONS, KV_PRECISIONS, PRECISIONS
from paramtui.memory.scenario import Mode, Optimizer, Scenario, TrainingPrecision
from paramtui.options import UsageError, parser, scenario_changes
from paramtui.reports.command_line import command_line

words = st.text(st.characters(codec="utf-8", exclude_characters="="), min_size=1).map(str.strip)
paths = st.one_of(words.filter(bool), st.sampled_from(["lm_head", "*.experts.*", "-x", "a'b c"]))
scenarios: st.SearchStrategy[Scenario] = st.builds(
    Scenario,
    mode=st.sampled_from(Mode),
    precision=st.sampled_from([None, *PRECISIONS]),
    kv_precision=st.sampled_from(list(KV_PRECISIONS)),
    context=st.integers(1, 1 << 30),
    batch=st.integers(1, 1 << 20),
    lora_rank=st.integers(1, 1 << 16),
    lora_targets=st.sampled_from(["all-linear", "mlp", "q_proj,v_proj", r".*\.0\..*(q|v)_proj"]),
    adapter_precision=st.sampled_from(list(ADAPTER_PRECISIONS)),
    optimizer=st.sampled_from(Optimizer),
    training_precision=st.sampled_from(TrainingPrecision),
    gradient_checkpointing=st.booleans(),
    overheads=st.sampled_from([None, (), *((name,) for name in OVERHEADS), tuple(OVERHEADS)]),
    gpus=st.sampled_from([None, *map(gpus_named, ("H100", "24GiB", "RTX-4090x2"))]),
    parallel=st.sampled_from(Parallel),
    gpu_memory_utilization=st.one_of(st.none(), st.sampled_from([0.9, 0.123456, 1.0])),
    training_tokens=st.one_of(st.none(), st.integers(1, 10**18)),
    marks=st.lists(
        st.builds(Mark, paths, st.sampled_from(["freeze", "train", "prune", *PRECISIONS])),
        max_size=4,
    ).map(tuple),
)


def read_back(line: str, default: Scenario) -> tuple[Any, Scenario]:
    """The model and the scenario that a shell and the parser make of it."""
    program, *words = shlex.split(line)
    assert program == "paramtui"
    arguments = parser().parse_args(words)
    return arguments, default.with_(**scenario_changes(arguments))


@given(scenario=scenarios, model=st.sampled_from(["org/name", "./a folder", "-x", "$HOME;ls"]))
def test_the_command_line_reproduces_the_scenario(scenario: Scenario, model: str) -> None:
    default = Scenario(context=4096)
    arguments, found = read_back(command_line(model, scenario, default), default)
    assert arguments.model == model
    assert found == scenario


@given(scenario=scenarios)
def test_a_scenario_differs_from_itself_in_nothing(scenario: Scenario) -> None:
    assert command_line("gpt2", scenario, scenario) == "paramtui gpt2"


def test_only_what_differs_is_said() -> None:
    scenario = Scenario(
        mode=Mode.LORA,
        gradient_checkpointing=False,
        marks=(mark_named("lm_head=bf16"), mark_named("*.experts.*=mxfp4")),
    )
    line = command_line("org/name", scenario, Scenario(), revision="v1")
    assert line == (
        "paramtui org/name --mode lora --no-gradient-checkpointing "
        "--set lm_head=bf16 --set '*.experts.*=mxfp4' --revision v1"
    )


@pytest.mark.parametrize("mark", ["lm_head", "lm_head=int7", "=bf16"])
def test_a_mark_on_the_command_line_that_is_none(mark: str) -> None:
    with pytest.raises(UsageError, match=r"PATH=ACTION|no action"):
        parser().parse_args(["gpt2", "--set", mark])


def test_a_design_is_read_back() -> None:
    typed = ["hidden_size=6144", 'text_config.rope={"a b": 1}', "act=gelu"]
    design = [change_named(text) for text in typed]
    line = command_line("org/name", Scenario(), Scenario(), design=design)
    assert parser().parse_args(shlex.split(line)[1:]).config_set == design
