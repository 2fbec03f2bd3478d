"""The `LoraConfig(...)` of PEFT that trains what a scenario says, to paste into a script."""

import json
import re
from collections import defaultdict

from paramtui.checkpoint.config import ModelConfig
from paramtui.checkpoint.summary import ParameterSummary
from paramtui.memory.adapter.adapter_tensors import loaded_name
from paramtui.memory.adapter.lora_kinds import names_of, parts
from paramtui.memory.adapter.lora_targets import ALL_LINEAR, Target, find_targets
from paramtui.memory.layout.linear import module_name
from paramtui.memory.scenario import Scenario

TASKS = {
    "ForCausalLM": "CAUSAL_LM",
    "LMHeadModel": "CAUSAL_LM",
    "ForSequenceClassification": "SEQ_CLS",
    "ForTokenClassification": "TOKEN_CLS",
    "ForQuestionAnswering": "QUESTION_ANS",
}
"""What an architecture's name ends in, and PEFT's TaskType for it (peft/utils/peft_types.py)."""


def lora_config(summary: ParameterSummary, scenario: Scenario) -> str:
    """One expression of Python; raises ScenarioError when the targets name nothing."""
    targets = find_targets(summary, scenario.lora_targets)
    packed = [target for target in targets if target.packed]
    layers = [target for target in targets if not target.packed]
    arguments = {"r": str(scenario.lora_rank)}
    if layers:
        arguments["target_modules"] = _modules(summary, scenario.lora_targets, layers)
    if packed:
        names = dict.fromkeys(_parameter(target) for target in packed)
        arguments["target_parameters"] = json.dumps(list(names))
    if task := _task(summary.config):
        arguments["task_type"] = json.dumps(task)
    return f"LoraConfig({', '.join(f'{name}={value}' for name, value in arguments.items())})"


def _modules(summary: ParameterSummary, spec: str, layers: list[Target]) -> str:
    """`target_modules`: PEFT's own word, names, or an expression where no names will do."""
    if spec.strip().lower() == ALL_LINEAR:
        return json.dumps(ALL_LINEAR)
    wanted = parts(layers)
    names = names_of(summary, wanted)
    if names and parts(find_targets(summary, ",".join(names))) == wanted:
        return json.dumps(list(names))
    return f'r"{_expression(summary.config, layers)}"'


def _expression(config: ModelConfig, layers: list[Target]) -> str:
    """What matches the layers' full names and nothing else, those of one parent together."""
    below = defaultdict[str, dict[str, None]](dict)
    for target in layers:
        for module in _modules_of(target):
            parent, _, name = loaded_name(module, config).rpartition(".")
            below[parent][_escaped(name)] = None
    return "|".join(
        (rf"{_escaped(parent)}\." if parent else "") + _one_of(list(names))
        for parent, names in below.items()
    )


def _one_of(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"({'|'.join(names)})"


def _modules_of(target: Target) -> list[str]:
    if len(target.tensors) == target.group.count:
        return [module_name(target.group.pattern)]
    return [module_name(tensor.name) for tensor in target.tensors]


def _escaped(module: str) -> str:
    return re.escape(module).replace(r"\*", r"\d+")


def _parameter(target: Target) -> str:
    """`experts.down_proj`: the parameter with the module that owns it."""
    return ".".join(module_name(target.group.pattern).split(".")[-2:])


def _task(config: ModelConfig) -> str | None:
    architecture = config.architecture or ""
    return next((task for ending, task in TASKS.items() if architecture.endswith(ending)), None)
