"""Several GPUs: what the fullest one holds, by published rules and by properties."""

from itertools import pairwise
from math import ceil

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paramtui.checkpoint.summary import ParameterSummary
from paramtui.memory.errors import ScenarioError
from paramtui.memory.estimate import estimate
from paramtui.memory.gpus.hardware import Gpus
from paramtui.memory.gpus.hardware_name import gpus_named
from paramtui.memory.gpus.parallel import ONE, STRATEGIES, Parallel, Plan
from paramtui.memory.gpus.share import Share, share
from paramtui.memory.overhead import MIB
from paramtui.memory.scenario import Mode, Optimizer, Scenario, TrainingPrecision
from tests.memory.small_models import llama, llama_31_8b, llama_31_70b, mixtral_8x7b, of_config

DEEPSEEK = of_config(
    model_type="deepseek_v3",
    architectures=["DeepseekV3ForCausalLM"],
    hidden_size=128,
    intermediate_size=192,
    moe_intermediate_size=64,
    num_hidden_layers=5,
    num_nextn_predict_layers=0,
    num_attention_heads=8,
    num_key_value_heads=8,
    q_lora_rank=48,
    kv_lora_rank=32,
    qk_nope_head_dim=16,
    qk_rope_head_dim=8,
    v_head_dim=16,
    n_routed_experts=8,
    n_shared_experts=1,
    num_experts_per_tok=2,
    first_k_dense_replace=1,
    vocab_size=320,
    tie_word_embeddings=False,
    torch_dtype="bfloat16",
)
SMALL = {
    "dense": llama(256, 704, 6, 8, 2, 4000),
    "tied": llama(256, 704, 7, 8, 1, 4000, tied=True),
    "odd": llama(210, 300, 5, 7, 7, 999),
    "latent": DEEPSEEK,
}
LARGE = {"8b": llama_31_8b(), "70b": llama_31_70b(), "mixture": mixtral_8x7b()}
MODELS = SMALL | LARGE


def shared(summary: ParameterSummary, count: int, **changes: object) -> Share:
    scenario = Scenario(gpus=Gpus(gpus_named("H100").gpu, count)).with_(**changes)
    return share(summary, scenario, estimate(summary, scenario))


def held(found: Share, name: str) -> int:
    part = found.estimate.component(name)
    return part.bytes if part else 0


def test_one_gpu_holds_it_all() -> None:
    summary = llama_31_8b()
    assert shared(summary, 1) == Share(ONE, estimate(summary, Scenario()))


def test_tensor_parallel_cuts_weights_and_heads() -> None:
    found = shared(llama_31_8b(), 4)
    assert found.plan == Plan(tensor=4)
    whole = estimate(llama_31_8b(), Scenario())
    norms = 2 * 65 * 4096
    assert held(found, "weights") == (whole.components[0].bytes - norms) // 4 + norms
    assert held(found, "kv_cache") * 4 == whole.components[1].bytes
    assert found.estimate.components[-1].bytes > 400 * MIB


def test_embedding_and_head_are_cut_or_not() -> None:
    cut, whole = (
        shared(llama_31_8b(), 8, parallel=parallel)
        for parallel in (Parallel.TENSOR, Parallel.TENSOR_WHOLE_VOCABULARY)
    )
    tables = 2 * 2 * 128256 * 4096
    assert held(whole, "weights") - held(cut, "weights") == tables - tables // 8
    assert "whole" in whole.plan.label


def test_key_heads_are_held_more_than_once_by_more_ranks() -> None:
    # Llama-3.1-8B has 8 of them: 16 ranks hold what 8 ranks hold.
    eight, sixteen = (shared(llama_31_8b(), count, parallel=Parallel.TENSOR) for count in (8, 16))
    assert sixteen.plan.tensor == 16
    assert held(eight, "kv_cache") == held(sixteen, "kv_cache") == 2 * 2 * 32 * 128 * 8192
    keys = 2 * 32 * 2 * 1024 * 4096
    others = 2 * llama_31_8b().total - keys - 2 * 65 * 4096
    assert held(sixteen, "weights") == others // 16 + keys // 8 + 2 * 65 * 4096


