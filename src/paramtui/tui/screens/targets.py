"""TargetsMenu: which kinds of layers LoRA trains, what that costs, and the LoraConfig for it."""

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType

from paramtui.checkpoint.summary import ParameterSummary
from paramtui.memory.adapter.lora_kinds import LoraKind, covered, parts, presets, spell
from paramtui.memory.scenario import Scenario
from paramtui.reports.lora_config import lora_config
from paramtui.tui.costs import Costs
from paramtui.tui.line import Item, Line
from paramtui.tui.screens.menu import Menu
from paramtui.tui.target_lines import Preset, figures, items
from paramtui.tui.told import Told
from paramtui.tui.widgets.picker import Picker

KEYS = {"all linear": "a", "attention": "t", "mlp": "m", "none": "n"}
DEFAULT_KEY = "d"


class TargetsMenu(Menu[str]):
    """Answers with the targets when Enter is pressed; until then nothing outside changes."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(key, action, show=False, priority=True)
        for key, action in (
            ("space", "tick"),
            ("enter", "apply"),
            ("y", "copy"),
            *((key, f"preset('{key}')") for key in (DEFAULT_KEY, *KEYS.values())),
        )
    ]
    TITLE = "LoRA targets"
    HINT = "Space ticks · Enter applies · y copies · Esc closes"

    def __init__(
        self, scenario: Scenario, summary: ParameterSummary, cost: Callable[[str], Costs]
    ) -> None:
        super().__init__()
        self._summary = summary
        self._cost = cost
        self._rank = scenario.lora_rank
        self._spec = scenario.lora_targets
        self._told: Told | None = None
        found = {**presets(summary), "none": ""}
        self._presets = [
            Preset(KEYS.get(title, DEFAULT_KEY), title, spec) for title, spec in found.items()
        ]

    def items(self, cells: int) -> Sequence[Item]:
        """The presets, then every kind of layer."""
        return items(self._summary, self._presets, self._spec, self._rank, cells)

    def foot(self, cells: int) -> Sequence[Line]:
        """What the ticked ones cost."""
        costs = self._cost(self._spec) if covered(self._summary, self._spec) else None
        return figures(costs, self._told, cells)

    def action_tick(self) -> None:
        """Tick or untick the selected kind; take the selected preset."""
        about = self.picker.about
        if isinstance(about, Preset):
            self._choose(about.spec)
        elif isinstance(about, LoraKind):
            self._toggle(about)

    def action_preset(self, key: str) -> None:
        """Take the preset of that key."""
        for preset in self._presets:
            if preset.key == key:
                self._choose(preset.spec)

    def action_apply(self) -> None:
        """Answer with what is ticked, unless nothing is."""
        if covered(self._summary, self._spec):
            self.dismiss(self._spec)

    def action_copy(self) -> None:
        """Copy the LoraConfig."""
        if covered(self._summary, self._spec):
            text = lora_config(self._summary, self._cost(self._spec).scenario)
            self.app.copy_to_clipboard(text)
            self._told = Told(f"copied {text}")
            self.write()

    @on(Picker.Picked)
    def _picked(self) -> None:
        self.action_tick()

    def _toggle(self, kind: LoraKind) -> None:
        ticked, these = covered(self._summary, self._spec), parts(kind.targets)
        wanted = ticked - these if these <= ticked else ticked | these
        self._choose(spell(self._summary, wanted))

    def _choose(self, spec: str) -> None:
        self._spec, self._told = spec, None
        self.write()
