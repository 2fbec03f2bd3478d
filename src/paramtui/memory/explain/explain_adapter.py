"""The figures of a LoRA adapter, explained."""

from collections import defaultdict
from collections.abc import Iterator

from paramtui.memory.adapter.adapter_file import LENGTH_BYTES
from paramtui.memory.explain.explanation import Explanation, ratio, summed
from paramtui.memory.figure import Basis, Term
from paramtui.memory.precision import adapter_precision_named
from paramtui.memory.result import LoraEstimate, LoraTarget

SOURCE = "PEFT 0.21: tuners/lora/layer.py, lora_A and lora_B"


def explain_adapter(lora: LoraEstimate, precision: str) -> Iterator[Explanation]:
    """Trainable parameters, their share, and the file; `precision` is the adapter's."""
    yield explain_trainable(lora)
    if lora.frozen + lora.trainable:
        yield ratio(
            "lora.percent",
            "trained share",
            "%",
            "100 × trainable ÷ (frozen + trainable)",
            "PEFT's print_trainable_parameters",
            "Of the model and the adapter together.",
            trainable=lora.trainable,
            frozen=lora.frozen,
        )
    yield explain_file(lora, precision)


def explain_trainable(lora: LoraEstimate) -> Explanation:
    """Two matrices beside each target: rank × inputs and outputs × rank."""
    alike: dict[tuple[int, int], list[LoraTarget]] = defaultdict(list)
    for target in lora.targets:
        alike[target.in_features, target.out_features].append(target)
    terms = [
        Term.of(
            ", ".join(target.module for target in targets),
            "layers × rank × (inputs + outputs)",
            layers=sum(target.count for target in targets),
            rank=lora.rank,
            inputs=inputs,
            outputs=outputs,
        )
        for (inputs, outputs), targets in alike.items()
    ]
    if others := lora.trainable - sum(term.value for term in terms):
        terms.append(Term.of("biases, magnitudes and whole modules", "others", others=others))
    return summed(
        "lora.trainable",
        "trainable parameters",
        "parameters",
        terms,
        Basis.EXACT,
        SOURCE,
        "The adapter's own; every parameter of the model stays as it is.",
    )


def explain_file(lora: LoraEstimate, precision: str) -> Explanation:
    """Size of adapter_model.safetensors."""
    header = lora.adapter_file_bytes - lora.adapter_data_bytes - LENGTH_BYTES
    matrices = Term.of(
        f"the adapter in {precision}",
        "bytes_per_parameter × trainable",
        bytes_per_parameter=adapter_precision_named(precision).bytes,
        trainable=lora.trainable,
    )
    terms = [
        matrices,
        Term.of("the header: names, types, shapes and places", "header", header=header),
        Term.of("the header's length", "length", length=LENGTH_BYTES),
    ]
    if copies := lora.adapter_data_bytes - matrices.value:
        terms.append(Term.of("whole layers saved beside it", "copies", copies=copies))
    return summed(
        "lora.adapter_file_bytes",
        "adapter file",
        "bytes",
        terms,
        Basis.EXACT,
        "PEFT 0.21: save_pretrained; the safetensors format",
        "adapter_model.safetensors, to the byte; the small adapter_config.json is not in it.",
    )
