"""How several GPUs share a model: the strategies, and one plan made from them."""

from paramtui.memory.choices import Parallel
from paramtui.record import Record

__all__ = ["MEGATRON", "ONE", "STRATEGIES", "ZERO", "Parallel", "Plan", "Strategy"]


class Strategy(Record):
    """One row of the table."""

    label: str
    help: str
    """One plain sentence."""
    training: bool
    """For training; else for inference."""
    source: str


MEGATRON = "Megatron-LM, arXiv:1909.08053; vLLM: model_executor/layers/linear.py"
ZERO = "ZeRO, arXiv:1910.02054"

STRATEGIES: dict[Parallel, Strategy] = {
    Parallel.TENSOR: Strategy(
        "tensor parallel",
        "Every matrix is cut into one part for each GPU, by heads and by columns.",
        training=False,
        source=MEGATRON,
    ),
    Parallel.TENSOR_WHOLE_VOCABULARY: Strategy(
        "tensor parallel, embedding and head whole",
        "As tensor parallel, but each GPU holds all of the embedding and of the output head.",
        training=False,
        source=MEGATRON,
    ),
    Parallel.PIPELINE: Strategy(
        "pipeline stages",
        "Each GPU holds some of the layers, as many as the next one.",
        training=False,
        source="vLLM: distributed/utils.py, get_pp_indices",
    ),
    Parallel.EXPERT: Strategy(
        "expert parallel",
        "Each GPU holds whole experts; everything else is cut as in tensor parallel.",
        training=False,
        source="GShard, arXiv:2006.16668; vLLM: enable_expert_parallel",
    ),
    Parallel.FSDP: Strategy(
        "FSDP, full shard",
        "Weights, gradients and optimizer states are cut evenly; layers are gathered to compute.",
        training=True,
        source="PyTorch FSDP, arXiv:2304.11277; torch.distributed.fsdp.fully_shard",
    ),
    Parallel.ZERO_3: Strategy(
        "ZeRO stage 3",
        "As FSDP: weights, gradients and optimizer states are cut evenly.",
        training=True,
        source=ZERO,
    ),
    Parallel.ZERO_2: Strategy(
        "ZeRO stage 2",
        "Gradients and optimizer states are cut evenly; every GPU holds the weights.",
        training=True,
        source=ZERO,
    ),
    Parallel.ZERO_1: Strategy(
        "ZeRO stage 1",
        "Optimizer states are cut evenly; every GPU holds weights and gradients.",
        training=True,
        source=ZERO,
    ),
    Parallel.DDP: Strategy(
        "data parallel",
        "Every GPU holds everything; gradients are exchanged through buckets of their own size.",
        training=True,
        source="torch DistributedDataParallel, gradient_as_bucket_view=False",
    ),
}


class Plan(Record):
    """How the GPUs in use share the work; one GPU when nothing is said."""

    tensor: int = 1
    """Ranks that share each layer."""
    stages: int = 1
    """Pipeline stages, each so many ranks."""
    experts: bool = False
    """Whether each rank holds whole experts."""
    vocabulary: bool = True
    """Whether ranks share the embedding and the head."""
    shards: int = 1
    """Ranks that each see their own part of the batch."""
    strategy: Parallel | None = None
    """What `shards` share; None where there is one."""

    @property
    def gpus(self) -> int:
        """How many it uses."""
        return self.tensor * self.stages * self.shards

    @property
    def strategies(self) -> tuple[Parallel, ...]:
        """The rows of the table it is made from."""
        names = []
        if self.tensor > 1:
            names.append(_CUTS[self.experts, self.vocabulary])
        if self.stages > 1:
            names.append(Parallel.PIPELINE)
        if self.strategy and self.shards > 1:
            names.append(self.strategy)
        return tuple(names)

    @property
    def label(self) -> str:
        """`tensor parallel over 4 GPUs, 2 pipeline stages`; `one GPU`."""
        words = []
        for name in self.strategies:
            if name is Parallel.PIPELINE:
                words.append(f"{self.stages} pipeline stages")
            else:
                over = self.shards if name is self.strategy else self.tensor
                words.append(f"{STRATEGIES[name].label} over {over} GPUs")
        return ", ".join(words) or "one GPU"

    @property
    def source(self) -> str:
        """Where its rules come from."""
        return "; ".join(dict.fromkeys(STRATEGIES[name].source for name in self.strategies))


_CUTS = {
    (False, True): Parallel.TENSOR,
    (False, False): Parallel.TENSOR_WHOLE_VOCABULARY,
    (True, True): Parallel.EXPERT,
}

ONE = Plan()
