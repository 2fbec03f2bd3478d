"""Models of a language model and towers: one row a model_type."""

from paramtui.checkpoint.blueprint.decoders import DECODERS
from paramtui.checkpoint.blueprint.facts import BlueprintError, Facts
from paramtui.checkpoint.blueprint.family import Family
from paramtui.checkpoint.blueprint.mixtures import MIXTURES
from paramtui.checkpoint.blueprint.parts import Parts, linear, norm, tensor, within
from paramtui.checkpoint.blueprint.towers import TOWERS

LANGUAGES = {**DECODERS, **MIXTURES}


def section(facts: Facts, name: str, families: dict[str, Family], otherwise: str) -> Facts:
    """One section of the config, as the family it names reads it."""
    fields = facts.fields.section(name)
    kind = fields.text("model_type") or otherwise
    if kind not in families:
        raise BlueprintError(
            f"no blueprint for the {name} of model_type {kind[:64]!r}",
            "open the model's files instead of its config.json",
        )
    return families[kind].facts(kind, fields, nested=True, tied=facts.tied)


def language(facts: Facts) -> Facts:
    """The language model's section."""
    return section(facts, "text_config", LANGUAGES, str(facts.defaults["text"]))


def vision(facts: Facts) -> Facts:
    """The vision tower's section."""
    return section(facts, "vision_config", TOWERS, str(facts.defaults["vision"]))


def gemma3(facts: Facts) -> Parts:
    """Gemma 3 (arXiv:2503.19786): SigLIP, a norm and one matrix, the language model."""
    text, tower = language(facts), vision(facts)
    yield from within("vision_tower", TOWERS[tower.family].parts(tower))
    yield from tensor("multi_modal_projector.mm_input_projection_weight", tower.hidden, text.hidden)
    yield from norm("multi_modal_projector.mm_soft_emb_norm", tower.hidden)
    yield from within("language_model", LANGUAGES[text.family].parts(text))


def llava(facts: Facts) -> Parts:
    """LLaVA 1.5 (arXiv:2310.03744): CLIP, two matrices, the language model."""
    text, tower = language(facts), vision(facts)
    levels = facts.numbers("vision_feature_layer") or (0,)
    biased = facts.on("multimodal_projector_bias")
    yield from within("vision_tower", TOWERS[tower.family].parts(tower))
    yield from within(
        "multi_modal_projector",
        linear("linear_1", tower.hidden * len(levels), text.hidden, biased),
        linear("linear_2", text.hidden, text.hidden, biased),
    )
    yield from within("language_model", LANGUAGES[text.family].parts(text))


COMPOSITES: dict[str, Family] = {
    "gemma3": Family(
        gemma3, {"text": "gemma3_text", "vision": "siglip_vision_model", "vision_use_head": False}
    ),
    "llava": Family(
        llava,
        {"text": "llama", "vision": "clip_vision_model", "multimodal_projector_bias": True},
    ),
}
