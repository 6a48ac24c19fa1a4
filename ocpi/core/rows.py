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

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import lru_cache
from typing import Any, NamedTuple, TypeVar

from django.db import models, transaction

from .tables import Table, here, read_row, table, values, wanted

M = TypeVar("M", bound=models.Model)
Sql = tuple[str, list[Any]]


class Of(NamedTuple):
    """A column of the row around a Key."""

    name: str


class Key:
    """Which row: values by field. A value may be None, a row, another Key, or, in what `find` asks along, `Of`."""

    def __init__(self, model: type[models.Model], **values: Any) -> None:
        self.model, self.values = model, values

    def sql(self, database: Any, outer: type[models.Model] | None = None, what: str = "") -> Sql:
        """The SELECT of its primary key, or of `what`."""
        known = table(self.model, database.vendor)
        where, params = _where(known, self.values, database, outer)
        return f"SELECT {what or known.pk} FROM {known.name} WHERE {where}", params


# --- reading ----------------------------------------------------------------------------------------------------------
def find(model: type[M], *, asking: Mapping[str, Sequence[Key]] | None = None, **key: Any) -> M | None:
    """The row, the first of several. `asking`: attributes that tell whether any of some keys exists."""
    database = here()
    known = table(model, database.vendor)
    select, params = known.select, []
    for keys in (asking or {}).values():
        sql, more = _any(keys, database, model)
        select, params = f"{select}, {sql}", params + more
    where, more = _where(known, key, database)
    order = f"ORDER BY {known.name}.{known.pk} LIMIT 1"
    found = _run(database, f"SELECT {select} FROM {known.name} WHERE {where} {order}", params + more)
    return None if found is None else _row(model, known, found, tuple(asking or ()), database)


def _row(model: type[M], known: Table, found: Sequence[Any], asked: tuple[str, ...], database: Any) -> M:
    read = list(found)
    for n, column, converters in known.converters:
        for convert in converters:
            read[n] = convert(read[n], column, database)
    count = len(known.attnames)
    row = read_row(model, known.attnames, read[:count], database.alias)
    row.row_version = read[count]  # type: ignore[attr-defined]
    for name, answer in zip(asked, read[count + 1 :], strict=True):
        setattr(row, name, bool(answer))
    return row


def ids(*keys: Key) -> tuple[Any, ...]:
    """The primary key of each, None for what is not there."""
    database = here()
    asked = [key.sql(database) for key in keys]
    select = ", ".join(f"({sql} LIMIT 1)" for sql, _ in asked)
    found = _run(database, f"SELECT {select}", [value for _, more in asked for value in more])
    return tuple(found or ())


def _any(keys: Iterable[Key], database: Any, outer: type[models.Model] | None = None) -> Sql:
    asked = [key.sql(database, outer, "1") for key in keys]
    sql = " OR ".join(f"EXISTS ({sql})" for sql, _ in asked)
    return f"({sql or 'FALSE'})", [value for _, more in asked for value in more]


# --- writing ----------------------------------------------------------------------------------------------------------
def turn() -> AbstractContextManager[Any]:
    """Around `find` and `rewrite`."""
    return nullcontext() if here().vendor == "postgresql" else transaction.atomic()


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
    database = here()
    postgresql = database.vendor == "postgresql"
    sql, fields = _rewriting(type(row), database.vendor, tuple(names))
    params = [*values(row, fields, add=False, database=database), row.pk]
    if postgresql:
        sql, params = f"{sql} AND xmin = %s::text::xid", [*params, str(row.row_version)]  # type: ignore[attr-defined]
    if unless:
        some, more = _any(unless, database)
        sql, params = f"{sql} AND NOT {some}", params + more
    if not postgresql:
        return _in_turn(sql, params, then)
    steps: list[Then] = []
    if lock is not None:
        found, more = lock.sql(database)
        steps.append(Then(f"locked AS MATERIALIZED ({found} FOR UPDATE)", more))
        sql += " AND EXISTS (SELECT 1 FROM locked)"
    steps.append(Then(f"done AS ({sql} RETURNING 1)", params))
    for n, (each, more) in enumerate(then):
        steps.append(Then(f"then{n} AS ({each.format(done='EXISTS (SELECT 1 FROM done)')} RETURNING 1)", more))
    whole = "WITH " + ", ".join(step.sql for step in steps) + " SELECT 1 FROM done"
    return _run(database, whole, [value for step in steps for value in step.params]) is not None


@lru_cache(maxsize=64)
def _rewriting(model: type[models.Model], vendor: str, names: tuple[str, ...]) -> tuple[str, list[Any]]:
    known = table(model, vendor)
    fields = [field for field in known.fields if field.name in names]
    changes = ", ".join(f"{known.columns[field.name]} = %s" for field in fields)
    return f"UPDATE {known.name} SET {changes} WHERE {known.pk} = %s", fields


