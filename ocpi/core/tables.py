"""What `ocpi.core.rows` needs to know of a model, found out once: quoted names, places, and how its values travel."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from dataclasses import field as kept
from datetime import datetime
from decimal import Decimal
from functools import cache, lru_cache
from typing import Any, NamedTuple, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.models.base import ModelState

from ocpi.protocol.types import ci_key

from .fields import CiCharField, MoneyField

M = TypeVar("M", bound=models.Model)


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
    texts: dict[Any, str] = kept(default_factory=dict)  # of conditions, by what they compare


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
# A decimal number is finite (`ocpi.protocol.types.Number`), which is what Django would look at, twice.
_FOR_POSTGRESQL: Mapping[type, type] = {
    **_AS_THEY_ARE, models.DateTimeField: datetime, models.DecimalField: Decimal, MoneyField: Decimal,
}  # fmt: skip


def wanted(field: Any, value: Any, database: Any) -> Any:
    """What a condition compares this field with; `value` may be a row."""
    kind, given = type(field), type(value)
    if given is str and kind is CiCharField:
        return ci_key(value)
    if given is _AS_THEY_ARE.get(kind):
        return value
    return field.get_db_prep_value(getattr(value, "pk", value), database)


class Way(NamedTuple):
    """How the value of a field gets from a row to the driver."""

    attname: str
    is_read: bool  # `pre_save` only reads the attribute, as for most fields
    as_it_is: type | None  # the type whose values the driver takes unchanged


@lru_cache(maxsize=128)
def _ways(model: type[models.Model], vendor: str) -> Mapping[str, Way]:
    as_they_are = _FOR_POSTGRESQL if vendor == "postgresql" else _AS_THEY_ARE
    return {
        field.name: Way(field.attname, type(field).pre_save is models.Field.pre_save, as_they_are.get(type(field)))
        for field in model._meta.concrete_fields
    }


def values(row: models.Model, fields: Iterable[Any], add: bool, database: Any) -> list[Any]:
    """For the driver. `pre_save` has brought the keys of partners' objects into upper case."""
    found, ways = [], _ways(type(row), database.vendor)
    for field in fields:
        attname, is_read, as_it_is = ways[field.name]
        value = getattr(row, attname) if is_read else field.pre_save(row, add)
        if value is not None and type(value) is not as_it_is:
            value = field.get_db_prep_save(value, database)
        found.append(value)
    return found


class _Defaults(NamedTuple):
    plain: Mapping[str, Any]
    made: tuple[tuple[str, Callable[[], Any]], ...]  # anew for each row


@cache
def _defaults(model: type[models.Model]) -> _Defaults:
    plain, made = {}, []
    for field in model._meta.concrete_fields:
        if field.has_default() and callable(field.default):
            made.append((field.attname, field.default))
        else:
            plain[field.attname] = field.get_default()
    return _Defaults(plain, tuple(made))


def blank(model: type[M]) -> M:
    """A new row with its defaults, as `model()` makes it at four times the cost: nobody hears of it (`post_init`)."""
    row, defaults = model.__new__(model), _defaults(model)
    row.__dict__.update(defaults.plain, _state=ModelState())
    for name, make in defaults.made:
        row.__dict__[name] = make()
    return row


def read_row(model: type[M], attnames: Iterable[str], found: Iterable[Any], alias: str) -> M:
    """A row as it was read, as `Model.from_db` makes it."""
    row, state = model.__new__(model), ModelState()
    state.adding, state.db = False, alias
    row.__dict__.update(zip(attnames, found, strict=True), _state=state)
    return row
