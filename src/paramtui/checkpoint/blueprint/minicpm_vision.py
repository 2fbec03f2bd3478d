"""MiniCPM-V 2.5 and 2.6 (arXiv:2408.01800): SigLIP's tower, a resampler, Llama or Qwen2."""

from paramtui.checkpoint.blueprint.decoders import DECODERS
from paramtui.checkpoint.blueprint.facts import BlueprintError, Facts
from paramtui.checkpoint.blueprint.family import Family
from paramtui.checkpoint.blueprint.parts import Parts, linear, norm, tensor, within
from paramtui.checkpoint.blueprint.towers import TOWERS

LANGUAGES = {"2.5": "llama", "2.6": "qwen2"}
"""The language model of each version; the config does not name its class."""


def resampler(facts: Facts, seen: int) -> Parts:
    """A few learned queries that look at all patches, which are `seen` wide."""
    size = facts.hidden
    yield from tensor("query", facts.need("query_num"), size)
    yield from tensor("proj", size, size)
    yield from linear("kv_proj", seen, size)
    yield from tensor("attn.in_proj_weight", 3 * size, size)
    yield from tensor("attn.in_proj_bias", 3 * size)
    yield from linear("attn.out_proj", size, size, bias=True)
    for name in ("ln_q", "ln_kv", "ln_post"):
        yield from norm(name, size, bias=True)


def minicpm_vision(facts: Facts) -> Parts:
    """Everything of the language model but its class stands in the config itself."""
    version = facts.fields.number("version")
    kind = LANGUAGES.get(facts.fields.text("version") or str(version))
    if kind is None or facts.on("drop_vision_last_layer"):
        raise BlueprintError(
            "no blueprint for this version of MiniCPM-V",
            "open the model's files instead of its config.json",
        )
    llm = DECODERS[kind].facts(kind, facts.fields, nested=True, tied=facts.tied)
    tower = TOWERS["idefics3_vision"]
    seen = tower.facts("idefics3_vision", facts.fields.section("vision_config"), tied=False)
    yield from within("llm", DECODERS[kind].parts(llm))
    yield from within("vpm", tower.parts(seen))
    yield from within("resampler", resampler(facts, seen.hidden))


MINICPM_VISION = Family(minicpm_vision)
