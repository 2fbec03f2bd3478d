"""LoRA: trainable parameters, PEFT's matching of names, and the adapter's file."""

import json
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paramtui.checkpoint.config import Json
from paramtui.checkpoint.dtype import BF16
from paramtui.checkpoint.summary import ParameterSummary
from paramtui.checkpoint.tensor import Shape
from paramtui.memory.adapter.adapter_file import Entry, lay_out
from paramtui.memory.adapter.lora import estimate_lora, lora_estimate
from paramtui.memory.adapter.lora_config import LoraConfig
from paramtui.memory.adapter.lora_defaults import DEFAULT_TARGETS
from paramtui.memory.errors import ScenarioError
from paramtui.memory.layout.linear import module_name
from paramtui.memory.result import LoraTarget
from paramtui.memory.scenario import Mode, Scenario
from tests.memory.small_models import (
    llama,
    llama_2_7b,
    llama_31_8b,
    llama_31_70b,
    mixtral_8x7b,
    of_config,
    of_tensors,
)

QKVO = "q_proj,k_proj,v_proj,o_proj"
SEVEN = f"{QKVO},gate_proj,up_proj,down_proj"


def trainable(summary: ParameterSummary, rank: int, targets: str) -> int:
    return estimate_lora(summary, LoraConfig(rank, targets)).trainable


def mistral_7b(vocab: int = 32000) -> ParameterSummary:
    return llama(4096, 14336, 32, 32, 8, vocab)


def layers(count: int, shapes: Mapping[str, Shape], stem: str = "model.layers") -> dict[str, Shape]:
    return {
        f"{stem}.{n}.{name}.weight": shape for n in range(count) for name, shape in shapes.items()
    }


def test_what_everyone_quotes() -> None:
    # peft 0.21, get_nb_trainable_parameters; the same in many tutorials.
    assert trainable(llama_2_7b(), 8, "q_proj,v_proj") == 4194304
    assert trainable(llama_2_7b(), 16, "all-linear") == 39976960
    assert trainable(llama_31_8b(), 16, "all-linear") == 41943040


# print_trainable_parameters() as published in huggingface/peft @5d602fd.
PUBLISHED = [
    # README.md:57, Qwen2.5-3B-Instruct.
    (llama(2048, 11008, 36, 16, 2, 151936, tied=True), 16, "q_proj,v_proj", 3686400, None),
    # docs/source/quicktour.md:94, Llama-3.2-1B.
    (llama(2048, 8192, 16, 32, 8, 128256, tied=True), 8, "q_proj", 524288, 1236338688),
    # examples/KappaTune/README.md:97, Mixtral-8x7B.
    (mixtral_8x7b(), 256, QKVO, 218103808, 46920896512),
    # peft_lora_clm_with_additional_tokens.ipynb, Mistral-7B with 32,027 tokens.
    (mistral_7b(32027), 64, "q_proj,v_proj,embed_tokens,lm_head", 31886720, 7273840000),
]


@pytest.mark.parametrize(("summary", "rank", "targets", "count", "total"), PUBLISHED)
def test_what_peft_prints(
    summary: ParameterSummary, rank: int, targets: str, count: int, total: int | None
) -> None:
    estimate = estimate_lora(summary, LoraConfig(rank, targets))
    assert estimate.trainable == count
    if total:
        assert estimate.percent == pytest.approx(100 * count / total, rel=1e-12)


def test_dora_trains_a_magnitude_for_each_output() -> None:
    # examples/dora_finetuning/QDoRA_finetuning.ipynb, Llama-3-8B: 20,971,520 + 1,376,256.
    lora = LoraConfig(8, SEVEN, use_dora=True)
    assert estimate_lora(llama_31_8b(), lora).trainable == 22347776


def test_only_parameters_called_bias_are_trained_as_biases() -> None:
    # peft 0.21, tuners_utils.py: `n.endswith(".bias")`, so that `dt_bias` stays frozen.
    summary = of_tensors(
        {
            "model.layers.0.mamba.in_proj.weight": (40, 16),
            "model.layers.0.mamba.in_proj.bias": (40,),
            "model.layers.0.mamba.dt_bias": (7,),
            "model.layers.0.mlp.experts.down_proj_bias": (5, 16),
            "model.layers.0.LayerNorm.beta": (16,),  # loaded as `bias`
        }
    )
    every = estimate_lora(summary, LoraConfig(1, "in_proj", bias="all"))
    assert every.trainable == 16 + 40 + 40 + 16


