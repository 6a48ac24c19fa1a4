"""Commands where an operator needs them: from an EVSE, a session, a token and a reservation, followed to the outcome.

What the charger or its state does not allow is not offered; what the service refuses is told, and nothing is sent.
"""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import path, reverse
from django.utils.safestring import SafeString
from unfold.decorators import action, display
from unfold.enums import ActionVariant
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from ocpi.commands import services as commands
from ocpi.commands.admin import CommandAdmin
from ocpi.commands.models import Command
from ocpi.core import admin as core
from ocpi.core import clock, ids
from ocpi.locations.admin import EvseAdmin, plug
from ocpi.locations.models import EVSE, Connector
from ocpi.partners.order_admin import steps
from ocpi.protocol.commands import CommandType
from ocpi.protocol.errors import OcpiError
from ocpi.protocol.headers import PartyId
from ocpi.protocol.locations import Capability, Status
from ocpi.protocol.states import COMMAND, SESSION
from ocpi.protocol.tokens import TokenType
from ocpi.protocol.types import format_datetime
from ocpi.sessions.models import Session
from ocpi.tokens.admin import TokenAdmin
from ocpi.tokens.models import Token

_MAY = "ocpi_commands.add_command"
_TYPES = [(str(type_), str(type_).replace("_", " ").lower()) for type_ in TokenType]
_USABLE = {Status.AVAILABLE, Status.RESERVED, Status.CHARGING, Status.BLOCKED, Status.UNKNOWN}


# --- what is asked for ------------------------------------------------------------------------------------------------
class _AtEvse(BaseDialogForm):
    """Which connector of this EVSE."""

    connector = forms.ChoiceField(widget=UnfoldAdminSelectWidget)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = Connector.objects.filter(evse=self.object_id, hidden_at=None)
        self.fields["connector"].choices = [(row.payload["id"], f"{row.connector_id}: {plug(row)}") for row in rows]


class _WithToken(BaseDialogForm):
    token_uid = forms.CharField(
        label="token UID", max_length=36, widget=UnfoldAdminTextInputWidget, help_text="as it stands under Tokens"
    )
    token_type = forms.ChoiceField(label="type", choices=_TYPES, initial="RFID", widget=UnfoldAdminSelectWidget)

    @property
    def token(self) -> dict[str, str]:
        return {"uid": self.cleaned_data["token_uid"].strip(), "type": self.cleaned_data["token_type"]}


class StartForm(_WithToken, _AtEvse):
    pass


class ReserveForm(_WithToken):
    minutes = forms.IntegerField(
        label="for how many minutes", min_value=1, max_value=24 * 60, initial=30, widget=UnfoldAdminIntegerFieldWidget
    )


class UnlockForm(_AtEvse):
    pass


class PlaceForm(BaseDialogForm):
    """Where a token shall charge."""

    evse = forms.CharField(label="EVSE id or uid", max_length=48, widget=UnfoldAdminTextInputWidget)
    connector = forms.CharField(
        label="connector (if it has several)", max_length=36, required=False, widget=UnfoldAdminTextInputWidget
    )

    def clean_evse(self) -> EVSE:
        name = self.cleaned_data["evse"].strip()
        rows = EVSE.objects.filter(hidden_at=None, location__gone_at=None).select_related("location")
        found = list(rows.filter(evse_id__iexact=name)[:2]) or list(rows.filter(uid=name)[:2])
        if len(found) != 1:
            raise forms.ValidationError("several EVSEs have this uid: give the EVSE id" if found else "is not known")
        return found[0]


# --- the desk ---------------------------------------------------------------------------------------------------------
class Desk:
    """What the pages share: who may give commands, and what happens then."""

    def has_command_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return bool(request.user.has_perm(_MAY))

    def give(
        self, request: HttpRequest, row: Any, type: CommandType, body: dict[str, Any], owner: PartyId
    ) -> HttpResponse:
        """Send a command, and go to its page; back to where one was when it is refused."""
        try:
            command = commands.request(type=type, body=body, owner=owner)
        except OcpiError as error:
            self.message_user(request, f"{type} was not sent: {error.message}.", messages.ERROR)  # type: ignore[attr-defined]
            return core.go_to(core.page(row))
        self.log_change(request, row, f"{type} {command.pk}")  # type: ignore[attr-defined]
        return core.go_to(core.page(command))

    def only(self, offered: Iterable[Any], possible: set[str]) -> list[Any]:
        """Of the buttons those that make sense now."""
        return [item for item in offered if any(item.action_name.endswith(f"_{name}") for name in possible)]


