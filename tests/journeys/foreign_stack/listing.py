"""Pages of a list, as the package asks its user for them."""

from datetime import UTC, datetime
from typing import Any

Row = dict[str, Any]


def page(rows: list[Row], filters: dict[str, Any]) -> tuple[list[Row], int, bool]:
    """The objects of a page, how many match, and whether it is the last page."""
    since, until = (_utc(filters[name]) for name in ("date_from", "date_to"))
    found = [
        row
        for row in sorted(rows, key=lambda row: row["last_updated"])
        if (not since or _moment(row) >= since) and (not until or _moment(row) < until)
    ]
    end = filters["offset"] + filters["limit"]
    return found[filters["offset"] : end], len(found), end >= len(found)


def _moment(row: Row) -> datetime:
    moment = _utc(datetime.fromisoformat(row["last_updated"]))
    assert moment is not None
    return moment


def _utc(moment: datetime | None) -> datetime | None:
    return moment.replace(tzinfo=UTC) if moment and not moment.tzinfo else moment
