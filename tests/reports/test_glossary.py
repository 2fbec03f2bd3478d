"""Every word on the screen has an entry, and every example is this model's own figure."""

import re
from collections.abc import Callable
from math import prod

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paramtui.checkpoint.category import Category
from paramtui.checkpoint.checkpoint import Checkpoint, Shard
from paramtui.checkpoint.config import ModelConfig
from paramtui.checkpoint.dtype import SAFETENSORS_DTYPES
from paramtui.checkpoint.summary import Kind, ParameterSummary, summarise
from paramtui.checkpoint.tensor import Shape, TensorInfo
from paramtui.memory.estimate import estimate
from paramtui.memory.scenario import Mode, Scenario
from paramtui.reports.glossary import entry, find, lookup, words
from paramtui.reports.glossary_examples import share
from paramtui.reports.glossary_table import TABLE
from paramtui.reports.units import Units
from paramtui.tui.controls import CONTROLS
from tests.memory.small_models import llama, llama_31_8b, mixtral_8x7b, of_config

COMPONENTS = (
    *("weights", "kv_cache", "state", "adapter", "gradients", "optimizer", "activations"),
    *("logits", "overhead"),
)
"""The names of the JSON's memory.components."""

LAYER = "model.layers.0"
SHAPES: dict[Category, dict[str, Shape]] = {
    Category.EMBEDDING: {"model.embed_tokens.weight": (20, 8)},
    Category.POSITION: {"model.embed_positions.weight": (16, 8)},
    Category.ATTENTION: {
        f"{LAYER}.self_attn.q_proj.weight": (8, 8),
        f"{LAYER}.self_attn.q_proj.bias": (8,),
        f"{LAYER}.self_attn.k_proj.weight": (4, 8),
        f"{LAYER}.self_attn.v_proj.weight": (4, 8),
        f"{LAYER}.self_attn.o_proj.weight": (8, 8),
    },
    Category.LINEAR_ATTENTION: {f"{LAYER}.linear_attn.in_proj.weight": (6, 8)},
    Category.SSM: {f"{LAYER}.mamba.in_proj.weight": (7, 8)},
    Category.MLP: {"model.layers.1.mlp.up_proj.weight": (12, 8)},
    Category.EXPERTS: {
        f"{LAYER}.mlp.experts.{expert}.up_proj.weight": (10, 8) for expert in range(4)
    },
    Category.SHARED_EXPERTS: {f"{LAYER}.mlp.shared_expert.up_proj.weight": (5, 8)},
    Category.ROUTER: {f"{LAYER}.mlp.gate.weight": (4, 8)},
    Category.NORM: {f"{LAYER}.input_layernorm.weight": (8,), "model.norm.weight": (8,)},
    Category.HEAD: {"lm_head.weight": (20, 8)},
    Category.VISION: {"vision_tower.blocks.0.fc.weight": (3, 9)},
    Category.AUDIO: {"audio_tower.blocks.0.fc.weight": (3, 11)},
    Category.PROJECTOR: {"multi_modal_projector.linear.weight": (8, 9)},
    Category.MTP: {"mtp.fc.weight": (8, 16)},
    Category.CONVOLUTION: {"down_blocks.0.resnets.0.conv1.weight": (3, 8, 3, 3)},
    Category.CONDITIONING: {"time_embedding.linear_1.weight": (5, 8)},
    Category.OTHER: {"odd": (13,)},
}
"""A small checkpoint of every part, by hand."""
ALL = {name: shape for part in SHAPES.values() for name, shape in part.items()}
TOTAL = sum(map(prod, ALL.values()))


def whole() -> ParameterSummary:
    config = ModelConfig.from_json(
        {
            "model_type": "mixtral",
            "architectures": ["MixtralForCausalLM"],
            "hidden_size": 8,
            "num_hidden_layers": 2,
            "num_attention_heads": 2,
            "num_key_value_heads": 1,
            "head_dim": 4,
            "num_local_experts": 4,
            "num_experts_per_tok": 2,
            "max_position_embeddings": 16,
            "tie_word_embeddings": False,
        }
    )
    bf16 = SAFETENSORS_DTYPES["BF16"]
    tensors = tuple(TensorInfo(name, bf16, shape) for name, shape in ALL.items())
    shards = (Shard("a"), Shard("b"))
    return summarise(Checkpoint("test/whole", tensors, config, shards=shards))


