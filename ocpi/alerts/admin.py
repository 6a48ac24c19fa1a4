"""The light of a partner as operators see it, and every change of it."""

from collections.abc import Iterable
from typing import Any, ClassVar

from django.contrib import admin
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.decorators import display

from ocpi.core import admin as core
from ocpi.partners.models import Partner

from . import recipient_admin  # noqa: F401  recipients and alerts register themselves
from .links import behind
from .models import LightChange


def in_words(reasons: Iterable[dict[str, Any]]) -> str:
    return "; ".join(reason["text"] for reason in reasons) or core.DASH


def reasons_table(reasons: Iterable[dict[str, Any]], partner: Partner | int) -> SafeString | str:
    """Each sentence a link to the list behind it."""
    rows = (
        [core.badge("light", each["colour"]), format_html(core.LINK, behind(each["code"], partner), each["text"])]
        for each in reasons
    )
    return core.table(["light", "because"], rows)


@admin.register(LightChange)
class LightChangeAdmin(core.ReadOnlyAdmin):
    list_display: ClassVar = ["moment", "partner_name", "from_badge", "to_badge", "why"]
    list_select_related: ClassVar = ["partner"]
    list_filter: ClassVar = [core.states("light", "after"), "partner", core.recent("when", "at")]
    ordering: ClassVar = ["-at", "-pk"]
    fieldsets: ClassVar = [(None, {"fields": [("moment", "partner_link"), ("before_badge", "after_badge"), "because"]})]

    moment = core.time_column("at", "time (UTC)")
    partner_link = core.link_column("partner", "partner")

    @display(description="partner", ordering="partner__name")
    def partner_name(self, row: LightChange) -> str:
        return str(row.partner)

    @display(description="before", label=core.TONES["light"])
    def from_badge(self, row: LightChange) -> tuple[str, str] | str:
        return core.badge_pair("light", row.before) if row.before else core.DASH

    @display(description="after", label=core.TONES["light"])
    def to_badge(self, row: LightChange) -> tuple[str, str]:
        return core.badge_pair("light", row.after)

    @display(description="why")
    def why(self, row: LightChange) -> str:
        return in_words(row.reasons)[:160]

    @display(description="before")
    def before_badge(self, row: LightChange) -> SafeString | str:
        return core.badge("light", row.before) if row.before else core.DASH

    @display(description="after")
    def after_badge(self, row: LightChange) -> SafeString:
        return core.badge("light", row.after)

    @display(description="because")
    def because(self, row: LightChange) -> SafeString | str:
        return reasons_table(row.reasons, row.partner)
