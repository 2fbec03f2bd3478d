"""Every model_type with a blueprint: tables that are imported as far as one is looked for."""

from collections.abc import Iterator, Mapping
from importlib import import_module

from paramtui.checkpoint.blueprint.family import Family

_TABLES = """
    decoders.DECODERS mixtures.MIXTURES balanced.BALANCED indexed.INDEXED gpt.GPTS encoders.ENCODERS
    hybrids.HYBRIDS modern_encoders.MODERN_ENCODERS images.IMAGES sequence.SEQUENCES
    composites.COMPOSITES dual_encoders.DUAL_ENCODERS gemma4.GEMMA4S remote.REMOTE unet.UNETS
    flux.TRANSFORMERS
"""
"""Modules and their tables, in the order of looking: first what most models are."""


class Families(Mapping[str, Family]):
    """A family is in one table alone."""

    def __getitem__(self, name: str) -> Family:
        for table in self._tables():
            if name in table:
                return table[name]
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        for table in self._tables():
            yield from table

    def __len__(self) -> int:
        return sum(map(len, self._tables()))

    def _tables(self) -> Iterator[Mapping[str, Family]]:
        for place in _TABLES.split():
            module, _, name = place.partition(".")
            yield getattr(import_module(f"{__package__}.{module}"), name)


FAMILIES: Mapping[str, Family] = Families()
