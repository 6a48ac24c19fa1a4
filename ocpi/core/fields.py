"""Model fields that speak OCPI."""

from typing import Any

from django.db import models
from django.db.models import lookups

from ocpi.protocol.types import ci_key


class CiCharField(models.CharField):
    """A CiString as a key: stored and looked up in upper case, so `l1` finds `L1` on every database (TYP-01).

    The spelling that the partner used lives in `payload`; that is what GET returns.
    """

    def get_prep_value(self, value: Any) -> str | None:
        text = super().get_prep_value(value)
        return ci_key(text) if isinstance(text, str) else text

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        given = getattr(model_instance, self.attname)
        value = ci_key(given) if type(given) is str else self.get_prep_value(given)
        setattr(model_instance, self.attname, value)
        return value


def _pattern(base: type[lookups.PatternLookup], name: str) -> type[lookups.PatternLookup]:
    """Django hands patterns over as they are; these are in upper case as what is stored, or PostgreSQL finds none."""
    return type(f"Ci{name}", (base,), {"lookup_name": name, "prepare_rhs": True})


for name, base in {
    "contains": lookups.Contains, "startswith": lookups.StartsWith, "endswith": lookups.EndsWith,
    "icontains": lookups.Contains, "istartswith": lookups.StartsWith, "iendswith": lookups.EndsWith,
    "iexact": lookups.Exact,
}.items():  # fmt: skip
    CiCharField.register_lookup(_pattern(base, name))


class MoneyField(models.DecimalField):
    """An amount, a price or an energy: six decimals kept, whatever the wire had."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"max_digits": 20, "decimal_places": 6, **kwargs})