def _in_turn(sql: str, params: list[Any], then: Sequence[Then]) -> bool:
    with transaction.atomic(), here().cursor() as cursor:
        cursor.execute(sql, params)
        done = cursor.rowcount == 1
        for each, more in then if done else ():
            cursor.execute(each.format(done="TRUE"), more)
    return done


def insert(row: models.Model) -> None:
    """A new row, whatever else there is."""
    database = here()
    known = table(type(row), database.vendor)
    columns = ", ".join(known.columns[field.name] for field in known.written)
    places = ", ".join(["%s"] * len(known.written))
    params = values(row, known.written, add=True, database=database)
    found = _run(database, f"INSERT INTO {known.name} ({columns}) VALUES ({places}) RETURNING {known.pk}", params)
    row.pk, row._state.adding = (found or [None])[0], False


def adding(rows: Sequence[models.Model]) -> Then:
    """New rows of one table."""
    database = here()
    known = table(type(rows[0]), database.vendor)
    one = "(" + ", ".join(known.places[field.name] for field in known.written) + ")"
    columns = ", ".join(known.columns[field.name] for field in known.written)
    params = [value for row in rows for value in values(row, known.written, add=True, database=database)]
    sql = f"INSERT INTO {known.name} ({columns}) SELECT * FROM (VALUES {', '.join([one] * len(rows))}) AS new"
    return Then(sql + " WHERE {done}", params)


_JSON_SET = {
    "postgresql": "jsonb_set({column}, ARRAY['{name}'], to_jsonb(%s::text))",
    "sqlite": "json_set({column}, '$.{name}', %s)",
}


def raising(key: Key, name: str, value: Any, shown: str, **others: Any) -> Then:
    """Lift a column of another row to `value`, unless it is as high, and its text in `payload` to `shown`."""
    database = here()
    known = table(key.model, database.vendor)
    level = known.by_name[name].get_db_prep_save(value, database)
    params = [level, level, level, shown]
    for other, given in others.items():
        params.append(known.by_name[other].get_db_prep_save(given, database))
    sql, more = key.sql(database)
    return Then(_raising(key.model, database.vendor, name, tuple(others), sql), params + more)


@lru_cache(maxsize=64)
def _raising(model: type[models.Model], vendor: str, name: str, others: tuple[str, ...], key: str) -> str:
    known = table(model, vendor)
    column, payload = known.columns[name], known.columns["payload"]
    higher = f"CASE WHEN {column} < %s THEN"
    changed = _JSON_SET[vendor].format(column=payload, name=name)
    changes = [f"{column} = {higher} %s ELSE {column} END", f"{payload} = {higher} {changed} ELSE {payload} END"]
    changes += [f"{known.columns[other]} = %s" for other in others]
    return f"UPDATE {known.name} SET {', '.join(changes)} WHERE {known.pk} = ({key}) AND {{done}}"


def upsert(
    row: M, *, key: Sequence[str], over: str = "FALSE", keep: Collection[str] = (),
    computed: Mapping[str, str] | None = None, unless: Sequence[Key] = (), given: Sequence[Key] = (),
    found_only: bool = False, **subselects: Key,
) -> "tuple[Any, ...] | None":  # fmt: skip
    """Insert the row, or write it over the one with its key. The values of the columns in `returning`, or None.

    `over`: the condition for the latter, in which `old` and `new` are the two rows. `keep`: fields that only an
    insertion writes; `computed`: SQL for fields. `unless`: no row is inserted where one of these exists; `given`:
    nothing happens unless all of these do. `subselects`: fields whose value is looked up by the statement itself;
    with `found_only` nothing happens unless all are found.
    Returns (primary key, whether it is new, each subselect in turn).
    """
    database = here()
    known = table(type(row), database.vendor)
    looked_up = {name: each.sql(database) for name, each in subselects.items()}
    plain = [field for field in known.written if field.name not in subselects]
    names = [field.name for field in plain]
    written = dict(zip(names, values(row, plain, add=True, database=database), strict=True))
    if {_ARRIVAL, _CHANGE} <= written.keys():  # a new row has one moment for both, an old one keeps the first
        written[_CHANGE] = written[_ARRIVAL]
    where, more = _insertable(known, {name: written[name] for name in names if name in key}, unless, database)
    for each in given:
        there, params = _any([each], database)
        where, more = f"{where} AND {there}", more + params
    head, tail = _upsert(
        type(row), database.vendor, tuple(key), over, frozenset(keep), tuple((computed or {}).items()),
        tuple([(name, sql) for name, (sql, _) in looked_up.items()]), found_only,
    )  # fmt: skip
    params = [*written.values(), *(value for _, each in looked_up.values() for value in each), *more]
    found = _run(database, f"{head} AND {where} {tail}", params)
    return None if found is None else (found[0], bool(found[1]), *found[2:])


