"""What every introduction says of models and memory, held against the real shapes.

The rules: parameters times bytes a parameter (EleutherAI, Transformer Math 101), 20 to 40 % on
top for all else, and LoRA's trainable part below 1 % (Hu et al., arXiv:2106.09685).
"""

from collections.abc import Callable

import pytest

from paramtui.checkpoint.summary import ParameterSummary
from paramtui.memory.estimate import estimate
from paramtui.memory.gpus.hardware_name import gpus_named
from paramtui.memory.gpus.verdict import Fit, verdict
from paramtui.memory.layout.weights import weights
from paramtui.memory.scenario import Mode, Scenario
from tests.memory.small_models import llama, llama_31_8b, llama_31_70b, of_tensors

GB = 10**9


def llama_2_7b() -> ParameterSummary:
    return llama(4096, 11008, 32, 32, 32, 32000)


def llama_2_13b() -> ParameterSummary:
    return llama(5120, 13824, 40, 40, 40, 32000)


@pytest.mark.parametrize(
    ("model", "precision", "gigabytes"),
    [
        (llama_2_7b, "fp16", 14),
        (llama_2_7b, "int4", 3.5),
        (llama_2_13b, "fp16", 26),
        (llama_31_70b, "bf16", 140),
        (llama_31_70b, "int4", 35),
    ],
)
def test_weights(model: Callable[[], ParameterSummary], precision: str, gigabytes: float) -> None:
    # "7B" is 6.74 billion and "70B" 70.6: the round figures are good to 4 %.
    assert weights(model(), precision).bytes / GB == pytest.approx(gigabytes, rel=0.04)


def test_thirteen_billion_take_32_to_36_gb_with_the_rule_of_20_to_40_percent() -> None:
    summary = llama_2_13b()
    found = estimate(summary, Scenario(precision="fp16", context=1, overheads=("textbook",)))
    held, extra = found.component("weights"), found.component("overhead")
    assert held is not None
    assert extra is not None
    assert extra.upper_bytes is not None
    assert (held.bytes + extra.bytes) / GB == pytest.approx(31.2, abs=0.1)
    assert (held.bytes + extra.upper_bytes) / GB == pytest.approx(36.4, abs=0.1)


def test_an_embedding_of_50_000_by_4_096_is_200_million() -> None:
    summary = of_tensors({"model.embed_tokens.weight": (50_000, 4_096)})
    assert summary.total == 204_800_000


@pytest.mark.parametrize("rank", [8, 16])
def test_lora_trains_less_than_a_hundredth_of_7b(rank: int) -> None:
    for model in (llama_2_7b(), llama_31_8b()):
        lora = estimate(model, Scenario(mode=Mode.LORA, lora_rank=rank)).lora
        assert lora is not None
        assert 0 < lora.percent < 1


@pytest.mark.parametrize("precision", ["int4", "bnb-nf4", "awq-int4", "q4_k_m"])
def test_thirteen_billion_at_4_bits_are_comfortable_on_24_gb(precision: str) -> None:
    summary = llama_2_13b()
    scenario = Scenario(precision=precision, context=4096, gpus=gpus_named("RTX 4090"))
    found = verdict(summary, scenario, estimate(summary, scenario))
    assert found is not None
    assert found.fit is Fit.FITS
    assert found.free_bytes > 8 * GB
