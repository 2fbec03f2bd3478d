"""Tiny models of the real libraries, built, saved and read back as a user's files would be."""

import tempfile
from functools import lru_cache
from typing import Any, NamedTuple

import torch
import transformers
from transformers import modeling_utils
from transformers.core_model_loading import revert_weight_conversion
from transformers.models.auto.configuration_auto import CONFIG_MAPPING

from paramtui.checkpoint.checkpoint import Checkpoint
from paramtui.checkpoint.summary import ParameterSummary, summarise
from paramtui.sources.loading import load
from tests.truth.software.cases import Case

torch.set_num_threads(1)  # over matrices this small, more only wait for each other


class Live(NamedTuple):
    """A model in memory, and what we make of the files it was saved to."""

    model: Any
    checkpoint: Checkpoint
    summary: ParameterSummary


@lru_cache(maxsize=4)
def live(case: Case) -> Live:
    """Build the model in bf16 on the CPU, save it, read it back."""
    model = build(case)
    with tempfile.TemporaryDirectory() as folder:
        model.save_pretrained(folder)
        checkpoint = load(folder)
    return Live(model, checkpoint, summarise(checkpoint))


def build(case: Case, dtype: torch.dtype = torch.bfloat16) -> Any:
    """The model with invented weights, the same each time."""
    torch.manual_seed(0)
    config = CONFIG_MAPPING[case.config["model_type"]].from_dict(dict(case.config))
    return getattr(transformers, case.architecture)._from_config(config, dtype=dtype).eval()


class Owner(NamedTuple):
    """The module whose parameter a saved tensor is, or is a part of."""

    name: str
    """The parameter's full name in memory."""
    module: Any
    learned: bool
    """A parameter, not a buffer."""


def owners(model: Any) -> dict[str, Owner]:
    """Who owns each tensor on disk: every parameter is filled with its number, then saved."""
    found: list[Owner] = []
    state: dict[str, torch.Tensor] = {}
    numbered: dict[int, torch.Tensor] = {}
    parameters = dict(model.named_parameters(remove_duplicate=False))
    for name, tensor in model.state_dict(keep_vars=True).items():
        if id(tensor) not in numbered:
            numbered[id(tensor)] = torch.full(tensor.shape, float(len(found)))
        state[name] = numbered[id(tensor)]
        found.append(Owner(name, model.get_submodule(name.rpartition(".")[0]), name in parameters))
    kept = modeling_utils.remove_tied_weights_from_state_dict(dict(state), model)
    saved = revert_weight_conversion(model, kept)
    by_name = {owner.name: owner for owner in found}
    return {
        # A tied tensor has several owners; the one it is saved under speaks for it.
        name: by_name.get(name) or found[int(tensor.flatten()[0])]
        for name, tensor in saved.items()
    }
