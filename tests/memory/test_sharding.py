"""Where the weights stand: by layer and by how ranks cut them, nothing lost."""

import pytest

from paramtui.checkpoint.summary import ParameterSummary
from paramtui.memory.gpus.serving import possible_ranks, stages
from paramtui.memory.gpus.sharding import Cut, key_heads, layout
from paramtui.memory.layout.weights import weights
from paramtui.memory.precision import PRECISIONS
from tests.memory.small_models import llama, llama_31_8b, mixtral_8x7b, of_config

MODELS = {
    "dense": llama_31_8b(),
    "tied": llama(64, 96, 4, 4, 2, 320, tied=True),
    "mixture": mixtral_8x7b(),
}
EACH = pytest.mark.parametrize("summary", MODELS.values(), ids=MODELS.keys())


@EACH
@pytest.mark.parametrize("precision", PRECISIONS)
def test_nothing_is_lost(summary: ParameterSummary, precision: str) -> None:
    held = layout(summary, precision)
    # A part of a byte of each group may go: half bytes and half blocks.
    assert held.total == pytest.approx(weights(summary, precision).bytes, abs=len(summary.groups))
    assert sum(held.stage(0, held.layers).values()) == held.total


@EACH
def test_stages_hold_every_layer_once(summary: ParameterSummary) -> None:
    held = layout(summary, "bf16")
    for count in range(1, held.layers + 1):
        parts = [sum(held.stage(*stage).values()) for stage in stages(held.layers, count)]
        again = held.tied if count > 1 else 0
        assert sum(parts) == held.total + again


@pytest.mark.parametrize(
    ("layers", "count", "sizes"),
    # vLLM, distributed/utils.py: what is left over goes to the stages before the last.
    [(32, 4, [8, 8, 8, 8]), (5, 3, [2, 2, 1]), (61, 4, [15, 15, 16, 15]), (3, 3, [1, 1, 1])],
)
def test_layers_are_divided_as_vllm_divides_them(layers: int, count: int, sizes: list[int]) -> None:
    assert [stage.layers for stage in stages(layers, count)] == sizes


def test_cuts_of_a_dense_model() -> None:
    held = layout(llama_31_8b(), "bf16")
    whole = held.stage(0, 32)
    assert whole[Cut.VOCABULARY] == 2 * 2 * 128256 * 4096
    assert whole[Cut.KEYS] == 2 * 32 * 2 * 1024 * 4096
    assert whole[Cut.WHOLE] == 2 * 65 * 4096
    assert whole[Cut.EVENLY] == held.total - sum(
        whole[cut] for cut in (Cut.VOCABULARY, Cut.KEYS, Cut.WHOLE)
    )
    assert held.largest == 2 * (4096 * 4096 * 2 + 2 * 1024 * 4096 + 3 * 4096 * 14336 + 2 * 4096)
    assert held.root == 2 * (2 * 128256 * 4096 + 4096)


def test_experts_are_cut_apart() -> None:
    whole = layout(mixtral_8x7b(), "bf16").stage(0, 32)
    assert whole[Cut.EXPERTS] == 2 * 32 * 8 * 3 * 4096 * 14336
    assert whole[Cut.WHOLE] == 2 * (65 * 4096 + 32 * 8 * 4096)


def test_a_fused_projection_has_its_keys_apart() -> None:
    falcon = of_config(
        model_type="falcon",
        architectures=["FalconForCausalLM"],
        hidden_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        multi_query=True,
        new_decoder_architecture=False,
        parallel_attn=True,
        bias=False,
        vocab_size=320,
        torch_dtype="bfloat16",
    )
    assert key_heads(falcon) == 1
    # Two of six heads' outputs are the one key and value.
    assert layout(falcon, "bf16").stage(0, 2)[Cut.KEYS] == 2 * 2 * (2 * 16) * 64


def test_heads_and_columns_come_out_even() -> None:
    assert possible_ranks(llama_31_8b()) == (1, 2, 4, 8, 16, 32)
    # 28 heads, 4 of keys: 7 and 14 ranks would cut them, and 28 the columns.
    assert possible_ranks(llama(3584, 18944, 28, 28, 4, 152064)) == (1, 2, 4)
    assert possible_ranks(llama(448, 100, 2, 7, 7, 320)) == (1,)
    assert possible_ranks(mixtral_8x7b(), experts=True) == (1, 2, 4, 8)
