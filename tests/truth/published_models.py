"""Configs and shapes of models whose totals others publish, as their publishers give them."""

from collections.abc import Iterator

from paramtui.checkpoint.config import Json
from paramtui.checkpoint.tensor import Shape

Config = dict[str, Json]


def llama(
    hidden: int, wide: int, layers: int, heads: int, shared: int, vocab: int, tied: bool = False
) -> Config:
    return {
        "model_type": "llama",
        "architectures": ["LlamaForCausalLM"],
        "hidden_size": hidden,
        "intermediate_size": wide,
        "num_hidden_layers": layers,
        "num_attention_heads": heads,
        "num_key_value_heads": shared,
        "vocab_size": vocab,
        "tie_word_embeddings": tied,
        "torch_dtype": "bfloat16",
    }


def deepseek(**sizes: Json) -> Config:
    return {
        "architectures": ["DeepseekV3ForCausalLM"],
        "kv_lora_rank": 512,
        "qk_rope_head_dim": 64,
        "n_shared_experts": 1,
        "first_k_dense_replace": 1,
        "num_nextn_predict_layers": 0,
        "torch_dtype": "bfloat16",
        "tie_word_embeddings": False,
        **sizes,
    }


def pythia(hidden: int, heads: int) -> Config:
    return {
        "model_type": "gpt_neox",
        "architectures": ["GPTNeoXForCausalLM"],
        "hidden_size": hidden,
        "intermediate_size": 4 * hidden,
        "num_hidden_layers": 6,
        "num_attention_heads": heads,
        "vocab_size": 50_304,
        "tie_word_embeddings": False,
        "torch_dtype": "float16",
    }


DELTA: Config = {
    "head_dim": 256,
    "vocab_size": 248_320,
    "linear_conv_kernel_dim": 4,
    "linear_key_head_dim": 128,
    "linear_value_head_dim": 128,
    "linear_num_key_heads": 16,
    "full_attention_interval": 4,
    "mtp_num_hidden_layers": 1,
}


def qwen35(kind: str, **text: Json) -> Config:
    """Qwen3.5 with its tower and its layer for a further token."""
    vision: Config = {
        "model_type": kind,
        "depth": 27,
        "hidden_size": 1152,
        "intermediate_size": 4304,
        "num_heads": 16,
        "in_channels": 3,
        "patch_size": 16,
        "spatial_merge_size": 2,
        "temporal_patch_size": 2,
        "out_hidden_size": text["hidden_size"],
        "num_position_embeddings": 2304,
        "deepstack_visual_indexes": [],
    }
    return {
        "architectures": ["Qwen3_5ForConditionalGeneration"],
        "model_type": kind,
        "tie_word_embeddings": False,
        "vision_config": vision,
        "text_config": {"model_type": f"{kind}_text", **DELTA, **text},
    }


def qwen35_moe(
    hidden: int, layers: int, experts: int, wide: int, heads: int, values: int
) -> Config:
    return qwen35(
        "qwen3_5_moe",
        hidden_size=hidden,
        num_hidden_layers=layers,
        num_attention_heads=heads,
        num_key_value_heads=2,
        linear_num_value_heads=values,
        num_experts=experts,
        num_experts_per_tok=8,
        moe_intermediate_size=wide,
        shared_expert_intermediate_size=wide,
    )


def bert(vocab: int, architecture: str) -> Config:
    return {
        "model_type": "bert",
        "architectures": [architecture],
        "hidden_size": 768,
        "intermediate_size": 3072,
        "num_hidden_layers": 12,
        "num_attention_heads": 12,
        "vocab_size": vocab,
        "max_position_embeddings": 512,
        "type_vocab_size": 2,
    }


