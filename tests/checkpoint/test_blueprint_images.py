"""Blueprints of what draws images: the parameters that diffusers 0.42 counts on the meta device."""

from typing import Any

import pytest

from paramtui.checkpoint.blueprint import BlueprintError, blueprint
from paramtui.checkpoint.checkpoint import Checkpoint
from paramtui.checkpoint.config import ModelConfig
from paramtui.checkpoint.summary import summarise

STABLE_DIFFUSION: dict[str, Any] = {
    "_class_name": "UNet2DConditionModel",
    "attention_head_dim": 8,
    "block_out_channels": [320, 640, 1280, 1280],
    "cross_attention_dim": 768,
    "down_block_types": [*["CrossAttnDownBlock2D"] * 3, "DownBlock2D"],
    "layers_per_block": 2,
    "up_block_types": ["UpBlock2D", *["CrossAttnUpBlock2D"] * 3],
}
SDXL: dict[str, Any] = {
    "_class_name": "UNet2DConditionModel",
    "addition_embed_type": "text_time",
    "attention_head_dim": [5, 10, 20],
    "block_out_channels": [320, 640, 1280],
    "cross_attention_dim": 2048,
    "down_block_types": ["DownBlock2D", *["CrossAttnDownBlock2D"] * 2],
    "projection_class_embeddings_input_dim": 2816,
    "resnet_time_scale_shift": "default",
    "transformer_layers_per_block": [1, 2, 10],
    "up_block_types": [*["CrossAttnUpBlock2D"] * 2, "UpBlock2D"],
    "use_linear_projection": True,
}
VAE: dict[str, Any] = {
    "_class_name": "AutoencoderKL",
    "block_out_channels": [128, 256, 512, 512],
    "down_block_types": ["DownEncoderBlock2D"] * 4,
    "layers_per_block": 2,
    "up_block_types": ["UpDecoderBlock2D"] * 4,
}
FLUX_VAE = {**VAE, "latent_channels": 16, "use_quant_conv": False, "use_post_quant_conv": False}
FLUX: dict[str, Any] = {"_class_name": "FluxTransformer2DModel"}


@pytest.mark.parametrize(
    ("config", "tensors", "total"),
    [
        (STABLE_DIFFUSION, 686, 859_520_964),
        (SDXL, 1680, 2_567_463_684),
        (VAE, 248, 83_653_863),
        (FLUX_VAE, 244, 83_819_683),
        # FLUX.1-schnell's index; FLUX.1-dev embeds the guidance as well: 256 × 3,072 and on.
        (FLUX, 1156, 11_891_178_560),
        ({**FLUX, "guidance_embeds": True}, 1160, 11_891_178_560 + 3072 * (256 + 3072 + 2)),
    ],
    ids=["sd", "sdxl", "vae", "flux-vae", "flux-schnell", "flux-dev"],
)
def test_parameters(config: dict[str, Any], tensors: int, total: int) -> None:
    found = ModelConfig.from_json(config)
    summary = summarise(Checkpoint("x", blueprint(found), found))
    assert (summary.tensors, summary.total) == (tensors, total)
    assert not summary.warnings


@pytest.mark.parametrize(
    ("config", "changes", "told"),
    [
        (SDXL, {"encoder_hid_dim": 4096}, "a U-Net with another encoder_hid_dim"),
        (SDXL, {"only_cross_attention": True}, "a U-Net with another only_cross_attention"),
        (SDXL, {"mid_block_type": "UNetMidBlock2D"}, "a U-Net with another mid_block_type"),
        (SDXL, {"down_block_types": ["KDownBlock2D"] * 3}, "no usable down_block_types"),
        (SDXL, {"down_block_types": ["DownBlock2D"]}, "no usable down_block_types"),
        (SDXL, {"block_out_channels": []}, "no usable block_out_channels"),
        (VAE, {"latent_channels": 0}, "no usable latent_channels"),
    ],
)
def test_what_does_not_suffice_is_named(
    config: dict[str, Any], changes: dict[str, Any], told: str
) -> None:
    with pytest.raises(BlueprintError, match=told):
        blueprint(ModelConfig.from_json({**config, **changes}))
