"""Marks on branches: what is left out, what has a precision of its own, what is trained."""

from collections.abc import Iterator
from functools import lru_cache
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paramtui.checkpoint.category import Category
from paramtui.checkpoint.config import Json
from paramtui.checkpoint.dtype import SAFETENSORS_DTYPES
from paramtui.checkpoint.module import Module, build_module_tree
from paramtui.checkpoint.summary import ParameterSummary
from paramtui.memory.errors import ScenarioError
from paramtui.memory.estimate import MemoryEstimate, estimate
from paramtui.memory.gpus.sharding import layout
from paramtui.memory.layout.weights import weights
from paramtui.memory.marks.mark import Aspect, Mark, mark_named, with_mark, without_marks
from paramtui.memory.marks.marks import marked
from paramtui.memory.precision import PRECISIONS
from paramtui.memory.scenario import Mode, Optimizer, Scenario, TrainingPrecision
from paramtui.memory.training.dimensions import dimensions
from tests.memory.small_models import llama, of_config, of_tensors


@lru_cache
def models() -> dict[str, ParameterSummary]:
    """One of each kind that marks must divide."""
    llama_like: dict[str, Json] = {
        "hidden_size": 64,
        "intermediate_size": 128,
        "num_hidden_layers": 6,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "vocab_size": 320,
        "torch_dtype": "bfloat16",
    }
    packed = {
        f"model.layers.{layer}.self_attn.{name}_proj.{part}": shape
        for layer in range(2)
        for name in "qkvo"
        for part, shape in (("qweight", (32, 256)), ("qzeros", (2, 32)), ("scales", (2, 256)))
    }
    return {
        "dense": llama(64, 128, 6, 4, 2, 320),
        "tied": llama(64, 128, 4, 4, 2, 320, tied=True),
        "mixture": of_config(
            model_type="mixtral",
            architectures=["MixtralForCausalLM"],
            num_local_experts=4,
            num_experts_per_tok=2,
            tie_word_embeddings=False,
            **llama_like,
        ),
        "windows": of_config(
            model_type="gemma2", architectures=["Gemma2ForCausalLM"], head_dim=16, **llama_like
        ),
        "hybrid": of_config(
            model_type="qwen3_next",
            architectures=["Qwen3NextForCausalLM"],
            head_dim=16,
            linear_num_key_heads=2,
            linear_num_value_heads=4,
            linear_key_head_dim=16,
            linear_value_head_dim=16,
            linear_conv_kernel_dim=4,
            num_experts=4,
            num_experts_per_tok=2,
            moe_intermediate_size=32,
            shared_expert_intermediate_size=32,
            tie_word_embeddings=False,
            **llama_like,
        ),
        "packed": of_tensors(packed, SAFETENSORS_DTYPES["I32"], num_hidden_layers=2),
    }


KINDS = list(models())
MODES = list(Mode)
TRAINING = [Mode.LORA, Mode.QLORA, Mode.FULL]


def marks(*texts: str) -> tuple[Mark, ...]:
    return tuple(map(mark_named, texts))


def cost(summary: ParameterSummary, *texts: str, **choices: object) -> MemoryEstimate:
    return estimate(summary, Scenario(context=64, marks=marks(*texts)).with_(**choices))


def held(summary: ParameterSummary, precision: str, *texts: str) -> int:
    """Bytes of the weights under marks."""
    return weights(marked(summary, Scenario(marks=marks(*texts))), precision).bytes


def branches(module: Module, copies: int = 1) -> Iterator[tuple[Module, int]]:
    for child in module.children:
        yield child, copies * child.repeat
        yield from branches(child, copies * child.repeat)


def part(result: MemoryEstimate, name: str) -> int:
    found = result.component(name)
    return found.bytes if found else 0


@pytest.mark.parametrize("kind", KINDS)
def test_pruning_a_branch_subtracts_exactly_that_branch(kind: str) -> None:
    summary = models()[kind]
    for module, copies in branches(build_module_tree(summary)):
        left = marked(summary, Scenario(marks=(Mark(module.path, "prune"),)))
        assert left.total == summary.total - module.parameters * copies
        assert left.stored_bytes == summary.stored_bytes - module.nbytes * copies
        assert sum(left.by_category.values()) == left.total
        assert 0 <= left.active <= left.total
        if module.category:
            before = summary.by_category.get(module.category, 0)
            after = before - module.parameters * copies
            assert left.by_category.get(module.category, 0) == after


