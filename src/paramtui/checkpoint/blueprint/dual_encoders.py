"""Pairs of an image and a text encoder trained on captions: one row a model_type."""

from paramtui.checkpoint.blueprint.facts import Facts
from paramtui.checkpoint.blueprint.family import Family, no_class, task_of
from paramtui.checkpoint.blueprint.parts import Parts, embedding, linear, norm, tensor, within
from paramtui.checkpoint.blueprint.towers import TOWERS, encoder_layers
from paramtui.checkpoint.config import Json


def text_encoder(facts: Facts) -> Parts:
    """Words, learned positions, the layers, a norm; SigLIP's has a head of its own."""
    yield from embedding("embeddings.token_embedding", facts.vocab, facts.hidden)
    rows = facts.need("max_position_embeddings")
    yield from embedding("embeddings.position_embedding", rows, facts.hidden)
    yield from encoder_layers(facts)
    yield from norm("final_layer_norm", facts.hidden, bias=True)
    if facts.family == "siglip_text_model":
        width = facts.find("projection_size") or facts.hidden
        yield from linear("head", facts.hidden, width, bias=True)


def towers(facts: Facts) -> tuple[Facts, Facts]:
    """The sections of the text and of the image encoder."""
    if task_of(facts) != "none":
        raise no_class(facts)
    text, vision = str(facts.defaults["text"]), str(facts.defaults["vision"])
    texts, images = facts.fields.section("text_config"), facts.fields.section("vision_config")
    return (
        TEXT_ENCODERS[text].facts(text, texts, nested=True, tied=False),
        TOWERS[vision].facts(vision, images, nested=True, tied=False),
    )


def clip(facts: Facts) -> Parts:
    """CLIP (arXiv:2103.00020): both project to one width."""
    text, vision = towers(facts)
    width = facts.need("projection_dim")
    yield from tensor("logit_scale")
    yield from within("text_model", text_encoder(text))
    yield from within("vision_model", TOWERS[vision.family].parts(vision))
    yield from linear("visual_projection", vision.hidden, width)
    yield from linear("text_projection", text.hidden, width)


def siglip(facts: Facts) -> Parts:
    """SigLIP (arXiv:2303.15343): a learned bias beside the scale."""
    text, vision = towers(facts)
    yield from tensor("logit_scale", 1)
    yield from tensor("logit_bias", 1)
    yield from within("text_model", text_encoder(text))
    yield from within("vision_model", TOWERS[vision.family].parts(vision))


def clip_text(facts: Facts) -> Parts:
    """CLIP's text encoder alone, as pipelines that draw images have it."""
    yield from within("text_model", text_encoder(facts))
    yield from _projected(facts, "text_projection")


def clip_vision(facts: Facts) -> Parts:
    """CLIP's image encoder alone."""
    yield from within("vision_model", TOWERS["clip_vision_model"].parts(facts))
    yield from _projected(facts, "visual_projection")


def _projected(facts: Facts, name: str) -> Parts:
    """The projection that some classes end in."""
    if (facts.architecture or "").endswith("WithProjection"):
        yield from linear(name, facts.hidden, facts.need("projection_dim"))
    elif facts.architecture is not None and task_of(facts) != "none":
        raise no_class(facts)


SIZES: dict[str, Json] = {"num_attention_heads": 8, "num_hidden_layers": 12}

TEXT_ENCODERS: dict[str, Family] = {
    "clip_text_model": Family(
        text_encoder,
        sizes={
            **SIZES,
            "hidden_size": 512,
            "intermediate_size": 2048,
            "max_position_embeddings": 77,
            "vocab_size": 49408,
        },
    ),
    "siglip_text_model": Family(
        text_encoder,
        sizes={
            **SIZES,
            "hidden_size": 768,
            "intermediate_size": 3072,
            "max_position_embeddings": 64,
            "num_attention_heads": 12,
            "vocab_size": 32000,
        },
    ),
}

DUAL_ENCODERS: dict[str, Family] = {
    "clip_text_model": Family(clip_text, {"projection_dim": 512}),
    "clip_vision_model": Family(clip_vision, {"num_channels": 3, "projection_dim": 512}),
    "clip": Family(
        clip,
        {"text": "clip_text_model", "vision": "clip_vision_model", "projection_dim": 512},
    ),
    "siglip": Family(siglip, {"text": "siglip_text_model", "vision": "siglip_vision_model"}),
}