def example(word: str, summary: ParameterSummary, **scenario: object) -> str:
    found = estimate(summary, Scenario(context=100).with_(**scenario))
    return entry(word, summary, found).example


@pytest.mark.parametrize("category", [c for c in Category if c in SHAPES])
def test_the_share_of_every_category(category: Category) -> None:
    word = lookup(f"parameters.by_category.{category.value}")
    assert word
    held = sum(map(prod, SHAPES[category].values()))
    text = example(word, whole())
    if category is Category.EXPERTS:
        part = re.fullmatch(
            r"Here a token visits 2 of 4 experts in a layer; experts hold ([\d.]+) % of the model.",
            text,
        )
        assert part
    else:
        part = re.fullmatch(rf"([\d.]+) % of this model: {held} parameters\.", text)
        assert part, text
    assert_rounded(part[1], held / TOTAL)


def assert_rounded(shown: str, exactly: float) -> None:
    digits = len(shown.partition(".")[2])
    assert abs(float(shown) - 100 * exactly) <= 0.5001 * 10**-digits


ACTIVE = TOTAL - 4 * 80 + 2 * 80
"""Two of the four experts of 80 parameters."""


def gpt2() -> ParameterSummary:
    return of_config(
        model_type="gpt2",
        architectures=["GPT2LMHeadModel"],
        n_embd=768,
        n_layer=12,
        n_head=12,
        n_positions=1024,
        vocab_size=50257,
    )


def gemma2() -> ParameterSummary:
    return of_config(
        model_type="gemma2",
        architectures=["Gemma2ForCausalLM"],
        hidden_size=64,
        intermediate_size=96,
        num_hidden_layers=6,
        num_attention_heads=4,
        num_key_value_heads=2,
        head_dim=16,
        sliding_window=32,
        vocab_size=320,
    )


def scaled() -> ParameterSummary:
    types = {
        "a.weight": ("F8_E4M3", (128, 128)),
        "a.weight_scale_inv": ("F32", (1, 1)),
        "b.rotary_emb.inv_freq": ("F32", (8,)),
    }
    tensors = tuple(
        TensorInfo(name, SAFETENSORS_DTYPES[kind], shape) for name, (kind, shape) in types.items()
    )
    return summarise(Checkpoint("test/scaled", tensors))


def mamba() -> ParameterSummary:
    return of_config(
        model_type="mamba",
        architectures=["MambaForCausalLM"],
        hidden_size=64,
        intermediate_size=128,
        state_size=16,
        conv_kernel=4,
        time_step_rank=4,
        num_hidden_layers=2,
        vocab_size=320,
    )


SCALED_BITS = 8 * (16384 + 4 + 32) / 16384
LORA: dict[str, object] = {"mode": Mode.LORA, "context": 8192}
FULL: dict[str, object] = {"mode": Mode.FULL}
USED: dict[str, object] = {"context": 8192}
HEAD = "Here the head has 525,336,576 parameters of its own."
NONE = "This model has none."