@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize("kind", KINDS)
def test_branches_weigh_the_same_wherever_the_rest_is(kind: str, precision: str) -> None:
    summary = models()[kind]
    whole = held(summary, precision)
    for one, other in (
        ("*.layers.0", "*.layers.1"),
        ("*.self_attn", "*.mlp"),
        ("*.[qk]_proj", "lm_head"),
    ):
        try:
            first, second = (held(summary, precision, f"{path}=prune") for path in (one, other))
        except ScenarioError:
            continue
        neither = held(summary, precision, f"{one}=prune", f"{other}=prune")
        # Half a byte of an odd number of parameters is a byte on either side.
        assert abs(whole - first - second + neither) <= 1


@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize("kind", KINDS)
def test_one_precision_on_every_branch_is_that_precision(kind: str, precision: str) -> None:
    summary = models()[kind]
    whole = held(summary, precision)
    rows = [module.path for module, _ in branches(build_module_tree(summary))]
    tops = [child.path for child in build_module_tree(summary).children]
    for paths in (["*"], tops, rows):
        assert held(summary, "stored", *(f"{path}={precision}" for path in paths)) == whole


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("kind", KINDS)
def test_freezing_everything_is_inference_and_nothing_trained(kind: str, mode: Mode) -> None:
    summary = models()[kind]
    for precision in (None, "bf16", "bnb-nf4"):
        result = cost(summary, "*=freeze", mode=mode, precision=precision)
        alone = Scenario(mode=mode, precision=precision).weights_precision
        assert part(result, "weights") == part(cost(summary, precision=alone), "weights")
        for name in ("adapter", "gradients", "optimizer", "logits"):
            assert part(result, name) == 0
        assert result.lora is None or result.lora.trainable == 0
        if mode is not Mode.INFERENCE:
            assert "nothing is trained" in result.not_modelled[0]


@pytest.mark.parametrize("kind", KINDS)
def test_training_everything_is_a_full_fine_tune(kind: str) -> None:
    summary = models()[kind]
    plain = cost(summary, mode=Mode.FULL)
    assert cost(summary, "*=train", mode=Mode.FULL).components == plain.components
    again = cost(summary, "*=freeze", "*.*=train", mode=Mode.FULL)
    assert again.peak_bytes == plain.peak_bytes


@given(
    kind=st.sampled_from(KINDS),
    mode=st.sampled_from(MODES),
    optimizer=st.sampled_from(Optimizer),
    training=st.sampled_from(TrainingPrecision),
    checkpointing=st.booleans(),
)
def test_freezing_more_never_costs_more(
    kind: str,
    mode: Mode,
    optimizer: Optimizer,
    training: TrainingPrecision,
    checkpointing: bool,
) -> None:
    choices: dict[str, object] = {
        "mode": mode,
        "optimizer": optimizer,
        "training_precision": training,
        "gradient_checkpointing": checkpointing,
        "precision": "bnb-nf4" if mode is not Mode.INFERENCE else None,
    }
    steps = ("*.0=freeze", "*.1=freeze", "*.embed_tokens=freeze", "*=freeze")
    known = [step for step in steps if named(models()[kind], step)]
    costs = [
        cost(models()[kind], *known[:count], **choices).peak_bytes
        for count in range(len(known) + 1)
    ]
    assert costs == sorted(costs, reverse=True)


def named(summary: ParameterSummary, text: str) -> bool:
    try:
        marked(summary, Scenario(marks=marks(text)))
    except ScenarioError:
        return False
    return True


def test_marks_of_different_branches_commute() -> None:
    summary = models()["mixture"]
    texts = ("*.experts=bnb-nf4", "lm_head=fp32", "model.layers.4-5=prune", "model.layers.2=int8")
    totals = {
        (cost(summary, *order).total_bytes, marked(summary, Scenario(marks=marks(*order))).total)
        for order in permutations(texts)
    }
    assert len(totals) == 1


def test_the_mark_that_names_less_wins_and_of_equals_the_later() -> None:
    summary = models()["dense"]
    layer = next(m for m, _ in branches(build_module_tree(summary)) if m.name == "0 … 5")
    whole = held(summary, "bf16")
    nested = ("model.layers.3=fp32", "model.layers=int8")
    expected = whole - 5 * layer.parameters + 2 * layer.parameters
    assert held(summary, "bf16", *nested) == held(summary, "bf16", *reversed(nested)) == expected
    equal = ("model.layers.0-2=fp32", "*layers.[0-2]=int8")
    assert held(summary, "bf16", *equal) == whole - 3 * layer.parameters
    assert held(summary, "bf16", *reversed(equal)) == whole + 6 * layer.parameters


