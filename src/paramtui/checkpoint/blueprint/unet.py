"""What diffusers' convolutional models are made of: autoencoders and U-Nets, a class each.

Layouts are those of diffusers' `AutoencoderKL` and `UNet2DConditionModel`; their configurations
name the class, not a model_type.
"""

from collections.abc import Sequence

from paramtui.checkpoint.blueprint.facts import BlueprintError, Facts
from paramtui.checkpoint.blueprint.family import Family
from paramtui.checkpoint.blueprint.parts import Part, Parts, linear, norm, tensor, within


def convolution(name: str, inputs: int, outputs: int, side: int = 3) -> Parts:
    """`torch.nn.Conv2d` with a bias."""
    yield from tensor(f"{name}.weight", outputs, inputs, side, side)
    yield from tensor(f"{name}.bias", outputs)


def resnet(inputs: int, outputs: int, time: int | None = None) -> Parts:
    """`ResnetBlock2D`; `time` is the width of the step's embedding, where there is one."""
    yield from norm("norm1", inputs, bias=True)
    yield from convolution("conv1", inputs, outputs)
    if time:
        yield from linear("time_emb_proj", time, outputs, bias=True)
    yield from norm("norm2", outputs, bias=True)
    yield from convolution("conv2", outputs, outputs)
    if inputs != outputs:
        yield from convolution("conv_shortcut", inputs, outputs, side=1)


def autoencoder(facts: Facts) -> Parts:
    """A picture to a small one of more channels and back (arXiv:2112.10752)."""
    widths, latent = _widths(facts), facts.need("latent_channels")
    attends = facts.on("mid_block_add_attention")
    ends = facts.need("in_channels"), facts.need("out_channels")
    yield from within("encoder", _encoder(facts, widths, ends[0], 2 * latent, attends))
    yield from within("decoder", _decoder(facts, widths, latent, ends[1], attends))
    if facts.on("use_quant_conv"):
        yield from convolution("quant_conv", 2 * latent, 2 * latent, side=1)
    if facts.on("use_post_quant_conv"):
        yield from convolution("post_quant_conv", latent, latent, side=1)


def _encoder(
    facts: Facts, widths: Sequence[int], inputs: int, outputs: int, attends: bool
) -> Parts:
    yield from convolution("conv_in", inputs, widths[0])
    before = widths[0]
    for place, width in enumerate(widths):
        for number in range(facts.need("layers_per_block")):
            block = f"down_blocks.{place}.resnets.{number}"
            yield from within(block, resnet(before if number == 0 else width, width))
        if place + 1 < len(widths):
            yield from convolution(f"down_blocks.{place}.downsamplers.0.conv", width, width)
        before = width
    yield from within("mid_block", _middle(widths[-1], attends))
    yield from norm("conv_norm_out", widths[-1], bias=True)
    yield from convolution("conv_out", widths[-1], outputs)


def _decoder(
    facts: Facts, widths: Sequence[int], inputs: int, outputs: int, attends: bool
) -> Parts:
    widths = widths[::-1]
    yield from convolution("conv_in", inputs, widths[0])
    yield from within("mid_block", _middle(widths[0], attends))
    before = widths[0]
    for place, width in enumerate(widths):
        for number in range(facts.need("layers_per_block") + 1):
            block = f"up_blocks.{place}.resnets.{number}"
            yield from within(block, resnet(before if number == 0 else width, width))
        if place + 1 < len(widths):
            yield from convolution(f"up_blocks.{place}.upsamplers.0.conv", width, width)
        before = width
    yield from norm("conv_norm_out", widths[-1], bias=True)
    yield from convolution("conv_out", widths[-1], outputs)


def _middle(width: int, attends: bool) -> Parts:
    if attends:
        yield from norm("attentions.0.group_norm", width, bias=True)
        for name in ("to_q", "to_k", "to_v", "to_out.0"):
            yield from linear(f"attentions.0.{name}", width, width, bias=True)
    for number in range(2):
        yield from within(f"resnets.{number}", resnet(width, width))


UNUSUAL = (
    "addition_embed_type",
    "class_embed_type",
    "cross_attention_norm",
    "dual_cross_attention",
    "encoder_hid_dim",
    "encoder_hid_dim_type",
    "mid_block_only_cross_attention",
    "mid_block_type",
    "num_class_embeds",
    "only_cross_attention",
    "resnet_time_scale_shift",
    "time_cond_proj_dim",
    "time_embedding_dim",
)
"""Options that change the parts of later U-Nets."""
USUAL = {
    "addition_embed_type": "text_time",
    "mid_block_type": "UNetMidBlock2DCrossAttn",
    "resnet_time_scale_shift": "default",
}
"""What they may be nevertheless; SDXL has the first."""


def unet(facts: Facts) -> Parts:
    """Down and up again over the latent picture, looking at the text (arXiv:2307.01952)."""
    for option in UNUSUAL:
        value = facts.fields.raw(option)
        if option in facts.fields and value not in (None, False, USUAL.get(option)):
            raise BlueprintError(f"no blueprint for a U-Net with another {option}")
    widths = _widths(facts)
    time = 4 * widths[0]
    yield from convolution("conv_in", facts.need("in_channels"), widths[0])
    yield from linear("time_embedding.linear_1", widths[0], time, bias=True)
    yield from linear("time_embedding.linear_2", time, time, bias=True)
    if facts.word("addition_embed_type") == "text_time":
        width = facts.need("projection_class_embeddings_input_dim")
        yield from linear("add_embedding.linear_1", width, time, bias=True)
        yield from linear("add_embedding.linear_2", time, time, bias=True)
    yield from _down(facts, widths, time)
    yield from _up(facts, widths, time)
    yield from _bottom(facts, widths[-1], time)
    yield from norm("conv_norm_out", widths[0], bias=True)
    yield from convolution("conv_out", widths[0], facts.need("out_channels"))


