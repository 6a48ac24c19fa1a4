"""The two platforms, started once for the tests that use them."""

from collections.abc import Iterator
from typing import Any

import pytest

from . import stages


@pytest.fixture(scope="module")
def cpo_stage() -> Iterator[stages.MockStage]:
    with stages.mock_cpo() as stage:
        yield stage


@pytest.fixture
def emsp_stage(transactional_db: None, settings: Any) -> Iterator[stages.EmspStage]:
    with stages.our_emsp(settings) as stage:
        yield stage
