"""One location, asked for again when somebody doubts what we show."""

from typing import Any, ClassVar

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from kombu.exceptions import OperationalError
from unfold.decorators import action

from ocpi.core import admin as core
from ocpi.core import clock
from ocpi.locations.admin import LocationAdmin

from . import tasks
from .map import STALE


def stale() -> Q:
    """In its partner's list, but nothing was heard of it for days."""
    return Q(gone_at=None, changed_at__lt=clock.now() - STALE)


class LocationDesk(LocationAdmin):
    list_filter: ClassVar = [
        *LocationAdmin.list_filter,
        core.choices("stale", "stale", {"yes": (f"nothing heard for {STALE.days} days", stale)}),
    ]
    actions_detail: ClassVar = ["ask_again"]

    has_ask_permission = core.needs("ocpi_partners.operate_partner")  # nobody changes a location here

    @action(
        description="Ask again", icon="refresh", permissions=["ask"], url_path="ask-again",
        dialog={"form_class": None, "title": "Ask the CPO for this location?", "form_submit_text": "Ask",
                "description": "It is fetched alone, and replaces what we have unless ours is newer."},
    )  # fmt: skip
    def ask_again(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        row = self.get_object(request, object_id)
        if row is None:
            return core.go_to(core.list_page("ocpi_locations.location"))
        try:
            tasks.ask_for_location.delay(row.pk)
        except (OperationalError, OSError):
            self.message_user(request, "The broker does not answer: nothing was asked.", messages.ERROR)
        else:
            self.log_change(request, row, "asked the CPO for it again")
            self.message_user(request, f"{row.partner} is being asked; see the messages.", messages.SUCCESS)
        return core.go_to(core.page(row))
