"""Family: one row a model_type: its parts, and what its config class gives absent fields."""

from collections.abc import Mapping

from paramtui.checkpoint.blueprint.facts import BlueprintError, Facts, Option
from paramtui.checkpoint.blueprint.parts import Part, Parts, linear, norm, stack, tensor, within
from paramtui.checkpoint.config import Fields, Json
from paramtui.checkpoint.dtype import F32, Dtype
from paramtui.checkpoint.section_defaults import SECTION_DEFAULTS
from paramtui.record import Record, field


class Family(Record):
    """How the checkpoints of one model_type are built."""

    parts: Part
    defaults: Mapping[str, Json] = field(default_factory=dict)
    """Options that files leave out (transformers, defaults of the config class)."""
    sizes: Mapping[str, Json] = field(default_factory=dict)
    """Sizes that only nested sections leave out, beside those all readers need."""
    float32: tuple[str, ...] = ()
    """Ends of names that stay in 32 bits whatever the model's type."""
    float32_beside_fp8: tuple[str, ...] = ("e_score_correction_bias",)
    """The same in the FP8 files that the publisher made."""
    inputs_first: bool = False
    """Whether linear layers are stored in × out."""
    silent: Dtype = F32
    """The type of files whose config claims none: torch's own, unless the publisher has another."""

    def facts(self, name: str, fields: Fields, *, nested: bool = False, tied: bool) -> Facts:
        """The section as this family reads it."""
        defaults = self.defaults
        if nested:
            defaults = {**SECTION_DEFAULTS.get(name, {}), **self.sizes, **self.defaults}
        names = None if nested else fields.texts("architectures")
        return Facts(name, fields, defaults, tied, names[0] if names else None)


def decoder(
    layer: Part,
    *,
    base: str = "model",
    embedding: str = "embed_tokens",
    layers: str = "layers",
    final_norm: str | None = "norm",
    norm_bias: bool = False,
    head: str = "lm_head",
    head_bias: Option = False,
    before: Part | None = None,
    after: Part | None = None,
) -> Part:
    """A stack of layers between an embedding and a head.

    `before` comes after the token embedding, `after` behind the layers (both within `base`).
    """

    def body(facts: Facts) -> Parts:
        yield from linear(embedding, facts.hidden, facts.vocab)
        if before:
            yield from before(facts)
        yield from stack(facts, layer, layers)
        if after:
            yield from after(facts)
        if final_norm:
            yield from norm(final_norm, facts.hidden, norm_bias)

    def parts(facts: Facts) -> Parts:
        yield from within("" if task_of(facts) == "none" else base, body(facts))
        yield from decoder_head(facts, head, facts.hidden, facts.on(head_bias))

    return parts


def decoder_head(facts: Facts, name: str, width: int, bias: bool = False) -> Parts:
    """What a decoder's class ends in: a language model's head, a score, or nothing."""
    task = task_of(facts)
    if task in ("classes", "tokens"):
        yield from linear("score", width, facts.labels, bias=task == "tokens")
    elif task == "words" and facts.tied:
        yield from within(name, tensor("bias", facts.vocab) if bias else iter(()))
    elif task == "words":
        yield from linear(name, width, facts.vocab, bias)
    elif task != "none":
        raise no_class(facts)


_TASKS = (
    (("ForCausalLM", "LMHeadModel", "MTModel", "ForConditionalGeneration"), "words"),
    (("ForMaskedLM",), "masked"),
    (("ForSequenceClassification", "ForImageClassification"), "classes"),
    (("ForTokenClassification",), "tokens"),
    (("ForQuestionAnswering",), "spans"),
    (("ForPreTraining",), "pretraining"),
    (("Model",), "none"),
)


def task_of(facts: Facts) -> str:
    """What the saved class is for, by the end of its name; a language model when it has none."""
    if facts.architecture is None:
        return "words"
    for ends, task in _TASKS:
        if facts.architecture.endswith(ends):
            return task
    raise no_class(facts)


def no_class(facts: Facts) -> BlueprintError:
    """The error for a class whose head is not known."""
    return BlueprintError(
        f"no blueprint for the class {(facts.architecture or '')[:64]}",
        "open the model's files instead of its config.json",
    )
