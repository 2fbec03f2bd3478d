"""An adapter put on its base model: its tensors hung into the modules they adapt."""

import re
from collections.abc import Iterable, Mapping, Sequence

from paramtui.checkpoint.formats.adapter import AdaptedLayer, Adapter
from paramtui.checkpoint.formats.peft import TABLES, module_of, rest_of
from paramtui.checkpoint.tensor import Shape, TensorInfo
from paramtui.named_tuple import NamedTuple
from paramtui.record import replace

SHORTEST, DEEPEST = 3, 12
"""How many last parts of a module's name it is looked for by."""
_ADAPTING = re.compile(
    r"(?:base_layer\.)*(?:lora_|ia3_|hada_|lokr_|oft_|boft_|vera_|fourierft_|hra_|vblora_|prompt_|trainable_tokens_)"
)
"""Parts that a method adds to a module; anything else is stored as the model has it."""
_FLOATS = ("F64", "F32", "F16", "BF16")


class OnBase(NamedTuple):
    """An adapter whose layers have the names of the base model's."""

    adapter: Adapter
    tensors: tuple[TensorInfo, ...]
    missing: tuple[str, ...]
    """Adapted layers that the base model does not have, or has in another shape."""


def on_base(adapter: Adapter, tensors: Sequence[TensorInfo], base: Iterable[TensorInfo]) -> OnBase:
    """Find the modules of an adapter in a base model; `tensors` are the adapter's own."""
    modules = _Modules(base)
    wanted = dict.fromkeys(module_of(tensor.name) for tensor in tensors)
    wanted |= dict.fromkeys(layer.module for layer in adapter.layers)
    places = {module: place for module in wanted if (place := modules.find(module))}
    layers = tuple(
        layer._replace(module=places.get(layer.module, layer.module)) for layer in adapter.layers
    )
    found = frozenset(layer.module for layer in layers if modules.fit(layer))
    if not layers and adapter.targets:
        found = modules.called(adapter.targets.split(","))
    return OnBase(
        replace(adapter, layers=layers, modules=found),
        _placed(adapter, tensors, places),
        # A tied output head is a layer of the model, without a tensor of its own.
        tuple(
            layer.module
            for layer in layers
            if layer.module not in found and not layer.module.endswith(TABLES)
        ),
    )


def alone(adapter: Adapter, tensors: Sequence[TensorInfo]) -> tuple[TensorInfo, ...]:
    """The tensors of an adapter without its base model."""
    return _placed(adapter, tensors, {})


def _placed(
    adapter: Adapter, tensors: Sequence[TensorInfo], places: Mapping[str, str]
) -> tuple[TensorInfo, ...]:
    """The tensors inside the modules they adapt; what is stored whole gets a part of its own."""
    copies = {tensor.name for tensor in adapter.tensors if not tensor.trained}
    found = []
    for tensor in tensors:
        module, rest = module_of(tensor.name), rest_of(tensor.name)
        if not _ADAPTING.match(rest):
            rest = f"{'saved_copy' if tensor.name in copies else 'modules_to_save'}.{rest}"
        found.append(tensor._replace(name=f"{places.get(module, module)}.{rest}".lstrip(".")))
    return tuple(found)


class _Modules:
    """The modules of a base model, found under the names an adapter gives them.

    Files, transformers and PEFT differ in how a name begins: `h.0` and `transformer.h.0`,
    `language_model.model.layers` and `model.language_model.layers`.
    """

    def __init__(self, base: Iterable[TensorInfo]) -> None:
        self._shapes: dict[str, tuple[str, Shape]] = {
            tensor.name.rpartition(".")[0]: (tensor.dtype.name, tensor.shape) for tensor in base
        }
        self._endings: dict[str, list[str]] | None = None

    def find(self, module: str) -> str | None:
        """The base model's name of a module; None when it has no such, or several."""
        parts = module.split(".")[-DEEPEST:]
        shorter = [module, *(".".join(parts[start:]) for start in range(1, len(parts)))]
        for name in shorter:
            if name in self._shapes:
                return name
        endings = self._by_ending()
        for name in shorter:
            if candidates := endings.get(name):
                return _alike(candidates, set(parts))
        return None

    def fit(self, layer: AdaptedLayer) -> bool:
        """Whether the base model has the layer, of as many inputs and outputs where it shows."""
        dtype, shape = self._shapes.get(layer.module, ("", ()))
        if dtype in _FLOATS and len(shape) == 2:
            return set(shape) == {layer.inputs, layer.outputs}
        return bool(dtype)

    def called(self, names: Iterable[str]) -> frozenset[str]:
        """The modules whose names end in one of these."""
        endings = tuple(f".{name}" for name in names)
        return frozenset(module for module in self._shapes if f".{module}".endswith(endings))

    def _by_ending(self) -> Mapping[str, Sequence[str]]:
        if self._endings is None:
            self._endings = {}
            for module in self._shapes:
                parts = module.split(".")[-DEEPEST:]
                for start in range(1, len(parts) - SHORTEST + 1):
                    self._endings.setdefault(".".join(parts[start:]), []).append(module)
        return self._endings


def _alike(candidates: Sequence[str], parts: set[str]) -> str | None:
    """The one candidate that shares most parts with a name; None when two do."""
    shared = [len(parts & set(candidate.split("."))) for candidate in candidates]
    most = max(shared)
    return candidates[shared.index(most)] if shared.count(most) == 1 else None
