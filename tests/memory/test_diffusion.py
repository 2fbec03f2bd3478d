import pytest

from paramtui.checkpoint.checkpoint import Checkpoint, Component
from paramtui.checkpoint.config import ModelConfig
from paramtui.checkpoint.dtype import BF16, F32
from paramtui.checkpoint.summary import ParameterSummary, summarise
from paramtui.checkpoint.tensor import TensorInfo
from paramtui.memory.estimate import estimate
from paramtui.memory.explain.explain import explain
from paramtui.memory.gpus.hardware_name import gpus_named
from paramtui.memory.gpus.solve import largest, solve
from paramtui.memory.gpus.verdict import verdict
from paramtui.memory.overhead import overhead
from paramtui.memory.precision import PRECISIONS
from paramtui.memory.scenario import Components, Mode, Scenario

BLOCK = "transformer_blocks.0"
PARTS: dict[str, dict[str, tuple[int, ...]]] = {
    "transformer": {f"{BLOCK}.attn.to_q.weight": (64, 64), f"{BLOCK}.ff.net.2.weight": (64, 256)},
    "vae": {"decoder.conv_in.weight": (16, 4, 3, 3)},
    "text_encoder": {"shared.weight": (100, 64), "encoder.block.0.layer.0.k.weight": (64, 64)},
}
BYTES = {"transformer": 2 * (64 * 64 + 64 * 256), "vae": 4 * 576, "text_encoder": 2 * 10496}


def pipeline() -> ParameterSummary:
    tensors = tuple(
        TensorInfo(f"{part}.{name}", F32 if part == "vae" else BF16, shape)
        for part, held in PARTS.items()
        for name, shape in held.items()
    )
    config = ModelConfig.from_json({"_class_name": "FluxPipeline"})
    components = tuple(Component(part, ModelConfig()) for part in PARTS)
    return summarise(Checkpoint("org/pipe", tensors, config, components=components))


def test_the_peak_is_the_sum_or_the_largest_component() -> None:
    summary = pipeline()
    extra = overhead(transient=0).bytes
    together = estimate(summary, Scenario())
    assert together.peak_bytes == sum(BYTES.values())
    assert together.total_bytes == sum(BYTES.values()) + extra
    alone = estimate(summary, Scenario(components=Components.ONE_AT_A_TIME))
    assert alone.peak_bytes == max(BYTES.values()) == BYTES["transformer"]
    held = alone.component("weights")
    assert held is not None
    assert "The largest component, transformer" in held.convention
    assert [term.label for term in held.terms] == ["transformer, BF16"]


@pytest.mark.parametrize("precision", PRECISIONS)
def test_the_terms_of_every_component_add_up_to_the_whole(precision: str) -> None:
    summary, names = pipeline(), set(PARTS)
    held = estimate(summary, Scenario(precision=precision)).component("weights")
    assert held is not None
    assert {term.label.partition(",")[0] for term in held.terms} == names
    one = estimate(summary, Scenario(precision=precision, components=Components.ONE_AT_A_TIME))
    assert 0 < one.peak_bytes < held.bytes


def test_activations_are_named_as_missing_and_nothing_follows_from_tokens() -> None:
    summary = pipeline()
    for mode in Mode:
        few, many = (estimate(summary, Scenario(mode=mode, context=n)) for n in (1, 100_000))
        assert few.total_bytes == many.total_bytes
        assert few.not_modelled[0].startswith("activations: ")
        names = {part.name for part in few.components}
        assert not names & {"kv_cache", "state", "activations", "logits"}
        assert all(item.value >= 0 for item in explain(summary, Scenario(mode=mode), few))


def test_training_counts_what_follows_from_the_parameters() -> None:
    found = estimate(pipeline(), Scenario(mode=Mode.LORA, lora_rank=4))
    assert found.lora is not None
    # Rank × (in + out) of the four linear layers: to_q, net.2 and k, as diffusers' PEFT has it.
    assert found.lora.trainable == 4 * ((64 + 64) + (256 + 64) + (64 + 64))
    assert found.peak_bytes == sum(part.bytes for part in found.components[:-1])
    assert "which component is trained" in found.not_modelled[1]


def test_the_verdict_is_on_the_weights_and_the_largest_context_is_no_question() -> None:
    summary, scenario = pipeline(), Scenario(gpus=gpus_named("1GiB"))
    found = verdict(summary, scenario, estimate(summary, scenario))
    assert found is not None
    assert found.fits
    assert (largest(summary, scenario).context, largest(summary, scenario).batch) == (None, None)
    several = scenario.with_(gpus=gpus_named("1GiBx4"))
    assert solve(summary, several).gpus == 1
    assert any("several GPUs" in note for note in estimate(summary, several).not_modelled)


def test_a_component_opened_alone_is_a_diffusion_model_too() -> None:
    config = ModelConfig.from_json({"_class_name": "FluxTransformer2DModel"})
    tensors = (TensorInfo(f"{BLOCK}.attn.to_q.weight", BF16, (64, 64)),)
    found = estimate(summarise(Checkpoint("org/unet", tensors, config)), Scenario())
    assert found.peak_bytes == 2 * 64 * 64
    assert [part.name for part in found.components] == ["weights", "overhead"]
