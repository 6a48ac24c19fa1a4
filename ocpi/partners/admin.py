"""Partners, with their roles, endpoints and tokens, and API clients. No page shows a token, a digest or ciphertext.

`ocpi.operations.admin` adds what lies above this module: pulls, pushes, the reset of a registration.
"""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.decorators import display
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from ocpi.core import admin as core
from ocpi.core import clock

from . import hub_party_admin, leniency, outages, services  # noqa: F401  hub parties register themselves
from .models import (
    LENIENCIES,
    ApiClient,
    Feature,
    Partner,
    PartnerEndpoint,
    PartnerLeniency,
    PartnerRole,
    PartnerToken,
    Scope,
)


class RoleInline(core.ReadOnlyInline):
    model = PartnerRole
    verbose_name_plural = "roles"
    fields: ClassVar = ["role", "country_code", "party_id", "name", "details"]

    @display(description="business details")
    def details(self, row: PartnerRole) -> str:
        return core.lines(f"{key}: {value}" for key, value in row.business_details.items() if isinstance(value, str))


class EndpointInline(core.ReadOnlyInline):
    model = PartnerEndpoint
    verbose_name_plural = "endpoints"
    fields: ClassVar = ["identifier", "role", "url"]


class TokenInline(core.ReadOnlyInline):
    """When tokens were issued, used and replaced."""

    model = PartnerToken
    verbose_name_plural = "their tokens"
    fields: ClassVar = ["purpose", "issued", "age", "used", "until", "late"]

    issued = core.time_column("created_at", "issued")
    used = core.time_column("first_used_at", "first used")
    until = core.time_column("valid_until", "valid until")
    late = core.time_column("late_use_at", "shown after its end")

    @display(description="age")
    def age(self, row: PartnerToken) -> str:
        return f"{(clock.now() - row.created_at).days} days"


class LeniencyInline(core.ReadOnlyInline):
    """What we overlooked in their messages, and how often."""

    model = PartnerLeniency
    verbose_name_plural = "overlooked"
    fields: ClassVar = ["kind", "meaning", "switch", "count", "seen", "example"]

    seen = core.time_column("last_seen", "last seen (UTC)")

    @display(description="what it was")
    def meaning(self, row: PartnerLeniency) -> str:
        return leniency.KINDS.get(row.kind, (core.DASH, ""))[0]

    @display(description="refused without")
    def switch(self, row: PartnerLeniency) -> str:
        names = leniency.KINDS.get(row.kind, ("", ""))[1]
        if not names:
            return "nothing: everyone gets it"
        return core.lines(str(Partner._meta.get_field(name).verbose_name) for name in names.split(", "))


_CONNECTION = ["versions_url", "version", ("registered", "heard"), "credentials_age", "calls", "last_error"]
_BEHAVIOUR = [
    "sends_plain_auth", "withholds_app_tokens", "addressing", "answers_post_with_200", "lacks_put_credentials",
    "wants_slash", "pages_by_offset", "commands_url", "lacks", "rewrites_from", "rewrites_to",
]  # fmt: skip
_OVERLOOKED = ["accepts_plain_auth", "missing_routing", *LENIENCIES]


class PartnerForm(forms.ModelForm):
    lacks = forms.MultipleChoiceField(
        choices=Feature.choices, widget=UnfoldAdminCheckboxSelectMultipleWidget, required=False,
        label=Partner._meta.get_field("lacks").verbose_name, help_text=Partner._meta.get_field("lacks").help_text,
    )  # fmt: skip

    class Meta:
        model = Partner
        fields: ClassVar = ["name", *_BEHAVIOUR, *_OVERLOOKED]


