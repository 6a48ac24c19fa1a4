"""What `ocpi.core.rows` needs to know of a model, found out once: quoted names, places, and how its values travel."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache, lru_cache
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections, models

from ocpi.protocol.types import ci_key

from .fields import CiCharField


@dataclass(frozen=True)
class Table:
    name: str
    pk: str
    fields: tuple[Any, ...]
    written: tuple[Any, ...]  # all but the primary key
    by_name: Mapping[str, Any]
    columns: Mapping[str, str]  # quoted, by the name of the field
    qualified: Mapping[str, str]  # the same with the table before it
    places: Mapping[str, str]  # what stands for a value
    select: str
    attnames: tuple[str, ...]
    converters: tuple[tuple[int, Any, tuple[Callable[..., Any], ...]], ...]


def here() -> Any:
    """This thread's connection itself. `django.db.connection` looks it up for each attribute that is asked for."""
    return connections[DEFAULT_DB_ALIAS]


@lru_cache(maxsize=64)
def table(model: type[models.Model], vendor: str) -> Table:
    meta, database = model._meta, here()
    quote = database.ops.quote_name
    name, fields = quote(meta.db_table), tuple(meta.concrete_fields)
    found = []
    for n, field in enumerate(fields):
        column = field.get_col(meta.db_table)
        used = (*database.ops.get_db_converters(column), *field.get_db_converters(database))
        if used:
            found.append((n, column, used))
    columns = {field.name: quote(field.column) for field in fields}
    qualified = {each: f"{name}.{column}" for each, column in columns.items()}
    version = f", {name}.xmin" if vendor == "postgresql" else ", NULL"
    return Table(
        name, quote(meta.pk.column), fields, tuple(field for field in fields if not field.primary_key),
        {field.name: field for field in fields}, columns, qualified,
        {field.name: _place(field, database) for field in fields}, ", ".join(qualified.values()) + version,
        tuple(field.attname for field in fields), tuple(found),
    )  # fmt: skip


def _place(field: Any, database: Any) -> str:
    """PostgreSQL takes the values of a SELECT for text, where nobody says what they are."""
    return f"%s::{field.db_type(database)}" if database.vendor == "postgresql" else "%s"


# Values that a field would hand to the driver as they are; by the field's own class, for a subclass may do otherwise.
_AS_THEY_ARE: Mapping[type, type] = {
    models.CharField: str, CiCharField: str, models.TextField: str, models.BooleanField: bool,
    models.ForeignKey: int, models.PositiveIntegerField: int,
}  # fmt: skip
_FOR_POSTGRESQL: Mapping[type, type] = {**_AS_THEY_ARE, models.DateTimeField: datetime}


def wanted(field: Any, value: Any, database: Any) -> Any:
    """What a condition compares this field with; `value` may be a row."""
    kind, given = type(field), type(value)
    if given is str and kind is CiCharField:
        return ci_key(value)
    if given is _AS_THEY_ARE.get(kind):
        return value
    return field.get_db_prep_value(getattr(value, "pk", value), database)


@cache
def _reads_the_row(kind: Any) -> bool:
    """Whether `pre_save` only reads the attribute, as for most fields."""
    return kind.pre_save is models.Field.pre_save


def values(row: models.Model, fields: Iterable[Any], add: bool, database: Any) -> list[Any]:
    """For the driver. `pre_save` has brought the keys of partners' objects into upper case."""
    found, as_they_are = [], _FOR_POSTGRESQL if database.vendor == "postgresql" else _AS_THEY_ARE
    for field in fields:
        kind = type(field)
        value = getattr(row, field.attname) if _reads_the_row(kind) else field.pre_save(row, add)
        if value is not None and type(value) is not as_they_are.get(kind):
            value = field.get_db_prep_save(value, database)
        found.append(value)
    return found
