import pytest

from tests.unit.app.telemetry.figures import Growth


@pytest.fixture
def grown() -> Growth:
    return Growth()
