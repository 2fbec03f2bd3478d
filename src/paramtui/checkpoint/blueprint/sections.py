"""The sections of a composite config, each read as the family it names."""

from collections.abc import Mapping

from paramtui.checkpoint.blueprint.decoders import DECODERS
from paramtui.checkpoint.blueprint.facts import Facts
from paramtui.checkpoint.blueprint.family import Family, no_class
from paramtui.checkpoint.blueprint.hybrids import HYBRIDS
from paramtui.checkpoint.blueprint.inner_decoders import INNER_DECODERS
from paramtui.checkpoint.blueprint.mixtures import MIXTURES
from paramtui.checkpoint.blueprint.parts import Parts
from paramtui.checkpoint.blueprint.towers import TOWERS
from paramtui.checkpoint.section_defaults import SECTIONS

LANGUAGES: Mapping[str, Family] = {**DECODERS, **MIXTURES, **HYBRIDS, **INNER_DECODERS}


def language(facts: Facts) -> Facts:
    """The language model's section; the whole config where it has none of its own."""
    if not (facts.architecture or "ForConditionalGeneration").endswith("ForConditionalGeneration"):
        raise no_class(facts)
    usual = SECTIONS[facts.family].text
    fields = facts.fields.section("text_config")
    kind = fields.text("model_type") or usual
    family = facts.choose(LANGUAGES, kind, "text_config")
    return family.facts(kind, fields or facts.fields, nested=True, tied=facts.tied)


def tower(facts: Facts) -> Facts:
    """The vision tower's section; a config type named after the whole model is the usual one."""
    usual = SECTIONS[facts.family].vision
    fields = facts.fields.section("vision_config")
    kind = fields.text("model_type") or usual
    if kind == facts.family:
        kind = usual
    family = facts.choose(TOWERS, kind, "vision_config")
    return family.facts(kind, fields, nested=True, tied=False)


def language_parts(facts: Facts) -> Parts:
    """What the language model holds."""
    return LANGUAGES[facts.family].parts(facts)


def tower_parts(facts: Facts) -> Parts:
    """What the tower holds."""
    return TOWERS[facts.family].parts(facts)