class EvseDesk(Desk, EvseAdmin):
    actions_detail: ClassVar = ["start", "reserve", "unlock"]

    @action(
        description="Start a charge", icon="play_circle", permissions=["command"], url_path="start",
        dialog={"title": "Start a charge here?", "form_class": StartForm, "form_submit_text": "Start", "description": (
            "START_SESSION is sent to the operator of the charger, for one of our tokens.")},
    )  # fmt: skip
    def start(self, request: HttpRequest, form: StartForm, object_id: str) -> HttpResponse:
        evse = self._evse(object_id)
        body = {"token": form.token, **_place(evse), "connector_id": form.cleaned_data["connector"]}
        return self.give(request, evse, CommandType.START_SESSION, body, evse.location.party)

    @action(
        description="Reserve", icon="event_available", permissions=["command"], url_path="reserve",
        dialog={"title": "Reserve this EVSE?", "form_class": ReserveForm, "form_submit_text": "Reserve",
                "description": "RESERVE_NOW is sent to the operator of the charger. A reservation may cost something."},
    )  # fmt: skip
    def reserve(self, request: HttpRequest, form: ReserveForm, object_id: str) -> HttpResponse:
        evse = self._evse(object_id)
        until = clock.now() + timedelta(minutes=form.cleaned_data["minutes"])
        body = {
            "token": form.token, **_place(evse), "expiry_date": format_datetime(until), "reservation_id": ids.new_id(),
        }  # fmt: skip
        return self.give(request, evse, CommandType.RESERVE_NOW, body, evse.location.party)

    @action(
        description="Unlock", icon="lock_open", permissions=["command"], url_path="unlock",
        dialog={"title": "Unlock a connector?", "form_class": UnlockForm, "form_submit_text": "Unlock", "description": (
            "For a cable that is stuck: UNLOCK_CONNECTOR is sent to the operator of the charger.")},
    )  # fmt: skip
    def unlock(self, request: HttpRequest, form: UnlockForm, object_id: str) -> HttpResponse:
        evse = self._evse(object_id)
        body = {**_place(evse), "connector_id": form.cleaned_data["connector"]}
        return self.give(request, evse, CommandType.UNLOCK_CONNECTOR, body, evse.location.party)

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        row = self.get_object(request, str(object_id))
        return self.only(super().get_actions_detail(request, object_id), _possible(row) if row else set())

    @staticmethod
    def _evse(object_id: str) -> EVSE:
        return EVSE.objects.select_related("location__partner").get(pk=object_id)


def _place(evse: EVSE) -> dict[str, str]:
    return {"location_id": evse.location.wire_id, "evse_uid": evse.wire_uid}


def _possible(evse: EVSE) -> set[str]:
    """By capabilities and state; what an EVSE without capabilities can do, the service decides (CMD-24)."""
    if evse.hidden_at is not None or evse.status not in _USABLE:
        return set()
    needed = {
        "start": Capability.REMOTE_START_STOP_CAPABLE, "reserve": Capability.RESERVABLE,
        "unlock": Capability.UNLOCK_CAPABLE,
    }  # fmt: skip
    able = {name for name, what in needed.items() if not evse.capabilities or what in evse.capabilities}
    return able - {"reserve"} if evse.status != Status.AVAILABLE else able


