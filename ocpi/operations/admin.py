"""What crosses modules: what an operator can do to a partner, and the users of this admin in its style."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group, User
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString
from kombu.exceptions import OperationalError
from unfold.decorators import action, display
from unfold.enums import ActionVariant
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from ocpi.cdrs.estimates import Estimate, estimates
from ocpi.cdrs.models import CDR
from ocpi.commands.models import Command
from ocpi.core import admin as core
from ocpi.core import clock
from ocpi.credentials import services as credentials
from ocpi.credentials import tasks as credential_tasks
from ocpi.locations.admin import ConnectorAdmin
from ocpi.locations.models import EVSE, Connector, Location
from ocpi.partners import outages
from ocpi.partners import services as partners
from ocpi.partners.admin import PartnerAdmin, show_token
from ocpi.partners.models import Partner
from ocpi.protocol.pricing import explain
from ocpi.sessions.models import Session
from ocpi.sync import services as sync
from ocpi.sync import tasks as sync_tasks
from ocpi.sync.admin import progress
from ocpi.sync.models import Pull
from ocpi.tokens import pushes
from ocpi.tokens.models import Token

from . import bill_desk, invoice_desk  # noqa: F401  they register themselves
from .cdr_desk import CdrDesk
from .command_desk import CommandDesk, EvseDesk, TokenDesk
from .location_desk import LocationDesk
from .session_desk import SessionDesk

admin.site.index_template = "operations/index.html"
_DESKS = {
    CDR: CdrDesk,
    Location: LocationDesk,
    EVSE: EvseDesk,
    Session: SessionDesk,
    Token: TokenDesk,
    Command: CommandDesk,
}
for model in (User, Group, Partner, Connector, *_DESKS):
    admin.site.unregister(model)
for model, desk in _DESKS.items():
    admin.site.register(model, desk)

_MORE = ["push_tokens", "call_again", "rotate_credentials", "suspend", "resume", "reset_registration"]
_CONFIRM: dict[str, Any] = {"form_class": None}


class PullInline(core.ReadOnlyInline):
    model = Pull
    fields: ClassVar = ["name", "state", "finished", "received", "changed", "skipped", "error"]

    finished = core.time_column("finished_at", "finished (UTC)")

    @display(description="module")
    def name(self, row: Pull) -> SafeString | str:
        return core.link(row, row.module)

    @display(description="state")
    def state(self, row: Pull) -> SafeString:
        return core.badge("pull", *progress(row))


@admin.register(Connector)
class ConnectorDesk(ConnectorAdmin):
    """With what a charge would cost here now, by each tariff that may apply."""

    fieldsets: ClassVar = [
        *ConnectorAdmin.fieldsets[:1],
        ("Prices", {"fields": ["estimate"]}),
        *ConnectorAdmin.fieldsets[1:],
    ]

    @display(description="30 kWh in 45 minutes from now")
    def estimate(self, row: Connector) -> SafeString | str:
        found = estimates(row, kwh=Decimal(30), minutes=Decimal(45), start=clock.now())
        return core.table(["tariff", "excl. VAT", "incl. VAT", "in words"], map(_estimate, found))


def _estimate(found: Estimate) -> list[str]:
    cost, currency = found.priced.total_cost, found.tariff.currency
    amounts = [core.money(cost and getattr(cost, name), currency) for name in ("excl_vat", "incl_vat")]
    return [found.tariff.id, *amounts, " ".join(explain(found.tariff))]


@admin.register(Partner)
class PartnerDesk(PartnerAdmin):
    """Every button asks before it acts, and acts on POST."""

    inlines: ClassVar = [*PartnerAdmin.inlines, PullInline]
    actions_detail: ClassVar = [
        "pull_now",
        {"title": "More", "items": _MORE},
    ]

    @action(
        description="Pull now", icon="sync", permissions=["change"], url_path="pull",
        dialog={**_CONFIRM, "title": "Pull from this partner?", "form_submit_text": "Pull", "description": (
            "What changed since the last pull is fetched: tariffs, locations, sessions and CDRs, where offered.")},
    )  # fmt: skip
    def pull_now(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        return self._do(request, object_id, self._pull)

    @action(
        description="Push all tokens", icon="upload", permissions=["change"], url_path="push-tokens",
        dialog={**_CONFIRM, "title": "Push all tokens?", "form_submit_text": "Push", "description": (
            "Every token that this partner may see is sent to it once more.")},
    )  # fmt: skip
    def push_tokens(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        return self._do(request, object_id, self._push)

    @action(
        description="Call again", icon="play_arrow", permissions=["change"], url_path="call-again",
        dialog={**_CONFIRM, "title": "End the pause?", "form_submit_text": "Call again", "description": (
            "Pushes and pulls go out again at once. When nothing is answered, they are paused anew.")},
    )  # fmt: skip
    def call_again(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        return self._do(request, object_id, self._call_again)

    @action(
        description="Rotate credentials", icon="key", permissions=["change"], url_path="rotate",
        dialog={**_CONFIRM, "title": "Rotate the credentials?", "form_submit_text": "Rotate", "description": (
            "Both sides get new tokens. The old ones work until the new ones have been used.")},
    )  # fmt: skip
    def rotate_credentials(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        return self._do(request, object_id, self._rotate)

    @action(
        description="Suspend", icon="pause_circle", permissions=["change"], url_path="suspend",
        dialog={**_CONFIRM, "title": "Suspend this partner?", "form_submit_text": "Suspend", "description": (
            "Its requests are refused and nothing is sent to it until it is resumed. Its tokens stay.")},
    )  # fmt: skip
    def suspend(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        return self._do(request, object_id, self._suspend)

    @action(
        description="Resume", icon="play_circle", permissions=["change"], url_path="resume",
        dialog={**_CONFIRM, "title": "Resume this partner?", "form_submit_text": "Resume", "description": (
            "It may call us again, and gets every token: some may have changed meanwhile.")},
    )  # fmt: skip
    def resume(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        return self._do(request, object_id, self._resume)

    @action(
        description="Reset registration", icon="restart_alt", permissions=["change"], variant=ActionVariant.DANGER,
        url_path="reset",
        dialog={**_CONFIRM, "title": "Reset the registration?", "form_submit_text": "Reset", "description": (
            "Both sides' tokens are forgotten here, and a new registration token is shown once. The partner is not "
            "told. What was exchanged stays.")},
    )  # fmt: skip
    def reset_registration(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        return self._do(request, object_id, self._reset)

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        """Only what makes sense in the partner's state."""
        partner = self.get_object(request, str(object_id))
        possible = {"reset_registration"} | _possible(partner) if partner else set()
        prefix = f"{self.opts.app_label}_{self.opts.model_name}_"
        offered = super().get_actions_detail(request, object_id)
        return [item for item in offered if item.action_name.removeprefix(prefix) in possible]

    def _do(self, request: HttpRequest, object_id: str, act: Callable[[HttpRequest, Partner], None]) -> HttpResponse:
        partner = self.get_object(request, object_id)
        if partner is None:
            return core.go_to(core.list_page("ocpi_partners.partner"))
        act(request, partner)
        self.log_change(request, partner, act.__name__.strip("_"))
        return core.go_to(core.page(partner))

    def _pull(self, request: HttpRequest, partner: Partner) -> None:
        modules = sync.offered(partner) if partner.connected else []
        try:
            for module in modules:
                sync_tasks.pull.delay(partner.pk, module)
        except (OperationalError, OSError):
            self.message_user(request, "The broker does not answer: nothing was queued.", messages.ERROR)
            return
        text = f"Queued: {core.lines(modules)}." if modules else f"{partner} offers nothing that we could pull."
        self.message_user(request, text, messages.SUCCESS if modules else messages.WARNING)

    def _push(self, request: HttpRequest, partner: Partner) -> None:
        count = pushes.enqueue_all(partner)
        self.message_user(request, f"{count} tokens are waiting to be sent to {partner}.", messages.SUCCESS)

    def _call_again(self, request: HttpRequest, partner: Partner) -> None:
        if outages.close(partner.pk):
            self.message_user(request, f"{partner} is called again.", messages.SUCCESS)

    def _rotate(self, request: HttpRequest, partner: Partner) -> None:
        try:
            credential_tasks.rotate.delay(partner.pk)
        except (OperationalError, OSError):
            self.message_user(request, "The broker does not answer: nothing was queued.", messages.ERROR)
            return
        text = f"Queued; the age of the credentials of {partner} tells when it is done, the last error what went wrong."
        self.message_user(request, text, messages.SUCCESS)

    def _suspend(self, request: HttpRequest, partner: Partner) -> None:
        if partners.suspend(partner=partner):
            self.message_user(request, f"{partner} is suspended.", messages.SUCCESS)

    def _resume(self, request: HttpRequest, partner: Partner) -> None:
        if partners.resume(partner=partner):
            self.message_user(request, f"{partner} is registered again.", messages.SUCCESS)

    def _reset(self, request: HttpRequest, partner: Partner) -> None:
        show_token(request, f"The new registration token (token A) of {partner}", credentials.reset(partner=partner))


def _possible(partner: Partner) -> set[str]:
    match partner.status:
        case Partner.Status.REGISTERED:
            calls = {"call_again"} if outages.paused(partner) else set()
            return {"pull_now", "push_tokens", "rotate_credentials", "suspend"} | calls
        case Partner.Status.SUSPENDED:
            return {"resume"}
        case _:
            return set()


@admin.register(User)
class UserAdmin(DjangoUserAdmin, core.OcpiAdmin):
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm


@admin.register(Group)
class GroupAdmin(DjangoGroupAdmin, core.OcpiAdmin):
    pass