def test_a_latent_is_held_by_every_rank() -> None:
    alone, found = shared(DEEPSEEK, 1), shared(DEEPSEEK, 4, parallel=Parallel.TENSOR)
    assert found.plan.tensor == 4
    assert held(found, "kv_cache") == held(alone, "kv_cache")


def test_pipeline_stages_hold_whole_layers() -> None:
    found = shared(llama_31_8b(), 4, parallel=Parallel.PIPELINE)
    assert found.plan == Plan(stages=4)
    layer = 2 * (4096 * 4096 * 2 + 2 * 1024 * 4096 + 3 * 4096 * 14336 + 2 * 4096)
    assert held(found, "weights") == 8 * layer + 2 * 128256 * 4096 + 2 * 4096
    assert held(found, "kv_cache") == 2 * 2 * 8 * 8 * 128 * 8192


def test_a_tied_table_stands_at_both_ends() -> None:
    summary = llama(256, 704, 6, 8, 2, 40_000, tied=True)
    found = shared(summary, 2, parallel=Parallel.PIPELINE)
    assert held(found, "weights") == (2 * summary.total + 2 * 40_000 * 256 + 2 * 256) // 2


def test_experts_are_whole_on_their_ranks() -> None:
    found = shared(mixtral_8x7b(), 8, parallel=Parallel.EXPERT)
    assert found.plan == Plan(tensor=8, experts=True)
    one = 2 * 32 * 3 * 4096 * 14336
    assert held(found, "weights") > one
    even = shared(mixtral_8x7b(), 8, parallel=Parallel.TENSOR)
    assert held(found, "weights") == pytest.approx(held(even, "weights"), abs=8)


@pytest.mark.parametrize("count", [2, 4, 8, 64])
def test_zero_divides_16_bytes_a_parameter(count: int) -> None:
    # ZeRO (arXiv:1910.02054, figure 1) with mixed precision: 2 bytes of weights, 2 of gradients
    # and K = 12 of states for each parameter: 4 + K/N, 2 + (2 + K)/N, (2 + 2 + K)/N.
    summary = llama(256, 704, 6, 8, 2, 4000)
    p = summary.total
    stages = {
        Parallel.ZERO_1: (2 * p, 2 * p, 12 * p / count),
        Parallel.ZERO_2: (2 * p, 2 * p / count, 12 * p / count),
        Parallel.ZERO_3: (2 * p / count, 2 * p / count, 12 * p / count),
    }
    for parallel, expected in stages.items():
        found = shared(summary, count, mode=Mode.FULL, parallel=parallel, context=16)
        parts = [found.estimate.component(name) for name in ("weights", "gradients", "optimizer")]
        first = [part.terms[0].value if part else 0 for part in parts]
        first[2] = sum(term.value for term in parts[2].terms) if parts[2] else 0
        assert first == [ceil(size) for size in expected]


def test_a_shard_gathers_what_it_computes_with() -> None:
    summary = llama(256, 704, 6, 8, 2, 4000)
    found = shared(summary, 4, mode=Mode.FULL, context=16, parallel=Parallel.FSDP)
    layer = 2 * (256 * 256 * 2 + 2 * 64 * 256 + 3 * 256 * 704 + 2 * 256)
    root = 2 * (2 * 4000 * 256 + 256)
    assert found.plan == Plan(shards=4, strategy=Parallel.FSDP)
    assert held(found, "weights") == 2 * summary.total // 4 + root + 2 * layer
    assert held(found, "gradients") == 2 * summary.total // 4 + root


def test_data_parallel_exchanges_through_buckets() -> None:
    summary = llama_31_8b()
    alone = shared(summary, 1, mode=Mode.LORA)
    found = shared(summary, 8, mode=Mode.LORA, parallel=Parallel.DDP)
    assert held(found, "gradients") == 2 * held(alone, "gradients")
    assert held(found, "optimizer") == held(alone, "optimizer")


