"""The bytes of a whole model at each precision."""

import pytest

from paramtui.checkpoint.dtype import F32, Dtype
from paramtui.checkpoint.summary import ParameterSummary
from paramtui.memory.errors import ScenarioError
from paramtui.memory.layout.weights import weights
from paramtui.memory.precision import PRECISIONS
from tests.memory.small_models import (
    llama,
    llama_2_7b,
    llama_31_8b,
    llama_31_70b,
    mixtral_8x7b,
    of_config,
    of_tensors,
)


def held(summary: ParameterSummary, precision: str) -> int:
    return weights(summary, precision).bytes


# transformers 5.23 with bitsandbytes 0.50.2, replace_with_bnb_linear on the meta device.
BITSANDBYTES = [
    ("bnb-nf4-dq", 3865835520, 5702539264, 39517719552),
    ("bnb-nf4", 4167587840, 6027761664, 42709076992),
    ("bnb-int8", 7006265344, 9086705664, 72683241472),
]


@pytest.mark.parametrize(("precision", "seven", "eight", "seventy"), BITSANDBYTES)
def test_llamas_under_bitsandbytes(precision: str, seven: int, eight: int, seventy: int) -> None:
    assert held(llama_2_7b(), precision) == seven
    assert held(llama_31_8b(), precision) == eight
    assert held(llama_31_70b(), precision) == seventy


# The published files of Llama-2-7B hold 741,056 bytes of header and vocabulary more.
@pytest.mark.parametrize(
    ("precision", "nbytes"),
    [
        ("q4_k_m", 4080263168),
        ("q5_k_m", 4782415872),
        ("q6_k", 5528453120),
        ("q8_0", 7160348672),
        ("q4_k_s", 3855998976),
        ("q4_0", 3825065984),
    ],
)
def test_llama_2_7b_as_gguf(precision: str, nbytes: int) -> None:
    assert held(llama_2_7b(), precision) == nbytes


def test_the_textbook_rule() -> None:
    # "A 7B model takes 14 GB in 16 bits and 3.5 GB in 4": bytes × parameters.
    assert held(llama_2_7b(), "fp16") == 2 * 6738415616
    assert held(llama_2_7b(), "bf16") == 2 * 6738415616
    assert held(llama_2_7b(), "fp32") == 4 * 6738415616
    assert held(llama_2_7b(), "int8") == 6738415616
    assert held(llama_2_7b(), "int4") == 6738415616 // 2


def test_an_odd_number_of_half_bytes_is_rounded_up() -> None:
    assert held(of_tensors({"model.norm.weight": (5,)}), "int4") == 3


def test_stored_is_what_the_files_hold_buffers_and_all() -> None:
    shapes = {
        "model.embed_tokens.weight": (100, 8),
        "model.layers.0.self_attn.rotary_emb.inv_freq": (4,),
    }
    summary = of_tensors(shapes, F32)
    assert held(summary, "stored") == summary.stored_bytes == 4 * 804
    assert held(summary, "fp32") == 4 * 800


def test_stored_blocks_are_counted_whole() -> None:
    # ggml's Q4_K: 144 bytes hold 256 weights.
    summary = of_tensors(
        {"model.layers.0.mlp.up_proj.weight": (512, 1024)}, Dtype("Q4_K", 1152, 256)
    )
    assert held(summary, "stored") == summary.stored_bytes == 512 * 1024 // 256 * 144


def test_a_tied_head_is_counted_once() -> None:
    tied, untied = llama(64, 96, 2, 4, 2, 512, tied=True), llama(64, 96, 2, 4, 2, 512)
    for precision in ("bf16", "bnb-nf4", "fp8-channel"):
        assert held(untied, precision) - held(tied, precision) == 2 * 512 * 64


def layer(name: str, outputs: int = 256, inputs: int = 512) -> dict[str, tuple[int, int]]:
    return {f"model.layers.0.{name}.weight": (outputs, inputs)}


SIXTEEN, NF4 = 2 * 256 * 512, 256 * 512 // 2 + 256 * 512 // 64 * 4 + 64


@pytest.mark.parametrize(
    ("name", "nbytes"),
    [
        ("self_attn.q_proj", NF4),
        ("mlp.down_proj", NF4),
        ("mlp.experts.7.down_proj", NF4),
        ("mlp.shared_expert.up_proj", NF4),
        ("mlp.gate", SIXTEEN),
        ("lm_head", SIXTEEN),
        ("embed_tokens", SIXTEEN),
    ],
)
def test_what_bitsandbytes_converts(name: str, nbytes: int) -> None:
    assert held(of_tensors(layer(name)), "bnb-nf4") == nbytes


