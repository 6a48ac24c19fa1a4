"""Model fields that speak OCPI."""

from typing import Any

from django.db import models

from ocpi.protocol.types import ci_key


class CiCharField(models.CharField):
    """A CiString as a key: stored and looked up in upper case, so `l1` finds `L1` on every database (TYP-01).

    The spelling that the partner used lives in `payload`; that is what GET returns.
    """

    def get_prep_value(self, value: Any) -> str | None:
        text = super().get_prep_value(value)
        return ci_key(text) if isinstance(text, str) else text

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        value = self.get_prep_value(getattr(model_instance, self.attname))
        setattr(model_instance, self.attname, value)
        return value


class MoneyField(models.DecimalField):
    """An amount, a price or an energy: six decimals kept, whatever the wire had."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"max_digits": 20, "decimal_places": 6, **kwargs})
