"""FLOPs and bytes of a token: published counts, and torch's own counter."""

import pytest

from paramtui.memory.cache.depth import depth
from paramtui.memory.figure import Term
from paramtui.memory.gpus.compute import decode_flops, prefill_flops, training_flops, weights_read
from paramtui.memory.marks.mark import mark_named
from paramtui.memory.marks.marks import marked
from paramtui.memory.scenario import Mode, Scenario
from tests.memory.small_models import llama, llama_2_7b, llama_31_8b, mixtral_8x7b, of_config


def by_label(terms: tuple[Term, ...]) -> dict[str, int]:
    return {term.label: term.value for term in terms}


def total(terms: tuple[Term, ...]) -> int:
    return sum(term.value for term in terms)


SMALL = llama(256, 704, 3, 8, 2, 1000)
"""torch 2.13's FlopCounterMode on transformers 5.23's LlamaForCausalLM of these widths, 64 tokens:

logits_to_keep=1: aten.mm 271,044,608, aten.bmm 12,582,912 (the whole square of scores);
forward and backward with all logits: aten.mm 909,901,824, aten.bmm 37,748,736.
"""
SQUARE = 12_582_912
CAUSAL = SQUARE * 65 // (2 * 64)
"""Half the square and its diagonal: what causal attention needs of it."""


def test_a_prompt_is_what_torch_counts() -> None:
    found = by_label(prefill_flops(SMALL, Scenario(context=64)))
    assert found.pop("attention, 3 layers") == CAUSAL
    assert sum(found.values()) == 271_044_608


def test_a_training_step_is_what_torch_counts() -> None:
    found = by_label(training_flops(SMALL, Scenario(context=64), None))
    assert found.pop("attention, 3 layers") == 3 * CAUSAL
    assert sum(found.values()) == 909_901_824


def test_written_one_by_one_a_prompt_costs_the_same() -> None:
    each = [by_label(decode_flops(SMALL, Scenario(context=n))) for n in range(1, 65)]
    assert sum(found["attention, 3 layers"] for found in each) == CAUSAL
    read = by_label(prefill_flops(SMALL, Scenario(context=64)))
    assert 64 * each[0]["linear layers"] == read["linear layers"]


def test_a_token_costs_two_flops_a_parameter() -> None:
    # 2 N for N parameters that are not embeddings (arXiv:2001.08361, table 1): Llama-2-7B has
    # 6,476,005,376 entries in its layers' matrices, and its head.
    terms = by_label(decode_flops(llama_2_7b(), Scenario(context=1)))
    assert terms["linear layers"] == 2 * 6_476_005_376
    assert terms["output head"] == 2 * 4096 * 32000


def test_a_tied_head_costs_what_an_untied_one_costs() -> None:
    shape = (64, 96, 2, 4, 2, 320)
    tied, untied = (
        total(decode_flops(llama(*shape, tied=tied), Scenario(context=9))) for tied in (True, False)
    )
    assert tied == untied


def test_only_visited_experts_are_counted() -> None:
    terms = by_label(decode_flops(mixtral_8x7b(), Scenario(context=1)))
    assert terms["visited experts"] == 2 * 32 * 3 * 4096 * 14336 * 2


def test_a_window_bounds_attention() -> None:
    summary = of_config(
        model_type="mistral",
        architectures=["MistralForCausalLM"],
        hidden_size=64,
        intermediate_size=96,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        vocab_size=320,
        sliding_window=8,
    )

    def attention(terms: tuple[Term, ...]) -> int:
        return by_label(terms)["attention, 2 layers"]

    each = [attention(decode_flops(summary, Scenario(context=n))) for n in range(1, 21)]
    assert each[7:] == [each[7]] * 13
    assert attention(prefill_flops(summary, Scenario(context=20))) == sum(each)


def test_a_frozen_model_has_no_gradients_of_its_matrices() -> None:
    full = by_label(training_flops(SMALL, Scenario(context=64), None))
    frozen = by_label(training_flops(SMALL, Scenario(context=64), 1000))
    assert 3 * frozen["linear layers"] == 2 * full["linear layers"]
    assert frozen["attention, 3 layers"] == full["attention, 3 layers"]
    assert frozen["adapter"] == 6 * 1000 * 64