EXAMPLES: tuple[tuple[str, Callable[[], ParameterSummary], dict[str, object], str], ...] = (
    ("parameter", whole, {},
     f"This model has {TOTAL:,} parameters ({TOTAL:,}), {ACTIVE:,} of them active."),
    ("active parameters", whole, {},
     f"Here a token meets {ACTIVE:,} of {TOTAL:,} parameters, {100 * ACTIVE / TOTAL:.1f} %."),
    # 12.9 of Mixtral's 46.7 billion parameters are used, two of eight experts (arXiv:2401.04088).
    ("active parameters", mixtral_8x7b, {},
     "Here a token meets 12,879,925,248 of 46,702,792,704 parameters, 27.6 %."),
    ("active parameters", llama_31_8b, {}, "Every token meets all parameters of this model."),
    ("expert", mixtral_8x7b, {},
     "Here a token visits 2 of 8 experts in a layer; experts hold 96.6 % of the model."),
    ("expert", llama_31_8b, {}, NONE),
    # GPT-2's biases: 11 × 768 in each of 12 layers (3 + 1 + 4 + 1 of the matrices, 2 of the
    # norms) and 768 of the last norm, of 124,439,808 parameters.
    ("bias", gpt2, {}, "0.082 % of this model: 102,144 parameters."),
    ("weight", gpt2, {}, "99.918 % of this model: 124,337,664 parameters."),
    ("bias", llama_31_8b, {}, NONE),
    ("weight", llama_31_8b, {}, "100 % of this model: 8,030,261,248 parameters."),
    ("layer", llama_31_8b, {}, "This model has 32 layers."),
    ("hyperparameter", llama_31_8b, {}, "This model has 32 layers."),
    ("hidden size", llama_31_8b, {}, "Here every token is 4,096 numbers wide."),
    ("vocabulary", llama_31_8b, {}, "This model knows 128,256 tokens."),
    ("attention head", llama_31_8b, {}, "Here each layer has 32 heads."),
    ("grouped-query attention", llama_31_8b, {},
     "Here 32 heads of queries share 8 heads of keys and values."),
    ("grouped-query attention", gpt2, {}, "Here every head has its own keys and values."),
    ("sliding window", llama_31_8b, {}, "No layer of this model has one."),
    ("sliding window", gemma2, {}, "Here 3 of 6 attention layers look back 32 tokens at most."),
    ("tensor", llama_31_8b, {}, "This model has 291 tensors."),
    ("shape", llama_31_8b, {}, "The largest tensor here is 128256 × 4096 = 525,336,576 numbers."),
    ("tied embeddings", llama_31_8b, {}, HEAD),
    ("tied embeddings", gpt2, {}, ""),
    ("checkpoint", llama_31_8b, {}, "The tensors of this model take 14.96 GiB = 16.06 GB."),
    ("GiB and GB", llama_31_8b, {}, "The tensors of this model take 14.96 GiB = 16.06 GB."),
    ("shard", whole, {}, "This model is stored in 2 files."),
    ("dtype", scaled, {}, "Here, of the parameters: 100 % in F8_E4M3."),
    ("bits per parameter", llama_31_8b, {},
     "This model's files hold 16.00 bits of each parameter."),
    ("precision", scaled, {},
     f"This model's files hold {SCALED_BITS:.2f} bits of each parameter."),
    ("quantisation", scaled, {},
     f"This model's files hold {SCALED_BITS:.2f} bits of each parameter."),
    ("quantisation", llama_31_8b, {}, ""),
    ("scale", scaled, {}, "Here: 0.024 % of the files, 4 B."),
    ("buffer", scaled, {}, "Here: 0.19 % of the files, 32 B."),
    ("buffer", llama_31_8b, {}, "This model's files hold none."),
    ("context", whole, {}, "This model was made for up to 16 tokens."),
    # 2 × 32 layers × 8 heads × 128 × 8,192 tokens × 2 bytes is 1 GiB.
    ("KV cache", llama_31_8b, USED, "Now: 1.00 GiB."),
    ("model weights", llama_31_8b, {}, "Now: 14.96 GiB."),
    # (2 × 4,096 + 3 × 14,336) × 2 × 8,192 bytes and 6 × 128,256 for the pass over the prompt.
    ("peak", llama_31_8b, USED, "Now: 16.74 GiB."),
    # 300 + 8 MiB and 2 % of that pass; 500 + 32 MiB and 10 %.
    ("overhead", llama_31_8b, USED, "Now: 324.01 MiB to 612.07 MiB."),
    ("total", llama_31_8b, USED, "Now: 17.06 GiB to 17.34 GiB."),
    # 2 layers × (2 bytes × 128 × 4 + 4 bytes × 128 × 16).
    ("state", mamba, {}, "Now: 18.00 KiB."),
    ("state", llama_31_8b, {}, ""),
    # 41,943,040 trainable parameters at rank 16: 4 bytes each, and twice 4 for the optimizer.
    ("adapter", llama_31_8b, LORA, "Now: 160.00 MiB."),
    ("adapter precision", llama_31_8b, LORA, "Now: 160.00 MiB."),
    ("gradient", llama_31_8b, LORA, "Now: 160.00 MiB."),
    ("optimizer state", llama_31_8b, LORA, "Now: 320.00 MiB."),
    # 12 × 128,256 × 8,192; 32 layers × 2 × 4,096 × 8,192 and the last norm's.
    ("logits", llama_31_8b, LORA, "Now: 11.74 GiB."),
    ("activations", llama_31_8b, LORA, "Now: 2.13 GiB."),
    ("gradient checkpointing", llama_31_8b, LORA, "Now: 2.13 GiB."),
    ("rank", llama_31_8b, LORA, "Now: rank 16 trains 41,943,040 parameters."),
    ("rank", llama_31_8b, {}, ""),
    ("LoRA", llama_31_8b, LORA, "Now: 41,943,040, 0.52 % of all."),
    ("trainable parameters", llama_31_8b, LORA, "Now: 41,943,040, 0.52 % of all."),
    ("trainable parameters", llama_31_8b, FULL, "Now: 8,030,261,248, all of them."),
    ("trainable parameters", llama_31_8b, {}, ""),
    ("target modules", llama_31_8b, LORA,
     "Now: 224 layers, q_proj, k_proj, v_proj, o_proj, gate_proj, up_proj, down_proj."),
)  # fmt: skip


