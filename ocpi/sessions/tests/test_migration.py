"""What was stored before pushes were told apart by field is protected from older pushes, and keeps its order."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from ocpi.sessions.models import Session
from tests import factories
from tests.callers import Caller

S1, S2 = ("sessions", "NL", "CPO", "S1"), ("sessions", "NL", "CPO", "S2")
LATER, BETWEEN = "2026-03-01T12:10:00Z", "2026-03-01T12:05:00Z"


FIRST = [("ocpi_sessions", "0001_initial")]


def migrate(targets: Any = None) -> Any:
    """The models as they are then; without targets, up to now."""
    executor = MigrationExecutor(connection)
    executor.migrate(targets or executor.loader.graph.leaf_nodes())
    return MigrationExecutor(connection).loader.project_state(targets).apps


@pytest.mark.django_db(transaction=True)
@pytest.mark.requirement("LOC-52", "AMB-04", "SES-11")
def test_sessions_of_before_keep_their_periods_and_are_not_overwritten_by_what_is_older(cpo: Caller) -> None:
    unsorted = [factories.period(f"2026-03-01T10:{n:02}:00Z", n) for n in (3, 1, 2)]
    later = factories.period("2026-03-01T09:00:00Z", 9)
    for path in (S1, S2):
        cpo.put(*path, body=factories.session(id=path[-1], charging_periods=unsorted))
        cpo.patch(*path, body={"kwh": 7, "charging_periods": [later], "last_updated": LATER})
    cpo.patch(*S2, body={"status": "COMPLETED", "last_updated": LATER})
    try:
        old = migrate(FIRST).get_model("ocpi_sessions", "Session").objects
        old.update(replaced_at=old.first().last_updated - timedelta(minutes=10))
    finally:
        migrate()
    for path in (S1, S2):
        assert cpo.get(*path).data["charging_periods"] == [*unsorted, later]
        assert cpo.patch(*path, body={"kwh": 5, "last_updated": BETWEEN}).status == (200, 1000)
        assert cpo.get(*path).data["kwh"] == 7
    assert [row.final_since for row in Session.objects.order_by("pk")] == [None, Session.objects.first().last_updated]