class StopSession(Desk):
    """The button of a running charge; for the page of a session."""

    @action(
        description="Stop the charge", icon="stop_circle", permissions=["command"], url_path="stop",
        variant=ActionVariant.DANGER,
        dialog={"title": "Stop this charge?", "form_class": None, "form_submit_text": "Stop it", "description": (
            "STOP_SESSION is sent to the operator of the charger; the driver's car stops charging.")},
    )  # fmt: skip
    def stop(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        row = Session.objects.select_related("partner").get(pk=object_id)
        return self.give(request, row, CommandType.STOP_SESSION, {"session_id": row.wire_id}, row.party)

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        row = self.get_object(request, str(object_id))  # type: ignore[attr-defined]
        running = row is not None and not SESSION.final(row.status)
        return self.only(super().get_actions_detail(request, object_id), {"stop"} if running else set())  # type: ignore[misc]


class TokenDesk(Desk, TokenAdmin):
    actions_detail: ClassVar = [*TokenAdmin.actions_detail, "start"]

    @action(
        description="Start a charge", icon="play_circle", permissions=["command"], url_path="start",
        dialog={"title": "Start a charge with this token?", "form_class": PlaceForm, "form_submit_text": "Start",
                "description": "START_SESSION is sent to the operator of the charger."},
    )  # fmt: skip
    def start(self, request: HttpRequest, form: PlaceForm, object_id: str) -> HttpResponse:
        row = Token.objects.get(pk=object_id)
        evse = form.cleaned_data["evse"]
        connector = {"connector_id": form.cleaned_data["connector"]} if form.cleaned_data["connector"] else {}
        body = {"token": {"uid": row.wire_uid, "type": row.type}, **_place(evse), **connector}
        return self.give(request, row, CommandType.START_SESSION, body, evse.location.party)

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        """A blocked token may not charge (CMD-19)."""
        row = self.get_object(request, str(object_id))
        offered = super().get_actions_detail(request, object_id)
        if row is None or row.status != Token.Status.ACTIVE or not self.has_command_permission(request):
            return offered
        return [*offered, self.get_unfold_action("start")]


class CommandDesk(Desk, CommandAdmin):
    """A command is followed live; a reservation can be given back."""

    fieldsets: ClassVar = [
        (None, {"fields": [("type", "asked_by"), ("partner_link", "error"), "standing"]}),
        *CommandAdmin.fieldsets[1:],
    ]
    actions_detail: ClassVar = [*CommandAdmin.actions_detail, "give_back"]

    def get_urls(self) -> list[Any]:
        own = path("<uuid:pk>/live/", self.admin_site.admin_view(self.live_view), name="ocpi_commands_command_live")
        return [own, *super().get_urls()]

    def live_view(self, request: HttpRequest, pk: Any) -> HttpResponse:
        """The part of the page that changes by itself."""
        row = Command.objects.filter(pk=pk).first()
        if row is None or not self.has_view_permission(request, row):
            raise Http404
        return HttpResponse(standing(row))

    @display(description="so far")
    def standing(self, row: Command) -> SafeString:
        return standing(row)

    @action(
        description="Give the reservation back", icon="event_busy", permissions=["command"], url_path="give-back",
        variant=ActionVariant.DANGER,
        dialog={"title": "Give the reservation back?", "form_class": None, "form_submit_text": "Give it back",
                "description": "CANCEL_RESERVATION is sent to the operator of the charger."},
    )  # fmt: skip
    def give_back(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        row = Command.objects.select_related("partner").get(pk=object_id)
        body = {"reservation_id": row.request["reservation_id"]}
        return self.give(request, row, CommandType.CANCEL_RESERVATION, body, row.party)

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        row = self.get_object(request, str(object_id))
        offered = [
            item for item in super().get_actions_detail(request, object_id) if "give_back" not in item.action_name
        ]
        held = row is not None and row.type == CommandType.RESERVE_NOW and row.state == "SUCCEEDED"
        can = held and self.has_command_permission(request)
        return [*offered, self.get_unfold_action("give_back")] if can else offered


def standing(row: Command) -> SafeString:
    """How far a command is and what came of it; while something may still happen, the page asks for this part again."""
    session = row.session()
    waits = COMMAND.waiting(row.state) or (
        row.type == CommandType.START_SESSION and row.state == "SUCCEEDED"
        and (session is None or session.status == "PENDING") and clock.now() - row.created_at < timedelta(minutes=10)
    )  # fmt: skip
    return render_to_string("operations/standing.html", {
        "url": reverse("admin:ocpi_commands_command_live", args=[row.pk]),
        "live": waits,
        "badge": core.badge("command", row.state),
        "steps": render_to_string("ocpi_core/timeline.html", {"steps": steps(row)}),
        "session": core.link(session, str(session)) if session else "",
        "session_badge": core.badge("session", session.status) if session else "",
        "energy": core.number(session.kwh, "kWh", 3) if session else "",
    })  # fmt: skip
