"""What torch keeps for the backward pass of a model of which only some is trained."""

import gc
import re
import weakref
from typing import Any

import pytest

from paramtui.checkpoint.blueprint import blueprint
from paramtui.checkpoint.checkpoint import Checkpoint
from paramtui.checkpoint.config import ModelConfig
from paramtui.checkpoint.summary import summarise
from paramtui.memory.estimate import estimate
from paramtui.memory.marks.mark import mark_named
from paramtui.memory.scenario import Mode, Scenario, TrainingPrecision

torch = pytest.importorskip("torch", reason="needs the extra `truth`")
transformers = pytest.importorskip("transformers", reason="needs the extra `truth`")
peft = pytest.importorskip("peft", reason="needs the extra `truth`")

pytestmark = pytest.mark.filterwarnings("ignore")

CONFIG: dict[str, Any] = {
    "hidden_size": 128,
    "intermediate_size": 256,
    "num_hidden_layers": 6,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "vocab_size": 500,
    "tie_word_embeddings": False,
}
BATCH, CONTEXT, RANK = 2, 128, 8

PARTS = {"*.mlp=freeze", "model.layers.3.self_attn=train"}
"""Marks that part a layer: the norm between its trained and its frozen half is counted whole."""


@pytest.mark.parametrize("checkpointing", [False, True])
@pytest.mark.parametrize(
    "texts",
    [
        (),
        ("model.layers.0-2=freeze",),
        ("model.layers.0-2=freeze", "model.embed_tokens=freeze"),
        ("*=freeze", "lm_head=train"),
        ("*=freeze", "model.embed_tokens=train"),
        ("lm_head=freeze", "model.norm=freeze"),
        ("*.mlp=freeze",),
        ("*=freeze", "model.layers.3.self_attn=train"),
    ],
    ids=lambda texts: f"llama+{' '.join(texts)}",
)
def test_a_partly_frozen_model(texts: tuple[str, ...], checkpointing: bool) -> None:
    model = llama()
    for text in texts:
        path, _, action = text.partition("=")
        pattern = re.escape(path).replace("0\\-2", "[0-2]").replace("\\*", ".*")
        for name, parameter in model.named_parameters():
            if re.fullmatch(rf"{pattern}(\..*)?", name):
                parameter.requires_grad = action == "train"
    kept, counted = saved(model, checkpointing), activations(Mode.FULL, texts, checkpointing)
    parted = not checkpointing and PARTS & set(texts)
    assert kept <= counted <= kept * (1.09 if parted else 1) + TOKEN_IDS


@pytest.mark.parametrize("checkpointing", [False, True])
@pytest.mark.parametrize(
    "texts",
    [(), ("model.layers.0-2=freeze",), ("lm_head=train",)],
    ids=lambda texts: f"llama+lora {' '.join(texts)}",
)
def test_a_partly_frozen_adapter(texts: tuple[str, ...], checkpointing: bool) -> None:
    frozen = any(text.endswith("freeze") for text in texts)
    config = peft.LoraConfig(
        r=RANK,
        target_modules="all-linear",
        exclude_modules=r".*layers\.[0-2]\..*" if frozen else None,
        modules_to_save=["lm_head"] if "lm_head=train" in texts else None,
    )
    model = peft.get_peft_model(llama(), config)
    kept, counted = saved(model, checkpointing), activations(Mode.LORA, texts, checkpointing)
    assert kept <= counted <= kept + TOKEN_IDS
    trained = sum(p.numel() for p in model.parameters() if p.requires_grad)
    result = estimate(summary(), scenario(Mode.LORA, texts, checkpointing))
    assert result.lora
    assert result.lora.trainable == trained


TOKEN_IDS = BATCH * CONTEXT * 16
"""Bytes that the loss keeps, which is not run here."""


def llama() -> Any:
    torch.manual_seed(0)
    config = transformers.LlamaConfig(**CONFIG, attn_implementation="sdpa")
    return transformers.LlamaForCausalLM(config).to(torch.bfloat16)


def saved(model: Any, checkpointing: bool) -> int:
    """Bytes of the storages that a forward pass keeps alive, the model's own left out."""
    if checkpointing:
        model.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
    model.train()
    own = {
        tensor.untyped_storage().data_ptr() for tensor in (*model.parameters(), *model.buffers())
    }
    found: dict[int, tuple[int, list[Any]]] = {}

    def pack(tensor: Any) -> Any:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in own:
            found.setdefault(storage.data_ptr(), (storage.nbytes(), []))[1].append(
                weakref.ref(tensor)
            )
        return tensor

    tokens = torch.randint(0, CONFIG["vocab_size"], (BATCH, CONTEXT))
    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        output = model(input_ids=tokens, use_cache=False)
    gc.collect()
    assert output.logits.requires_grad
    return sum(nbytes for nbytes, refs in found.values() if any(ref() is not None for ref in refs))


def summary() -> Any:
    config = ModelConfig.from_json(
        {
            "model_type": "llama",
            "architectures": ["LlamaForCausalLM"],
            "torch_dtype": "bfloat16",
            **CONFIG,
        }
    )
    return summarise(Checkpoint("test/llama", blueprint(config), config))


def scenario(mode: Mode, texts: tuple[str, ...], checkpointing: bool) -> Scenario:
    return Scenario(
        mode=mode,
        context=CONTEXT,
        batch=BATCH,
        lora_rank=RANK,
        gradient_checkpointing=checkpointing,
        training_precision=TrainingPrecision.BF16,
        marks=tuple(map(mark_named, texts)),
    )


def activations(mode: Mode, texts: tuple[str, ...], checkpointing: bool) -> int:
    part = estimate(summary(), scenario(mode, texts, checkpointing)).component("activations")
    return part.bytes if part else 0
