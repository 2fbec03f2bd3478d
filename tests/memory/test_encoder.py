"""Encoder-decoders in training: T5's encoder reads as many tokens, Whisper's 1,500 frames."""

import pytest

from paramtui.checkpoint.summary import ParameterSummary
from paramtui.memory.estimate import estimate
from paramtui.memory.scenario import Mode, Scenario
from paramtui.memory.training.encoder import cross_terms, encoder_layers, encoder_terms
from tests.memory.small_models import llama_2_7b, of_config

FULL = Scenario(mode=Mode.FULL, gradient_checkpointing=False, context=100, batch=2)


def t5() -> ParameterSummary:
    """t5-small's widths, two layers a stack."""
    return of_config(
        model_type="t5",
        architectures=["T5ForConditionalGeneration"],
        is_encoder_decoder=True,
        d_model=512,
        d_ff=2048,
        d_kv=64,
        num_heads=8,
        num_layers=2,
        num_decoder_layers=2,
        vocab_size=32128,
    )


def whisper() -> ParameterSummary:
    """whisper-tiny's config."""
    return of_config(
        model_type="whisper",
        architectures=["WhisperForConditionalGeneration"],
        is_encoder_decoder=True,
        d_model=384,
        encoder_layers=4,
        decoder_layers=4,
        encoder_attention_heads=6,
        decoder_attention_heads=6,
        encoder_ffn_dim=1536,
        decoder_ffn_dim=1536,
        max_source_positions=1500,
        max_target_positions=448,
        num_mel_bins=80,
        vocab_size=51865,
    )


def test_the_encoder_of_t5_reads_as_many_tokens() -> None:
    # Llama's layer, 16h + 8 + 4 (query + key) + 4 heads + 8 wide, on 2 × 100 tokens, two layers.
    layer = 16 * 512 + 8 + 4 * 512 + 4 * 512 + 4 * 8 + 8 * 2048
    assert sum(term.value for term in encoder_terms(t5(), FULL)) == 2 * 100 * 2 * layer


def test_the_encoder_of_whisper_reads_1500_frames_whatever_the_context() -> None:
    layer = 16 * 384 + 8 + 4 * 384 + 4 * 384 + 4 * 6 + 8 * 1536
    for context in (1, 448):
        terms = encoder_terms(whisper(), FULL.with_(context=context))
        assert sum(term.value for term in terms) == 2 * 1500 * 4 * layer


def test_cross_attention_keeps_keys_and_values_of_the_encoder() -> None:
    own, seen = cross_terms(whisper(), FULL)
    assert own.value == 2 * 100 * 4 * (8 * 384 + 4 + 4 * 384 + 4 * 6)
    assert seen.value == 1500 * 2 * 4 * 4 * 384


@pytest.mark.parametrize("checkpointing", [True, False])
def test_they_are_part_of_the_activations(checkpointing: bool) -> None:
    scenario = FULL.with_(gradient_checkpointing=checkpointing, context=448)
    part = estimate(whisper(), scenario).component("activations")
    assert part is not None
    inputs = 1500 * 2 * 5 * 2 * 384 if checkpointing else 0
    least = inputs or sum(term.value for term in encoder_terms(whisper(), scenario))
    assert part.bytes > least
    assert any("encoder" in term.label for term in part.terms)


def test_a_layer_that_is_run_again_may_be_the_encoders() -> None:
    cost = estimate(whisper(), FULL.with_(gradient_checkpointing=True, context=1, batch=64))
    one = sum(term.value for term in encoder_terms(whisper(), FULL.with_(batch=64))) // 4
    assert cost.peak_bytes > one


def test_adapters_of_the_decoder_alone_leave_the_encoder_out() -> None:
    lora = FULL.with_(mode=Mode.LORA, lora_targets="EncDecAttention.q")
    assert encoder_terms(t5(), lora) == ()
    assert encoder_terms(t5(), lora.with_(lora_targets="all-linear")) != ()


def test_what_is_left_out_is_named_and_the_band_is_wide() -> None:
    for model, words in ((t5(), "relative position bias"), (whisper(), "convolutions")):
        cost = estimate(model, FULL)
        assert any(words in sentence for sentence in cost.not_modelled)
        assert cost.band == 0.30


def test_a_decoder_has_no_encoder() -> None:
    assert encoder_layers(llama_2_7b()) == ()
    assert cross_terms(llama_2_7b(), FULL) == ()
