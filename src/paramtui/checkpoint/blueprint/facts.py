"""Facts: a section of a config, read for a blueprint; what is absent is named."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from paramtui.checkpoint.config import HEADS, HIDDEN, LAYERS, Fields, Json
from paramtui.record import Record, field, replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeVar

    Choice = TypeVar("Choice")


class BlueprintError(Exception):
    """The tensors cannot be told from this config; a message and what to do, one line each."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


LIMIT = 2**40
"""No size of a model is beyond this."""

Option = bool | str
"""Whether a part is there: always, never, or as the named flag of the config says."""


class Facts(Record):
    """The fields of one section, with the defaults of its family behind them."""

    family: str
    fields: Fields
    defaults: Mapping[str, Json] = field(default_factory=dict)
    """What the family's own config class gives a field that the config leaves out."""
    tied: bool = False
    """Whether embedding and output head are one matrix."""
    architecture: str | None = None
    """The class that was saved, which decides the head."""
    layer: int = 0
    """The number of the layer that is asked for."""

    def at_layer(self, layer: int) -> Facts:
        """The same facts, asked for another layer."""
        return replace(self, layer=layer)

    def find(self, *names: str) -> int | None:
        """The first of `names` that holds a positive number, in the config or the defaults."""
        value = self.fields.integer(*names)
        if value is None and not any(name in self.fields for name in names):
            value = Fields(self.defaults).integer(*names)
        return value if value is not None and 0 < value < LIMIT else None

    def ratio(self, name: str, otherwise: float) -> float:
        """A factor between a thousandth and a thousand; `otherwise` when there is none such."""
        value = self.fields.number(name)
        return value if value is not None and 0.001 <= value <= 1000 else otherwise

    def need(self, *names: str) -> int:
        """Like `find`; raises BlueprintError, naming the field, when there is none."""
        value = self.find(*names)
        if value is None:
            raise self.absent(names[0])
        return value

    def absent(self, name: str) -> BlueprintError:
        """The error for a field that is not there, or not what it must be."""
        return BlueprintError(
            f"the {self.family} config has no usable {name}",
            "give the whole config.json of the model",
        )

    def whole(self, *names: str) -> int | None:
        """The first of `names` that holds a whole number, zero included."""
        value = self.fields.integer(*names)
        return Fields(self.defaults).integer(*names) if value is None else value

    def each(self, *names: str) -> int:
        """Like `need`, of a field that may be a list with one number a layer."""
        numbers = self.fields.integers(*names)
        if numbers is None:
            return self.need(*names)
        if self.layer >= len(numbers) or not 0 < numbers[self.layer] < LIMIT:
            raise self.absent(f"{names[0]} for layer {self.layer}")
        return numbers[self.layer]

    def on(self, option: Option) -> bool:
        """Whether an optional part is there; a flag nobody sets is off."""
        if isinstance(option, bool):
            return option
        value = self.fields.flag(option)
        return bool(Fields(self.defaults).flag(option) if value is None else value)

    def numbers(self, *names: str) -> tuple[int, ...] | None:
        """A list of whole numbers, from the config or the defaults."""
        found = self.fields.integers(*names)
        return Fields(self.defaults).integers(*names) if found is None else found

    def words(self, *names: str) -> tuple[str, ...] | None:
        """A list of words, from the config or the defaults."""
        found = self.fields.texts(*names)
        return Fields(self.defaults).texts(*names) if found is None else found

    def kind(self, *names: str) -> str:
        """The word for this layer in a list with one a layer; raises BlueprintError without."""
        kinds = self.words(*names)
        if kinds is None or self.layer >= len(kinds):
            raise self.absent(names[0])
        return kinds[self.layer]

    def word(self, *names: str) -> str | None:
        """A word, from the config or the defaults."""
        return self.fields.text(*names) or Fields(self.defaults).text(*names)

    def choose(self, table: Mapping[str, Choice], name: str, what: str) -> Choice:
        """The row of a table that the config names; raises BlueprintError when there is none."""
        if name not in table:
            raise BlueprintError(
                f"no blueprint for the {what} {name[:64]!r} of {self.family}",
                "open the model's files instead of its config.json",
            )
        return table[name]

    @cached_property
    def hidden(self) -> int:
        """Width of the residual stream."""
        return self.need(*HIDDEN)

    @cached_property
    def layers(self) -> int:
        """Layers of the stack."""
        return self.need(*LAYERS)

    @cached_property
    def heads(self) -> int:
        """Query heads."""
        return self.need(*HEADS)

    @cached_property
    def kv_heads(self) -> int:
        """Key and value heads; as many as query heads where the config is silent."""
        return self.find("num_key_value_heads", "num_kv_heads", "n_head_kv") or self.heads

    @cached_property
    def head_dim(self) -> int:
        """Width of one head."""
        return self.find("head_dim") or self.hidden // self.heads

    @cached_property
    def intermediate(self) -> int:
        """Width of the feed-forward network."""
        return self.need("intermediate_size", "ffn_dim", "n_inner", "d_ff")

    @cached_property
    def vocab(self) -> int:
        """Rows of the token embedding."""
        return self.need("vocab_size", "padded_vocab_size")

    @cached_property
    def labels(self) -> int:
        """Classes of a classification head; two when the config names none."""
        names = self.fields.section("id2label").names()
        return len(names) or self.find("num_labels") or 2