def test_biases_and_saved_modules() -> None:
    # peft 0.21 on small models: bias="all", "lora_only", lora_bias and modules_to_save.
    qwen = of_config(
        model_type="qwen2",
        architectures=["Qwen2ForCausalLM"],
        hidden_size=64,
        intermediate_size=96,
        num_hidden_layers=12,
        num_attention_heads=4,
        num_key_value_heads=2,
        vocab_size=128,
        tie_word_embeddings=False,
        torch_dtype="bfloat16",
    )
    targets = "q_proj,v_proj"
    for lora, count, size in (
        (LoraConfig(8, targets, bias="all"), 23040, 99536),
        (LoraConfig(8, targets, bias="lora_only"), 22656, 97384),
        (LoraConfig(8, targets, lora_bias=True), 22656, 99560),
        (LoraConfig(8, targets, use_dora=True), 22656, 99808),
        (LoraConfig(8, targets, modules_to_save=("lm_head",)), 29696, 108536),
        (LoraConfig(8, targets, layers_to_transform=(0, 2)), 3584, 15368),
        (LoraConfig(8, ".*(0|2).*q_proj"), 3072, 13072),
        (LoraConfig(300, "all-linear"), 3340800, 13385072),
    ):
        estimate = estimate_lora(qwen, lora)
        assert (estimate.trainable, estimate.adapter_file_bytes) == (count, size)


def test_a_saved_name_ends_the_modules_name_dot_or_not() -> None:
    # peft 0.21: modules_to_save=["norm"] saves every layer's input_layernorm as well.
    small = llama(64, 96, 12, 4, 2, 128)
    estimate = estimate_lora(small, LoraConfig(8, "q_proj", modules_to_save=("norm",)))
    assert (estimate.trainable, estimate.adapter_file_bytes) == (13888, 58376)


def test_a_tied_head_is_a_layer_of_its_own() -> None:
    # peft 0.21: an adapter on lm_head, and the frozen matrix saved beside it.
    tied = llama(64, 96, 12, 4, 2, 128, tied=True)
    estimate = estimate_lora(tied, LoraConfig(8, "q_proj,lm_head"))
    assert (estimate.trainable, estimate.adapter_file_bytes) == (13824, 75032)
    both = ("lm_head", "embed_tokens")
    saved = estimate_lora(tied, LoraConfig(8, "q_proj", modules_to_save=both)).trainable
    one = LoraConfig(8, "q_proj", modules_to_save=both, ensure_weight_tying=True)
    assert saved - estimate_lora(tied, one).trainable == 128 * 64


def test_embedding_and_head_that_are_trained_besides() -> None:
    # peft 0.21 on this small model: trained parameters, size of the file.
    tied = llama(72, 100, 3, 6, 3, 113, tied=True)
    both, targets = ("lm_head", "embed_tokens"), "q_proj,v_proj"
    for lora, count, size in (
        (LoraConfig(8, targets, trainable_tokens=3), 6264, 26720),
        (LoraConfig(8, targets, modules_to_save=both), 22320, 58472),
        # One matrix is trained, and saved under both of its names.
        (LoraConfig(8, targets, modules_to_save=both, ensure_weight_tying=True), 14184, 58472),
    ):
        estimate = estimate_lora(tied, lora)
        assert (estimate.trainable, estimate.adapter_file_bytes) == (count, size)


def test_all_linear_leaves_the_output_head_out() -> None:
    estimate = estimate_lora(llama_31_8b(), LoraConfig(16))
    assert {target.module for target in estimate.targets} == set(SEVEN.split(","))
    assert LoraTarget("down_proj", 14336, 4096, 32) in estimate.targets


def test_experts_count_one_by_one_with_their_router() -> None:
    # One nn.Linear an expert, 3 × rank × (h + I) each, and the router's rank × (h + experts).
    assert trainable(mixtral_8x7b(), 16, "all-linear") == 242225152
    assert trainable(mixtral_8x7b(), 16, "mlp") == 32 * 8 * 3 * 16 * (4096 + 14336)
    assert trainable(mixtral_8x7b(), 16, "w1,w2,w3") == trainable(mixtral_8x7b(), 16, "mlp")