CONFIGS: dict[str, Config] = {
    "codellama-13b": llama(5120, 13_824, 40, 40, 40, 32_016),
    "codellama-34b": llama(8192, 22_016, 48, 64, 8, 32_000),
    "llama-3.1-8b": llama(4096, 14_336, 32, 32, 8, 128_256),
    "llama-3.3-70b": llama(8192, 28_672, 80, 64, 8, 128_256),
    "llama-3.2-1b-untied": llama(2048, 8192, 16, 32, 8, 128_256),
    "pythia-14m": pythia(128, 4),
    "pythia-70m": pythia(512, 8),
    "bert-base-pretraining": bert(30_522, "BertForPreTraining"),
    "bert-base-cased": bert(28_996, "BertModel"),
    "qwen3-0.6b": {
        **llama(1024, 3072, 28, 16, 8, 151_936, tied=True),
        "model_type": "qwen3",
        "architectures": ["Qwen3ForCausalLM"],
        "head_dim": 128,
    },
    "olmo-3-7b": {
        **llama(4096, 11_008, 32, 32, 32, 100_278),
        "model_type": "olmo3",
        "architectures": ["Olmo3ForCausalLM"],
    },
    "falcon-180b": {
        "model_type": "falcon",
        "hidden_size": 14_848,
        "num_hidden_layers": 80,
        "num_attention_heads": 232,
        "num_kv_heads": 8,
        "new_decoder_architecture": True,
        "vocab_size": 65_024,
        # its files hold the head a second time; without that copy 178,557,088,768
        "tie_word_embeddings": False,
    },
    "ernie-4.5-300b": {
        **llama(8192, 28_672, 54, 64, 8, 103_424),
        "model_type": "ernie4_5_moe",
        "architectures": ["Ernie4_5_MoeForCausalLM"],
        "moe_num_experts": 64,
        "moe_intermediate_size": 3584,
        "moe_k": 8,
        "moe_layer_start_index": 3,
        "moe_num_shared_experts": 0,
        "num_nextn_predict_layers": 1,
        "use_bias": False,
    },
    "glm-4-9b-chat": {
        "model_type": "chatglm",
        "architectures": ["ChatGLMModel"],
        "hidden_size": 4096,
        "ffn_hidden_size": 13_696,
        "num_layers": 40,
        "num_attention_heads": 32,
        "multi_query_attention": True,
        "multi_query_group_num": 2,
        "kv_channels": 128,
        "padded_vocab_size": 151_552,
        "add_qkv_bias": True,
        "add_bias_linear": False,
    },
    "glm-4.7-flash": deepseek(
        model_type="glm4_moe_lite",
        hidden_size=2048,
        intermediate_size=10_240,
        moe_intermediate_size=1536,
        num_hidden_layers=47,
        num_attention_heads=20,
        num_key_value_heads=20,
        q_lora_rank=768,
        qk_nope_head_dim=192,
        v_head_dim=256,
        n_routed_experts=64,
        vocab_size=154_880,
    ),
    "kimi-k2": deepseek(
        model_type="kimi_k2",
        hidden_size=7168,
        intermediate_size=18_432,
        moe_intermediate_size=2048,
        num_hidden_layers=61,
        num_attention_heads=64,
        num_key_value_heads=64,
        q_lora_rank=1536,
        qk_nope_head_dim=128,
        v_head_dim=128,
        n_routed_experts=384,
        vocab_size=163_840,
    ),
    "qwen3.5-27b": qwen35(
        "qwen3_5",
        hidden_size=5120,
        intermediate_size=17_408,
        num_hidden_layers=64,
        num_attention_heads=24,
        num_key_value_heads=4,
        linear_num_value_heads=48,
    ),
    "qwen3.5-35b-a3b": qwen35_moe(2048, 40, 256, 512, 16, 32),
    "qwen3.5-122b-a10b": qwen35_moe(3072, 48, 256, 1024, 32, 64),
    "qwen3.5-397b-a17b": qwen35_moe(4096, 60, 512, 1024, 32, 64),
}


def _layers(shapes: dict[str, Shape], biased: bool = True) -> Iterator[tuple[str, Shape]]:
    for name, shape in shapes.items():
        yield f"{name}.weight", shape
        if biased:
            yield f"{name}.bias", shape[:1]


