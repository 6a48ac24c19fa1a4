"""Who is told: recipients with their outbox, and the alerts themselves."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from ocpi.core import admin as core
from ocpi.core import client, ids, secrets
from ocpi.partners.admin import show_token
from ocpi.partners.models import Partner
from ocpi.protocol.errors import Unreachable

from . import occasions
from .alert_models import Alert, Delivery, Event, Recipient, every_event

_CHOICES = [(event.value, event.label) for event in Event if event is not Event.TEST]


class DeliveryInline(core.ReadOnlyInline):
    model = Delivery
    verbose_name_plural = "sent and waiting"
    fields: ClassVar = ["about", "to", "state_badge", "attempts", "due", "sent", "error"]

    due = core.time_column("due_at", "next try (UTC)")
    sent = core.time_column("sent_at", "sent (UTC)")
    about = core.link_column("alert", "alert")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Delivery]:
        return super().get_queryset(request).select_related("alert", "recipient")

    @display(description="recipient")
    def to(self, row: Delivery) -> str:
        """By name: not everybody may see addresses."""
        return str(row.recipient)

    @display(description="state")
    def state_badge(self, row: Delivery) -> SafeString:
        return core.badge("webhook", row.state)


class RecipientForm(forms.ModelForm):
    events = forms.MultipleChoiceField(
        choices=_CHOICES, widget=UnfoldAdminCheckboxSelectMultipleWidget, label="told when",
        initial=every_event,
        help_text="A light is told once it has held for two minutes, five when it is better again.",
    )  # fmt: skip

    class Meta:
        model = Recipient
        fields: ClassVar = ["name", "active", "kind", "address", "events", "partners", "bill_over", "bill_currency"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.bill_over is not None:
            self.initial["bill_over"] = f"{self.instance.bill_over:.2f}"

    def clean_bill_currency(self) -> str:
        return str(self.cleaned_data["bill_currency"]).strip().upper()

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        self._check_address(given.get("kind"), str(given.get("address") or ""))
        if Event.BILL in given.get("events", ()):
            for name in ("bill_over", "bill_currency"):
                if not given.get(name):
                    self.add_error(name, "needed for bills: amounts of different currencies do not compare")
        return given

    def _check_address(self, kind: str | None, address: str) -> None:
        try:
            if kind == Recipient.Kind.WEBHOOK:
                client.check_target(address)
            elif address:
                validate_email(address)
        except ValidationError:
            self.add_error("address", "this is no e-mail address")
        except Unreachable as error:
            self.add_error("address", f"this URL is not called: {error}")


@admin.register(Recipient)
class RecipientAdmin(core.OcpiAdmin):
    form = RecipientForm
    list_display: ClassVar = ["name", "kind_name", "address", "state", "told_when", "about"]
    list_filter: ClassVar = ["kind", "active"]
    search_fields: ClassVar = ["name__icontains", "address__icontains"]
    fieldsets: ClassVar = [
        (None, {"fields": ["name", "active", ("kind", "address"), "events", "partners"]}),
        ("Bills", {"fields": [("bill_over", "bill_currency")]}),
    ]
    inlines: ClassVar = [DeliveryInline]
    actions_detail: ClassVar = ["send_test", "new_secret"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Recipient]:
        return super().get_queryset(request).prefetch_related("partners")

    def get_inlines(self, request: HttpRequest, obj: Recipient | None) -> list[Any]:
        return list(self.inlines) if obj else []

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        kwargs["queryset"] = Partner.objects.filter(sandbox=False)
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: Recipient, form: Any, change: bool) -> None:
        unsigned = obj.kind == Recipient.Kind.WEBHOOK and not obj.secret
        super().save_model(request, obj, form, change)
        if unsigned:
            self._renew(request, obj)

    @action(
        description="Send a test", icon="send", permissions=["change"], url_path="send-test",
        dialog={"form_class": None, "title": "Send a test?", "form_submit_text": "Send", "description": (
            "It goes the way of every alert: through the outbox, at once. What became of it stands on this page.")},
    )  # fmt: skip
    def send_test(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        row = self.get_object(request, object_id)
        if row is None:
            return core.go_to(core.list_page("ocpi_alerts.recipient"))
        occasions.test(row)
        self.log_change(request, row, "sent a test")
        self.message_user(request, f"A test is on its way to {row.address}.", messages.SUCCESS)
        return core.go_to(core.page(row))

    @action(
        description="New secret", icon="key", permissions=["change"], url_path="new-secret",
        dialog={"form_class": None, "title": "A new secret?", "form_submit_text": "Renew", "description": (
            "What is sent to this URL is signed with it from now on. It is shown once; the old one is forgotten.")},
    )  # fmt: skip
    def new_secret(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        row = self.get_object(request, object_id)
        if row is None:
            return core.go_to(core.list_page("ocpi_alerts.recipient"))
        self._renew(request, row)
        self.log_change(request, row, "renewed the secret")
        return core.go_to(core.page(row))

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        """There is something to test where it is active, and something to sign where it is a URL."""
        row = self.get_object(request, str(object_id))
        offered = super().get_actions_detail(request, object_id)
        possible = _possible(row) if row else set()
        return [item for item in offered if any(item.action_name.endswith(name) for name in possible)]

    def _renew(self, request: HttpRequest, row: Recipient) -> None:
        secret = ids.new_token()
        Recipient.objects.filter(pk=row.pk).update(secret=secrets.encrypt(secret))
        show_token(request, f"The secret that signs what is sent to {row}", secret)

    @display(description="by")
    def kind_name(self, row: Recipient) -> str:
        return str(row.get_kind_display())

    @display(description="state", ordering="active", label=core.TONES["switch"])
    def state(self, row: Recipient) -> tuple[str, str]:
        return ("YES", "active") if row.active else ("NO", "switched off")

    @display(description="told when")
    def told_when(self, row: Recipient) -> str:
        over = f" ({core.money(row.bill_over, row.bill_currency)})" if Event.BILL in row.events else ""
        return core.lines(Event(event).label for event in row.events) + over

    @display(description="about")
    def about(self, row: Recipient) -> str:
        chosen = [str(partner) for partner in row.partners.all()]
        return core.lines(chosen) if chosen else "everyone"


def _possible(row: Recipient) -> set[str]:
    signed = {"new_secret"} if row.kind == Recipient.Kind.WEBHOOK else set()
    return signed | ({"send_test"} if row.active else set())


@admin.register(Alert)
class AlertAdmin(core.ReadOnlyAdmin):
    """Everything that was worth an alert, whether or not anybody wanted to be told."""

    list_display: ClassVar = ["raised", "title", "event_name"]
    list_filter: ClassVar = [
        core.choices("about", "event", {event.value: (event.label, Q(event=event)) for event in Event}),
        "partner", core.recent("raised", "at"),
    ]  # fmt: skip
    ordering: ClassVar = ["-at", "-pk"]
    fieldsets: ClassVar = [(None, {"fields": ["raised", "title", "event_name", "why", "leads_to"]})]
    inlines: ClassVar = [DeliveryInline]

    raised = core.time_column("at", "time (UTC)")

    @display(description="because")
    def event_name(self, row: Alert) -> str:
        return str(row.get_event_display())

    @display(description="text")
    def why(self, row: Alert) -> SafeString | str:
        return format_html_join("", "<div>{}</div>", ((line,) for line in row.text.splitlines())) or core.DASH

    @display(description="about")
    def leads_to(self, row: Alert) -> SafeString:
        return format_html(core.LINK, row.path, "open the page")
