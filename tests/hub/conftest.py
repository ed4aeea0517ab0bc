"""The larger hub on its way to instructions."""

from pathlib import Path

import pytest

from tests.hub import enlarged
from tests.sharing import once


@pytest.fixture(scope="session")
def whole_hub(test_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All 517 datasets crawled, selected, asked of the rules and filtered, with the parameters as shipped."""
    return once(tmp_path_factory, "whole-hub", lambda folder: enlarged.road(folder, test_data / "hub"))
