"""A blueprint is what transformers saves: names, shapes and types, from either style of config."""

from collections.abc import Sequence

import pytest

pytest.importorskip("transformers", reason="needs the extra `truth`")

from transformers.models.auto.configuration_auto import CONFIG_MAPPING

from paramtui.checkpoint.blueprint import FAMILIES, blueprint
from paramtui.checkpoint.config import ModelConfig
from paramtui.checkpoint.tensor import TensorInfo
from tests.truth.software.cases import KNOWN, Case, cases, with_reasons
from tests.truth.software.live import live

pytestmark = pytest.mark.filterwarnings("ignore")

Rows = set[tuple[str, str, tuple[int, ...]]]


def rows(tensors: Sequence[TensorInfo]) -> Rows:
    found = {(tensor.name, tensor.dtype.name, tensor.shape) for tensor in tensors}
    assert len(found) == len(tensors)
    return found


PREFIX = "files of encoders alone have transformers 4's names, which begin with the section's"
DIFFERS = {
    "clip_text_model": PREFIX,
    "clip_vision_model": PREFIX,
    "qwen3_vl_moe": "Qwen's own files pack the experts in × out; transformers 5 saves out × in",
}
"""Where the files people download are not what transformers would save, and the blueprint is."""


@pytest.fixture(scope="module", params=with_reasons(cases(KNOWN), DIFFERS), ids=str)
def case(request: pytest.FixtureRequest) -> Case:
    found: Case = request.param
    return found


def test_from_the_config_of_the_hub(case: Case) -> None:
    made = blueprint(ModelConfig.from_json(case.config))
    assert rows(made) == rows(live(case).checkpoint.tensors)


def test_from_the_config_that_transformers_writes(case: Case) -> None:
    checkpoint = live(case).checkpoint
    assert rows(blueprint(checkpoint.config)) == rows(checkpoint.tensors)


def test_every_family_with_a_blueprint_is_compared() -> None:
    # The rest are families whose code comes with their files.
    assert FAMILIES.keys() & CONFIG_MAPPING.keys() == KNOWN.keys()
