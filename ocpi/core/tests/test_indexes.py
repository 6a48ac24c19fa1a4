"""An index for a table that is large already is built beside the traffic, where PostgreSQL can, and taken away so."""

from typing import Any

import pytest
from django.db import connection, models
from django.db.migrations.state import ProjectState
from django.test.utils import CaptureQueriesContext

from ocpi.core.indexes import AddIndex


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("app", "model", "field", "beside"),
    [("ocpi_tokens", "token", "issuer", True), ("ocpi_journal", "exchange", "method", False)],
    ids=["a table", "one that PostgreSQL keeps in partitions"],
)
@pytest.mark.long
def test_an_index_is_added_and_removed_beside_the_traffic(app: str, model: str, field: str, beside: bool) -> None:
    from django.apps import apps

    before = ProjectState.from_apps(apps)
    operation = AddIndex(model, models.Index(fields=[field], name="index_of_a_test"))
    after = before.clone()
    operation.state_forwards(app, after)
    for act, states in (("CREATE", (before, after)), ("DROP", (after, before))):
        run = operation.database_forwards if act == "CREATE" else operation.database_backwards
        with CaptureQueriesContext(connection) as asked, connection.schema_editor(atomic=False) as editor:
            run(app, editor, *states)
        [sql] = [query["sql"] for query in asked if query["sql"].startswith(act)]
        assert ("CONCURRENTLY" in sql) == (beside and connection.vendor == "postgresql")
        assert ("index_of_a_test" in names(apps.get_model(app, model)._meta.db_table)) == (act == "CREATE")


def names(table: str) -> set[str]:
    with connection.cursor() as cursor:
        found: dict[str, Any] = connection.introspection.get_constraints(cursor, table)
        return set(found)
