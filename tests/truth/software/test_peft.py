"""PEFT itself, on small models: what it trains and the size of the file it saves."""

import json
from pathlib import Path
from typing import Any

import pytest

from paramtui.checkpoint.checkpoint import Checkpoint
from paramtui.checkpoint.config import ModelConfig
from paramtui.checkpoint.formats.safetensors import header_length, parse_header
from paramtui.checkpoint.summary import ParameterSummary, summarise
from paramtui.memory.adapter.lora import estimate_lora
from paramtui.memory.adapter.lora_config import LoraConfig

torch = pytest.importorskip("torch", reason="needs the extra `truth`")
transformers = pytest.importorskip("transformers", reason="needs the extra `truth`")
peft = pytest.importorskip("peft", reason="needs the extra `truth`")

pytestmark = pytest.mark.filterwarnings("ignore")

SIZES = {
    "hidden_size": 64,
    "intermediate_size": 96,
    "num_hidden_layers": 12,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "vocab_size": 128,
}
TOWER = {"model_type": "clip_vision_model", "hidden_size": 32, "intermediate_size": 48} | {
    "num_hidden_layers": 11,
    "num_attention_heads": 4,
    "image_size": 28,
    "patch_size": 14,
}
MODELS: dict[str, dict[str, Any]] = {
    "llama": {"model_type": "llama", **SIZES, "tie_word_embeddings": False},
    "tied llama": {"model_type": "llama", **SIZES, "tie_word_embeddings": True},
    "qwen2": {"model_type": "qwen2", **SIZES, "tie_word_embeddings": False},
    "gpt2": {"model_type": "gpt2", "n_embd": 64, "n_layer": 12, "n_head": 4}
    | {"vocab_size": 128, "n_positions": 64},
    "t5": {"model_type": "t5", "d_model": 64, "d_kv": 16, "d_ff": 128}
    | {"num_layers": 2, "num_heads": 4, "vocab_size": 128},
    "gpt_oss": {"model_type": "gpt_oss", **SIZES, "num_local_experts": 4}
    | {"head_dim": 16, "num_experts_per_tok": 2},
    "llava": {"model_type": "llava", "image_token_index": 5}
    | {"text_config": {"model_type": "llama", **SIZES}, "vision_config": TOWER},
    "gemma3": {"model_type": "gemma3", "mm_tokens_per_image": 4}
    | {"text_config": {**SIZES, "head_dim": 16}}
    | {"vision_config": {**TOWER, "model_type": "siglip_vision_model", "vision_use_head": False}},
}
SPEAKERS = ("llama", "tied llama", "qwen2", "gpt2", "t5", "llava", "gemma3")
PACKED = ["mlp.experts.gate_up_proj", "mlp.experts.down_proj"]
QV = {"target_modules": ["q_proj", "v_proj"]}

CASES: list[tuple[str, dict[str, Any]]] = [
    *(
        (model, {"target_modules": "all-linear", "r": rank})
        for model in SPEAKERS
        for rank in (1, 16)
    ),
    ("llama", {"target_modules": "all-linear", "r": 300}),
    ("llama", {"target_modules": "all-linear", "precision": "bf16"}),
    ("llama", {**QV, "use_dora": True}),
    ("llama", {**QV, "modules_to_save": ["lm_head"]}),
    ("llama", {**QV, "modules_to_save": ["norm"]}),
    ("llama", {**QV, "layers_to_transform": [0, 2]}),
    ("llama", {"target_modules": ".*(0|2).*q_proj"}),
    ("llama", {"target_modules": ["1.self_attn.q_proj"]}),
    ("llama", {"target_modules": ["q_proj", "embed_tokens"]}),
    ("llama", {"target_modules": ["q_proj", "embed_tokens"], "use_dora": True}),
    ("llama", {"target_modules": ["q_proj", "lm_head"]}),
    ("tied llama", {"target_modules": ["q_proj", "lm_head"]}),
    ("tied llama", {"target_modules": ["q_proj", "embed_tokens"], "precision": "bf16"}),
    ("qwen2", {**QV, "bias": "all"}),
    ("qwen2", {**QV, "bias": "lora_only"}),
    ("qwen2", {**QV, "lora_bias": True}),
    ("gpt2", {"target_modules": ["c_attn"], "use_dora": True}),
    ("gpt2", {"target_modules": ["c_attn"], "bias": "all"}),
    ("gpt2", {"target_modules": ["c_attn", "wte"]}),
    ("t5", {"target_modules": ["q", "v", "shared"]}),
    ("gpt_oss", {**QV, "target_parameters": PACKED}),
    ("gpt_oss", {"target_modules": ["q_proj"], "target_parameters": PACKED[1:]}),
]


def label(case: tuple[str, dict[str, Any]]) -> str:
    name, given = case
    return f"{name}+{','.join(f'{key}={value}' for key, value in given.items())}"


@pytest.mark.parametrize(("name", "given"), CASES, ids=map(label, CASES))
def test_peft_trains_and_saves_the_same(name: str, given: dict[str, Any], tmp_path: Path) -> None:
    model = small(name)
    model.save_pretrained(tmp_path)
    summary = summary_of(tmp_path)
    arguments = {"r": 8, **given}
    precision = arguments.pop("precision", "fp32")
    adapted = peft.get_peft_model(
        model, peft.LoraConfig(**arguments), autocast_adapter_dtype=precision == "fp32"
    )
    adapted.save_pretrained(tmp_path / "adapter")
    trainable, everything = adapted.get_nb_trainable_parameters()
    estimate = estimate_lora(summary, ours(arguments, precision))
    assert estimate.trainable == trainable
    assert estimate.percent == pytest.approx(100 * trainable / everything, rel=1e-12)
    saved = tmp_path / "adapter" / "adapter_model.safetensors"
    assert estimate.adapter_file_bytes == saved.stat().st_size


def small(name: str) -> Any:
    config = transformers.AutoConfig.for_model(**MODELS[name])
    kinds = {"t5": "Seq2SeqLM", "llava": "ImageTextToText", "gemma3": "ImageTextToText"}
    auto = getattr(transformers, f"AutoModelFor{kinds.get(name, 'CausalLM')}")
    return auto.from_config(config, dtype=torch.bfloat16)


def summary_of(folder: Path) -> ParameterSummary:
    content = (folder / "model.safetensors").read_bytes()
    header = content[8 : 8 + header_length(content[:8])]
    tensors = parse_header(header, len(content), "model.safetensors")
    config = ModelConfig.from_json(json.loads((folder / "config.json").read_text("utf-8")))
    return summarise(Checkpoint("small", tensors, config))


def ours(arguments: dict[str, Any], precision: str) -> LoraConfig:
    targets = arguments["target_modules"]
    if not isinstance(targets, str):
        targets = ",".join([*targets, *arguments.get("target_parameters", ())])
    return LoraConfig(
        rank=arguments["r"],
        target_modules=targets,
        bias=arguments.get("bias", "none"),
        lora_bias=arguments.get("lora_bias", False),
        use_dora=arguments.get("use_dora", False),
        modules_to_save=tuple(arguments.get("modules_to_save", ())),
        layers_to_transform=tuple(arguments.get("layers_to_transform", ())),
        precision=precision,
    )