def test_packed_experts_count_as_their_experts() -> None:
    shapes: dict[str, Shape] = {
        "model.layers.0.mlp.experts.down_proj": (4, 64, 32),
        "model.layers.0.mlp.experts.gate_up_proj": (4, 64, 64),
        "model.layers.0.self_attn.q_proj.weight": (64, 64),
    }
    packed = of_tensors(shapes, model_type="qwen3_moe", num_experts=4)
    estimate = estimate_lora(packed, LoraConfig(4))
    # peft 0.21, target_parameters on a Qwen3-MoE of these sizes: 4,096 and 17,176 bytes.
    assert (estimate.trainable, estimate.adapter_file_bytes) == (4096, 17176)
    assert any("target_parameters" in note for note in estimate.notes)
    assert LoraTarget("down_proj", 32, 64, 4) in estimate.targets


@pytest.mark.parametrize("name", ["n_routed_experts", "num_experts"])
def test_a_router_that_is_no_linear_layer_gets_no_adapter(name: str) -> None:
    shapes = layers(2, {"mlp.gate": (8, 64), "self_attn.q_proj": (64, 64)})
    config: dict[str, Json] = {name: 8}
    router = trainable(of_tensors(shapes, BF16, **config), 4, "all-linear") - 2 * 4 * 128
    assert router == (0 if name == "n_routed_experts" else 2 * 4 * (64 + 8))


def test_a_router_with_a_correction_of_its_own_is_no_linear_layer() -> None:
    # DeepSeek-V3 keeps the correction in the router; MiniMax-M2 beside it, in the layer.
    shapes = layers(1, {"mlp.gate": (8, 64), "self_attn.q_proj": (64, 64)})
    inside = of_tensors(shapes | {"model.layers.0.mlp.gate.e_score_correction_bias": (8,)})
    beside = of_tensors(shapes | {"model.layers.0.mlp.e_score_correction_bias": (8,)})
    assert trainable(inside, 4, "all-linear") == 4 * 128
    assert trainable(beside, 4, "all-linear") == 4 * 128 + 4 * 72


def test_prediction_modules_are_not_trained() -> None:
    # transformers leaves them out when it loads the model.
    shapes = layers(1, {"self_attn.q_proj": (64, 64)}) | {"mtp.fc.weight": (64, 128)}
    assert trainable(of_tensors(shapes), 4, "all-linear") == 4 * 128


def test_convolutions_can_be_named() -> None:
    # lora.Conv2d: rank × inputs × kernel, then outputs × rank.
    shapes: dict[str, Shape] = {"encoder.conv1.weight": (32, 16, 3)}
    assert trainable(of_tensors(shapes), 4, "conv1") == 4 * (16 * 3 + 32)


@pytest.mark.parametrize(
    ("targets", "count"),
    [
        ("q_proj", 2),
        ("self_attn.q_proj", 2),
        ("proj", 0),
        ("attn.q_proj", 0),
        ("layers.1.self_attn.q_proj", 1),
        ("1.self_attn.q_proj", 1),
        ("model.layers.11.self_attn.q_proj", 1),
        (" q_proj , k_proj", 4),
        ("model\\.layers\\.1\\d\\..*", 2),
        (".*q_proj", 2),
        (".*q_pro", 0),
    ],
)
def test_names_match_as_peft_matches_them(targets: str, count: int) -> None:
    shapes = {
        f"model.layers.{n}.self_attn.{name}.weight": (8, 8)
        for n in (1, 11)
        for name in ("q_proj", "k_proj")
    }
    summary = of_tensors(shapes)
    if count:
        found = estimate_lora(summary, LoraConfig(1, targets)).targets
        assert sum(target.count for target in found) == count
    else:
        with pytest.raises(ScenarioError):
            estimate_lora(summary, LoraConfig(1, targets))


def test_words_for_many_layers_are_known_in_any_case() -> None:
    small = llama(64, 96, 2, 4, 2, 128)
    assert trainable(small, 8, " All-Linear") == trainable(small, 8, SEVEN)
    assert trainable(small, 8, "attention") == trainable(small, 8, QKVO)
    assert trainable(small, 8, "MLP") == trainable(small, 8, "gate_proj,up_proj,down_proj")


@pytest.mark.parametrize(
    ("tensor", "module"),
    [
        ("model.layers.0.mlp.up_proj.weight", "model.layers.0.mlp.up_proj"),
        ("model.layers.0.mlp.up_proj.qweight", "model.layers.0.mlp.up_proj"),
        ("model.layers.0.mlp.experts.up_proj", "model.layers.0.mlp.experts.up_proj"),
        ("model.layers.0.mlp.experts.up_proj_blocks", "model.layers.0.mlp.experts.up_proj"),
    ],
)
def test_a_layers_name_is_that_of_its_module_or_bare_parameter(tensor: str, module: str) -> None:
    assert module_name(tensor) == module


