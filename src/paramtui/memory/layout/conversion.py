"""Which linear layers a quantising library converts, and which it leaves in 16 bits."""

import re
from collections.abc import Iterable

from paramtui.checkpoint.category import Category
from paramtui.checkpoint.config import ModelConfig
from paramtui.checkpoint.summary import TensorGroup
from paramtui.memory.layout.linear import is_linear
from paramtui.memory.precision import Precision

LEFT = frozenset({Category.HEAD, Category.ROUTER, Category.ADAPTER, Category.EMBEDDING})
"""Never converted: the output head, routers, and what was trained beside the model."""

TOWERS = frozenset({Category.VISION, Category.AUDIO, Category.PROJECTOR})
"""Outside the decoder's layers, where GPTQ and AWQ do not go."""

OWN_LINEAR_CLASS = frozenset({"falcon", "RefinedWeb", "RefinedWebModel"})
"""Model types whose linear layers are a subclass of torch's, which transformers 5 passes over
when it asks for `type(module) is nn.Linear` (integrations/bitsandbytes.py)."""


def converted(group: TensorGroup, precision: Precision, config: ModelConfig) -> int:
    """How many of the group's tensors the precision's software converts."""
    if not is_linear(group) or group.category in LEFT or group.suffix in precision.keeps:
        return 0
    if group.category is Category.MTP and group.out_features == config.vocab_size:
        return 0  # a copy of the output head
    if group.category in TOWERS and not precision.towers:
        return 0
    if precision.method == "bitsandbytes" and _passed_over(group, config):
        return 0
    kept = _kept_layers(group, config, precision.method)
    return sum(layer not in kept for layer in group.layers) if kept else group.count


def _passed_over(group: TensorGroup, config: ModelConfig) -> bool:
    # T5 keeps the second matrix of its feed-forward network in floats: it overflows otherwise
    # (transformers, T5PreTrainedModel._keep_in_fp32_modules).
    t5 = group.suffix == "wo" and group.category in (Category.MLP, Category.EXPERTS)
    return t5 or config.model_type in OWN_LINEAR_CLASS


def _kept_layers(group: TensorGroup, config: ModelConfig, method: str) -> set[int]:
    """The layers of the group that the checkpoint's own quantisation of this kind leaves alone."""
    own = config.quantization
    if not method or own.text("quant_method") != method:
        return set()
    names = own.texts("modules_to_not_convert", "ignore", "llm_int8_skip_modules") or ()
    return set(_named_layers(group, names))


def _named_layers(group: TensorGroup, names: Iterable[str]) -> Iterable[int]:
    for name in names:
        if not _names(name, group.module):
            continue
        number = re.search(_NUMBER, name)
        if number:
            yield int(number.group())
        else:
            yield from group.layers


_NUMBER = r"(?<![^.])\d+(?![^.])"


def _names(name: str, module: str) -> bool:
    # A name stands for the modules it is a part of. compressed-tensors also writes regular
    # expressions; a config's own are never run, what is plain in them is read as such a name.
    if name.startswith("re:"):
        name = name[3:].replace("\\", "").replace(".*", "").strip("^$.")
    return f".{re.sub(_NUMBER, '*', name)}." in f".{module}."