def test_without_marks_nothing_changes_and_marks_can_be_undone() -> None:
    summary = models()["dense"]
    assert marked(summary, Scenario()) is summary
    scenario = Scenario(marks=marks("lm_head=prune"))
    left = marked(summary, scenario)
    assert left is not summary
    assert marked(left, scenario) is left
    assert marked(left, Scenario()) is summary
    untouched = marked(summary, Scenario(marks=marks("lm_head=bf16"))).groups
    assert [g for g in summary.groups if g not in untouched] == [
        g for g in summary.groups if g.category is Category.HEAD
    ]


def test_a_pruned_layer_keeps_no_cache() -> None:
    for kind in ("dense", "mixture", "windows"):
        summary = models()[kind]
        cache = part(cost(summary), "kv_cache")
        assert part(cost(summary, "model.layers.2-5=prune"), "kv_cache") == cache // 3
        attention = cost(summary, "model.layers.2-5.self_attn=prune")
        assert part(attention, "kv_cache") == cache // 3
        assert part(cost(summary, "*.self_attn=prune"), "kv_cache") == 0
        assert part(cost(summary, "*layernorm=prune"), "kv_cache") == cache


def test_a_pruned_recurrent_layer_keeps_no_state() -> None:
    summary = models()["hybrid"]
    # Every fourth layer is full attention: layer 3 of 0 to 5.
    before = cost(summary)
    for gone in ("model.layers.0,1", "model.layers.0-1.linear_attn"):
        after = cost(summary, f"{gone}=prune")
        assert part(after, "state") == part(before, "state") * 3 // 5
        assert part(after, "kv_cache") == part(before, "kv_cache") > 0
    after = cost(summary, "model.layers.3=prune")
    assert part(after, "kv_cache") == 0
    assert part(after, "state") == part(before, "state")
    assert not after.not_modelled


def test_a_pruned_head_has_no_logits_and_a_pruned_layer_no_activations() -> None:
    summary = models()["dense"]
    assert part(cost(summary, "lm_head=prune", mode=Mode.FULL), "logits") == 0
    inputs = 64 * 2 * 64
    plain = part(cost(summary, mode=Mode.FULL), "activations")
    less = part(cost(summary, "model.layers.1=prune", mode=Mode.FULL), "activations")
    assert plain - less == inputs


def test_pruned_experts_leave_a_token_as_many_to_visit() -> None:
    summary = models()["mixture"]
    for scope in ("*.experts.0-1", "model.layers.0-2.*.experts.[23]"):
        left = marked(summary, Scenario(marks=marks(f"{scope}=prune")))
        assert left.active == summary.active
        assert left.total < summary.total
    marks_on_half = Scenario(marks=marks("*.experts.0-1=bnb-nf4"))
    assert marked(summary, marks_on_half).active == summary.active


def test_a_frozen_branch_gets_no_adapter_and_a_trained_one_is_trained_whole() -> None:
    summary = models()["dense"]
    plain = cost(summary, mode=Mode.LORA)
    half = cost(summary, "model.layers.0-2=freeze", mode=Mode.LORA)
    assert plain.lora
    assert half.lora
    assert half.lora.trainable * 2 == plain.lora.trainable
    assert part(half, "adapter") * 2 == part(plain, "adapter")
    assert half.lora.adapter_file_bytes < plain.lora.adapter_file_bytes
    # PEFT copies a module to save in the type it is loaded in, 16 bits.
    head = 320 * 64
    saved = cost(summary, "lm_head=train", mode=Mode.LORA)
    assert saved.lora
    assert saved.lora.trainable == plain.lora.trainable + head
    assert saved.lora.adapter_data_bytes == plain.lora.adapter_data_bytes + 2 * head
    for name, each in (("adapter", 2), ("gradients", 2), ("optimizer", 4), ("weights", 0)):
        assert part(saved, name) == part(plain, name) + each * head
    whole = cost(summary, "model.layers.0=train", mode=Mode.LORA)
    assert whole.lora
    assert {target.count for target in whole.lora.targets} == {5}


