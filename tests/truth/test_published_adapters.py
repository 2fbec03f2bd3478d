"""Trainable and total parameters that PEFT's own pages print (huggingface/peft @5d602fd).

More of them stand in tests/memory/test_lora.py. Prompt and prefix tuning, IA3, VeRA, FourierFT,
C3A and BD-LoRA are no LoRA, and not computed here; poolformer_m36 and mit-b0 have no config at
hand. LayoutLM has no description here; its BERT is tested with all biases instead.
"""

from typing import Any, NamedTuple

import pytest

from paramtui.checkpoint.config import Json
from paramtui.checkpoint.summary import ParameterSummary, summarise
from paramtui.memory.adapter.lora import estimate_lora
from paramtui.memory.adapter.lora_config import LoraConfig
from paramtui.sources.catalog import load_bundled
from tests.memory.small_models import llama, of_config

BERT: dict[str, Json] = {
    "model_type": "bert",
    "hidden_size": 768,
    "intermediate_size": 3072,
    "num_hidden_layers": 12,
    "num_attention_heads": 12,
    "max_position_embeddings": 512,
    "type_vocab_size": 2,
}
GEMMA_2_2B: dict[str, Json] = {
    "model_type": "gemma2",
    "hidden_size": 2304,
    "intermediate_size": 9216,
    "num_hidden_layers": 26,
    "num_attention_heads": 8,
    "num_key_value_heads": 4,
    "head_dim": 256,
    "vocab_size": 256_000,
}
VIT: dict[str, Json] = {
    "model_type": "vit",
    "hidden_size": 768,
    "intermediate_size": 3072,
    "num_hidden_layers": 12,
    "num_attention_heads": 12,
    "image_size": 224,
    "patch_size": 16,
    "id2label": {str(n): str(n) for n in range(101)},
}
SEVEN = "q_proj,k_proj,v_proj,o_proj,gate_proj,up_proj,down_proj"


class Printed(NamedTuple):
    """What a page prints of a model and an adapter."""

    model: str | dict[str, Json]
    """A bundled model, or a config."""
    rank: int
    targets: str
    trainable: int
    total: int | None = None
    saved: tuple[str, ...] = ()


PRINTED = {
    "examples/int8_training/Finetune_opt_bnb_peft.ipynb": Printed(
        "facebook/opt-6.7b", 16, "q_proj,v_proj", 8_388_608, 6_666_862_592
    ),
    "examples/int8_training/Finetune_flan_t5_large_bnb_peft.ipynb": Printed(
        "google/flan-t5-large", 16, "q,v", 4_718_592, 787_868_672
    ),
    "examples/int8_training/peft_bnb_whisper_large_v2_training.ipynb": Printed(
        "openai/whisper-large-v2", 32, "q_proj,v_proj", 15_728_640, 1_559_033_600
    ),
    "examples/sequence_classification/LoRA-torchao-8bit.ipynb": Printed(
        {**GEMMA_2_2B, "architectures": ["Gemma2ForSequenceClassification"], "num_labels": 2},
        16, "q_proj,v_proj", 3_199_488, 2_617_545_984, ("score",),
    ),
    "examples/evaluation/lora-lm-eval.ipynb": Printed(
        {**BERT, "architectures": ["BertForSequenceClassification"], "vocab_size": 28_996,
         "num_labels": 2},
        8, "query,value", 296_450, 108_608_260, ("classifier",),
    ),
    # its head is counted twice there: 2 × 768 + 2 more, trained and in all
    "src/peft/peft_model.py:2874": Printed(
        {**BERT, "architectures": ["BertForQuestionAnswering"], "vocab_size": 28_996},
        16, "query,value", 592_900 - 1538, 108_312_580, ("qa_outputs",),
    ),
    # all of 223,843,584 there, 55,296 of which the model has not
    "src/peft/peft_model.py:2375": Printed("google-t5/t5-base", 8, "q,v", 884_736),
    "examples/image_classification": Printed(
        {**VIT, "architectures": ["ViTForImageClassification"]},
        16, "query,value", 667_493, 86_543_818, ("classifier",),
    ),
    "examples/dna_language_models/dna_lm.ipynb": Printed(
        {**BERT, "architectures": ["BertForMaskedLM"], "vocab_size": 4105},
        8, "query,key,value", 442_368,
    ),
    # HiRA, which has as many
    "docs/source/package_reference/hira.md": Printed(
        "facebook/opt-125m", 32, "q_proj,k_proj,v_proj,fc1,fc2", 4_718_592, 129_957_888
    ),
    "README.md:57": Printed(
        "Qwen/Qwen2.5-3B-Instruct", 16, "q_proj,v_proj", 3_686_400, 3_089_625_088
    ),
}  # fmt: skip


def summary_of(model: str | dict[str, Json]) -> ParameterSummary:
    if isinstance(model, dict):
        return of_config(**model)
    checkpoint = load_bundled(model)
    assert checkpoint
    return summarise(checkpoint)


@pytest.mark.parametrize("page", PRINTED)
def test_print_trainable_parameters(page: str) -> None:
    printed = PRINTED[page]
    lora = LoraConfig(printed.rank, printed.targets, modules_to_save=printed.saved)
    estimate = estimate_lora(summary_of(printed.model), lora)
    assert estimate.trainable == printed.trainable
    if printed.total:
        assert estimate.trainable + estimate.frozen == printed.total


@pytest.mark.parametrize(
    ("model", "rank", "targets", "parameters", "file"),
    [
        # internlm-chat-7b, 16-bit: 319,876,032 bytes
        (llama(4096, 11_008, 32, 32, 32, 103_168), 64, SEVEN, 159_907_840, 319_876_032),
        # Llama-3.2-1B, fp32: 13,648,488 bytes
        (
            llama(2048, 8192, 16, 32, 8, 128_256, tied=True),
            16,
            "q_proj,k_proj,v_proj,o_proj",
            3_407_872,
            13_648_488,
        ),
    ],
)
def test_adapter_files(
    model: ParameterSummary, rank: int, targets: str, parameters: int, file: int
) -> None:
    size = 4 if file > 3 * parameters else 2
    lora = LoraConfig(rank, targets, precision="fp32" if size == 4 else "bf16")
    estimate = estimate_lora(model, lora)
    assert estimate.trainable == parameters
    assert estimate.adapter_data_bytes == size * parameters
    # `F16`, as that file has it, is a letter shorter than our `BF16` in each of 448 tensors.
    assert estimate.adapter_file_bytes - (0 if size == 4 else 448) == file


def kinds(**changes: Any) -> int:
    config = {**BERT, "architectures": ["BertForTokenClassification"], "vocab_size": 30_522}
    return estimate_lora(of_config(**config), LoraConfig(16, "query,value", **changes)).trainable


def test_all_biases_of_a_bert() -> None:
    # 12 layers: query, key, value, output, two dense, two norms; the embeddings' norm, the head
    biases = 12 * (3 * 768 + 768 + 3072 + 768 + 2 * 768) + 768 + 2
    assert kinds(bias="all") - kinds() == biases
