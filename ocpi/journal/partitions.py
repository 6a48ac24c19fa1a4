"""The journal on PostgreSQL: a partition for each week, so that what is too old is dropped and never deleted.

Beside the weeks there are two partitions of any time: what was written before the table was partitioned, and the
default one, for rows of a week that nobody has made. On other databases there is one table, and nothing happens here.
"""

import logging
import re
from datetime import UTC, datetime, time, timedelta
from typing import NamedTuple

from django.db import IntegrityError, OperationalError, ProgrammingError, connection, transaction

from ocpi.core import clock

from .models import Exchange

logger = logging.getLogger(__name__)
TABLE = Exchange._meta.db_table
_WEEK = timedelta(days=7)
_PATIENCE = "200ms"  # for a lock; whoever waits for one makes all others wait
_BOUNDS = re.compile(r"FROM \((.+?)\) TO \((.+?)\)")
_LISTED = """SELECT child.relname, pg_get_expr(child.relpartbound, child.oid) FROM pg_inherits
    JOIN pg_class AS child ON child.oid = inhrelid WHERE inhparent = %s::regclass ORDER BY 1"""


class Partition(NamedTuple):
    """`begin` and `end` are None where there is no such bound."""

    name: str
    begin: datetime | None = None
    end: datetime | None = None

    @property
    def is_week(self) -> bool:
        return self.begin is not None and self.end is not None

    def holds(self, moment: datetime) -> bool:
        """Not the default partition, which holds what no other does."""
        bounded = self.begin is not None or self.end is not None
        return bounded and (self.begin or moment) <= moment and (self.end is None or moment < self.end)


def existing() -> list[Partition]:
    """By name; none where the table is not partitioned."""
    if connection.vendor != "postgresql":
        return []
    with connection.cursor() as cursor:
        cursor.execute(_LISTED, [TABLE])
        return [_partition(name, bounds) for name, bounds in cursor.fetchall()]


def prepare(since: datetime | None = None) -> list[str]:
    """Make the weeks that are missing, from `since` or this one until the next; the names of those that were made."""
    if not (known := existing()):
        return []
    begin, next_week = monday(since or clock.now()), monday(clock.now() + _WEEK)
    weeks = [begin + n * _WEEK for n in range((next_week - begin) // _WEEK + 1)]
    missing = [week for week in weeks if not any(each.holds(week) for each in known)]
    return [name(week) for week in missing if _succeeds(creation(week))]


def drop_before(limit: datetime) -> list[str]:
    """Drop the weeks that have ended by then; their names. One that is in use is left to the next round."""
    old = [each.name for each in existing() if each.is_week and each.end is not None and each.end <= limit]
    return [each for each in old if _succeeds(f'DROP TABLE "{each}"')]


def outside(limit: datetime) -> datetime:
    """The latest moment up to `limit` before which no row lies in a week: those must be deleted one by one."""
    return min([limit, *(each.begin for each in existing() if each.is_week and each.begin is not None)])


def monday(moment: datetime) -> datetime:
    """When the week of this moment began, in UTC."""
    day = moment.astimezone(UTC).date()
    return datetime.combine(day - timedelta(days=day.weekday()), time(), UTC)


def name(week: datetime) -> str:
    return f"{TABLE}_{week:%Y_%m_%d}"


def creation(week: datetime) -> str:
    bounds = f"FROM ('{week.isoformat()}') TO ('{(week + _WEEK).isoformat()}')"
    return f'CREATE TABLE "{name(week)}" PARTITION OF "{TABLE}" FOR VALUES {bounds}'


def _partition(name: str, bounds: str) -> Partition:
    found = _BOUNDS.search(bounds)
    return Partition(name, *map(_moment, found.groups())) if found else Partition(name)


def _moment(text: str) -> datetime | None:
    return None if text in ("MINVALUE", "MAXVALUE") else datetime.fromisoformat(text.strip("'"))


def _succeeds(sql: str) -> bool:
    """Not when the table is in use, when another worker was faster, or when rows of that week are there already."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL lock_timeout = '{_PATIENCE}'")
            cursor.execute(sql)
    except (OperationalError, ProgrammingError, IntegrityError) as error:
        logger.info("left to the next round: %s (%s)", sql, str(error).strip().splitlines()[0])
        return False
    return True
