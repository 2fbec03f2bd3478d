"""Models of a language model and towers: one row a model_type."""

from paramtui.checkpoint.blueprint.facts import Facts
from paramtui.checkpoint.blueprint.family import Family
from paramtui.checkpoint.blueprint.parts import Parts, linear, moved, norm, tensor, within
from paramtui.checkpoint.blueprint.sections import (
    language,
    language_parts,
    tower,
    tower_parts,
)


def gemma3(facts: Facts) -> Parts:
    """Gemma 3 (arXiv:2503.19786): SigLIP, a norm and one matrix, the language model."""
    text, vision = language(facts), tower(facts)
    yield from within("vision_tower", tower_parts(vision))
    yield from within(
        "multi_modal_projector",
        tensor("mm_input_projection_weight", vision.hidden, text.hidden),
        norm("mm_soft_emb_norm", vision.hidden),
    )
    yield from within("language_model", language_parts(text))


def llava(facts: Facts) -> Parts:
    """LLaVA 1.5 (arXiv:2310.03744): CLIP, two matrices, the language model."""
    text, vision = language(facts), tower(facts)
    levels = facts.numbers("vision_feature_layer") or (0,)
    biased = facts.on("multimodal_projector_bias")
    yield from within("vision_tower", tower_parts(vision))
    yield from within(
        "multi_modal_projector",
        linear("linear_1", vision.hidden * len(levels), text.hidden, biased),
        linear("linear_2", text.hidden, text.hidden, biased),
    )
    yield from within("language_model", language_parts(text))


def llava_next(facts: Facts) -> Parts:
    """LLaVA with a learned end of line between rows of image tokens."""
    yield from tensor("image_newline", language(facts).hidden)
    yield from llava(facts)


def paligemma(facts: Facts) -> Parts:
    """PaliGemma (arXiv:2407.07726): SigLIP, one matrix, Gemma."""
    vision = tower(facts)
    width = facts.fields.section("vision_config").integer("projection_dim")
    width = width or facts.need("projection_dim")
    yield from within("vision_tower", tower_parts(vision))
    yield from linear("multi_modal_projector.linear", vision.hidden, width, bias=True)
    yield from within("language_model", language_parts(language(facts)))


def mistral3(facts: Facts) -> Parts:
    """Mistral Small 3.1: Pixtral, a merger of patches, two matrices, Mistral."""
    text, vision = language(facts), tower(facts)
    biased, merged = facts.on("multimodal_projector_bias"), facts.need("spatial_merge_size") ** 2
    yield from within("vision_tower", tower_parts(vision))
    yield from within(
        "multi_modal_projector",
        norm("norm", vision.hidden),
        linear("patch_merger.merging_layer", vision.hidden * merged, vision.hidden),
        linear("linear_1", vision.hidden, text.hidden, biased),
        linear("linear_2", text.hidden, text.hidden, biased),
    )
    yield from within("language_model", language_parts(text))


def internvl(facts: Facts) -> Parts:
    """InternVL: InternViT, pixel shuffle and two matrices, the language model."""
    text, vision = language(facts), tower(facts)
    ratio = facts.ratio("downsample_ratio", 0.5)
    wide = int(vision.hidden / ratio**2)
    yield from within("vision_tower", tower_parts(vision))
    yield from within(
        "multi_modal_projector",
        norm("layer_norm", wide, bias=True),
        linear("linear_1", wide, text.hidden, bias=True),
        linear("linear_2", text.hidden, text.hidden, bias=True),
    )
    yield from within("language_model", language_parts(text))


def idefics3(facts: Facts) -> Parts:
    """Idefics 3 (arXiv:2408.12637) and SmolVLM: pixel shuffle and one matrix."""
    text, vision = language(facts), tower(facts)
    wide = vision.hidden * facts.need("scale_factor") ** 2
    yield from within("model.vision_model", tower_parts(vision))
    yield from linear("model.connector.modality_projection.proj", wide, text.hidden)
    yield from moved(language_parts(text), "model.", "model.text_model.")


def qwen_vl(facts: Facts) -> Parts:
    """Qwen2-VL and Qwen2.5-VL: the tower beside an unchanged language model."""
    yield from within("visual", tower_parts(tower(facts)))
    yield from language_parts(language(facts))


def qwen3_vl(facts: Facts) -> Parts:
    """Qwen3-VL: tower and language model side by side."""
    yield from within("model.visual", tower_parts(tower(facts)))
    yield from moved(language_parts(language(facts)), "model.", "model.language_model.")


def llama4(facts: Facts) -> Parts:
    """Llama 4: its tower, one matrix, the language model."""
    text, vision = language(facts), tower(facts)
    yield from within("vision_model", tower_parts(vision))
    inputs = vision.need("vision_output_dim")
    yield from linear("multi_modal_projector.linear_1", inputs, text.hidden)
    yield from within("language_model", language_parts(text))


def mllama(facts: Facts) -> Parts:
    """Llama 3.2 Vision: layers with cross attention to the image among Llama's own."""
    text, vision = language(facts), tower(facts)
    yield from within("vision_model", tower_parts(vision))
    inputs = vision.need("vision_output_dim")
    yield from linear("multi_modal_projector", inputs, text.hidden, bias=True)
    yield from within("language_model", language_parts(text))


COMPOSITES: dict[str, Family] = {
    "gemma3": Family(gemma3),
    "idefics3": Family(idefics3, {"scale_factor": 2}),
    "internvl": Family(internvl),
    "llama4": Family(llama4),
    "llava": Family(llava, {"multimodal_projector_bias": True}),
    "llava_next": Family(
        llava_next,
        {"multimodal_projector_bias": True},
    ),
    "llava_onevision": Family(
        llava_next,
        {"multimodal_projector_bias": True},
    ),
    "mistral3": Family(mistral3, {"spatial_merge_size": 2}),
    "mllama": Family(mllama),
    "paligemma": Family(paligemma, {"projection_dim": 2048}),
    "qwen2_vl": Family(qwen_vl),
    "qwen2_5_vl": Family(qwen_vl),
    "qwen3_5": Family(qwen3_vl),
    "qwen3_5_moe": Family(qwen3_vl),
    "qwen3_vl": Family(qwen3_vl),
    "qwen3_vl_moe": Family(qwen3_vl),
}
COMPOSITES["smolvlm"] = COMPOSITES["idefics3"]
