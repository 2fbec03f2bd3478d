"""What every report says of an estimate."""

from paramtui.memory.estimate import estimate
from paramtui.memory.scenario import Mode, Scenario
from paramtui.reports.facts import remarks
from tests.memory.small_models import mixtral_8x7b


def test_what_is_left_out_is_told_from_what_is_only_noted() -> None:
    found = estimate(mixtral_8x7b(), Scenario(mode=Mode.LORA, context=1 << 30))
    kinds = {sentence: kind for kind, sentence in remarks(found)}
    assert found.lora
    assert kinds[found.lora.notes[0]] == "note"
    assert set(kinds) == set(found.not_modelled)
    assert "not modelled" not in {kinds[note] for note in found.lora.notes}
