"""What every test may use."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# The everyday suite finds the same examples every time, however busy the machine is;
# `--hypothesis-profile=search` looks for new ones.
_CALM = [HealthCheck.too_slow, HealthCheck.data_too_large]
settings.register_profile("everyday", derandomize=True, deadline=None, suppress_health_check=_CALM)
settings.register_profile("search", deadline=None, suppress_health_check=_CALM)
settings.load_profile("everyday")

SHARED = Path(__file__).resolve().parents[2] / "shared"
"""Reference data beside the project; tests that use it skip visibly when it is away."""

needs_shared = pytest.mark.skipif(not SHARED.exists(), reason="reference data is not here")


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--update-frames` writes the golden frames of the app instead of comparing with them.

    `--long` fuzzes for hours, and examines everything that the everyday suite takes samples of.
    """
    parser.addoption("--update-frames", action="store_true", help="write the golden frames anew")
    parser.addoption("--long", action="store_true", help="examine all, not samples")


@pytest.fixture(scope="session")
def long(request: pytest.FixtureRequest) -> bool:
    """Whether time is no matter."""
    return bool(request.config.getoption("--long"))
