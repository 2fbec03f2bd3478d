"""The JSON object of `--json`: version 1 of the public schema."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from math import isfinite

from paramtui.checkpoint.checkpoint import Checkpoint
from paramtui.checkpoint.config import Json
from paramtui.checkpoint.summary import ParameterSummary
from paramtui.checkpoint.text import clean
from paramtui.memory.estimate import LoraEstimate, MemoryEstimate
from paramtui.memory.explain.explain import explain
from paramtui.memory.explain.explanation import Explanation, explain_component
from paramtui.memory.figure import Component
from paramtui.memory.gpus.speed import Speed, speed
from paramtui.memory.gpus.verdict import Verdict, verdict
from paramtui.memory.overhead import USUAL
from paramtui.memory.scenario import Scenario
from paramtui.memory.training.trainable import weights_precision
from paramtui.record import Record
from paramtui.reports.explanation import explanation_document
from paramtui.reports.opened import adapter_document, choices_document

TYPE_CHECKING = False
if TYPE_CHECKING:
    from paramtui.checkpoint.module import Module
    from paramtui.checkpoint.values import TensorValues
    from paramtui.memory.gpus.solve import Solved
    from paramtui.reports.comparison import Compared
    from paramtui.reports.sweep import Swept

SCHEMA = 1


class Report(Record):
    """Everything a report is made from."""

    checkpoint: Checkpoint
    summary: ParameterSummary
    scenario: Scenario
    estimate: MemoryEstimate
    tree: Module | None = None
    """Given when every module is to be listed."""
    compared: Compared | None = None
    """Given when a second model stands beside it."""
    swept: Swept | None = None
    """Given when one choice takes several values."""
    values: TensorValues | None = None
    """Given when the numbers of one tensor are asked for."""

    @cached_property
    def verdict(self) -> Verdict | None:
        """Whether it fits on the scenario's GPUs; None where none is named."""
        return verdict(self.summary, self.scenario, self.estimate)

    @cached_property
    def solved(self) -> Solved:
        """What is the most that fits on them."""
        from paramtui.memory.gpus.solve import solve

        return solve(self.summary, self.scenario)

    @cached_property
    def speed(self) -> Speed:
        """FLOPs, bytes and the roofline."""
        return speed(self.summary, self.scenario, self.estimate, self.verdict)

    @property
    def explanations(self) -> Iterator[Explanation]:
        """Every figure, explained, in the report's order."""
        return explain(self.summary, self.scenario, self.estimate)


def document(report: Report) -> dict[str, Json]:
    """The whole object; sizes are integers of bytes, counts are integers."""
    result: dict[str, Json] = {
        "schema": SCHEMA,
        "model": _model(report),
        "fetched": _fetched(report.checkpoint),
        "parameters": _parameters(report.summary),
        "scenario": scenario_document(report.scenario),
        "memory": _memory(report.estimate),
    }
    if report.estimate.lora is not None:
        result["lora"] = _lora(report.estimate.lora)
    # What was not asked for is not imported: a start pays for what it shows.
    if report.verdict is not None:
        from paramtui.reports.gpu import gpu_document

        result["gpu"] = gpu_document(report.verdict, report.solved, report.speed)
    result["speed"] = _speed(report.speed)
    if report.compared is not None:
        from paramtui.reports.comparison import comparison_document

        result["compare"] = comparison_document(report.compared)
    if report.swept is not None:
        from paramtui.reports.sweep import sweep_document

        result["sweep"] = sweep_document(report.swept)
    if report.values is not None:
        from paramtui.reports.values import values_document

        result["values"] = values_document(report.values)
    result["explanations"] = _explanations(report)
    if report.tree is not None:
        result["tree"] = tree_document(report.tree)
    result["warnings"] = list(report.summary.warnings)
    return result


def scenario_document(scenario: Scenario) -> dict[str, Json]:
    """Every option of the scenario, resolved."""
    return {
        "mode": scenario.mode.value,
        "precision": weights_precision(scenario),
        "kv_precision": scenario.kv_precision,
        "context": scenario.context,
        "batch": scenario.batch,
        "lora_rank": scenario.lora_rank,
        "lora_targets": scenario.lora_targets,
        "adapter_precision": scenario.adapter_precision,
        "optimizer": scenario.optimizer.value,
        "training_precision": scenario.training_precision.value,
        "gradient_checkpointing": scenario.gradient_checkpointing,
        "gpu": str(scenario.gpus) if scenario.gpus else None,
        "parallel": scenario.parallel.value,
        "gpu_memory_utilization": scenario.gpu_memory_utilization,
        "overhead": list(USUAL if scenario.overheads is None else scenario.overheads),
        "tokens": scenario.training_tokens,
        "components": scenario.components.value,
        "set": [str(mark) for mark in scenario.marks],
    }


