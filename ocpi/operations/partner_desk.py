"""A partner as operators see it: its light and why, and what they can do to it."""

from collections.abc import Callable
from typing import Any, ClassVar

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.decorators import display

from ocpi.alerts.admin import in_words, reasons_table
from ocpi.alerts.models import Colour, Light, LightChange
from ocpi.core import admin as core
from ocpi.partners.admin import PartnerAdmin
from ocpi.partners.models import Partner

from . import partner_health as health
from .connect_button import ConnectButton
from .partner_actions import PartnerActions

TROUBLED = Q(light__colour__in=[Colour.RED, Colour.AMBER])
_HEALTH = ["contact_now", "calls_now", "pulls_now", "tokens_now", "owed", "overlooked"]


def _shown(description: str, make: Callable[[Partner], Any]) -> core.Column:
    """A field of the page, made once: unfold's template asks for each several times."""

    @display(description=description)
    def column(admin: Any, row: Partner) -> Any:
        made = row.__dict__.setdefault("_shown", {})
        return made[description] if description in made else made.setdefault(description, make(row))

    return column


class PartnerDesk(ConnectButton, PartnerActions, PartnerAdmin):
    actions_detail: ClassVar = ["connect_it", *PartnerActions.actions_detail]
    list_display: ClassVar = ["heading", "light_label", "state", "version", "heard", "why"]
    list_filter: ClassVar = [
        core.choices("needs attention", "trouble", {"yes": ("yes", TROUBLED), "no": ("no", ~TROUBLED)}),
        core.states("light", "light__colour"),
        *PartnerAdmin.list_filter,
    ]
    fieldsets: ClassVar = [
        (None, {"fields": ["name", "status_badge", "light_now", "reasons", "objects_of"]}),
        ("Health", {"fields": _HEALTH}),
        *PartnerAdmin.fieldsets[1:],
    ]
    readonly_fields: ClassVar = [*PartnerAdmin.readonly_fields, "light_now", "reasons", *_HEALTH]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Partner]:
        return super().get_queryset(request).select_related("light", "contact").prefetch_related("endpoints")

    @display(description="light", ordering="light__colour", label=core.TONES["light"])
    def light_label(self, row: Partner) -> tuple[str, str] | str:
        light = _light(row)
        return core.badge_pair("light", light.colour) if light else core.DASH

    @display(description="because")
    def why(self, row: Partner) -> str:
        light = _light(row)
        reasons = light.reasons if light else []
        more = f" · and {len(reasons) - 1} more" if len(reasons) > 1 else ""
        return in_words(reasons[:1])[:100] + more

    @display(description="light")
    def light_now(self, row: Partner) -> SafeString | str:
        light = _light(row)
        if light is None:
            return "not looked at yet: every minute a worker does"
        earlier = core.list_link("ocpi_alerts.lightchange", "earlier changes", partner__id__exact=row.pk)
        badge = core.badge("light", light.colour)
        return format_html("{} since {}, looked at {} · {}", badge, core.moment(light.since),
                           core.moment(light.looked_at), earlier)  # fmt: skip

    @display(description="because")
    def reasons(self, row: Partner) -> SafeString | str:
        light = _light(row)
        return reasons_table(light.reasons, row) if light else core.DASH

    contact_now = _shown("contact", health.contact)
    calls_now = _shown("traffic", health.calls)
    pulls_now = _shown("pulls", health.pulls)
    tokens_now = _shown("tokens", health.tokens)
    owed = _shown("open", health.owed)
    overlooked = _shown("overlooked", health.overlooked)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """The changes of its light are read-only, and go with a partner that may go."""
        found, counts, needed, protected = super().get_deleted_objects(objs, request)
        return found, counts, needed - {str(LightChange._meta.verbose_name)}, protected


def _light(row: Partner) -> Light | None:
    return getattr(row, "light", None)
