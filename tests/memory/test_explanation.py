"""Every shown formula, read by a second reader, gives the shown result."""

import re
from collections.abc import Iterator
from fractions import Fraction
from functools import cache

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from paramtui.checkpoint.checkpoint import Checkpoint, Shard
from paramtui.checkpoint.config import Json, ModelConfig
from paramtui.checkpoint.dtype import SAFETENSORS_DTYPES
from paramtui.checkpoint.module import Module, build_module_tree
from paramtui.checkpoint.summary import ParameterSummary, summarise
from paramtui.checkpoint.tensor import TensorInfo
from paramtui.memory.adapter.lora import estimate_lora
from paramtui.memory.adapter.lora_config import LoraConfig
from paramtui.memory.errors import ScenarioError
from paramtui.memory.estimate import estimate
from paramtui.memory.explain.explain import explain
from paramtui.memory.explain.explain_adapter import explain_adapter
from paramtui.memory.explain.explain_counts import explain_counts, explain_row
from paramtui.memory.explain.explanation import MOST_TERMS, Explanation, summed
from paramtui.memory.figure import Basis, Term
from paramtui.memory.gpus.hardware_name import gpus_named
from paramtui.memory.precision import KV_PRECISIONS, PRECISIONS
from paramtui.memory.scenario import Mode, Optimizer, Scenario, TrainingPrecision
from paramtui.sources.catalog import entries, load_bundled
from tests.memory.reader import exactly
from tests.memory.small_models import llama_31_8b, mixtral_8x7b, of_config, of_tensors


def skeleton(formula: str) -> str:
    """A formula with every number and every name as `n`."""
    formula = re.sub(r"(?<=\d),(?=\d{3})", "", formula)
    return re.sub(r"(?!min\b|max\b)\b\w[\w.]*(?: \w+)*", "n", formula)


def check(item: Explanation) -> None:
    assert exactly(item.numbers) == item.value, item
    assert item.unit
    assert item.source
    assert item.title
    for term in item.terms:
        assert skeleton(term.words) == skeleton(term.filled)
        assert term.words in item.formula
    if len(item.terms) > 1:
        assert item.value == sum(term.value for term in item.terms)


def explained(summary: ParameterSummary, scenario: Scenario) -> list[Explanation]:
    return list(explain(summary, scenario, estimate(summary, scenario)))


MANY_EXPERTS = 1_000
"""In all layers. The models with more follow the same rules, and building them takes seconds."""


@cache
def bundled() -> dict[str, ParameterSummary]:
    few = (
        entry.id
        for entry in entries()
        if (entry.config.experts or 0) * (entry.config.layers or 0) <= MANY_EXPERTS
    )
    found = ((model, load_bundled(model)) for model in few)
    return {model: summarise(checkpoint) for model, checkpoint in found if checkpoint}


def test_every_figure_of_every_bundled_model() -> None:
    seen = dict.fromkeys(Mode, 0)
    for place, summary in enumerate(bundled().values()):
        for mode in Mode:
            scenario = Scenario(
                mode=mode,
                precision=list(PRECISIONS)[place % len(PRECISIONS)],
                kv_precision=list(KV_PRECISIONS)[place % len(KV_PRECISIONS)],
                optimizer=list(Optimizer)[place % len(Optimizer)],
                gradient_checkpointing=bool(place % 3),
                context=1000 + place,
            )
            try:
                figures = explained(summary, scenario)
            except ScenarioError:
                continue  # convolutional networks have nothing for LoRA
            for item in figures:
                check(item)
            seen[mode] += 1
    assert min(seen.values()) > 50


@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize("mode", [Mode.INFERENCE, Mode.LORA, Mode.QLORA])
def test_every_figure_at_every_precision(mode: Mode, precision: str) -> None:
    for model in ("mistralai/Mixtral-8x7B-v0.1", "openai/gpt-oss-20b", "Qwen/Qwen2.5-0.5B"):
        for item in explained(bundled()[model], Scenario(mode=mode, precision=precision)):
            check(item)


NAMES = (
    *("model.embed_tokens.weight", "lm_head.weight", "model.norm.weight", "odd", "a.b.c_scale"),
    *(f"model.layers.{layer}.self_attn.{part}_proj.weight" for layer in (0, 1) for part in "qkvo"),
    *(f"model.layers.{layer}.self_attn.q_proj.bias" for layer in (0, 1)),
    *(f"model.layers.0.mlp.experts.{expert}.down_proj.weight" for expert in range(3)),
    *("model.layers.1.mlp.experts.gate_up_proj", "model.layers.1.mlp.gate.weight"),
    *("model.layers.0.mamba.A_log", "model.layers.0.mamba.conv1d.weight", "h.0.attn.bias"),
)
DTYPES = ("BF16", "F32", "F16", "F8_E4M3", "U8", "I32", "F4", "F6_E2M3")