def _insertable(known: Table, key: Mapping[str, Any], unless: Sequence[Key], database: Any) -> Sql:
    """Whether nothing speaks against a new row, or there is one already."""
    if not unless:
        return "TRUE", []
    some, params = _any(unless, database)
    same = " AND ".join(f"{known.columns[name]} = %s" for name in key)
    return f"(NOT {some} OR EXISTS (SELECT 1 FROM {known.name} WHERE {same}))", [*params, *key.values()]


_ARRIVAL, _CHANGE = "received_at", "changed_at"


@lru_cache(maxsize=64)
def _upsert(
    model: type[models.Model], vendor: str, key: tuple[str, ...], over: str, keep: frozenset[str],
    computed: tuple[tuple[str, str], ...], subselects: tuple[tuple[str, str], ...], found_only: bool,
) -> tuple[str, str]:  # fmt: skip
    """The statement but for conditions. Values come in the order of the fields, then the subselects.

    Each of these is looked up once, wherever it is used: PostgreSQL leaves a subquery with an OFFSET as it is.
    """
    known, asked = table(model, vendor), dict(subselects)
    names = [field.name for field in known.written if field.name not in asked]
    columns = ", ".join(known.columns[name] for name in (*names, *asked))
    places = ", ".join([*(known.places[name] for name in names), *(f"found.{known.columns[name]}" for name in asked)])
    source, where = "", "TRUE"
    if asked:
        looked_up = ", ".join(f"({sql} LIMIT 1) AS {known.columns[name]}" for name, sql in asked.items())
        source = f" FROM (SELECT {looked_up}{' OFFSET 0' if vendor == 'postgresql' else ''}) AS found"
    if found_only:
        where = " AND ".join(f"found.{known.columns[name]} IS NOT NULL" for name in asked)
    if over == "FALSE":
        action = "DO NOTHING"
    else:
        terms, stays = dict(computed), {*key, *keep, _ARRIVAL}
        changes = ", ".join(
            f"{known.columns[name]} = {terms.get(name, 'new.' + known.columns[name])}"
            for name in (*names, *asked) if name not in stays
        )  # fmt: skip
        action = f"DO UPDATE SET {changes} WHERE {over}".replace("new.", "excluded.")
    is_new = f"{_ARRIVAL} = {_CHANGE}" if {_ARRIVAL, _CHANGE} <= known.columns.keys() else "TRUE"
    target = ", ".join(known.columns[name] for name in key)
    returned = ", ".join([known.pk, is_new, *(known.columns[name] for name in asked)])
    return (
        f"INSERT INTO {known.name} AS old ({columns}) SELECT {places}{source} WHERE {where}",
        f"ON CONFLICT ({target}) {action} RETURNING {returned}",
    )


# --- conditions and running -------------------------------------------------------------------------------------------
def _where(known: Table, key: Mapping[str, Any], database: Any, outer: type[models.Model] | None = None) -> Sql:
    """The text is the same for the same names, so it is made once, but where another Key stands for a value."""
    shape = tuple([(name, _kind(value)) for name, value in key.items()])
    text = known.texts.get(shape)
    if text is None:
        text = _condition(known, key, database, outer)
        if all(kind not in (_KEY, _OF) for _, kind in shape):
            known.texts[shape] = text
    params: list[Any] = []
    for name, kind in shape:
        if kind == _VALUE:
            params.append(wanted(known.by_name[name], key[name], database))
        elif kind == _KEY:
            params += key[name].sql(database)[1]
    return text, params


_VALUE, _NONE, _TRUE, _FALSE, _KEY, _OF = range(6)
_KINDS = {type(None): _NONE, Key: _KEY, Of: _OF}


def _kind(value: Any) -> int:
    if type(value) is bool:
        return _TRUE if value else _FALSE
    return _KINDS.get(type(value), _VALUE)


def _condition(known: Table, key: Mapping[str, Any], database: Any, outer: type[models.Model] | None) -> str:
    """Whether something is so stands in the text: a plan for any value takes what is seldom for as likely as not."""
    terms = []
    for name, value in key.items():
        column = known.qualified[name]
        if type(value) is bool:
            terms.append(column if value else f"NOT {column}")
        elif isinstance(value, Key):
            terms.append(f"{column} = ({value.sql(database)[0]})")
        elif isinstance(value, Of) and outer is not None:
            terms.append(f"{column} = {table(outer, database.vendor).qualified[value.name]}")
        else:
            terms.append(f"{column} IS NULL" if value is None else f"{column} = %s")
    return " AND ".join(terms)


def _run(database: Any, sql: str, params: list[Any]) -> Sequence[Any] | None:
    found: Sequence[Any] | None
    if database.vendor == "postgresql":
        found = database.first_row(sql, params)
        return found
    with database.cursor() as cursor:
        cursor.execute(sql, params)
        found = cursor.fetchone()
        return found
