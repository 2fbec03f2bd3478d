"""Training: optimizers' states to the byte, saved activations by the published formulae."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paramtui.checkpoint.config import Json
from paramtui.checkpoint.dtype import BF16
from paramtui.checkpoint.summary import ParameterSummary
from paramtui.checkpoint.tensor import Shape
from paramtui.memory.estimate import MemoryEstimate, estimate
from paramtui.memory.scenario import Mode, Optimizer, Scenario, TrainingPrecision
from paramtui.memory.training.activations import activations, logits
from paramtui.memory.training.optimizer import optimizer
from tests.memory.small_models import llama, of_config, of_tensors

FULL = Scenario(mode=Mode.FULL, context=128, training_precision=TrainingPrecision.BF16)
LLAMA_8B = llama(4096, 14336, 32, 32, 8, 128256)
LLAMA_1B = llama(2048, 8192, 16, 32, 8, 128256, tied=True)


def held(summary: ParameterSummary, scenario: Scenario, *names: str) -> int:
    result = estimate(summary, scenario)
    return sum(part.bytes for part in result.components if part.name in names)


def states(summary: ParameterSummary, scenario: Scenario) -> int:
    found = optimizer(summary, scenario)
    return found.bytes if found else 0


@pytest.mark.parametrize(
    ("precision", "each"),
    [
        # Weights, gradients and two moments: 2 + 2 + 4, as measured with torch 2.13.
        (TrainingPrecision.BF16, 8),
        # 16 bytes with K = 12 (ZeRO, arXiv:1910.02054): 2 + 2, and master and moments in fp32.
        (TrainingPrecision.MIXED, 16),
        (TrainingPrecision.FP32, 16),
    ],
)
def test_bytes_of_each_trained_parameter(precision: TrainingPrecision, each: int) -> None:
    scenario = FULL.with_(training_precision=precision)
    static = held(LLAMA_8B, scenario, "weights", "gradients", "optimizer")
    assert static == each * 8_030_261_248


def test_published_rules_of_thumb() -> None:
    # hiyouga/LLaMA-Factory, README: pure bf16 takes 8 bytes a parameter, LoRA on 16 bits 2;
    # Llama-3.1-8B in NF4 with double quantisation measures 5,702,539,264 bytes (bitsandbytes).
    pure = held(LLAMA_8B, FULL, "weights", "gradients", "optimizer")
    assert pure == 8 * 8_030_261_248
    assert held(LLAMA_8B, FULL.with_(mode=Mode.LORA), "weights") == 2 * 8_030_261_248
    assert held(LLAMA_8B, FULL.with_(mode=Mode.QLORA), "weights") == 5_702_539_264


def test_torchtune_s_full_fine_tune_of_llama_3_2_3b() -> None:
    # pytorch/torchtune, README: batch 2, 4,096 packed tokens, bf16, AdamW, A100: 60.0 GiB.
    summary = llama(3072, 8192, 28, 24, 8, 128256, tied=True)
    scenario = FULL.with_(context=4096, batch=2, gradient_checkpointing=False)
    assert estimate(summary, scenario).total_bytes == pytest.approx(60.0 * (1 << 30), rel=0.05)


def test_qlora_of_65_billion_fits_one_48_gb_gpu() -> None:
    # artidoro/qlora, README; sequences of 512 tokens, rank 64 on all linear layers.
    summary = llama(8192, 22016, 80, 64, 64, 32000)
    scenario = Scenario(mode=Mode.QLORA, context=512, lora_rank=64, adapter_precision="bf16")
    result = estimate(summary, scenario)
    assert 30e9 < result.total_bytes < result.total_upper_bytes < 48e9


@pytest.mark.parametrize(("adapter", "each"), [("fp32", 16), ("bf16", 8)])
def test_bytes_of_each_adapter_parameter(adapter: str, each: int) -> None:
    # PEFT's default makes adapters fp32: 4 + 4 + 8; without it 2 + 2 + 4.
    scenario = FULL.with_(mode=Mode.QLORA, adapter_precision=adapter)
    assert held(LLAMA_8B, scenario, "adapter", "gradients", "optimizer") == each * 41_943_040


def two_tensors(elements: int) -> ParameterSummary:
    return of_tensors({"model.norm.weight": (elements,), "lm_head.weight": (100, 100)}, BF16)


@pytest.mark.parametrize(
    ("elements", "expected"),
    [
        # bitsandbytes 0.50, Optimizer2State.init_state: two states of one byte and two absmax
        # of four for each 256; fewer than 4,096 elements keep two fp32 states.
        (4096, 2 * 4096 + 2 * 4 * 16 + 2 * 10_000 + 2 * 4 * 40),
        (4097, 2 * 4097 + 2 * 4 * 17 + 2 * 10_000 + 2 * 4 * 40),
        (4095, 8 * 4095 + 2 * 10_000 + 2 * 4 * 40),
    ],
)
def test_8_bit_adam_keeps_small_tensors_whole(elements: int, expected: int) -> None:
    assert states(two_tensors(elements), FULL.with_(optimizer=Optimizer.ADAMW_8BIT)) == expected


def test_adafactor_keeps_sums_of_rows_and_columns() -> None:
    # torch.optim.Adafactor: row_var and col_var of a matrix, the whole variance of a vector.
    shapes: dict[str, Shape] = {
        "model.layers.0.mlp.up_proj.weight": (300, 70),
        "model.layers.0.mlp.experts.gate_up_proj": (5, 20, 30),
        "model.norm.weight": (64,),
    }
    summary = of_tensors(shapes, BF16)
    expected = 300 + 70 + 5 * (20 + 30) + 64
    adafactor = FULL.with_(optimizer=Optimizer.ADAFACTOR)
    assert states(summary, adafactor) == 2 * expected
    single = adafactor.with_(training_precision=TrainingPrecision.FP32)
    assert states(summary, single) == 4 * expected


def test_adafactor_of_an_adapter() -> None:
    shapes: dict[str, Shape] = {f"model.layers.{i}.mlp.up_proj.weight": (300, 70) for i in range(3)}
    scenario = FULL.with_(mode=Mode.LORA, optimizer=Optimizer.ADAFACTOR, lora_rank=4)
    assert states(of_tensors(shapes, BF16), scenario) == 4 * 3 * (4 + 70 + 300 + 4)


def test_sgd_keeps_nothing_and_its_momentum_one_state() -> None:
    assert optimizer(LLAMA_8B, FULL.with_(optimizer=Optimizer.SGD)) is None
    momentum = FULL.with_(optimizer=Optimizer.SGD_MOMENTUM)
    assert states(LLAMA_8B, momentum) == 2 * 8_030_261_248
    mixed = FULL.with_(optimizer=Optimizer.SGD, training_precision=TrainingPrecision.MIXED)
    assert states(LLAMA_8B, mixed) == 4 * 8_030_261_248


def saved(summary: ParameterSummary, scenario: Scenario) -> int:
    """What torch's saved-tensor hooks count: activations and the fp32 log-probabilities."""
    scores = logits(summary, scenario)
    return activations(summary, scenario).bytes + (scores.bytes // 3 if scores else 0)


def test_saved_tensors_of_llama_8b() -> None:
    # Measured: transformers 5.23, torch 2.13, one sequence of 2,048 tokens, bf16.
    scenario = FULL.with_(context=2048)
    assert saved(LLAMA_8B, scenario) == pytest.approx(1_654_693_900, rel=1e-6)
    whole = scenario.with_(gradient_checkpointing=False)
    assert saved(LLAMA_8B, whole) == pytest.approx(14_281_121_804, rel=1e-6)


def test_saved_tensors_in_fp32() -> None:
    # Measured: Llama-3.2-1B with fp32 weights, 2,048 tokens: 7.68 GB.
    scenario = FULL.with_(
        context=2048, gradient_checkpointing=False, training_precision=TrainingPrecision.FP32
    )
    assert round(saved(LLAMA_1B, scenario) / 1e9, 2) == 7.68


@pytest.mark.parametrize(
    ("targets", "adapter", "bytes_saved"),
    [
        # Measured with PEFT 0.21, rank 16, 512 tokens, no checkpointing.
        ("q_proj,v_proj", "fp32", 3_085_832_204),
        ("q_proj,v_proj", "bf16", 2_682_130_444),
        ("all-linear", "fp32", 5_104_341_004),
        ("all-linear", "bf16", 3_288_731_660),
    ],
)
def test_saved_tensors_of_lora(targets: str, adapter: str, bytes_saved: int) -> None:
    scenario = Scenario(
        mode=Mode.LORA,
        context=512,
        lora_targets=targets,
        adapter_precision=adapter,
        gradient_checkpointing=False,
    )
    assert saved(LLAMA_8B, scenario) == pytest.approx(bytes_saved, rel=1e-6)


def decoder(model_type: str, **more: Json) -> ParameterSummary:
    config: dict[str, Json] = {
        "model_type": model_type,
        "architectures": [f"{model_type.title()}ForCausalLM"],
        "hidden_size": 64,
        "intermediate_size": 256,
        "num_hidden_layers": 3,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "head_dim": 16,
        "vocab_size": 320,
        "tie_word_embeddings": False,
    }
    return of_config(**{**config, **more})


@pytest.mark.parametrize(
    ("model_type", "of_one_layer"),
    [
        # h = 64, HD = 64, KD = 32, H = 4, K = 2, D = 16, I = 256.
        ("llama", 16 * 64 + 8 + 4 * 64 + 4 * 32 + 4 * 4 + 8 * 256),
        ("qwen3", 16 * 64 + 8 + 4 * 64 + 4 * 32 + 4 * 4 + 8 * 256 + (6 * 16 + 4) * 6),
        ("gemma2", 36 * 64 + 16 + 4 * 64 + 4 * 32 + 4 * 4 + 8 * 256),
        ("olmo2", 20 * 64 + 16 + 12 * 64 + 12 * 32 + 4 * 4 + 8 * 256),
        ("stablelm", 10 * 64 + 8 + 4 * 64 + 4 * 32 + 4 * 4 + 8 * 256),
        ("phi3", 18 * 64 + 8 + 6 * 64 + 6 * 32 + 4 * 4 + 8 * 256),
    ],
)
def test_families_save_what_their_layers_keep(model_type: str, of_one_layer: int) -> None:
    summary = decoder(model_type)
    scenario = FULL.with_(gradient_checkpointing=False)
    assert activations(summary, scenario).terms[0].value == 128 * 3 * of_one_layer
    assert estimate(summary, scenario).band == 0.05


TINY: dict[str, Json] = {
    "hidden_size": 256,
    "intermediate_size": 640,
    "num_hidden_layers": 4,
    "num_attention_heads": 8,
    "num_key_value_heads": 4,
    "vocab_size": 1000,
    "pad_token_id": 0,
}
WIDE = {"head_dim": 48}
OPT = {"ffn_dim": 640, "word_embed_proj_dim": 256, "num_key_value_heads": 8}


@pytest.mark.parametrize(
    ("model_type", "more", "full", "single", "lora", "lora_bf16"),
    [
        # Measured: transformers 5.23, PEFT 0.21, torch 2.13 on the CPU, 64 tokens, rank 8 on all
        # linear layers, an attention that saves q, k, v, its output and its log-sum-exp; saved
        # bytes of a full fine-tune in bf16 and in fp32, and of LoRA with fp32 and bf16 adapters.
        ("qwen3", WIDE, 4_257_036, 7_054_604, 5_394_956, 3_596_812),
        ("gemma", WIDE, 3_664_140, 5_871_884, 4_801_036, 3_002_892),
        ("gemma3_text", WIDE, 5_916_428, 8_124_172, 5_939_212, 4_141_068),
        ("cohere2", WIDE, 3_331_340, 5_402_892, 4_795_916, 2_866_700),
        ("gpt_neox", {}, 2_170_124, 4_075_020, 2_988_300, 2_119_948),
        ("phi", {}, 2_629_900, 4_994_572, 4_120_076, 2_588_172),
        ("starcoder2", {}, 1_914_124, 3_563_020, 3_273_228, 1_872_396),
        ("glm4", WIDE, 4_160_780, 6_937_868, 5_061_132, 3_529_228),
        ("nemotron", WIDE, 2_113_292, 3_961_356, 3_602_956, 2_071_052),
        ("arcee", WIDE, 2_704_652, 4_551_948, 3_867_148, 2_335_244),
        ("apertus", WIDE, 4_748_572, 7_873_836, 5_288_476, 3_756_572),
        ("olmo", {}, 2_874_892, 4_873_740, 4_471_308, 2_804_236),
        ("exaone4", {}, 3_761_420, 6_259_980, 4_932_364, 3_265_292),
        # A ReLU's result is the last matrix's input, and is kept once for both.
        ("opt", OPT, 1_709_836, 3_153_932, 3_396_108, 1_667_596),
    ],
)
def test_saved_tensors_of_small_models(
    model_type: str, more: dict[str, Json], full: int, single: int, lora: int, lora_bf16: int
) -> None:
    architectures: Json = [f"{model_type}ForCausalLM"]
    summary = of_config(model_type=model_type, architectures=architectures, **{**TINY, **more})
    scenario = FULL.with_(context=64, gradient_checkpointing=False, lora_rank=8)
    adapter = scenario.with_(mode=Mode.LORA)
    for expected, asked in (
        (full, scenario),
        (single, scenario.with_(training_precision=TrainingPrecision.FP32)),
        (lora, adapter),
        (lora_bf16, adapter.with_(adapter_precision="bf16")),
    ):
        assert saved(summary, asked) == pytest.approx(expected, rel=0.005)


def test_a_shared_expert_s_gate_keeps_its_result() -> None:
    # Measured as above: 4 experts, all of them chosen, and one for every token behind a gate.
    sizes = {"num_experts": 4, "num_experts_per_tok": 4, "moe_intermediate_size": 96}
    gated = {**TINY, **sizes, "shared_expert_intermediate_size": 160}
    architectures: Json = ["Qwen2MoeForCausalLM"]
    summary = of_config(model_type="qwen2_moe", architectures=architectures, **gated)
    scenario = FULL.with_(context=64, gradient_checkpointing=False)
    assert saved(summary, scenario) == pytest.approx(4_697_868, rel=0.01)
    single = scenario.with_(training_precision=TrainingPrecision.FP32)
    assert saved(summary, single) == pytest.approx(8_509_708, rel=0.005)


def test_experts_save_what_the_chosen_compute() -> None:
    summary = decoder("mixtral", num_local_experts=8, num_experts_per_tok=2, sliding_window=None)
    one = 16 * 64 + 8 + 4 * 64 + 4 * 32 + 4 * 4 + 2 * (8 * 256 + 6 * 64) + 6 * 8
    scenario = FULL.with_(gradient_checkpointing=False)
    assert activations(summary, scenario).terms[0].value == 128 * 3 * one
    assert estimate(summary, scenario).band > 0.2


def test_a_family_without_a_formula_says_so_and_widens_its_band() -> None:
    result = estimate(decoder("helium"), FULL)
    assert any("Llama" in sentence for sentence in result.not_modelled)
    assert result.band > estimate(decoder("llama"), FULL).band


def test_capped_logits_are_kept_too() -> None:
    plain, capped = decoder("gemma2"), decoder("gemma2", final_logit_softcapping=30.0)
    assert activations(capped, FULL).bytes - activations(plain, FULL).bytes == 2 * 320 * 128


def peak(summary: ParameterSummary, scenario: Scenario) -> MemoryEstimate:
    return estimate(summary, scenario)


@pytest.mark.parametrize(
    ("context", "checkpointing", "total", "moment"),
    [
        # Measured: Llama-3.1-8B in bf16 with AdamW; the moment is where the peak fell.
        (512, True, 32_125_239_816, "end of the backward pass"),
        (2048, False, 32_442_958_344, "start of the backward pass"),
        (8192, True, 33_005_109_768, "first layer"),
    ],
)
def test_the_worst_moment(context: int, checkpointing: bool, total: int, moment: str) -> None:
    scenario = FULL.with_(context=context, gradient_checkpointing=checkpointing)
    result = peak(LLAMA_8B, scenario)
    assert result.peak_bytes == pytest.approx(total + 4 * 8_030_261_248, rel=1e-3)
    assert moment in result.peak_formula


def test_a_small_vocabulary_peaks_in_the_last_layer() -> None:
    # 12 bytes × 320 of logits are less than one layer run again.
    result = peak(decoder("llama"), Scenario(mode=Mode.LORA, context=4096))
    assert "last layer" in result.peak_formula


def test_qlora_dequantises_one_weight_at_a_time() -> None:
    lora = Scenario(mode=Mode.LORA, context=4096, precision="bf16")
    summary = decoder("llama")
    extra = peak(summary, lora.with_(mode=Mode.QLORA)).peak_bytes - peak(summary, lora).peak_bytes
    assert extra == 2 * 256 * 64


def test_a_tied_table_gathers_two_gradients() -> None:
    # Measured: Qwen2.5-0.5B, 512 tokens, checkpointing, peak at the end of the backward pass.
    qwen = of_config(
        model_type="qwen2",
        architectures=["Qwen2ForCausalLM"],
        hidden_size=896,
        intermediate_size=4864,
        num_hidden_layers=24,
        num_attention_heads=14,
        num_key_value_heads=2,
        vocab_size=151936,
        tie_word_embeddings=True,
    )
    result = peak(qwen, FULL.with_(context=512))
    assert result.peak_bytes == pytest.approx(2_520_669_960 + 1_976_131_072, rel=1e-3)
    assert "end of the backward pass" in result.peak_formula


@given(
    rank=st.integers(1, 256),
    targets=st.sampled_from(["all-linear", "attention", "mlp", "q_proj,v_proj"]),
    adapter=st.sampled_from(["fp32", "bf16"]),
)
def test_checkpointing_never_saves_more(rank: int, targets: str, adapter: str) -> None:
    scenario = Scenario(
        mode=Mode.LORA, lora_rank=rank, lora_targets=targets, adapter_precision=adapter
    )
    with_, without = (
        estimate(LLAMA_8B, scenario.with_(gradient_checkpointing=value)) for value in (True, False)
    )
    assert with_.peak_bytes <= without.peak_bytes
