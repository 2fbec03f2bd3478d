"""A packed checkpoint costs what the model costs that it was made from."""

import pytest

from paramtui.checkpoint.checkpoint import Checkpoint
from paramtui.checkpoint.config import Json, ModelConfig
from paramtui.checkpoint.dtype import SAFETENSORS_DTYPES
from paramtui.checkpoint.summary import ParameterSummary, summarise
from paramtui.checkpoint.tensor import TensorInfo
from paramtui.memory.adapter.lora import estimate_lora
from paramtui.memory.adapter.lora_config import LoraConfig
from paramtui.memory.estimate import estimate
from paramtui.memory.layout.weights import weights
from paramtui.memory.precision import PRECISIONS
from paramtui.memory.scenario import Mode, Scenario
from tests.checkpoint.test_packing import LAYOUTS, Packer, Tensors

HIDDEN, WIDE, KEYS, LAYERS = 256, 768, 128, 2
CONFIG: dict[str, Json] = {
    "model_type": "llama",
    "architectures": ["LlamaForCausalLM"],
    "hidden_size": HIDDEN,
    "intermediate_size": WIDE,
    "num_hidden_layers": LAYERS,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "vocab_size": 1000,
    "tie_word_embeddings": False,
    "torch_dtype": "bfloat16",
}
LINEAR = {
    "self_attn.q_proj": (HIDDEN, HIDDEN),
    "self_attn.k_proj": (KEYS, HIDDEN),
    "self_attn.v_proj": (KEYS, HIDDEN),
    "self_attn.o_proj": (HIDDEN, HIDDEN),
    "mlp.gate_proj": (WIDE, HIDDEN),
    "mlp.up_proj": (WIDE, HIDDEN),
    "mlp.down_proj": (HIDDEN, WIDE),
}


def plain(o: int, i: int) -> Tensors:
    return {".weight": ("BF16", (o, i))}


def packed(packer: Packer, quantization: Json) -> ParameterSummary:
    tensors: Tensors = {
        "model.embed_tokens.weight": ("BF16", (1000, HIDDEN)),
        "model.norm.weight": ("BF16", (HIDDEN,)),
        "lm_head.weight": ("BF16", (1000, HIDDEN)),
    }
    for layer in range(LAYERS):
        stem = f"model.layers.{layer}"
        for norm in ("input_layernorm", "post_attention_layernorm"):
            tensors[f"{stem}.{norm}.weight"] = ("BF16", (HIDDEN,))
        for name, (o, i) in LINEAR.items():
            tensors |= {f"{stem}.{name}{end}": tensor for end, tensor in packer(o, i).items()}
    infos = (
        TensorInfo(name, SAFETENSORS_DTYPES[dtype], shape)
        for name, (dtype, shape) in tensors.items()
    )
    config = {**CONFIG, "quantization_config": quantization}
    return summarise(Checkpoint("x", tuple(infos), ModelConfig.from_json(config)))


PLAIN = packed(plain, None)
ASKED = [name for name in PRECISIONS if name != "stored"]


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_packed_llama_costs_what_the_plain_one_does(name: str) -> None:
    summary = packed(*LAYOUTS[name])
    assert summary.by_category == PLAIN.by_category
    sizes = {asked: weights(summary, asked).bytes for asked in ASKED}
    assert sizes == {asked: weights(PLAIN, asked).bytes for asked in ASKED}
    assert estimate_lora(summary, LoraConfig(8)) == estimate_lora(PLAIN, LoraConfig(8))
    for mode in (Mode.INFERENCE, Mode.FULL, Mode.QLORA):
        scenario = Scenario(mode=mode, precision="bf16", context=1000)
        assert estimate(summary, scenario).peak_bytes == estimate(PLAIN, scenario).peak_bytes