def _down(facts: Facts, widths: Sequence[int], time: int) -> Parts:
    before = widths[0]
    for place, width in enumerate(widths):
        attends = _attends(facts, "down_block_types", place)
        for number in range(facts.need("layers_per_block")):
            inputs = before if number == 0 else width
            yield from within(f"down_blocks.{place}.resnets.{number}", resnet(inputs, width, time))
            if attends:
                attention = f"down_blocks.{place}.attentions.{number}"
                yield from within(attention, _transformer(facts, width, place))
        if place + 1 < len(widths):
            yield from convolution(f"down_blocks.{place}.downsamplers.0.conv", width, width)
        before = width


def _up(facts: Facts, widths: Sequence[int], time: int) -> Parts:
    back, last = widths[::-1], len(widths) - 1
    for place, width in enumerate(back):
        attends = _attends(facts, "up_block_types", place)
        before, after = back[max(place - 1, 0)], back[min(place + 1, last)]
        layers = facts.need("layers_per_block") + 1
        for number in range(layers):
            # What came this way down is set beside what comes up.
            skipped = after if number == layers - 1 else width
            inputs = (before if number == 0 else width) + skipped
            yield from within(f"up_blocks.{place}.resnets.{number}", resnet(inputs, width, time))
            if attends:
                attention = f"up_blocks.{place}.attentions.{number}"
                yield from within(attention, _transformer(facts, width, last - place))
        if place < last:
            yield from convolution(f"up_blocks.{place}.upsamplers.0.conv", width, width)


def _bottom(facts: Facts, width: int, time: int) -> Parts:
    if facts.word("mid_block_type") != "UNetMidBlock2DCrossAttn":
        raise facts.absent("mid_block_type")
    place = len(_widths(facts)) - 1
    yield from within("mid_block.attentions.0", _transformer(facts, width, place))
    for number in range(2):
        yield from within(f"mid_block.resnets.{number}", resnet(width, width, time))


def _transformer(facts: Facts, width: int, place: int) -> Parts:
    """`Transformer2DModel` over the places of the picture."""
    yield from norm("norm", width, bias=True)
    flat = facts.on("use_linear_projection")
    project: Part = (lambda _: linear("", width, width, bias=True)) if flat else _by_one(width)
    for name in ("proj_in", "proj_out"):
        for suffix, shape, _ in project(facts):
            yield f"{name}{suffix}", shape, None
    depths = facts.numbers("transformer_layers_per_block")
    depth = depths[place] if depths and place < len(depths) else 0
    depth = depth or facts.need("transformer_layers_per_block")
    text = facts.need("cross_attention_dim")
    for number in range(depth):
        yield from within(f"transformer_blocks.{number}", _block(width, text))


def _by_one(width: int) -> Part:
    return lambda _: convolution("", width, width, side=1)


def _block(width: int, text: int) -> Parts:
    for name, seen in (("attn1", width), ("attn2", text)):
        yield from linear(f"{name}.to_q", width, width)
        yield from linear(f"{name}.to_k", seen, width)
        yield from linear(f"{name}.to_v", seen, width)
        yield from linear(f"{name}.to_out.0", width, width, bias=True)
    yield from linear("ff.net.0.proj", width, 8 * width, bias=True)
    yield from linear("ff.net.2", 4 * width, width, bias=True)
    for name in ("norm1", "norm2", "norm3"):
        yield from norm(name, width, bias=True)


def _widths(facts: Facts) -> Sequence[int]:
    widths = facts.numbers("block_out_channels")
    if not widths or not all(0 < width < 2**20 for width in widths):
        raise facts.absent("block_out_channels")
    return widths


def _attends(facts: Facts, names: str, place: int) -> bool:
    """Whether a block looks at the text; raises BlueprintError for one of another class."""
    kinds = facts.words(names) or ()
    kind = kinds[place] if place < len(kinds) else ""
    plain, crossing = ("DownBlock2D", "UpBlock2D"), ("CrossAttnDownBlock2D", "CrossAttnUpBlock2D")
    if kind not in (*plain, *crossing):
        raise facts.absent(f"{names} for block {place}")
    return kind in crossing


UNETS: dict[str, Family] = {
    "AutoencoderKL": Family(
        autoencoder,
        {
            "mid_block_add_attention": True,
            "use_quant_conv": True,
            "use_post_quant_conv": True,
            "in_channels": 3,
            "out_channels": 3,
            "latent_channels": 4,
            "layers_per_block": 1,
        },
    ),
    "UNet2DConditionModel": Family(
        unet,
        {
            "in_channels": 4,
            "out_channels": 4,
            "layers_per_block": 2,
            "cross_attention_dim": 1280,
            "transformer_layers_per_block": 1,
            "mid_block_type": "UNetMidBlock2DCrossAttn",
        },
    ),
}