def test_a_name_that_also_wraps_a_layer_is_refused_by_peft() -> None:
    # Gemma 4: the language model's q_proj is a matrix, the tower's holds one.
    summary = of_tensors(
        {
            "model.language_model.layers.0.self_attn.q_proj.weight": (8, 8),
            "model.language_model.layers.0.mlp.up_proj.weight": (16, 8),
            "model.vision_tower.encoder.layers.0.self_attn.q_proj.linear.weight": (4, 4),
        }
    )
    (note,) = estimate_lora(summary, LoraConfig(4, "q_proj,up_proj")).notes
    assert note.startswith("PEFT refuses q_proj: some layers of that name wrap a matrix")
    for targets in ("up_proj", "all-linear", r".*language.*q_proj"):
        assert not estimate_lora(summary, LoraConfig(4, targets)).notes


def test_an_unmatched_target_is_told_what_there_is() -> None:
    with pytest.raises(ScenarioError, match="'query'") as caught:
        estimate_lora(llama(64, 96, 2, 4, 2, 128), LoraConfig(8, "query"))
    assert "q_proj" in (caught.value.hint or "")
    with pytest.raises(ScenarioError, match="regular expression"):
        estimate_lora(llama(64, 96, 2, 4, 2, 128), LoraConfig(8, "(q_proj"))
    with pytest.raises(ScenarioError):
        estimate_lora(of_tensors({}), LoraConfig(8))


def test_one_name_of_a_list_may_be_missing() -> None:
    estimate = estimate_lora(llama(64, 96, 2, 4, 2, 128), LoraConfig(8, "q_proj,qkv_proj"))
    assert estimate.trainable == 2 * 8 * 128
    assert [note for note in estimate.notes if "qkv_proj" in note]


def test_peft_refuses_the_output_of_a_mamba_layer() -> None:
    shapes = layers(1, {"mixer.in_proj": (64, 32), "mixer.out_proj": (32, 32)}, "backbone.layers")
    refused = estimate_lora(of_tensors(shapes, model_type="mamba"), LoraConfig(8))
    assert [note for note in refused.notes if "out_proj" in note]
    named = estimate_lora(of_tensors(shapes, model_type="mamba"), LoraConfig(8, "in_proj"))
    assert not named.notes


def test_the_classifier_of_a_sequence_classifier_is_trained_whole_instead() -> None:
    shapes: dict[str, Shape] = {
        "bert.encoder.layer.0.attention.self.query.weight": (64, 64),
        "classifier.weight": (2, 64),
    }
    bare = trainable(
        of_tensors(shapes, architectures=["ViTForImageClassification"]), 4, "all-linear"
    )
    text = of_tensors(shapes, architectures=["BertForSequenceClassification"])
    assert bare - trainable(text, 4, "all-linear") == 4 * (2 + 64)


def test_a_scenario_sets_rank_targets_and_precision() -> None:
    scenario = Scenario(
        Mode.LORA, lora_rank=8, lora_targets="q_proj,v_proj", adapter_precision="bf16"
    )
    estimate = lora_estimate(mistral_7b(), scenario)
    assert (estimate.rank, estimate.trainable) == (8, 3407872)
    full = lora_estimate(mistral_7b(), scenario.with_(adapter_precision="fp32"))
    assert full.adapter_file_bytes - estimate.adapter_file_bytes > 2 * 3407872 - 200


def test_peft_has_targets_of_its_own_for_most_families() -> None:
    # peft 0.21, TRANSFORMERS_MODELS_TO_LORA_TARGET_MODULES_MAPPING.
    assert DEFAULT_TARGETS["llama"] == "q_proj,v_proj"
    assert DEFAULT_TARGETS["gpt2"] == "c_attn"
    assert "phi3" not in DEFAULT_TARGETS