def tree_document(module: Module) -> dict[str, Json]:
    """One module and all below; counts are those of one copy, `repeat` says how many."""
    result: dict[str, Json] = {
        "name": module.name,
        "path": module.path,
        "category": module.category.value if module.category else None,
        "parameters": module.parameters,
        "bytes": module.nbytes,
        "repeat": module.repeat,
        "children": [tree_document(child) for child in module.children],
    }
    if module.shape is not None:
        result["shape"] = list(module.shape)
        result["dtype"] = module.dtypes[0] if module.dtypes else None
        result["file"] = module.file or None
        result["tensor"] = module.tensor or None
    if module.note:
        result["note"] = module.note
    return result


def _model(report: Report) -> dict[str, Json]:
    checkpoint, config = report.checkpoint, report.checkpoint.config
    quantization = config.quantization
    return {
        "id": checkpoint.id,
        "revision": checkpoint.revision,
        "commit": checkpoint.commit,
        "source": checkpoint.source,
        "notice": checkpoint.notice,
        "architecture": _cleaned(config.architecture),
        "model_type": _cleaned(config.model_type),
        "dtype": _cleaned(config.dtype),
        "quantization": (
            {clean(name): _cleaned(quantization.raw(name)) for name in quantization.names()}
            if quantization
            else None
        ),
        "layers": config.layers,
        "context_length": config.context_length,
        "license": checkpoint.license,
        "complete": checkpoint.complete,
        "adapter": adapter_document(checkpoint.adapter) if checkpoint.adapter else None,
        "choices": choices_document(checkpoint.choices),
        "partial": checkpoint.partial,
        "config_set": {change.name: _cleaned(change.value) for change in checkpoint.design},
    }


def _fetched(checkpoint: Checkpoint) -> dict[str, Json]:
    fetched = checkpoint.fetched
    return {
        "requests": fetched.requests,
        "bytes": fetched.bytes,
        "weight_bytes": fetched.weight_bytes,
        "from_cache": fetched.from_cache,
        "seconds": round(fetched.seconds, 3),
        "retries": fetched.retries,
    }


def _parameters(summary: ParameterSummary) -> dict[str, Json]:
    return {
        "total": summary.total,
        "active": summary.active,
        "stored_elements": summary.stored_elements,
        "stored_bytes": summary.stored_bytes,
        "bits_per_parameter": 8 * summary.stored_bytes / summary.total if summary.total else None,
        "tensors": summary.tensors,
        "files": summary.files,
        "by_category": {category.value: n for category, n in summary.by_category.items()},
        "by_kind": {kind.value: n for kind, n in summary.by_kind.items()},
        "by_dtype": dict(summary.by_dtype),
    }


def _memory(estimate: MemoryEstimate) -> dict[str, Json]:
    return {
        "components": [
            _component(part) | {"at_peak": estimate.at_peak(part.name)}
            for part in estimate.components
        ],
        "peak_bytes": estimate.peak_bytes,
        "peak_formula": estimate.peak_formula,
        "peak_band": estimate.band,
        "total_bytes": estimate.total_bytes,
        "total_upper_bytes": estimate.total_upper_bytes,
        "not_modelled": list(estimate.not_modelled),
    }


def _component(part: Component) -> dict[str, Json]:
    result: dict[str, Json] = {"name": part.name, "bytes": part.bytes}
    if part.upper_bytes is not None:
        result["upper_bytes"] = part.upper_bytes
    return result | {
        "formula": part.formula,
        "symbols": explain_component(part).formula,
        "source": part.source,
        "basis": part.basis.value,
        "convention": part.convention,
    }


def _speed(speed: Speed) -> dict[str, Json]:
    """FLOPs and bytes, by name."""
    return {item.name.removeprefix("speed."): int(item.value) for item in speed.figures}


def _lora(lora: LoraEstimate) -> dict[str, Json]:
    return {
        "rank": lora.rank,
        "targets": [
            {
                "module": target.module,
                "in": target.in_features,
                "out": target.out_features,
                "count": target.count,
            }
            for target in lora.targets
        ],
        "trainable": lora.trainable,
        "percent": lora.percent,
        "adapter_file_bytes": lora.adapter_file_bytes,
    }


def _explanations(report: Report) -> dict[str, Json]:
    """By their place in the document; a component has its own beside it."""
    inline = {f"memory.{part.name}" for part in report.estimate.components}
    return {
        item.name: explanation_document(item)
        for item in report.explanations
        if item.name not in inline
    }


def _cleaned(value: Json) -> Json:
    """A stranger's value, fit for a terminal and for JSON, which has no NaN and no infinity."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, float):
        return value if isfinite(value) else None
    if isinstance(value, Mapping):
        return {clean(name): _cleaned(item) for name, item in value.items()}
    if isinstance(value, Sequence):
        return [_cleaned(item) for item in value]
    return value