def test_eight_gpus_train_8b_that_one_cannot() -> None:
    # torchtune and others full fine-tune Llama-3.1-8B on eight 80 GB GPUs with FSDP.
    found = shared(llama_31_8b(), 8, mode=Mode.FULL)
    assert found.estimate.total_upper_bytes < 79 << 30
    assert shared(llama_31_8b(), 1, mode=Mode.FULL).estimate.total_bytes > 79 << 30


@pytest.mark.parametrize("name", STRATEGIES)
def test_a_strategy_of_the_other_kind_is_refused(name: Parallel) -> None:
    wrong = Mode.INFERENCE if STRATEGIES[name].training else Mode.FULL
    with pytest.raises(ScenarioError) as caught:
        shared(llama(64, 96, 2, 4, 2, 320), 2, mode=wrong, parallel=name)
    assert "--parallel auto" in (caught.value.hint or "")


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("context", [16, 4096, 100_000])
def test_one_gpu_more_never_needs_more_of_any(name: str, mode: Mode, context: int) -> None:
    needs = [
        shared(MODELS[name], count, mode=mode, context=context).estimate.total_bytes
        for count in (*range(1, 13), 16, 32, 64)
    ]
    # What every rank rounds up is a few bytes.
    assert all(after <= before + 64 for before, after in pairwise(needs))


@settings(max_examples=80)
@given(
    name=st.sampled_from(sorted(SMALL)),
    mode=st.sampled_from(list(Mode)),
    count=st.integers(1, 70),
    context=st.integers(1, 1 << 20),
    batch=st.integers(1, 64),
    overheads=st.sampled_from([None, (), ("textbook",), ("context", "allocator", "graphs")]),
    gradient_checkpointing=st.booleans(),
)
def test_one_more_of_any_number_never_needs_more(
    name: str, mode: Mode, count: int, **changes: object
) -> None:
    one, more = (
        shared(SMALL[name], number, mode=mode, **changes).estimate.total_bytes
        for number in (count, count + 1)
    )
    # What every rank rounds up is a few bytes.
    assert more <= one + 64


@settings(max_examples=60)
@given(
    name=st.sampled_from(sorted(SMALL)),
    mode=st.sampled_from(list(Mode)),
    count=st.integers(1, 40),
    context=st.integers(1, 1 << 20),
    batch=st.integers(1, 64),
    overheads=st.sampled_from([None, (), ("textbook",), ("allocator", "graphs")]),
    optimizer=st.sampled_from(list(Optimizer)),
    precision=st.sampled_from(list(TrainingPrecision)),
)
def test_the_plan_uses_no_more_than_there_are(
    name: str,
    mode: Mode,
    count: int,
    context: int,
    batch: int,
    overheads: tuple[str, ...] | None,
    optimizer: Optimizer,
    precision: TrainingPrecision,
) -> None:
    changes: dict[str, object] = {
        "mode": mode,
        "context": context,
        "batch": batch,
        "overheads": overheads,
        "optimizer": optimizer,
        "training_precision": precision,
    }
    found, more = (shared(SMALL[name], n, **changes) for n in (count, count + 1))
    assert found.plan.gpus <= count
    assert more.estimate.total_bytes <= found.estimate.total_bytes + 64
    parts = found.estimate.components
    assert all(part.bytes >= 0 for part in parts)
    assert found.estimate.total_bytes == found.estimate.peak_bytes + parts[-1].bytes
    assert found.estimate.peak_bytes == sum(term.value for term in found.estimate.peak_terms)


def test_qwen3_235b_on_four_gpus_keeps_what_sglang_keeps() -> None:
    # vllm-project/vllm#21348: 24,064 B of keys a token and GPU, and as many of values.
    summary = of_config(
        model_type="qwen3_moe",
        architectures=["Qwen3MoeForCausalLM"],
        hidden_size=4096,
        intermediate_size=12288,
        moe_intermediate_size=1536,
        num_hidden_layers=94,
        num_attention_heads=64,
        num_key_value_heads=4,
        head_dim=128,
        num_experts=128,
        num_experts_per_tok=8,
        vocab_size=151936,
        tie_word_embeddings=False,
    )
    found = shared(summary, 4, parallel=Parallel.TENSOR)
    assert held(found, "kv_cache") == 8192 * 2 * 24_064
