"""The table of page times, as Markdown: a line for each list or kind of page, and every page that is too slow."""

import re
from collections.abc import Iterable, Iterator

from django.db import connection

from .measure import Timed


def table(timed: Iterable[Timed]) -> Iterator[str]:
    """| what | pages | most queries | median ms | slowest ms | which |"""
    groups: dict[str, list[Timed]] = {}
    for each in timed:
        groups.setdefault(each.page.group, []).append(each)
    yield "| what | pages | most queries | median ms | slowest ms | the slowest |"
    yield "|---|---:|---:|---:|---:|---|"
    for name, found in groups.items():
        found.sort(key=lambda each: each.median)
        worst = found[-1]
        yield (
            f"| {name} | {len(found)} | {max(each.queries for each in found)} | {_ms(found[len(found) // 2].median)}"
            f" | {_ms(worst.median)} | {worst.page.what} |"
        )


def slow(timed: Iterable[Timed], limit: float) -> Iterator[str]:
    for each in timed:
        if each.median > limit or each.status >= 400:
            seconds, sql = each.slowest
            yield f"{each.status} {_ms(each.median)} ms, {each.queries} queries: {each.page.group}, {each.page.what}"
            yield f"    {each.page.url}"
            yield f"    {seconds:.2f} s of it: {short(sql)}"


def short(sql: str) -> str:
    """Without the columns that are fetched: they are never the reason."""
    return re.sub(r'SELECT (DISTINCT )?"[^()]*? FROM ', r"SELECT \1… FROM ", sql).replace('"', "")


def line(each: Timed) -> str:
    spent = f"{_ms(each.median):>7} ms, database {_ms(each.database):>7}"
    return f"{each.status} {spent}, {each.queries:3} queries  {each.page.group}: {each.page.what}"


def rows() -> Iterator[str]:
    """What the database holds, the largest tables first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, n_live_tup, pg_size_pretty(pg_total_relation_size(relid)) FROM pg_stat_user_tables"
            " WHERE n_live_tup > 0 ORDER BY pg_total_relation_size(relid) DESC LIMIT 12"
        )
        yield from (f"{name}: {count:,} rows, {size}" for name, count, size in cursor.fetchall())


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:,.0f}"
