"""Policies: edited here, in force for the next decision; what each of them refused is one click away."""

import re
from collections.abc import Iterator
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.safestring import SafeString
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextInputWidget

from ocpi.core import admin as core
from ocpi.protocol import tokens as wire
from ocpi.protocol.countries import ALPHA_3_OF
from ocpi.protocol.errors import OcpiError

from .fields import TokenField
from .models import Policy

_KNOWN = set(ALPHA_3_OF.values())


def read_places(value: Any) -> list[dict[str, Any]]:
    """A list of LocationReferences. Raises ValidationError."""
    if not isinstance(value or [], list):
        raise ValidationError("a list is needed: [] or [{…}, …]")
    try:
        return [wire.LocationReferences.from_wire(place).to_wire() for place in value or []]
    except OcpiError as error:
        raise ValidationError(error.message) from error


class CountriesField(forms.CharField):
    """`NL, DEU` in the form, ISO 3166-1 alpha-3 in the row."""

    def prepare_value(self, value: Any) -> str:
        return ", ".join(value) if isinstance(value, list) else value or ""

    def clean(self, value: Any) -> list[str]:
        codes = re.findall(r"\w+", super().clean(value).upper())
        found = [ALPHA_3_OF.get(code, code) for code in codes]
        if unknown := [code for code in found if code not in _KNOWN]:
            raise ValidationError(f"no country has the code {unknown[0]}")
        return list(dict.fromkeys(found))

    def has_changed(self, initial: Any, data: Any) -> bool:
        return super().has_changed(self.prepare_value(initial), data)


class PolicyForm(forms.ModelForm):
    token = TokenField(required=False)
    countries = CountriesField(
        required=False, widget=UnfoldAdminTextInputWidget, label="allowed countries",
        help_text="ISO 3166 codes, as NL, DE or NLD; empty: all. A location that we do not know is then refused",
    )  # fmt: skip

    class Meta:
        model = Policy
        fields: ClassVar = [
            "name", "active", "contract_id", "token", "valid_from", "valid_until", "countries", "partners",
            "barred_partners", "locations", "max_charges", "budget", "budget_currency", "budget_period", "price_cap",
            "price_currency",
        ]  # fmt: skip

    def clean_locations(self) -> list[dict[str, Any]]:
        return read_places(self.cleaned_data["locations"])

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if not given.get("contract_id") and not given.get("token") and "token" not in self.errors:
            self.add_error("contract_id", "a policy is for a contract, for a token, or for both")
        since, until = given.get("valid_from"), given.get("valid_until")
        if since and until and until <= since:
            self.add_error("valid_until", "it ends before it begins")
        for amount, currency in (("budget", "budget_currency"), ("price_cap", "price_currency")):
            self._check_money(given, amount, currency)
        return given

    def _check_money(self, given: dict[str, Any], amount: str, currency: str) -> None:
        code = given[currency] = (given.get(currency) or "").upper()
        if given.get(amount) is None:
            return
        if given[amount] < 0:
            self.add_error(amount, "less than nothing is no limit")
        if not re.fullmatch("[A-Z]{3}", code):
            self.add_error(currency, "a currency is needed, as EUR")


@admin.register(Policy)
class PolicyAdmin(core.OcpiAdmin):
    form = PolicyForm
    history_hides = ("contract_id", "token")
    list_display: ClassVar = ["name", "for_whom", "limits", "state"]
    list_select_related: ClassVar = ["token"]
    list_filter: ClassVar = [
        core.choices("state", "active", {"1": ("active", Q(active=True)), "0": ("switched off", Q(active=False))})
    ]
    search_fields: ClassVar = ["contract_id__exact", "token__uid__exact", "name"]
    search_help_text = "contract or UID, whole, or a part of the name"
    ordering: ClassVar = ["-pk"]
    fieldsets: ClassVar = [
        (None, {"fields": [("name", "active"), ("contract_id", "token"), "valid_from", "valid_until"]}),
        ("Where", {"fields": ["countries", ("partners", "barred_partners"), "locations"]}),
        ("How much", {"fields": [
            "max_charges", ("budget", "budget_currency"), "budget_period", ("price_cap", "price_currency"),
        ]}),
    ]  # fmt: skip

    @display(description="for")
    def for_whom(self, row: Policy) -> SafeString:
        contract = [core.list_link("ocpi_tokens.token", f"contract {row.contract_id}", q=row.contract_id)]
        return core.list_links(*(contract if row.contract_id else []), *([core.link(row.token)] if row.token else []))

    @display(description="limits")
    def limits(self, row: Policy) -> str:
        return core.lines(limits(row))

    @display(description="state", label=core.TONES["switch"])
    def state(self, row: Policy) -> tuple[str, str]:
        return ("YES", "active") if row.active else ("NO", "switched off")


def limits(row: Policy) -> Iterator[str]:
    """In short, what it limits; partners are left out, because a list would ask for those of each row."""
    if row.valid_from:
        yield f"from {row.valid_from:%Y-%m-%d}"
    if row.valid_until:
        yield f"until {row.valid_until:%Y-%m-%d}"
    yield from row.countries
    if row.locations:
        yield f"{len(row.locations)} location{'s' if len(row.locations) > 1 else ''}"
    if row.max_charges is not None:
        yield f"{row.max_charges} at once"
    if row.budget is not None:
        yield f"{core.money(row.budget, row.budget_currency)} for {row.get_budget_period_display()}"
    if row.price_cap is not None:
        yield f"{core.number(row.price_cap, row.price_currency)} per kWh"
