"""Mark: what is asked of one branch: a precision of its own, to be frozen, trained or left out."""

from collections.abc import Sequence
from enum import Enum

from paramtui.memory.errors import ScenarioError, unknown
from paramtui.record import Record


class Action(str, Enum):
    """What a mark asks; any other action is a precision's name."""

    FREEZE = "freeze"
    """Not trained; of a LoRA, no adapter there (PEFT's `exclude_modules`)."""
    TRAIN = "train"
    """Trained whole; of a LoRA, beside the adapter (PEFT's `modules_to_save`)."""
    PRUNE = "prune"
    """Left out of the model."""


class Aspect(str, Enum):
    """What a mark is about; two marks of one branch contradict each other only in one of these."""

    PRECISION = "precision"
    TRAINING = "training"
    PRESENCE = "presence"


class Mark(Record):
    """One `--set PATH=ACTION`: it holds for the branch and for all below it."""

    path: str
    """As the tree spells it (`model.layers.0-31.mlp`), or a glob (`*.experts.*`)."""
    action: str
    """A member of Action, or a precision's name."""

    def __str__(self) -> str:
        return f"{self.path}={self.action}"

    @property
    def aspect(self) -> Aspect:
        """What it is about."""
        if self.action in (Action.FREEZE.value, Action.TRAIN.value):
            return Aspect.TRAINING
        return Aspect.PRESENCE if self.action == Action.PRUNE.value else Aspect.PRECISION


def mark_named(text: str) -> Mark:
    """`PATH=ACTION` as it is typed; raises ScenarioError where it is none."""
    from paramtui.memory.precision import PRECISIONS

    path, equals, action = text.rpartition("=")
    path, action = path.strip(), action.strip()
    if not equals or not path:
        raise ScenarioError(f"{text!r} is not PATH=ACTION", "for example lm_head=bf16")
    actions = [*PRECISIONS, *(item.value for item in Action)]
    if action not in actions:
        raise unknown("action", action, actions)
    return Mark(path, action)


def with_mark(marks: Sequence[Mark], mark: Mark) -> tuple[Mark, ...]:
    """The marks and one more, which takes the place of those of its path that it contradicts."""
    kept = (other for other in marks if other != mark and not contradict(other, mark))
    return (*kept, mark)


def contradict(one: Mark, other: Mark) -> bool:
    """Whether two marks ask different things of one path; what is left out can be nothing else."""
    if one.path != other.path or one == other:
        return False
    aspects = {one.aspect, other.aspect}
    return len(aspects) == 1 or Aspect.PRESENCE in aspects


def without_marks(marks: Sequence[Mark], path: str) -> tuple[Mark, ...]:
    """The marks but those of one path."""
    return tuple(mark for mark in marks if mark.path != path)
