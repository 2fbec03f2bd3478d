"""Phi-3 Vision and Phi-3.5 Vision: Phi-3 with CLIP's tower inside its embedding."""

from paramtui.checkpoint.blueprint.decoders import PHI3
from paramtui.checkpoint.blueprint.facts import BlueprintError, Facts
from paramtui.checkpoint.blueprint.family import Family, decoder
from paramtui.checkpoint.blueprint.parts import Parts, linear, tensor, within
from paramtui.checkpoint.blueprint.towers import TOWERS
from paramtui.checkpoint.config import Fields, Json

TOWER: dict[str, Json] = {
    "hidden_size": 1024,
    "image_size": 336,
    "intermediate_size": 4096,
    "num_attention_heads": 16,
    "num_hidden_layers": 24,
    "patch_size": 14,
}
"""openai/clip-vit-large-patch14-336, which the config names and does not describe."""
TILE = 4
"""Patches that are joined to one; with separators of that width."""


def image_embedding(facts: Facts) -> Parts:
    """The tower, two matrices, and what separates rows and images of patches."""
    processor = facts.fields.section("img_processor")
    if processor.text("name") != "clip_vision_model":
        raise BlueprintError(
            f"the {facts.family} config names no img_processor that is known",
            "open the model's files instead of its config.json",
        )
    clip = TOWERS["clip_vision_model"]
    tower = clip.facts("clip_vision_model", Fields(TOWER), nested=True, tied=False)
    wide = TILE * (processor.positive("image_dim_out") or tower.hidden)
    yield from within("img_processor.vision_model", clip.parts(tower))
    yield from tensor("glb_GN", 1, 1, wide)
    yield from tensor("sub_GN", 1, 1, 1, wide)
    yield from linear("img_projection.0", wide, facts.hidden, bias=True)
    yield from linear("img_projection.2", facts.hidden, facts.hidden, bias=True)


PHI3_VISION = Family(
    decoder(PHI3, before=lambda facts: within("vision_embed_tokens", image_embedding(facts)))
)