@st.composite
def checkpoints(draw: st.DrawFn) -> ParameterSummary:
    names = draw(st.lists(st.sampled_from(NAMES), min_size=1, unique=True))
    tensors = []
    for name in names:
        dimensions = st.lists(st.integers(1, 70), max_size=4)
        dtype = SAFETENSORS_DTYPES[draw(st.sampled_from(DTYPES))]
        tensors.append(TensorInfo(name, dtype, tuple(draw(dimensions))))
    config: dict[str, Json] = {
        "model_type": draw(st.sampled_from(["llama", "mixtral", "gemma2", "unheard_of"])),
        "hidden_size": draw(st.integers(1, 70)),
        "num_hidden_layers": 2,
        "num_attention_heads": draw(st.integers(1, 4)),
        "num_local_experts": draw(st.integers(0, 4)),
        "num_experts_per_tok": draw(st.integers(0, 4)),
        "sliding_window": draw(st.sampled_from([None, 16])),
    }
    shards = (Shard("a"), Shard("b", problem=draw(st.sampled_from([None, "cut short"]))))
    parsed = ModelConfig.from_json(config)
    return summarise(Checkpoint("test/model", tuple(tensors), parsed, shards=shards))


scenarios = st.builds(
    Scenario,
    mode=st.sampled_from(Mode),
    precision=st.sampled_from([None, *PRECISIONS]),
    kv_precision=st.sampled_from(list(KV_PRECISIONS)),
    context=st.integers(1, 5000),
    batch=st.integers(1, 5),
    lora_rank=st.integers(1, 300),
    lora_targets=st.sampled_from(["all-linear", "attention", "mlp", "q_proj", "embed_tokens"]),
    adapter_precision=st.sampled_from(["fp32", "bf16"]),
    optimizer=st.sampled_from(Optimizer),
    training_precision=st.sampled_from(TrainingPrecision),
    gradient_checkpointing=st.booleans(),
)


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow],
)
@given(checkpoints(), scenarios)
def test_every_figure_of_any_checkpoint(summary: ParameterSummary, scenario: Scenario) -> None:
    try:
        result = estimate(summary, scenario)
    except ScenarioError:
        assume(False)
    figures = {item.name: item for item in explain(summary, scenario, result)}
    for item in figures.values():
        check(item)
    assert figures["parameters.total"].value == summary.total
    assert figures["parameters.active"].value == summary.active
    assert figures["parameters.stored_elements"].value == summary.stored_elements
    assert figures["parameters.stored_bytes"].value == summary.stored_bytes
    assert figures["memory.peak_bytes"].value == result.peak_bytes
    assert figures["memory.total_bytes"].value == result.total_bytes
    for part in result.components:
        assert figures[f"memory.{part.name}"].value == part.bytes
        assert exactly(part.formula) == part.bytes
        if part.upper_bytes is not None:
            assert sum(term.value for term in part.upper_terms) == part.upper_bytes
    if result.lora:
        assert figures["lora.trainable"].value == result.lora.trainable
        assert figures["lora.adapter_file_bytes"].value == result.lora.adapter_file_bytes
        assert float(figures["lora.percent"].value) == result.lora.percent


@given(checkpoints())
@settings(deadline=None)
def test_every_row_of_any_tree(summary: ParameterSummary) -> None:
    root = build_module_tree(summary)
    for module, copies in rows(root, 1):
        item = explain_row(module, copies)
        assert exactly(item.numbers) == item.value == module.parameters * copies


def rows(module: Module, copies: int) -> Iterator[tuple[Module, int]]:
    yield module, copies * module.repeat
    for child in module.children:
        yield from rows(child, copies * module.repeat)


def figure(items: Iterator[Explanation] | list[Explanation], name: str) -> Explanation:
    return next(item for item in items if item.name == name)


def test_the_parameters_of_llama_8b_are_its_tensors() -> None:
    item = figure(explain_counts(llama_31_8b()), "parameters.total")
    assert item.formula == "Σ tensors × rows × columns + tensors × length"
    assert item.numbers == (
        "64 × 14,336 × 4,096 + 32 × 4,096 × 14,336 + 64 × 4,096 × 4,096"
        " + 2 × 128,256 × 4,096 + 64 × 1,024 × 4,096 + 65 × 4,096"
    )
    assert item.value == 8_030_261_248
    assert item.terms[0].label == "gate_proj, up_proj"


def test_a_mixture_counts_the_experts_a_token_visits() -> None:
    # 12.9 B of 46.7 B, as Mistral gives them (arXiv:2401.04088).
    item = figure(explain_counts(mixtral_8x7b()), "parameters.active")
    assert item.formula == "routed × visited ÷ experts + parameters of all tokens"
    assert item.numbers == "45,097,156,608 × 2 ÷ 8 + 1,605,636,096"
    assert item.value == 12_879_925_248


