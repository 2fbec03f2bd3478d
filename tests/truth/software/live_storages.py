"""Bytes of live tensors during a training step, as torch's allocator would hold them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch.multiprocessing.reductions import StorageWeakRef
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves


class LiveStorages(TorchDispatchMode):  # type: ignore[misc]
    """Every storage made while it is on; a storage that was freed counts no more."""

    def __init__(self) -> None:
        super().__init__()
        self._made: dict[int, tuple[StorageWeakRef, int]] = {}
        self._before: set[int] = set()
        self.peak = 0

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Any = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Run the operator and note what it made."""
        result = func(*args, **(kwargs or {}))
        for tensor in tree_leaves(result):
            if isinstance(tensor, torch.Tensor):
                storage = tensor.untyped_storage()
                self._made[storage._cdata] = StorageWeakRef(storage), storage.nbytes()
        self.peak = max(self.peak, self.bytes)
        return result

    def ignore(self, tensors: Iterator[torch.Tensor]) -> None:
        """Leave these out: weights and what was there before."""
        self._before |= {tensor.untyped_storage()._cdata for tensor in tensors}

    @property
    def bytes(self) -> int:
        """What is alive now."""
        self._made = {key: made for key, made in self._made.items() if not made[0].expired()}
        return sum(size for key, (_, size) in self._made.items() if key not in self._before)


class Flash(torch.autograd.Function):  # type: ignore[misc]
    """Attention that saves what flash attention saves: q, k, v, its output, log-sum-exp."""

    @staticmethod
    def forward(ctx: Any, query: Any, key: Any, value: Any, scale: float) -> Any:
        """The causal attention of all heads; keys and values are not repeated in what is saved."""
        repeats = query.shape[1] // key.shape[1]
        out = torch.nn.functional.scaled_dot_product_attention(
            query,
            key.repeat_interleave(repeats, 1),
            value.repeat_interleave(repeats, 1),
            is_causal=True,
            scale=scale,
        )
        out = out.transpose(1, 2).contiguous()
        ctx.save_for_backward(query, key, value, out, query.new_zeros(query.shape[:3]).float())
        return out

    @staticmethod
    def backward(ctx: Any, _gradient: Any) -> Any:
        """Gradients of the right shapes; their values are of no interest."""
        query, key, value, *_ = ctx.saved_tensors
        return torch.zeros_like(query), torch.zeros_like(key), torch.zeros_like(value), None


def flash(
    module: Any, query: Any, key: Any, value: Any, mask: Any, **options: Any
) -> tuple[Any, None]:
    """Flash attention under the interface of transformers."""
    scale = options.get("scaling") or query.shape[-1] ** -0.5
    return Flash.apply(query, key, value, scale), None


@contextmanager
def flash_attention() -> Iterator[str]:
    """The name under which transformers finds that attention."""
    from transformers.masking_utils import ALL_MASK_ATTENTION_FUNCTIONS
    from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

    # A name with `flash` in it makes transformers look for a kernel.
    name = "measured"
    ALL_ATTENTION_FUNCTIONS.register(name, flash)
    ALL_MASK_ATTENTION_FUNCTIONS.register(name, lambda *_, **__: None)
    yield name
