"""Journeys: both platforms as real processes (tests/platforms.py)."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import logs
from tests.platforms import ROOT, Demo, charge, installation, manage, running_demo, wait

__all__ = ["ROOT", "Demo", "charge", "manage", "wait"]


@pytest.fixture
def environment(tmp_path: Path) -> Iterator[dict[str, str]]:
    """The environment of a development installation that has never been used; its database has all its tables."""
    with installation(tmp_path) as found:
        yield found


@pytest.fixture
def new_environment(tmp_path: Path) -> Iterator[dict[str, str]]:
    """The same with an empty database, as after a download."""
    with installation(tmp_path, migrated=False) as found:
        yield found


@pytest.fixture
def demo(request: pytest.FixtureRequest, environment: dict[str, str], tmp_path: Path) -> Iterator[Demo]:
    """A demo for this test alone, which may kill it."""
    logs.of(request, tmp_path)
    with running_demo(environment, tmp_path) as running:
        yield running