def test_a_full_fine_tune_pays_for_what_it_trains() -> None:
    summary = models()["dense"]
    result = cost(summary, "model.layers=freeze", mode=Mode.FULL)
    trained = 2 * 320 * 64 + 64
    assert part(result, "gradients") == 2 * trained
    assert part(result, "optimizer") == 12 * trained
    frozen = cost(summary, "model.layers=freeze", "*.mlp=bnb-nf4", mode=Mode.FULL)
    assert part(frozen, "weights") < part(result, "weights")
    # What is trained is held in the precision of the training, whatever its mark.
    assert cost(summary, "*.mlp=bnb-nf4", mode=Mode.FULL).peak_bytes == (
        cost(summary, mode=Mode.FULL).peak_bytes
    )


@pytest.mark.parametrize(
    ("texts", "says"),
    [
        (("lm_haed=bf16",), "did you mean lm_head"),
        (("model.layers.6=prune",), "model.layers"),
        (("lm_head=bf16", "lm_head=int8"), "contradict"),
        (("lm_head=freeze", "lm_head=train"), "contradict"),
        (("lm_head=prune", "lm_head=bf16"), "contradict"),
    ],
)
def test_a_mark_that_cannot_be_is_refused_in_one_line(texts: tuple[str, ...], says: str) -> None:
    with pytest.raises(ScenarioError, match=says) as problem:
        cost(models()["dense"], *texts)
    assert problem.value.hint
    assert "\n" not in f"{problem.value}{problem.value.hint}"


@pytest.mark.parametrize("text", ["", "lm_head", "=bf16", "lm_head=", "lm_head=int7", "a=b=c"])
def test_what_is_no_mark_is_refused(text: str) -> None:
    with pytest.raises(ScenarioError):
        mark_named(text)


def test_a_new_mark_takes_the_place_of_what_it_contradicts() -> None:
    found: tuple[Mark, ...] = ()
    for text in ("lm_head=bf16", "model=freeze", "lm_head=freeze", "lm_head=int8"):
        found = with_mark(found, mark_named(text))
    assert list(map(str, found)) == ["model=freeze", "lm_head=freeze", "lm_head=int8"]
    found = with_mark(found, mark_named("lm_head=prune"))
    assert list(map(str, found)) == ["model=freeze", "lm_head=prune"]
    assert with_mark(found, mark_named("lm_head=train"))[-1].aspect is Aspect.TRAINING
    assert without_marks(found, "lm_head") == marks("model=freeze")


def test_a_precision_that_converts_nothing_of_its_branch_says_so() -> None:
    # bitsandbytes leaves the output head in 16 bits (conversion.LEFT).
    part_of = cost(models()["dense"], "lm_head=bnb-nf4").component("weights")
    assert part_of
    assert "bnb-nf4 converts nothing" in part_of.convention
    plain = cost(models()["dense"], "*.mlp=bnb-nf4").component("weights")
    assert plain
    assert "converts nothing" not in plain.convention


def test_precisions_change_nothing_of_an_adapter() -> None:
    summary = models()["dense"]
    plain = cost(summary, "model.layers.0=train", "model.layers.1=freeze", mode=Mode.LORA)
    other = cost(summary, "model.layers.0=train", "model.layers.1=freeze", "*=int8", mode=Mode.LORA)
    assert plain.lora == other.lora
    assert part(plain, "weights") > part(other, "weights")


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("kind", KINDS)
def test_a_model_of_which_nothing_is_left_costs_next_to_nothing(kind: str, mode: Mode) -> None:
    result = cost(models()[kind], "*=prune", mode=mode)
    assert part(result, "weights") == part(result, "kv_cache") == part(result, "state") == 0
    assert result.lora is None or (result.lora.trainable, result.lora.percent) == (0, 0)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "packed"])
def test_several_gpus_share_what_the_marks_leave(kind: str) -> None:
    # A tied embedding stands before and after the layers, and counts once on one GPU.
    texts = ("*.layers.1=prune", "*.self_attn=bnb-nf4", "*.layers.2=fp32")
    left = marked(models()[kind], Scenario(marks=marks(*texts)))
    spread = layout(left, "bf16")
    assert spread.layers == dimensions(left).layers == dimensions(models()[kind]).layers - 1
    assert abs(spread.total - weights(left, "bf16").bytes) <= len(left.groups)


def test_a_pruned_layer_has_no_adapter() -> None:
    summary = models()["dense"]
    plain = cost(summary, mode=Mode.LORA).lora
    left = cost(summary, "model.layers.0-1=prune", mode=Mode.LORA).lora
    assert plain
    assert left
    assert left.trainable * 6 == plain.trainable * 4
    assert {target.count for target in left.targets} == {4}
