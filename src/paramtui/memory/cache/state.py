"""Recurrent and convolution state: of fixed size, whatever the context."""

from paramtui.checkpoint.summary import ParameterSummary
from paramtui.memory.cache.attention import cache_layout
from paramtui.memory.cache.recurrence import RecurrentLayers
from paramtui.memory.figure import Basis, Component, Term
from paramtui.memory.scenario import Scenario


def state(summary: ParameterSummary, scenario: Scenario) -> Component | None:
    """The state of a scenario's sequences; None for a model without recurrent layers."""
    parts = cache_layout(summary).recurrent
    if not parts:
        return None
    return Component(
        name="state",
        terms=tuple(term for part in parts for term in state_terms(part, scenario.batch)),
        basis=Basis.EXACT,
        source="transformers 5 LinearAttentionLayer",
        convention="Per sequence: the convolution's last inputs in 16 bits, the state in fp32.",
    )


def state_terms(part: RecurrentLayers, batch: int) -> tuple[Term, ...]:
    """Bytes of equal layers: the convolution's inputs, and the state where there is one."""
    scope = f"{part.layers} layer{'' if part.layers == 1 else 's'}"
    convolution = Term.of(
        f"convolution, {scope}",
        "2 × layers × channels × kernel × batch",
        layers=part.layers,
        channels=part.channels,
        kernel=part.kernel,
        batch=batch,
    )
    if not part.rows:
        return (convolution,)
    first = (convolution,) if part.channels else ()
    values: dict[str, float] = {"layers": part.layers, "rows": part.rows, "columns": part.columns}
    formula = "4 × layers × rows × columns × batch"
    if part.depth > 1:
        formula = "4 × layers × heads × head_dim × state_dim × batch"
        values = {
            "layers": part.layers,
            "heads": part.rows,
            "head_dim": part.depth,
            "state_dim": part.columns,
        }
    recurrent = Term.of(f"recurrent state, {scope}", formula, **values, batch=batch)
    return (*first, recurrent)
