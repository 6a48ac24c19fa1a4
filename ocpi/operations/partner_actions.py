"""What an operator can do to a partner: every button asks before it acts, and acts on POST; what the partner feels asks
for its name."""

from collections.abc import Callable
from typing import Any, ClassVar

from celery import Task
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from kombu.exceptions import OperationalError
from unfold.decorators import action
from unfold.enums import ActionVariant

from ocpi.conformance import services as conformance
from ocpi.conformance import tasks as conformance_tasks
from ocpi.core import admin as core
from ocpi.core import confirm
from ocpi.credentials import connection
from ocpi.credentials import services as credentials
from ocpi.credentials import tasks as credential_tasks
from ocpi.credentials.errors import NotPossible
from ocpi.partners import outages
from ocpi.partners import services as partners
from ocpi.partners.admin import show_token
from ocpi.partners.models import Partner
from ocpi.protocol.versions import InterfaceRole
from ocpi.sync import services as sync
from ocpi.sync import tasks as sync_tasks
from ocpi.tokens import pushes

_MORE = [
    "check_conformance",
    "push_tokens",
    "call_again",
    "rotate_credentials",
    "suspend",
    "resume",
    "unregister",
    "reset_registration",
]
_CONFIRM: dict[str, Any] = {"form_class": None}
_NAMED: dict[str, Any] = {"form_class": confirm.named("ocpi_partners.Partner")}


