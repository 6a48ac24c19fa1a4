"""Why a driver was allowed or refused: the list of decisions, each with its trace, and a page to try one."""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.safestring import SafeString
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from ocpi.core import admin as core
from ocpi.partners.models import Partner
from ocpi.protocol import tokens as wire

from . import permissions
from .fields import TokenField
from .models import Authorization, Token

RULES = {
    "status": "status of the token", "places": "locations of the token", "validity": "validity", "partner": "partner",
    "country": "country", "locations": "locations", "charges": "charges at once", "budget": "budget",
    "price": "price cap",
}  # fmt: skip


def trace_table(trace: Iterable[Mapping[str, Any]]) -> SafeString | str:
    """Each rule in words, in the order in which they were asked."""
    lines = [
        [RULES.get(each["rule"], each["rule"]), each.get("policy") or "the token itself",
         core.badge("rule", each["outcome"]), each["sentence"]]
        for each in trace
    ]  # fmt: skip
    return core.table(["rule", "set by", "outcome", "what it saw"], lines, full=True)


class TryForm(forms.Form):
    token = TokenField()
    location_id = forms.CharField(
        label="location id", max_length=36, required=False, widget=UnfoldAdminTextInputWidget,
        help_text="empty: the partner does not say where",
    )  # fmt: skip
    evse_uids = forms.CharField(
        label="EVSE uids", required=False, widget=UnfoldAdminTextInputWidget, help_text="with commas; empty: none named"
    )
    partner = forms.ModelChoiceField(
        label="asked by", queryset=Partner.objects.order_by("name"), required=False, widget=UnfoldAdminSelectWidget,
        empty_label="whose location it is",
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        uids = [uid.strip() for uid in given.get("evse_uids", "").split(",") if uid.strip()]
        if uids and not given.get("location_id"):
            self.add_error("location_id", "EVSE uids need the location that they belong to")
        elif given.get("location_id"):
            place = {"location_id": given["location_id"], "evse_uids": uids}
            given["place"] = wire.LocationReferences.from_wire(place)
        return given


@admin.register(Authorization)
class AuthorizationAdmin(core.ReadOnlyAdmin):
    partner_path = "partner"
    list_display: ClassVar = ["decided", "token_link", "partner_link", "answer", "reason", "location_id", "origin"]
    list_select_related: ClassVar = ["token", "partner"]
    list_defer = ("trace",)
    list_filter: ClassVar = [
        core.choices("outcome", "outcome", {
            "refused": ("refused", ~Q(allowed="ALLOWED")), "allowed": ("allowed", Q(allowed="ALLOWED")),
        }),
        core.states("allowed", "allowed"), "partner", core.recent("asked", "decided_at"),
        core.choices("asked for", "origin", {o.value: (o.label, Q(origin=o)) for o in Authorization.Origin}),
    ]  # fmt: skip
    search_fields: ClassVar = ["authorization_reference__exact", "token__uid__exact"]
    search_help_text = "UID or authorization reference, whole"
    ordering: ClassVar = ["-decided_at"]
    sortable_by: ClassVar = ["decided"]  # no index for the others
    actions_list: ClassVar = ["try_it"]
    fieldsets: ClassVar = [
        (None, {"fields": [
            ("decided", "answer_badge"), ("token_link", "partner_link"), ("location_id", "evses"),
            ("origin", "reference"), "reason",
        ]}),
        ("Why", {"fields": ["why"]}),
        ("What the rules saw", {"fields": ["facts"], "classes": ["collapse"]}),
    ]  # fmt: skip

    decided = core.time_column("decided_at", "time (UTC)")
    token_link = core.link_column("token", "token")
    partner_link = core.link_column("partner", "partner")

    @display(description="answer", ordering="allowed", label=core.TONES["allowed"])
    def answer(self, row: Authorization) -> tuple[str, str]:
        return core.badge_pair("allowed", row.allowed)

    @display(description="answer")
    def answer_badge(self, row: Authorization) -> SafeString:
        return core.badge("allowed", row.allowed)

    @display(description="EVSEs")
    def evses(self, row: Authorization) -> str:
        return core.lines(row.evse_uids)

    @display(description="authorization reference")
    def reference(self, row: Authorization) -> SafeString | str:
        if not row.authorization_reference:
            return core.DASH
        text = row.authorization_reference
        return core.list_link("ocpi_sessions.session", f"{text} (its session)", q=text)

    @display(description="why")
    def why(self, row: Authorization) -> SafeString | str:
        return trace_table(row.trace)

    facts = core.json_column("trace", "facts")

    # --- trying ---
    @action(description="Try it", icon="science", permissions=["view"], url_path="try")
    def try_it(self, request: HttpRequest) -> HttpResponse:
        """A decision without consequences; the address holds the question, so that it can be sent to a colleague."""
        form = TryForm(request.GET or None)
        context = {"title": "Would this driver be allowed?", "form": form, "opts": self.opts}
        if form.is_bound and form.is_valid():
            context |= _tried(form.cleaned_data)
        return TemplateResponse(
            request, "ocpi_tokens/try.html", self.admin_site.each_context(request) | context
        )  # fmt: skip


def _tried(given: dict[str, Any]) -> dict[str, Any]:
    token = Token.objects.governed().get(pk=given["token"].pk)
    decision = permissions.consider(token=token, place=given.get("place"), partner=given["partner"])
    return {
        "answer": core.badge("allowed", str(decision.allowed)), "reason": decision.reason, "place": decision.place,
        "trace": trace_table(decision.as_json()),
    }  # fmt: skip