def test_t5_keeps_the_second_matrix_of_its_feed_forward_network() -> None:
    # transformers, T5PreTrainedModel._keep_in_fp32_modules = ["wo"].
    path = "encoder.block.0.layer.1.DenseReluDense"
    shapes = {f"{path}.wi.weight": (256, 512), f"{path}.wo.weight": (512, 256)}
    summary = of_tensors(shapes, model_type="t5")
    assert held(summary, "bnb-nf4") == NF4 + SIXTEEN
    assert held(summary, "hqq-int4") == 2 * (256 * 512 // 2 + 256 * 512 // 64 * 4)


def test_falcons_own_linear_class_is_passed_over_by_bitsandbytes() -> None:
    shapes = {"transformer.h.0.self_attention.dense.weight": (512, 512)}
    assert held(of_tensors(shapes, model_type="falcon"), "bnb-nf4") == 2 * 512 * 512
    assert held(of_tensors(shapes, model_type="falcon"), "fp8-channel") == 512 * 512 + 2 * 512


def test_gptq_and_awq_stay_inside_the_decoder() -> None:
    tower = {"vision_tower.encoder.layers.0.mlp.fc1.weight": (512, 512)}
    assert held(of_tensors(tower), "gptq-int4") == 2 * 512 * 512
    assert held(of_tensors(tower), "awq-int4") == 2 * 512 * 512
    assert held(of_tensors(tower), "bnb-int8") == 512 * 512 + 4 * 512


def test_deepseeks_fp8_keeps_the_joint_of_its_prediction_module() -> None:
    shapes = {"model.layers.61.eh_proj.weight": (512, 1024)}
    assert held(of_tensors(shapes), "fp8-block") == 2 * 512 * 1024


def test_deepseek_v3_in_its_own_fp8() -> None:
    # The Hub's files: 688,574,839,360 bytes, of which 59 × 256 float32 router corrections.
    deepseek = of_config(
        model_type="deepseek_v3",
        architectures=["DeepseekV3ForCausalLM"],
        hidden_size=7168,
        num_hidden_layers=61,
        num_nextn_predict_layers=1,
        first_k_dense_replace=3,
        moe_layer_freq=1,
        n_routed_experts=256,
        n_shared_experts=1,
        num_experts_per_tok=8,
        moe_intermediate_size=2048,
        intermediate_size=18432,
        num_attention_heads=128,
        num_key_value_heads=128,
        q_lora_rank=1536,
        kv_lora_rank=512,
        qk_rope_head_dim=64,
        qk_nope_head_dim=128,
        v_head_dim=128,
        vocab_size=129280,
        tie_word_embeddings=False,
        torch_dtype="bfloat16",
    )
    assert held(deepseek, "fp8-block") == 688574839360 - 4 * 59 * 256


@pytest.mark.parametrize(
    ("layers", "experts", "nbytes"), [(24, 32, 13761264768), (36, 128, 65248815744)]
)
def test_gpt_oss_in_its_own_mxfp4(layers: int, experts: int, nbytes: int) -> None:
    # gpt-oss-20b and -120b, metadata.total_size of their indexes.
    left = [
        "model.layers.*.self_attn",
        "model.layers.*.mlp.router",
        "model.embed_tokens",
        "lm_head",
    ]
    gpt_oss = of_config(
        model_type="gpt_oss",
        architectures=["GptOssForCausalLM"],
        hidden_size=2880,
        intermediate_size=2880,
        num_hidden_layers=layers,
        num_attention_heads=64,
        num_key_value_heads=8,
        head_dim=64,
        num_local_experts=experts,
        num_experts_per_tok=4,
        vocab_size=201088,
        attention_bias=True,
        tie_word_embeddings=False,
        torch_dtype="bfloat16",
        quantization_config={"quant_method": "mxfp4", "modules_to_not_convert": left},
    )
    assert held(gpt_oss, "mxfp4") == held(gpt_oss, "stored") == nbytes


def test_packed_experts_are_packed_one_by_one() -> None:
    shapes = {"model.layers.0.mlp.experts.down_proj": (4, 256, 512)}
    packed = of_tensors(shapes, model_type="qwen3_moe", num_experts=4)
    # Block scales of one matrix: ⌈256 ÷ 128⌉ × ⌈512 ÷ 128⌉ float32.
    assert held(packed, "fp8-block") == 4 * (256 * 512 + 4 * 2 * 4)


def test_a_checkpoints_own_list_of_what_is_not_converted_is_kept() -> None:
    # gpt-oss: only the experts are MXFP4 (its config.json).
    shapes = layer("self_attn.q_proj") | layer("mlp.experts.0.up_proj")
    own = {"quant_method": "mxfp4", "modules_to_not_convert": ["model.layers.*.self_attn"]}
    summary = of_tensors(shapes, quantization_config=own)
    packed = 17 * 256 * 512 // 32
    assert held(summary, "mxfp4") == packed + SIXTEEN
    assert held(of_tensors(shapes), "mxfp4") == 2 * packed
    # Another method has its own list.
    assert held(summary, "bnb-nf4") == 2 * NF4


def test_a_list_may_name_single_layers_and_plain_expressions() -> None:
    shapes = {f"model.layers.{n}.mlp.gate_proj.weight": (256, 512) for n in range(4)}
    packed = 256 * 512 + 2 * 256

    def kept(*names: str) -> int:
        own = {"quant_method": "compressed-tensors", "ignore": list(names)}
        total = held(of_tensors(shapes, quantization_config=own), "fp8-channel")
        return (total - 4 * packed) // (SIXTEEN - packed)

    assert kept("model.layers.2.mlp.gate_proj", "lm_head") == 1
    assert kept("re:.*mlp[.]gate$", "re:.*mlp\\.gate$", "mlp.gate") == 0
    assert kept("re:.*gate_proj$") == 4
    assert kept("model.layers.1", "model.layers.3.mlp") == 2


def test_terms_are_few_and_name_their_layers() -> None:
    component = weights(mixtral_8x7b(), "bnb-nf4-dq")
    assert {term.label for term in component.terms} == {
        "k_proj, v_proj",
        "q_proj, o_proj",
        "w1, w3",
        "w2",
        "the rest in 16 bits",
    }
    assert component.convention
    assert component.source == PRECISIONS["bnb-nf4-dq"].source


def test_an_unknown_precision_is_an_error() -> None:
    with pytest.raises(ScenarioError, match="q4_k_m"):
        weights(llama(64, 96, 1, 4, 2, 128), "q4km")


class TestMixtures:
    """llama.cpp, llama_tensor_get_type: one rule a test, told by the types of the terms."""

    def types(self, summary: ParameterSummary, precision: str) -> dict[str, int]:
        terms = weights(summary, precision).terms
        return {term.label: int(term.numbers[term.names.index("weights")]) for term in terms}

    def test_more_bits_in_the_first_and_last_eighth_and_every_third_between(self) -> None:
        # 8 layers: 0, then of 1-6 those with (i - 1) % 3 == 2, then 7: layers 0, 3, 6, 7.
        found = self.types(llama(256, 512, 8, 4, 4, 1024), "q4_k_m")
        assert found["Q6_K"] == 1024 * 256 + 4 * (256 * 256 + 256 * 512)

    def test_the_small_mixture_has_five_bits_in_the_first_layers(self) -> None:
        # attn_v of the first 4 layers, ffn_down of the first eighth of 16.
        found = self.types(llama(256, 512, 16, 4, 4, 1024), "q4_k_s")
        assert found["Q5_K"] == 4 * 256 * 256 + 2 * 256 * 512

    def test_a_tied_embedding_takes_the_type_of_the_output(self) -> None:
        tied = self.types(llama(256, 512, 8, 4, 4, 1024, tied=True), "q4_0")
        untied = self.types(llama(256, 512, 8, 4, 4, 1024), "q4_0")
        assert tied["Q6_K"] == untied["Q6_K"] == 1024 * 256
        assert untied["Q4_0"] - tied["Q4_0"] == 1024 * 256

    def test_rows_that_a_block_does_not_divide_fall_back(self) -> None:
        # 96 = 3 × 32 is no multiple of 256, and 40 is none of 32 either.
        found = self.types(llama(96, 512, 8, 4, 4, 1024), "q4_k_m")
        assert set(found) == {"F32", "Q8_0", "Q5_0", "Q6_K", "Q4_K"}
        assert found["Q4_K"] + found["Q6_K"] == 8 * 96 * 512
        assert "F16" in self.types(llama(40, 512, 8, 4, 4, 1024), "q8_0")

    def test_eighty_layers_with_shared_keys_are_the_70b_type(self) -> None:
        shared = self.types(llama(256, 512, 80, 4, 2, 1024), "q4_k_m")
        own = self.types(llama(256, 512, 80, 4, 4, 1024), "q4_k_m")
        assert shared["Q5_K"] == 40 * 128 * 256
        assert "Q5_K" not in own

    def test_eight_experts_raise_the_attention(self) -> None:
        found = self.types(mixtral_8x7b(), "q4_k_m")
        assert found["Q8_0"] == 32 * 2 * 1024 * 4096
        assert found["Q5_K"] == 32 * 4096 * 4096
        assert found["F32"] == 65 * 4096 + 32 * 8 * 4096

    def test_falcon_has_its_own_rule_for_the_feed_forward_network(self) -> None:
        falcon = of_config(
            model_type="falcon",
            architectures=["FalconForCausalLM"],
            hidden_size=256,
            num_hidden_layers=32,
            num_attention_heads=4,
            multi_query=True,
            vocab_size=1024,
            torch_dtype="bfloat16",
        )
        found = self.types(falcon, "q4_k_m")
        down = 1024 * 256
        qkv = (256 + 2 * 64) * 256
        assert found["Q8_0"] == 1024 * 256
        assert found["Q6_K"] == 2 * down + 16 * qkv
        assert found["Q5_K"] == 14 * down
