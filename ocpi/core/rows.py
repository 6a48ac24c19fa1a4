"""One row by one statement, for the few paths that come in floods; everything else uses Django's querysets.

    find(Model, key…)            SELECT, with the version of the row
    rewrite(row, names, then)    UPDATE, if nobody wrote the row since it was found
    insert(row)                  INSERT … RETURNING
    upsert(row, key, …)          INSERT … ON CONFLICT … DO UPDATE … WHERE … RETURNING
    ids(Key, Key, …)             SELECT of several keys at once

The text of a statement comes from the model's meta, and costs no compilation; values go through the model's fields both
ways. On PostgreSQL each is a transaction of its own. The version is the row's `xmin`: whoever wrote it changed that. In
SQLite there is one writer at a time, so `turn` begins a transaction and nobody can come between.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple, TypeVar

from django.db import connection, models, transaction

M = TypeVar("M", bound=models.Model)
Sql = tuple[str, list[Any]]


class Of(NamedTuple):
    """A column of the row around a Key."""

    name: str


class Key:
    """Which row: values by field. A value may be None, a row, another Key, or, in what `find` asks along, `Of`."""

    def __init__(self, model: type[models.Model], **values: Any) -> None:
        self.model, self.values = model, values

    def sql(self, outer: type[models.Model] | None = None, what: str = "") -> Sql:
        """The SELECT of its primary key, or of `what`."""
        where, params = _where(self.model, self.values, outer)
        table = _table(self.model, connection.vendor)
        return f"SELECT {what or table.pk} FROM {table.name} WHERE {where}", params


@dataclass(frozen=True)
class _Table:
    name: str
    pk: str
    fields: tuple[Any, ...]
    columns: Mapping[str, str]  # quoted, by the name of the field
    places: Mapping[str, str]  # what stands for a value
    select: str
    attnames: tuple[str, ...]
    converters: tuple[tuple[int, Any, tuple[Callable[..., Any], ...]], ...]


@lru_cache(maxsize=64)
def _table(model: type[models.Model], vendor: str) -> _Table:
    meta, quote = model._meta, connection.ops.quote_name
    name, fields = quote(meta.db_table), tuple(meta.concrete_fields)
    found = []
    for n, field in enumerate(fields):
        column = field.get_col(meta.db_table)
        used = (*connection.ops.get_db_converters(column), *field.get_db_converters(connection))
        if used:
            found.append((n, column, used))
    columns = [f"{name}.{quote(field.column)}" for field in fields]
    version = f", {name}.xmin" if vendor == "postgresql" else ", NULL"
    attnames = tuple(field.attname for field in fields)
    return _Table(
        name, quote(meta.pk.column), fields, {field.name: quote(field.column) for field in fields},
        {field.name: _place(field) for field in fields}, ", ".join(columns) + version, attnames, tuple(found),
    )  # fmt: skip


# --- reading ----------------------------------------------------------------------------------------------------------
def find(model: type[M], *, asking: Mapping[str, Sequence[Key]] | None = None, **key: Any) -> M | None:
    """The row, the first of several. `asking`: attributes that tell whether any of some keys exists."""
    table = _table(model, connection.vendor)
    select, params = table.select, []
    for keys in (asking or {}).values():
        sql, more = _any(keys, model)
        select, params = f"{select}, {sql}", params + more
    where, more = _where(model, key)
    order = f"ORDER BY {table.name}.{table.pk} LIMIT 1"
    found = _run(f"SELECT {select} FROM {table.name} WHERE {where} {order}", params + more)
    return None if found is None else _row(model, table, found, tuple(asking or ()))


def _row(model: type[M], table: _Table, found: Sequence[Any], asked: tuple[str, ...]) -> M:
    values = list(found)
    for n, column, converters in table.converters:
        for convert in converters:
            values[n] = convert(values[n], column, connection)
    count = len(table.attnames)
    row = model.from_db(connection.alias, table.attnames, values[:count])
    row.row_version = values[count]  # type: ignore[attr-defined]
    for name, answer in zip(asked, values[count + 1 :], strict=True):
        setattr(row, name, bool(answer))
    return row


def ids(*keys: Key) -> tuple[Any, ...]:
    """The primary key of each, None for what is not there."""
    asked = [key.sql() for key in keys]
    found = _run("SELECT " + ", ".join(f"({sql} LIMIT 1)" for sql, _ in asked), [p for _, more in asked for p in more])
    return tuple(found or ())


def _any(keys: Iterable[Key], outer: type[models.Model] | None = None) -> Sql:
    asked = [key.sql(outer, "1") for key in keys]
    sql = " OR ".join(f"EXISTS ({sql})" for sql, _ in asked)
    return f"({sql or 'FALSE'})", [value for _, more in asked for value in more]


# --- writing ----------------------------------------------------------------------------------------------------------
def turn() -> AbstractContextManager[Any]:
    """Around `find` and `rewrite`."""
    return nullcontext() if connection.vendor == "postgresql" else transaction.atomic()


class Then(NamedTuple):
    """A statement that follows a rewriting; it has a condition `{done}`: whether that took place."""

    sql: str
    params: list[Any]


def rewrite(
    row: models.Model, names: Collection[str], *, unless: Sequence[Key] = (), then: Sequence[Then] = (),
    lock: Key | None = None,
) -> bool:  # fmt: skip
    """Write these fields of a row that was found, and what follows; False, and nothing, when it was written meanwhile.

    `unless`: nor where one of these keys exists. `lock`: what others lock first, so that nobody waits in a circle.
    """
    table, postgresql = _table(type(row), connection.vendor), connection.vendor == "postgresql"
    fields = [field for field in table.fields if field.name in names]
    changes = ", ".join(f"{table.columns[field.name]} = %s" for field in fields)
    params = [*_values(row, fields, add=False), row.pk]
    sql = f"UPDATE {table.name} SET {changes} WHERE {table.pk} = %s"
    if postgresql:
        sql, params = f"{sql} AND xmin = %s::text::xid", [*params, str(row.row_version)]  # type: ignore[attr-defined]
    if unless:
        some, more = _any(unless)
        sql, params = f"{sql} AND NOT {some}", params + more
    if not postgresql:
        return _in_turn(sql, params, then)
    steps: list[Then] = []
    if lock is not None:
        found, more = lock.sql()
        steps.append(Then(f"locked AS MATERIALIZED ({found} FOR UPDATE)", more))
        sql += " AND EXISTS (SELECT 1 FROM locked)"
    steps.append(Then(f"done AS ({sql} RETURNING 1)", params))
    for n, (each, more) in enumerate(then):
        steps.append(Then(f"then{n} AS ({each.format(done='EXISTS (SELECT 1 FROM done)')} RETURNING 1)", more))
    whole = "WITH " + ", ".join(step.sql for step in steps) + " SELECT 1 FROM done"
    return _run(whole, [value for step in steps for value in step.params]) is not None


def _in_turn(sql: str, params: list[Any], then: Sequence[Then]) -> bool:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, params)
        done = cursor.rowcount == 1
        for each, more in then if done else ():
            cursor.execute(each.format(done="TRUE"), more)
    return done


def insert(row: models.Model) -> None:
    """A new row, whatever else there is."""
    table = _table(type(row), connection.vendor)
    fields = [field for field in table.fields if not field.primary_key]
    columns = ", ".join(table.columns[field.name] for field in fields)
    places = ", ".join(["%s"] * len(fields))
    params = _values(row, fields, add=True)
    found = _run(f"INSERT INTO {table.name} ({columns}) VALUES ({places}) RETURNING {table.pk}", params)
    row.pk, row._state.adding = (found or [None])[0], False


def adding(rows: Sequence[models.Model]) -> Then:
    """New rows of one table."""
    table = _table(type(rows[0]), connection.vendor)
    fields = [field for field in table.fields if not field.primary_key]
    one = "(" + ", ".join(table.places[field.name] for field in fields) + ")"
    columns = ", ".join(table.columns[field.name] for field in fields)
    params = [value for row in rows for value in _values(row, fields, add=True)]
    sql = f"INSERT INTO {table.name} ({columns}) SELECT * FROM (VALUES {', '.join([one] * len(rows))}) AS new"
    return Then(sql + " WHERE {done}", params)


_JSON_SET = {
    "postgresql": "jsonb_set({column}, ARRAY['{name}'], to_jsonb(%s::text))",
    "sqlite": "json_set({column}, '$.{name}', %s)",
}


def raising(key: Key, name: str, value: Any, shown: str, **others: Any) -> Then:
    """Lift a column of another row to `value`, unless it is as high, and its text in `payload` to `shown`."""
    table = _table(key.model, connection.vendor)
    fields = {field.name: field for field in table.fields}
    column, payload = table.columns[name], table.columns["payload"]
    higher = f"CASE WHEN {column} < %s THEN"
    changed = _JSON_SET[connection.vendor].format(column=payload, name=name)
    changes = [f"{column} = {higher} %s ELSE {column} END", f"{payload} = {higher} {changed} ELSE {payload} END"]
    level = fields[name].get_db_prep_save(value, connection)
    params = [level, level, level, shown]
    for other, given in others.items():
        changes.append(f"{table.columns[other]} = %s")
        params.append(fields[other].get_db_prep_save(given, connection))
    sql, more = key.sql()
    where = f"{table.pk} = ({sql}) AND {{done}}"
    return Then(f"UPDATE {table.name} SET {', '.join(changes)} WHERE {where}", params + more)


def upsert(
    row: M, *, key: Sequence[str], over: str = "FALSE", keep: Collection[str] = (),
    computed: Mapping[str, str] | None = None, unless: Sequence[Key] = (), **subselects: Key,
) -> "tuple[Any, ...] | None":  # fmt: skip
    """Insert the row, or write it over the one with its key. The values of the columns in `returning`, or None.

    `over`: the condition for the latter, in which `old` and `new` are the two rows. `keep`: fields that only an
    insertion writes; `computed`: SQL for fields. `unless`: no row is inserted where one of these exists. `subselects`:
    fields whose value is looked up by the statement itself. Returns (primary key, whether it is new, each subselect).
    """
    table = _table(type(row), connection.vendor)
    fields = [field for field in table.fields if not field.primary_key]
    plain = [field for field in fields if field.name not in subselects]
    values, params = dict(zip(plain, _values(row, plain, add=True), strict=True)), []
    _arrive(values)
    places = []
    for field in fields:
        if field.name in subselects:
            sql, more = subselects[field.name].sql()
            places.append(f"({sql} LIMIT 1)")
            params += more
        else:
            places.append(table.places[field.name])
            params.append(values[field])
    columns = ", ".join(table.columns[field.name] for field in fields)
    where, more = _insertable(table, type(row), [f for f in fields if f.name in key], values, unless)
    action, returned = _action(table, fields, key, over, keep, computed or {}), [table.pk, _is_new(table)]
    returned += [table.columns[field.name] for field in fields if field.name in subselects]
    found = _run(
        f"INSERT INTO {table.name} AS old ({columns}) SELECT {', '.join(places)} WHERE {where} {action} "
        f"RETURNING {', '.join(returned)}", params + more,
    )  # fmt: skip
    return None if found is None else (found[0], bool(found[1]), *found[2:])


def _insertable(
    table: _Table, model: type[models.Model], key: list[Any], values: dict[Any, Any], unless: Sequence[Key]
) -> Sql:
    """Whether nothing speaks against a new row, or there is one already."""
    if not unless:
        return "TRUE", []
    some, params = _any(unless)
    same = " AND ".join(f"{table.columns[field.name]} = %s" for field in key)
    known = f"EXISTS (SELECT 1 FROM {table.name} WHERE {same})"
    return f"(NOT {some} OR {known})", params + [values[field] for field in key]


def _action(
    table: _Table, fields: list[Any], key: Sequence[str], over: str, keep: Collection[str], computed: Mapping[str, str]
) -> str:
    target = ", ".join(table.columns[field.name] for field in fields if field.name in key)
    if over == "FALSE":
        return f"ON CONFLICT ({target}) DO NOTHING"
    stays = {*key, *keep, _ARRIVAL}
    written = [field for field in fields if field.name not in stays]
    changes = [f"{table.columns[f.name]} = {computed.get(f.name, 'new.' + table.columns[f.name])}" for f in written]
    sql = f"ON CONFLICT ({target}) DO UPDATE SET {', '.join(changes)} WHERE {over}"
    return sql.replace("new.", "excluded.")


_ARRIVAL, _CHANGE = "received_at", "changed_at"


def _arrive(values: dict[Any, Any]) -> None:
    """A new row has one moment for both, and an old one keeps the first: so the answer tells which it is."""
    named = {field.name: field for field in values}
    if {_ARRIVAL, _CHANGE} <= named.keys():
        values[named[_CHANGE]] = values[named[_ARRIVAL]]


def _is_new(table: _Table) -> str:
    return f"{_ARRIVAL} = {_CHANGE}" if {_ARRIVAL, _CHANGE} <= {field.name for field in table.fields} else "TRUE"


# --- fields and values ------------------------------------------------------------------------------------------------
def _place(field: Any) -> str:
    """PostgreSQL takes the values of a SELECT for text, where nobody says what they are."""
    return f"%s::{field.db_type(connection)}" if connection.vendor == "postgresql" else "%s"


def _values(row: models.Model, fields: Iterable[Any], add: bool) -> list[Any]:
    return [field.get_db_prep_save(field.pre_save(row, add), connection) for field in fields]


def _where(model: type[models.Model], key: Mapping[str, Any], outer: type[models.Model] | None = None) -> Sql:
    table, quote, terms, params = _table(model, connection.vendor), connection.ops.quote_name, [], []
    for name, value in key.items():
        field = model._meta.get_field(name)
        column = f"{table.name}.{table.columns[name]}"
        if isinstance(value, Key):
            sql, more = value.sql()
            terms.append(f"{column} = ({sql})")
            params += more
        elif isinstance(value, Of) and outer is not None:
            around = outer._meta.get_field(value.name)
            terms.append(f"{column} = {quote(outer._meta.db_table)}.{quote(around.column)}")
        elif value is None:
            terms.append(f"{column} IS NULL")
        else:
            terms.append(f"{column} = %s")
            params.append(field.get_db_prep_value(getattr(value, "pk", value), connection))
    return " AND ".join(terms), params


def _cursor() -> Any:
    return connection.prepared_cursor() if connection.vendor == "postgresql" else connection.cursor()


def _run(sql: str, params: list[Any]) -> Sequence[Any] | None:
    with _cursor() as cursor:
        cursor.execute(sql, params)
        found: Sequence[Any] | None = cursor.fetchone()
        return found
