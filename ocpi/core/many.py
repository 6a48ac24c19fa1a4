"""Many rows of one table in one statement that PostgreSQL takes apart itself: a page of a list, for instance.

`bulk_create` hands over a value of each column of each row, quoted by Python one by one; here a page is one JSON
document (`jsonb_to_recordset`), which costs Python a tenth of that, and it travels beside the statement: as a part of
its text the server would read it twice. SQLite is given what Django makes.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache, reduce
from operator import or_
from types import MappingProxyType
from typing import Any, NamedTuple, TypeVar

import orjson
from django.db import models
from django.db.models import Case, Q, Value, When

from ocpi.protocol.moments import parse_datetime
from ocpi.protocol.types import ci_key

from .fields import CiCharField
from .tables import Table, here, table

M = TypeVar("M", bound=models.Model)

# Fields whose values are JSON as they stand in a row, or a type that orjson writes as PostgreSQL reads it.
_AS_THEY_ARE = frozenset({
    models.CharField, models.TextField, models.BooleanField, models.FloatField, models.IntegerField,
    models.PositiveIntegerField, models.PositiveSmallIntegerField, models.BigIntegerField, models.ForeignKey,
    models.JSONField,
})  # fmt: skip
_PREPARED = frozenset({CiCharField, models.DateTimeField})  # by `pre_save`: into upper case, or to this moment


class _Plan(NamedTuple):
    head: str
    columns: tuple[tuple[str, str], ...]  # of the document and the table, and the attribute of the row
    prepared: tuple[Any, ...]


@lru_cache(maxsize=32)
def _plan(model: type[models.Model], over: tuple[str, ...], names: tuple[str, ...]) -> _Plan | None:
    """None where a field is of another kind."""
    known = table(model, "postgresql")
    if any(type(field) not in _AS_THEY_ARE | _PREPARED or field.column != field.attname for field in known.written):
        return None
    columns = ", ".join(known.columns[field.name] for field in known.written)
    shape = ", ".join(f"{known.columns[field.name]} {field.db_type(here())}" for field in known.written)
    changes = ", ".join(f"{known.columns[name]} = EXCLUDED.{known.columns[name]}" for name in names)
    target = ", ".join(known.columns[name] for name in over)
    conflict = f" ON CONFLICT ({target}) DO UPDATE SET {changes}" if over else ""
    return _Plan(
        f"INSERT INTO {known.name} ({columns}) SELECT {columns} FROM jsonb_to_recordset(%s::jsonb) AS new({shape})"  # noqa: S608  names of our own
        f"{conflict} RETURNING {known.pk}",
        tuple((field.column, field.attname) for field in known.written),
        tuple(field for field in known.written if type(field) in _PREPARED),
    )


def store(
    rows: Sequence[M], *, over: Sequence[str] = (), names: Sequence[str] = (), same: Mapping[str, str] | None = None
) -> list[M]:
    """As `bulk_create` does: new rows, or, where the fields `over` tell that there is one, `names` written over it.

    `same`: fields that get what another one gets as it is written, such as the moment of a change. The rows get their
    keys, in the order in which PostgreSQL tells them: that of the document, as for `bulk_create`.
    """
    if not rows:
        return []
    model, database = type(rows[0]), here()
    plan = _plan(model, tuple(over), tuple(names)) if database.vendor == "postgresql" else None
    document = _document(plan, rows, same or {}) if plan is not None else None
    if plan is None or document is None:
        return _by_django(rows, [*over], [*names], same or {})
    keys = _written(plan, document)
    for row, key in zip(rows, keys, strict=True):
        row.pk, row._state.adding, row._state.db = key, False, database.alias
    return list(rows)


def _by_django(rows: Sequence[M], over: list[str], names: list[str], same: Mapping[str, str]) -> list[M]:
    manager = type(rows[0])._default_manager
    conflict: Any = {"update_conflicts": True, "unique_fields": over, "update_fields": names} if over else {}
    stored = manager.bulk_create(rows, **conflict)
    _follow(type(rows[0]), [row.pk for row in stored], same)
    return stored


def _follow(model: type[models.Model], keys: list[Any], same: Mapping[str, str]) -> None:
    if same:
        model._default_manager.filter(pk__in=keys).update(**{name: models.F(of) for name, of in same.items()})


def store_values(model: type[models.Model], rows: Sequence[dict[str, Any]]) -> list[Any]:
    """New rows of which nobody needs more than the keys, which are returned in this order: to make models costs most.

    Values are given by attribute, as they stand in JSON (moments also as text), and CiStrings among them are rewritten
    as they are stored. What a row does not name is NULL.
    """
    if not rows:
        return []
    plan = _plan(model, (), ()) if here().vendor == "postgresql" else None
    document = _document_of_values(plan, rows) if plan is not None else None
    if plan is not None and document is not None:
        return _written(plan, document)
    moments = [field.attname for field in model._meta.concrete_fields if isinstance(field, models.DateTimeField)]
    made = [
        model(**{**row, **{name: parse_datetime(row[name]) for name in moments if isinstance(row.get(name), str)}})
        for row in rows
    ]
    return [row.pk for row in model._default_manager.bulk_create(made)]


class Level(NamedTuple):
    """New rows of a table, as `store_values` takes them.

    Each of a table below another one names its parent by its `place` among the rows above; `parent` is the column.
    `same` as for `store`.
    """

    model: type[models.Model]
    rows: list[dict[str, Any]]
    parent: str = ""
    same: Mapping[str, str] = MappingProxyType({})


def store_tree(levels: Sequence[Level]) -> list[Any]:
    """Rows and what hangs on them, in one statement. Returns the keys of the uppermost ones, in their order."""
    plan = _tree(tuple((level.model, level.parent) for level in levels)) if here().vendor == "postgresql" else None
    documents = [_of_level(level) for level in levels] if plan is not None else [None]
    if plan is not None and None not in documents:
        return [key for (key,) in here().all_rows(plan, documents)]
    above: list[Any] = []
    uppermost: list[Any] = []
    for level in levels:
        rows = [row | {level.parent: above[row.pop("place")]} if level.parent else row for row in level.rows]
        above = store_values(level.model, rows)
        _follow(level.model, above, level.same)
        uppermost = uppermost or above
    return uppermost


def _of_level(level: Level) -> str | None:
    plan = _plan(level.model, (), ())
    for name, of in level.same.items():
        for row in level.rows:
            row[name] = row[of]
    return _document_of_values(plan, level.rows) if plan is not None else None


@lru_cache(maxsize=8)
def _tree(levels: tuple[tuple[type[models.Model], str], ...]) -> str | None:
    """Each level takes its keys from its sequence first, so that the next one knows them."""
    parts = []
    for n, (model, parent) in enumerate(levels):
        if _plan(model, (), ()) is None:
            return None
        known = table(model, "postgresql")
        fields = [field for field in known.written if field.attname != parent]
        columns = ", ".join(known.columns[field.name] for field in fields)
        shape = ", ".join(f"{known.columns[field.name]} {field.db_type(here())}" for field in fields)
        place, join, given = ("", "", "") if not parent else (
            ", place", f" JOIN new_{n - 1} AS above ON above.nth = new.place + 1", f", above.key AS {parent}"
        )  # fmt: skip
        parts.append(
            f"new_{n} AS MATERIALIZED (SELECT nextval('{_sequence(known)}') AS key{given}, new.* FROM "  # noqa: S608  names of our own
            f"ROWS FROM (jsonb_to_recordset(%s::jsonb) AS ({shape}{place and ', place int'})) WITH ORDINALITY "
            f"AS new({columns}{place}, nth){join})"
        )
        target, source = f"{known.pk}{parent and f', {parent}'}, {columns}", f"key{parent and f', {parent}'}, {columns}"
        parts.append(f"put_{n} AS (INSERT INTO {known.name} ({target}) SELECT {source} FROM new_{n})")  # noqa: S608
    return f"WITH {', '.join(parts)} SELECT key FROM new_0 ORDER BY nth"  # noqa: S608


def _sequence(known: Table) -> str:
    with here().cursor() as cursor:
        cursor.execute("SELECT pg_get_serial_sequence(%s, %s)", [known.name, known.by_name["id"].column])
        return str(cursor.fetchone()[0])


def _written(plan: _Plan, document: str) -> list[Any]:
    """The keys of the rows, in the order in which PostgreSQL tells them."""
    return [key for (key,) in here().all_rows(plan.head, [document])]


def _document(plan: _Plan, rows: Sequence[models.Model], same: Mapping[str, str]) -> str | None:
    for row in rows:
        for field in plan.prepared:
            field.pre_save(row, True)
        for name, of in same.items():
            setattr(row, name, getattr(row, of))
    return _json([{column: getattr(row, name) for column, name in plan.columns} for row in rows])


def _document_of_values(plan: _Plan, rows: Sequence[dict[str, Any]]) -> str | None:
    """Attributes are called as their columns: where they are not, there is no plan."""
    for name in [field.attname for field in plan.prepared if isinstance(field, CiCharField)]:
        for row in rows:
            row[name] = ci_key(row[name])
    return _json(rows)


def _json(rows: Sequence[dict[str, Any]]) -> str | None:
    """None where a value has no place in it, as integers beyond 64 bits."""
    try:
        return orjson.dumps(rows).decode()
    except TypeError:
        return None


def named(
    model: type[models.Model],
    owner: int,
    keys: Iterable[tuple[str, ...]],
    names: Sequence[str],
    wanted: Sequence[str],
    lacking: str = "",
    alike: tuple[str, str] | None = None,
) -> list[tuple[Any, ...]]:
    """The `wanted` columns of a row of a partner (its key is `owner`) for each key: what its fields `names` have.

    Keys of which there is no row are left out, as are rows that have something in `lacking`, or whose `alike` fields
    differ. Each is looked up by itself: asked for many at once, PostgreSQL reads all that the partner has, unless it
    has counted that lately.
    """
    keys = sorted({*keys})
    if not keys:
        return []
    if here().vendor == "postgresql":
        sql = _lookup(model, tuple(names), tuple(wanted), lacking, alike)
        return here().all_rows(sql, [*map(list, zip(*keys, strict=True)), owner])
    *above, last = names
    ids: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for *owners, id_ in keys:
        ids[tuple(owners)].append(id_)
    each = [Q(**dict(zip(above, owners, strict=True)), **{f"{last}__in": found}) for owners, found in ids.items()]
    rows = model._default_manager.filter(reduce(or_, each), partner=owner, **({lacking: None} if lacking else {}))
    if alike:
        rows = rows.filter(**{alike[0]: models.F(alike[1])})
    return list({tuple(key): found for *key, found in _by_key(rows, names, wanted)}.values())


def _by_key(rows: Any, names: Sequence[str], wanted: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    for values in rows.order_by(*names).values_list(*names, *wanted):
        yield *values[: len(names)], values[len(names) :]


@lru_cache(maxsize=32)
def _lookup(
    model: type[models.Model],
    names: tuple[str, ...],
    wanted: tuple[str, ...],
    lacking: str,
    alike: tuple[str, ...] | None,
) -> str:
    known = table(model, "postgresql")
    arrays = ", ".join("%s::text[]" for _ in names)
    asked = ", ".join(f"key_{n}" for n in range(len(names)))
    same = " AND ".join(f"{known.columns[name]} = key_{n}" for n, name in enumerate(names))
    without = f" AND {known.columns[lacking]} IS NULL" if lacking else ""
    without += f" AND {' = '.join(known.columns[name] for name in alike)}" if alike else ""
    columns = ", ".join(known.columns[name] for name in wanted)
    return (
        f"SELECT row.* FROM unnest({arrays}) AS asked({asked}) CROSS JOIN LATERAL (SELECT {columns} "  # noqa: S608  names of our own
        f"FROM {known.name} WHERE {known.columns['partner']} = %s AND {same}{without} LIMIT 1) AS row"
    )


def write_each(model: type[models.Model], name: str, values: Mapping[Any, Any], **others: models.F) -> None:
    """One field of many rows, by primary key, and of the same rows other fields that become what a column is."""
    database = here()
    if database.vendor != "postgresql":
        each = Case(*(When(pk=pk, then=Value(value)) for pk, value in values.items()))
        model._default_manager.filter(pk__in=values).update(**{name: each}, **others)
        return
    known = table(model, database.vendor)
    also = "".join(f", {known.columns[other]} = {known.qualified[source.name]}" for other, source in others.items())
    key, kind = known.by_name[model._meta.pk.name], known.by_name[name]
    with database.cursor() as cursor:
        cursor.execute(
            f"UPDATE {known.name} SET {known.columns[name]} = new.value{also} FROM jsonb_to_recordset(%s::jsonb) "  # noqa: S608
            f"AS new(key {key.rel_db_type(database)}, value {kind.db_type(database)}) "
            f"WHERE {known.name}.{known.pk} = new.key",
            [orjson.dumps([{"key": pk, "value": value} for pk, value in values.items()]).decode()],
        )