@pytest.mark.parametrize(("word", "model", "changes", "text"), EXAMPLES)
def test_an_example_is_the_models_own_figure(
    word: str, model: Callable[[], ParameterSummary], changes: dict[str, object], text: str
) -> None:
    assert example(word, model(), **changes) == text


def test_every_example_is_recomputed_here() -> None:
    shares = {lookup(f"parameters.by_category.{category.value}") for category in SHAPES}
    adapter = lookup("parameters.by_category.adapter")
    recomputed = shares | {word for word, *_ in EXAMPLES} | {adapter}
    assert {row.word for row in TABLE if row.example} == recomputed


def test_other_units() -> None:
    summary = llama_31_8b()
    found = estimate(summary, Scenario(context=8192))
    assert entry("KV cache", summary, found, Units.GB).example == "Now: 1.07 GB."


@pytest.mark.parametrize(
    "place",
    [
        *(f"parameters.by_category.{category.value}" for category in Category),
        *(f"parameters.by_kind.{kind.value}" for kind in Kind),
        *(f"memory.{name}" for name in COMPONENTS),
        *("memory.peak_bytes", "memory.total_bytes", "memory.total_upper_bytes"),
        *(f"scenario.{name}" for name in Scenario._fields),
        *(f"scenario.{control.field}" for control in CONTROLS),
        *("parameters.total", "parameters.active", "parameters.bits_per_parameter"),
        *("parameters.stored_elements", "parameters.stored_bytes"),
        *("lora.trainable", "lora.percent", "lora.adapter_file_bytes", "lora.rank"),
    ],
)
def test_everything_on_the_screen_has_an_entry(place: str) -> None:
    assert lookup(place) in words()


def test_what_has_none() -> None:
    assert lookup("model.id") is None
    with pytest.raises(KeyError):
        find("flux capacitor")


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.word)
def test_an_entry_is_short_and_speaks_of_words_that_have_entries(row: object) -> None:
    summary = llama(64, 96, 2, 4, 2, 320)
    found = estimate(summary, Scenario(context=16))
    text = entry(getattr(row, "word", ""), summary, found)
    assert text.text.endswith(".")
    assert not re.search(r"[\[\]|]", text.text)
    assert len(text.text) <= 260
    assert len(re.findall(r"[.!?](?:\s|$)", text.text)) <= 3
    assert set(text.see) <= set(words())
    assert text.word not in text.see


def test_no_name_has_two_entries() -> None:
    names = [name.casefold() for row in TABLE for name in (row.word, *row.aliases)]
    places = [place for row in TABLE for place in row.about]
    assert len(names) == len(set(names))
    assert len(places) == len(set(places))


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("Parameters", "parameter"),
        ("biases", "bias"),
        ("MLP", "feed-forward network"),
        ("queries", "query, key and value"),
        ("kv cache", "KV cache"),
        ("head", "attention head"),
        ("lm_head", "output head"),
    ],
)
def test_other_names_and_plurals(name: str, word: str) -> None:
    assert find(name).word == word


@given(st.integers(1, 10**13), st.integers(0, 10**13))
def test_a_share_is_never_rounded_to_nothing_or_all(part: int, rest: int) -> None:
    shown = float(share(part, part + rest).removesuffix(" %"))
    assert shown > 0
    assert (shown == 100) == (rest == 0)
    assert abs(shown - 100 * part / (part + rest)) <= 0.051