@pytest.mark.parametrize(
    ("frozen", "again", "trained", "still", "attention"),
    [
        ((), False, 3, 0, 3),
        (("model.layers.0",), False, 3, 2, 3),  # the embedding below it is trained
        (("model",), False, 3, 1, 1),  # only the head is
        (("model",), True, 3, 2, 3),  # layers that are run again hand gradients on
        (("model", "lm_head"), True, 1, 1, 1),
    ],
)
def test_what_is_frozen_has_no_gradients_of_its_matrices(
    frozen: tuple[str, ...], again: bool, trained: int, still: int, attention: int
) -> None:
    marks = tuple(mark_named(f"{path}=freeze") for path in frozen)
    scenario = Scenario(mode=Mode.FULL, context=64, marks=marks, gradient_checkpointing=again)
    summary = marked(SMALL, scenario)
    read = by_label(prefill_flops(SMALL, scenario))
    found = by_label(training_flops(summary, scenario, None, depth(summary, scenario)))
    assert found["output head"] == trained * 64 * read["output head"]
    assert found["attention, 3 layers"] == attention * read["attention, 3 layers"]
    share = {(): 0, ("model.layers.0",): 1}.get(frozen, 3)
    layer = read["linear layers"] // 3
    assert found.get("frozen linear layers", 0) == still * share * layer
    assert found.get("linear layers", 0) == 3 * (3 - share) * layer


def test_llama_3_405b_took_its_published_compute() -> None:
    # "trained using 3.8 × 10^25 FLOPs ... on 15.6T text tokens" (arXiv:2407.21783): 6 N D.
    summary = llama(16384, 53248, 126, 128, 8, 128256)
    assert 6 * summary.active * 15.6e12 == pytest.approx(3.8e25, rel=0.01)
    step = total(training_flops(summary, Scenario(context=8192), None))
    assert step / 8192 * 15.6e12 == pytest.approx(3.8e25, rel=0.05)


def test_a_token_reads_the_weights_it_meets() -> None:
    summary = llama_31_8b()
    read = weights_read(summary, "bf16")
    assert read.every == 2 * (summary.total - 128256 * 4096)
    tied = weights_read(llama(64, 96, 2, 4, 2, 320, tied=True), "bf16")
    assert tied.every == 2 * llama(64, 96, 2, 4, 2, 320, tied=True).total
    mixture = weights_read(mixtral_8x7b(), "bf16")
    assert (mixture.visited, mixture.experts) == (2, 8)
    assert mixture.routed == 2 * 32 * 8 * 3 * 4096 * 14336


def test_what_only_reads_writes_nothing() -> None:
    bert = of_config(
        model_type="bert",
        architectures=["BertModel"],
        max_position_embeddings=64,
        hidden_size=64,
        intermediate_size=256,
        num_hidden_layers=2,
        num_attention_heads=4,
        vocab_size=320,
    )
    assert decode_flops(bert, Scenario(context=16)) == ()
    pairs = by_label(prefill_flops(bert, Scenario(context=16)))["attention, 2 layers"]
    assert pairs == 4 * 2 * 64 * 16 * 16


def test_an_encoder_decoder_reads_with_its_encoder() -> None:
    t5 = of_config(
        model_type="t5",
        architectures=["T5ForConditionalGeneration"],
        d_model=64,
        d_ff=128,
        d_kv=16,
        num_layers=2,
        num_decoder_layers=2,
        num_heads=4,
        vocab_size=320,
        is_encoder_decoder=True,
    )
    assert prefill_flops(t5, Scenario(context=16)) == ()
    # Self-attention and cross-attention, and a feed-forward network of two matrices, each layer.
    matrices = 2 * (8 * 64 * 64 + 2 * 64 * 128)
    assert by_label(decode_flops(t5, Scenario(context=16)))["linear layers"] == 2 * matrices