GEMMA_2_9B = layers(
    42,
    {"self_attn.q_proj": (4096, 3584), "self_attn.k_proj": (2048, 3584)}
    | {"self_attn.v_proj": (2048, 3584), "self_attn.o_proj": (3584, 4096)}
    | {"mlp.gate_proj": (14336, 3584), "mlp.up_proj": (14336, 3584)}
    | {"mlp.down_proj": (3584, 14336)},
)
QWEN3_14B = layers(
    40,
    {"self_attn.q_proj": (5120, 5120), "self_attn.k_proj": (1024, 5120)}
    | {"self_attn.v_proj": (1024, 5120), "self_attn.o_proj": (5120, 5120)}
    | {"mlp.gate_proj": (17408, 5120), "mlp.up_proj": (17408, 5120)}
    | {"mlp.down_proj": (5120, 17408)},
)
PHI_2 = layers(32, {"self_attn.q_proj": (2560, 2560), "self_attn.v_proj": (2560, 2560)})
OPT_125M = layers(
    12, {"self_attn.q_proj": (768, 768), "self_attn.v_proj": (768, 768)}, "model.decoder.layers"
)
GPT_NEO_125M = layers(
    12, {"attn.attention.q_proj": (768, 768), "attn.attention.v_proj": (768, 768)}, "transformer.h"
)
FALCON_7B = layers(
    32,
    {"self_attention.query_key_value": (4672, 4544), "self_attention.dense": (4544, 4544)}
    | {"mlp.dense_h_to_4h": (18176, 4544), "mlp.dense_4h_to_h": (4544, 18176)},
    "transformer.h",
)

# Sizes of adapter_model.safetensors files that people published on GitHub.
FILES = [
    (mistral_7b(), 16, SEVEN, "fp32", 41943040, 167832240),
    (mistral_7b(), 16, SEVEN, "bf16", 41943040, 83946192),
    (mistral_7b(), 8, "q_proj,v_proj", "fp32", 3407872, 13648432),
    (llama_31_70b(), 16, QKVO, "fp32", 65536000, 262231096),
    (llama(2048, 8192, 16, 32, 8, 128256, tied=True), 16, SEVEN, "fp32", 11272192, 45118424),
    (
        llama(2048, 8192, 16, 32, 8, 128256, tied=True),
        64,
        "q_proj,v_proj",
        "fp32",
        6815744,
        27271552,
    ),
    (llama(3072, 8192, 28, 24, 8, 128256, tied=True), 8, SEVEN, "fp32", 12156928, 48679352),
    (llama(1536, 8960, 28, 12, 2, 151936, tied=True), 64, QKVO, "bf16", 17432576, 34895376),
    (llama(3584, 18944, 28, 28, 4, 152064), 32, SEVEN, "fp32", 80740352, 323014168),
    (of_tensors(GEMMA_2_9B), 64, SEVEN, "fp32", 216072192, 864368280),
    (of_tensors(QWEN3_14B), 32, SEVEN, "fp32", 128450560, 513877864),
    (of_tensors(PHI_2), 16, "q_proj,v_proj", "fp32", 5242880, 20988664),
    (of_tensors(OPT_125M), 16, "q_proj,v_proj", "bf16", 589824, 1186328),
    (of_tensors(GPT_NEO_125M), 8, "q_proj,v_proj", "fp32", 294912, 1186136),
    (of_tensors(FALCON_7B), 16, "all-linear", "fp32", 32636928, 130583912),
]


@pytest.mark.parametrize(("summary", "rank", "targets", "precision", "count", "size"), FILES)
def test_real_adapter_files(
    summary: ParameterSummary, rank: int, targets: str, precision: str, count: int, size: int
) -> None:
    estimate = estimate_lora(summary, LoraConfig(rank, targets, precision=precision))
    assert (estimate.trainable, estimate.adapter_file_bytes) == (count, size)


ENTRIES = st.lists(
    st.builds(
        Entry,
        st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=9),
        st.sampled_from(("F32", "BF16")),
        st.integers(0, 3),
        st.lists(st.integers(1, 3000), min_size=1, max_size=2).map(tuple),
    ),
    min_size=1,
    max_size=12,
    unique_by=lambda entry: entry.name,
)


@given(ENTRIES, st.integers(1, 5000))
def test_the_size_is_that_of_the_header_written_out(entries: list[Entry], rank: int) -> None:
    header: dict[str, object] = {"__metadata__": {"format": "pt"}}
    offset = 0
    for entry in sorted(entries, key=lambda entry: (entry.dtype != "F32", entry.name)):
        shape = [entry.of_rank * rank] * bool(entry.of_rank) + list(entry.fixed)
        size = 4 if entry.dtype == "F32" else 2
        for dimension in shape:
            size *= dimension
        header[entry.name] = {
            "dtype": entry.dtype,
            "shape": shape,
            "data_offsets": [offset, offset + size],
        }
        offset += size
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    assert lay_out(entries).file_bytes(rank) == 8 + -(-len(text) // 8) * 8 + offset