def test_a_dense_model_is_active_whole() -> None:
    item = figure(explain_counts(llama_31_8b()), "parameters.active")
    assert item.numbers == "8,030,261,248"
    assert item.convention == "Every token meets every parameter."


def test_bits_of_a_parameter() -> None:
    # An odd number of 4-bit elements ends in a part byte.
    summary = of_tensors({"a.weight": (3, 3)}, SAFETENSORS_DTYPES["F4"])
    assert figure(explain_counts(summary), "parameters.stored_bytes").value == 5
    item = figure(explain_counts(summary), "parameters.bits_per_parameter")
    assert item.value == Fraction(40, 9)
    assert item.numbers == "8 × 5 ÷ 9"


def test_a_row_shows_its_shape_and_its_copies() -> None:
    # The details line of the screen: 4096 × 14336 = 58,720,256.
    tree = build_module_tree(llama_31_8b())
    found = {module.path: (module, copies) for module, copies in rows(tree, 1)}
    module, copies = found["model.layers.0-31.mlp.down_proj"]
    assert explain_row(module).numbers == "4,096 × 14,336"
    assert explain_row(module).value == 58_720_256
    assert explain_row(module, copies).numbers == "32 × 4,096 × 14,336"
    assert explain_row(*found["model.layers.0-31"]).value == 6_979_584_000


def test_llama_8b_under_lora() -> None:
    # 41,943,040 and 0.5196 %, as PEFT 0.21 prints them for rank 16 on all linear layers.
    items = explained(llama_31_8b(), Scenario(mode=Mode.LORA))
    trainable = figure(items, "lora.trainable")
    assert trainable.formula == "Σ layers × rank × (inputs + outputs)"
    assert trainable.value == 41_943_040
    percent = figure(items, "lora.percent")
    assert percent.numbers == "100 × 41,943,040 ÷ (8,030,261,248 + 41,943,040)"
    assert round(float(percent.value), 4) == 0.5196


def test_what_else_an_adapter_trains_is_a_term() -> None:
    summary = of_config(
        model_type="qwen2",
        architectures=["Qwen2ForCausalLM"],
        hidden_size=64,
        intermediate_size=96,
        num_hidden_layers=2,
        num_attention_heads=4,
        vocab_size=320,
    )
    config = LoraConfig(rank=8, bias="all", use_dora=True, modules_to_save=("embed_tokens",))
    lora = estimate_lora(summary, config)
    for item in explain_adapter(lora, "fp32"):
        check(item)
    items = list(explain_adapter(lora, "fp32"))
    assert figure(items, "lora.trainable").value == lora.trainable
    assert float(figure(items, "lora.percent").value) == lora.percent


def test_a_peak_is_the_sum_of_what_lives() -> None:
    item = figure(explained(llama_31_8b(), Scenario(mode=Mode.QLORA)), "memory.peak_bytes")
    assert item.formula == "logits + weights + activations + optimizer + adapter"
    assert item.basis is Basis.FORMULA
    assert item.band == 0.05
    assert "at the start of the backward pass" in item.convention


def test_the_smallest_terms_become_one() -> None:
    terms = [Term.of(f"part {n}", "size", size=n) for n in range(20)]
    item = summed("x", "x", "bytes", terms, Basis.EXACT, "arithmetic")
    assert len(item.terms) == MOST_TERMS + 1
    assert item.numbers == "19 + 18 + 17 + 16 + 15 + 14 + 91"
    assert item.terms[-1].label == "13 more: part 13, part 12, part 11, …"
    assert item.value == sum(range(20))


def test_nothing_is_zero() -> None:
    item = summed("x", "x", "bytes", (), Basis.EXACT, "arithmetic")
    assert (item.formula, item.numbers, item.value) == ("0", "0", 0)


def test_a_broken_file_makes_counts_the_least() -> None:
    tensors = (TensorInfo("a.weight", SAFETENSORS_DTYPES["BF16"], (2, 3)),)
    shards = (Shard("b", problem="cut short"),)
    summary = summarise(Checkpoint("test/model", tensors, shards=shards))
    assert "At least" in figure(explain_counts(summary), "parameters.total").convention


@pytest.mark.parametrize("gpus", ["H100", "4090x2", "24GiB"])
@pytest.mark.parametrize("mode", Mode)
def test_the_verdict_and_the_speed_of_a_machine(mode: Mode, gpus: str) -> None:
    for utilization in (None, 0.9):
        scenario = Scenario(
            mode=mode, context=2048, gpus=gpus_named(gpus), gpu_memory_utilization=utilization
        )
        items = explained(llama_31_8b(), scenario)
        assert {"gpu.usable_bytes", "gpu.free_bytes"} < {item.name for item in items}
        assert any(item.name.startswith("speed.") for item in items)
        for item in items:
            check(item)