def qwen_image() -> Iterator[tuple[str, Shape]]:
    """60 double blocks of 24 heads of 128, prompts of width 3584 (Qwen/Qwen-Image, config)."""
    size = 3072
    for number in range(60):
        stem = f"transformer_blocks.{number}"
        attention = ("to_q", "to_k", "to_v", "to_out.0", "add_q_proj", "add_k_proj", "add_v_proj",
                     "to_add_out")  # fmt: skip
        yield from _layers({f"{stem}.attn.{name}": (size, size) for name in attention})
        norms = ("norm_q", "norm_k", "norm_added_q", "norm_added_k")
        yield from _layers({f"{stem}.attn.{name}": (128,) for name in norms}, biased=False)
        for stream in ("img", "txt"):
            yield from _layers(
                {
                    f"{stem}.{stream}_mod.1": (6 * size, size),
                    f"{stem}.{stream}_mlp.net.0.proj": (4 * size, size),
                    f"{stem}.{stream}_mlp.net.2": (size, 4 * size),
                }
            )
    yield "txt_norm.weight", (3584,)
    yield from _layers(
        {
            "img_in": (size, 64),
            "txt_in": (size, 3584),
            "time_text_embed.timestep_embedder.linear_1": (size, 256),
            "time_text_embed.timestep_embedder.linear_2": (size, size),
            "norm_out.linear": (2 * size, size),
            "proj_out": (64, size),
        }
    )


def stable_diffusion_unet() -> Iterator[tuple[str, Shape]]:
    """Widths 320, 640, 1280, 1280, two layers a block, prompts of 768, as in 1.4."""
    widths, times = (320, 640, 1280, 1280), 1280
    yield from _layers({"conv_in": (320, 4, 3, 3), "conv_norm_out": (320,),
                        "conv_out": (4, 320, 3, 3), "time_embedding.linear_1": (times, 320),
                        "time_embedding.linear_2": (times, times)})  # fmt: skip
    skipped, inner = [320], 320
    for block, width in enumerate(widths):
        stem = f"down_blocks.{block}"
        for layer in range(2):
            yield from _resnet(f"{stem}.resnets.{layer}", inner, width, times)
            if block < 3:
                yield from _transformer(f"{stem}.attentions.{layer}", width)
            inner = width
            skipped.append(width)
        if block < 3:
            yield from _layers({f"{stem}.downsamplers.0.conv": (width, width, 3, 3)})
            skipped.append(width)
    yield from _resnet("mid_block.resnets.0", inner, inner, times)
    yield from _transformer("mid_block.attentions.0", inner)
    yield from _resnet("mid_block.resnets.1", inner, inner, times)
    for block, width in enumerate(reversed(widths)):
        stem = f"up_blocks.{block}"
        for layer in range(3):
            yield from _resnet(f"{stem}.resnets.{layer}", inner + skipped.pop(), width, times)
            if block:
                yield from _transformer(f"{stem}.attentions.{layer}", width)
            inner = width
        if block < 3:
            yield from _layers({f"{stem}.upsamplers.0.conv": (width, width, 3, 3)})


def _resnet(stem: str, inner: int, width: int, times: int) -> Iterator[tuple[str, Shape]]:
    shapes: dict[str, Shape] = {
        "norm1": (inner,), "conv1": (width, inner, 3, 3), "time_emb_proj": (width, times),
        "norm2": (width,), "conv2": (width, width, 3, 3),
    }  # fmt: skip
    if inner != width:
        shapes["conv_shortcut"] = (width, inner, 1, 1)
    yield from _layers({f"{stem}.{name}": shape for name, shape in shapes.items()})


def _transformer(stem: str, width: int) -> Iterator[tuple[str, Shape]]:
    block = f"{stem}.transformer_blocks.0"
    for name, inner in (("attn1", width), ("attn2", 768)):
        shapes = {"to_q": width, "to_k": inner, "to_v": inner}
        yield from _layers(
            {f"{block}.{name}.{part}": (width, wide) for part, wide in shapes.items()}, biased=False
        )
        yield from _layers({f"{block}.{name}.to_out.0": (width, width)})
    yield from _layers(
        {
            f"{stem}.norm": (width,),
            f"{stem}.proj_in": (width, width, 1, 1),
            f"{stem}.proj_out": (width, width, 1, 1),
            f"{block}.ff.net.0.proj": (8 * width, width),
            f"{block}.ff.net.2": (width, 4 * width),
            **{f"{block}.norm{n}": (width,) for n in (1, 2, 3)},
        }
    )