@admin.register(Partner)
class PartnerAdmin(core.OcpiAdmin):
    partner_path = ""
    form = PartnerForm
    list_display: ClassVar = ["heading", "state", "version", "registered", "heard"]
    list_filter: ClassVar = [core.states("partner")]
    search_fields: ClassVar = ["name__icontains", "roles__party_id__exact"]
    search_help_text = "name or party id"
    fieldsets: ClassVar = [
        (None, {"fields": ["name", "status_badge", "objects_of"]}),
        ("Connection", {"fields": _CONNECTION}),
        ("How we talk to them", {"fields": _BEHAVIOUR}),
        ("What we overlook in their messages", {"fields": _OVERLOOKED}),
    ]
    add_fieldsets: ClassVar = [
        (None, {
            "fields": ["name", *_BEHAVIOUR, *_OVERLOOKED],
            "description": "The registration token (token A) is shown once, after saving: give it to the partner.",
        }),
    ]  # fmt: skip
    readonly_fields: ClassVar = [
        "status_badge", "objects_of", "versions_url", "version", "registered", "heard", *_CONNECTION[3:],
    ]  # fmt: skip
    inlines: ClassVar = [RoleInline, EndpointInline, TokenInline, LeniencyInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Partner]:
        return super().get_queryset(request).select_related("outage").prefetch_related("roles")

    def get_inlines(self, request: HttpRequest, obj: Partner | None) -> list[Any]:
        return list(self.inlines) if obj else []

    def has_delete_permission(self, request: HttpRequest, obj: Partner | None = None) -> bool:
        """Only who never exchanged anything can be deleted: the rest is evidence."""
        never = obj is not None and obj.status == Partner.Status.NEW
        return never and super().has_delete_permission(request, obj)

    def save_model(self, request: HttpRequest, obj: Partner, form: Any, change: bool) -> None:
        if not change:
            self._add(request, obj)
        # Only what the form changed: a handshake may be writing the rest of this row at the same time.
        if form.changed_data:
            obj.save(update_fields=form.changed_data)

    def _add(self, request: HttpRequest, obj: Partner) -> None:
        row, token = services.add_partner(name=obj.name)
        obj.pk, obj._state.adding, obj.created_at = row.pk, False, row.created_at
        show_token(request, f"The registration token (token A) of {row}", token)

    @display(description="partner", header=True, ordering="name")
    def heading(self, row: Partner) -> list[str]:
        parties = (f"{role.role} {role.country_code}-{role.party_id}" for role in row.roles.all())
        return [row.name, core.lines(parties)]

    @display(description="status", ordering="status", label=core.TONES["partner"])
    def state(self, row: Partner) -> tuple[str, str]:
        return row.status, row.get_status_display()

    @display(description="status")
    def status_badge(self, row: Partner) -> SafeString:
        return core.badge("partner", row.status, row.get_status_display())

    registered = core.time_column("registered_at", "registered")
    heard = core.time_column("last_seen_at", "last heard from")

    @display(description="age of the credentials")
    def credentials_age(self, row: Partner) -> str:
        if row.registered_at is None:
            return core.DASH
        age = f"{(clock.now() - row.registered_at).days} days"
        unproven = "; their new token has not been used yet" if row.token_out_before else ""
        return age + (": rotate them" if services.is_overdue(row) else "") + unproven

    @display(description="our calls")
    def calls(self, row: Partner) -> SafeString | str:
        outage = outages.of(row)
        if outage is None or not outage.failures:
            return "answered"
        if outage.probe_at is None:
            return f"{outage.failures} without an answer: {outage.reason}"
        since, then = core.moment(outage.paused_at), core.moment(outage.probe_at)
        return format_html(
            "{} since {}, after {} calls without an answer: {}. Next probe {}; commands are tried all the same.",
            core.badge("outage", "PAUSED"), since, outage.failures, outage.reason, then,
        )  # fmt: skip

    @display(description="theirs")
    def objects_of(self, row: Partner) -> SafeString:
        names = {
            "locations": "ocpi_locations.location", "tariffs": "ocpi_tariffs.tariff",
            "sessions": "ocpi_sessions.session", "CDRs": "ocpi_cdrs.cdr", "commands": "ocpi_commands.command",
            "authorizations": "ocpi_tokens.authorization", "token pushes": "ocpi_tokens.tokenpush",
            "charging profiles": "ocpi_chargingprofiles.profilerequest",
            "preferences": "ocpi_sessions.chargingpreference", "parties behind it": "ocpi_partners.hubparty",
            "pulls": "ocpi_sync.pull", "messages": "ocpi_journal.exchange",
        }  # fmt: skip
        found = (core.list_link(name, text, partner__id__exact=row.pk) for text, name in names.items())
        return core.list_links(*found)


class ApiClientForm(forms.ModelForm):
    scopes = forms.MultipleChoiceField(
        choices=Scope.choices, widget=UnfoldAdminCheckboxSelectMultipleWidget, initial=[str(scope) for scope in Scope],
        label="may",
    )  # fmt: skip

    class Meta:
        model = ApiClient
        fields: ClassVar = ["name", "active", "scopes"]


@admin.register(ApiClient)
class ApiClientAdmin(core.OcpiAdmin):
    form = ApiClientForm
    list_display: ClassVar = ["name", "state", "allowed", "created"]
    list_filter: ClassVar = ["active"]
    search_fields: ClassVar = ["name__icontains"]
    fieldsets: ClassVar = [(None, {"fields": ["name", "active", "scopes", "created", "traffic"]})]
    add_fieldsets: ClassVar = [
        (None, {"fields": ["name", "scopes"], "description": "Its token is shown once, after saving."}),
    ]
    readonly_fields: ClassVar = ["created", "traffic"]

    def save_model(self, request: HttpRequest, obj: ApiClient, form: Any, change: bool) -> None:
        if change:
            obj.save(update_fields=form.changed_data)
            return
        row, token = services.add_api_client(name=obj.name, scopes=obj.scopes)
        obj.pk, obj._state.adding, obj.created_at = row.pk, False, row.created_at
        show_token(request, f"The token of {row}", token)

    @display(description="may call us", ordering="active", label=core.TONES["switch"])
    def state(self, row: ApiClient) -> tuple[str, str]:
        return ("YES", "active") if row.active else ("NO", "switched off")

    created = core.time_column("created_at", "created")

    @display(description="may")
    def allowed(self, row: ApiClient) -> str:
        return core.lines(row.scopes)

    @display(description="its")
    def traffic(self, row: ApiClient) -> SafeString:
        return core.list_links(
            core.list_link("ocpi_commands.command", "commands", api_client__id__exact=row.pk),
            core.list_link("ocpi_journal.exchange", "messages", api_client__id__exact=row.pk),
        )


def show_token(request: HttpRequest, what: str, token: str) -> None:
    """The only time that anyone sees it: afterwards we have its digest and nothing else."""
    text = format_html("{}: <strong class='ocpi-mono'>{}</strong> – copy it now, it is shown only once.", what, token)
    messages.warning(request, text)