class PartnerActions(core.OcpiAdmin):
    actions_detail: ClassVar = [
        "test_connection",
        "pull_now",
        {"title": "More", "items": _MORE},
    ]

    has_operate_permission = core.needs("ocpi_partners.operate_partner")
    has_suspend_permission = core.needs("ocpi_partners.suspend_partner")
    has_rotate_permission = core.needs("ocpi_partners.rotate_credentials")
    has_register_permission = core.needs("ocpi_partners.register_partner")

    @action(
        description="Test connection", icon="network_check", permissions=["operate"], url_path="test-connection",
        dialog={**_CONFIRM, "title": "Test the connection?", "form_submit_text": "Test", "description": (
            "Their versions are asked for with our token, now. Nothing changes here or there.")},
    )  # fmt: skip
    def test_connection(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        return self._do(request, object_id, self._test, form)

    @action(
        description="Check conformance", icon="fact_check", permissions=["operate"], url_path="check-conformance",
        dialog={**_CONFIRM, "title": "Check this partner?", "form_submit_text": "Check", "description": (
            "The conformance kit reads what the partner lists, by the registration that exists, and tells what is not "
            "OCPI 2.2.1. It takes a minute and changes nothing there.")},
    )  # fmt: skip
    def check_conformance(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        return self._do(request, object_id, self._check, form)

    @action(
        description="Pull now", icon="sync", permissions=["operate"], url_path="pull",
        dialog={**_CONFIRM, "title": "Pull from this partner?", "form_submit_text": "Pull", "description": (
            "What changed since the last pull is fetched: tariffs, locations, sessions and CDRs, where offered.")},
    )  # fmt: skip
    def pull_now(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        return self._do(request, object_id, self._pull, form)

    @action(
        description="Push all tokens", icon="upload", permissions=["operate"], url_path="push-tokens",
        dialog={**_CONFIRM, "title": "Push all tokens?", "form_submit_text": "Push", "description": (
            "Every token that this partner may see is sent to it once more.")},
    )  # fmt: skip
    def push_tokens(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        return self._do(request, object_id, self._push, form)

    @action(
        description="Call again", icon="play_arrow", permissions=["operate"], url_path="call-again",
        dialog={**_CONFIRM, "title": "End the pause?", "form_submit_text": "Call again", "description": (
            "Pushes and pulls go out again at once. When nothing is answered, they are paused anew.")},
    )  # fmt: skip
    def call_again(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        return self._do(request, object_id, self._call_again, form)

    @action(
        description="Rotate credentials", icon="key", permissions=["rotate"], url_path="rotate",
        dialog={**_NAMED, "title": "Rotate the credentials?", "form_submit_text": "Rotate", "description": (
            "Both sides get new tokens. The old ones work until the new ones have been used.")},
    )  # fmt: skip
    def rotate_credentials(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        return self._do(request, object_id, self._rotate, form)

    @action(
        description="Suspend", icon="pause_circle", permissions=["suspend"], url_path="suspend",
        dialog={**_NAMED, "title": "Suspend this partner?", "form_submit_text": "Suspend", "description": (
            "Its requests are refused and nothing is sent to it until it is resumed. Its tokens stay.")},
    )  # fmt: skip
    def suspend(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        return self._do(request, object_id, self._suspend, form)

    @action(
        description="Resume", icon="play_circle", permissions=["suspend"], url_path="resume",
        dialog={**_CONFIRM, "title": "Resume this partner?", "form_submit_text": "Resume", "description": (
            "It may call us again, and gets every token: some may have changed meanwhile.")},
    )  # fmt: skip
    def resume(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        return self._do(request, object_id, self._resume, form)

    @action(
        description="Unregister", icon="link_off", permissions=["register"], variant=ActionVariant.DANGER,
        url_path="unregister",
        dialog={**_NAMED, "title": "Unregister from this partner?", "form_submit_text": "Unregister", "description": (
            "DELETE credentials is sent to it; when it agrees, both sides' tokens are forgotten and nothing is "
            "exchanged any more. What was exchanged stays. To come back takes a new handshake.")},
    )  # fmt: skip
    def unregister(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        return self._do(request, object_id, self._unregister, form)

    @action(
        description="Reset registration", icon="restart_alt", permissions=["register"], variant=ActionVariant.DANGER,
        url_path="reset",
        dialog={**_NAMED, "title": "Reset the registration?", "form_submit_text": "Reset", "description": (
            "Both sides' tokens are forgotten here, and a new registration token is shown once. The partner is not "
            "told. What was exchanged stays.")},
    )  # fmt: skip
    def reset_registration(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        return self._do(request, object_id, self._reset, form)

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        """Only what makes sense in the partner's state."""
        partner = self.get_object(request, str(object_id))
        possible = {"reset_registration"} | _possible(partner) if partner else set()
        prefix = f"{self.opts.app_label}_{self.opts.model_name}_"
        offered = super().get_actions_detail(request, object_id)
        return [item for item in offered if item.action_name.removeprefix(prefix) in possible]

    def _do(
        self, request: HttpRequest, object_id: str, act: Callable[[HttpRequest, Partner], str], form: Any
    ) -> HttpResponse:
        """`act` returns what the history says; nothing when nothing was done."""
        partner = self.get_object(request, object_id)
        if partner is None:
            return core.go_to(core.list_page("ocpi_partners.partner"))
        if done := act(request, partner):
            self.log_change(request, partner, form.told(done) if isinstance(form, confirm.WhyForm) else done)
        return core.go_to(core.page(partner))

    def _test(self, request: HttpRequest, partner: Partner) -> str:
        try:
            found = connection.check(partner=partner)
        except NotPossible as error:
            self.message_user(request, str(error), messages.WARNING)
            return ""
        self.message_user(request, _outcome(partner, found), messages.ERROR if found.problem else messages.SUCCESS)
        return f"tested the connection: {found.problem or 'it works'}"

    def _check(self, request: HttpRequest, partner: Partner) -> str:
        run = conformance.ask(partner=partner)
        try:
            conformance_tasks.carry_out.delay(run.pk)
        except (OperationalError, OSError):
            run.delete()
            return self._no_broker(request)
        told = format_html("Queued: {}.", core.link(run, "the check and what it finds"))
        self.message_user(request, told, messages.SUCCESS)
        return "asked for a conformance check"

    def _pull(self, request: HttpRequest, partner: Partner) -> str:
        modules = sync.offered(partner) if partner.connected else []
        try:
            for module in modules:
                sync_tasks.pull.delay(partner.pk, module)
        except (OperationalError, OSError):
            return self._no_broker(request)
        text = f"Queued: {core.lines(modules)}." if modules else f"{partner} offers nothing that we could pull."
        self.message_user(request, text, messages.SUCCESS if modules else messages.WARNING)
        return f"pulled {core.lines(modules)}" if modules else ""

    def _push(self, request: HttpRequest, partner: Partner) -> str:
        count = pushes.enqueue_all(partner)
        self.message_user(request, f"{count} tokens are waiting to be sent to {partner}.", messages.SUCCESS)
        return f"pushed all {count} tokens"

    def _call_again(self, request: HttpRequest, partner: Partner) -> str:
        if not outages.close(partner.pk):
            return ""
        self.message_user(request, f"{partner} is called again.", messages.SUCCESS)
        return "ended the pause of our calls"

    def _rotate(self, request: HttpRequest, partner: Partner) -> str:
        told = f"Queued; the age of the credentials of {partner} tells when it is done, the last error what went wrong."
        return self._hand_over(request, partner, credential_tasks.rotate, told) and "rotated the credentials"

    def _unregister(self, request: HttpRequest, partner: Partner) -> str:
        told = f"Queued; the status of {partner} tells when it is done, the last error what went wrong."
        return self._hand_over(request, partner, credential_tasks.leave, told) and "unregistered"

    def _hand_over(self, request: HttpRequest, partner: Partner, task: Task, told: str) -> str:
        """What the operator was told; empty when no worker will hear of it."""
        try:
            task.delay(partner.pk)
        except (OperationalError, OSError):
            return self._no_broker(request)
        self.message_user(request, told, messages.SUCCESS)
        return told

    def _suspend(self, request: HttpRequest, partner: Partner) -> str:
        if not partners.suspend(partner=partner):
            return ""
        self.message_user(request, f"{partner} is suspended.", messages.SUCCESS)
        return "suspended"

    def _resume(self, request: HttpRequest, partner: Partner) -> str:
        if not partners.resume(partner=partner):
            return ""
        self.message_user(request, f"{partner} is registered again.", messages.SUCCESS)
        return "resumed"

    def _reset(self, request: HttpRequest, partner: Partner) -> str:
        show_token(request, f"The new registration token (token A) of {partner}", credentials.reset(partner=partner))
        return "reset the registration, and was shown a new token A"

    def _no_broker(self, request: HttpRequest) -> str:
        self.message_user(request, "The broker does not answer: nothing was queued.", messages.ERROR)
        return ""


def _outcome(partner: Partner, found: connection.Connection) -> SafeString:
    exchange = core.list_link("ocpi_journal.exchange", "Its message", q=found.flow)
    if found.problem:
        return format_html("{} ms, then: {}. {} {}", found.milliseconds, found.problem, found.advice, exchange)
    versions = core.lines(found.versions)
    return format_html("{} answered in {} ms: versions {}. {}", partner, found.milliseconds, versions, exchange)


def _possible(partner: Partner) -> set[str]:
    asked = {"test_connection"} if partner.token_out and partner.versions_url else set()
    match partner.status:
        case Partner.Status.REGISTERED:
            calls = {"call_again"} if outages.paused(partner) else set()
            leaves = {"unregister"} if partner.endpoint("credentials", InterfaceRole.SENDER) else set()
            return (
                asked
                | calls
                | leaves
                | {"check_conformance", "pull_now", "push_tokens", "rotate_credentials", "suspend"}
            )
        case Partner.Status.SUSPENDED:
            return asked | {"resume"}
        case _:
            return asked | {"connect_it"}
