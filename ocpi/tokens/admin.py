"""Tokens: changed through the service only, so that what operators save is valid OCPI and reaches every partner."""

from typing import Any, ClassVar
from urllib.parse import urlencode

from django import forms
from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from ocpi.core import admin as core
from ocpi.core import clock, confirm, parties
from ocpi.partners.models import Partner
from ocpi.protocol import tokens as wire
from ocpi.protocol.errors import InvalidObject, OcpiError
from ocpi.protocol.headers import PartyId

from . import authorization_admin, batch_admin, batches, pushes, services  # noqa: F401  pages of their own register themselves
from .advice import advice, as_read
from .models import Token, TokenBatch, TokenPush
from .policy_admin import read_places

_EDITABLE = [
    "contract_id", "issuer", "visual_number", "group_id", "status", "whitelist", "language", "default_profile_type",
    "energy_contract", "allowed_locations",
]  # fmt: skip


class TokenForm(forms.ModelForm):
    """Refuses, field by field, what the service would refuse."""

    class Meta:
        model = Token
        fields: ClassVar = ["uid", "type", *_EDITABLE]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk is None and "whitelist" in self.fields:
            field = self.fields["whitelist"]
            field.required, field.initial = False, ""
            field.choices = [("", "by type: ALLOWED for cards, NEVER for app tokens"), *field.choices]
            self.initial.pop("whitelist", None)

    def clean_uid(self) -> str:
        """Pasted from a reader or a spreadsheet, with colons or in lower case (FLD-25)."""
        uid = str(self.cleaned_data["uid"])
        return as_read(uid) if self.data.get("type", wire.TokenType.RFID) == wire.TokenType.RFID else uid

    def clean_energy_contract(self) -> dict[str, Any]:
        """An emptied field is no contract."""
        return self.cleaned_data["energy_contract"] or {}

    def clean_allowed_locations(self) -> list[dict[str, Any]]:
        return read_places(self.cleaned_data["allowed_locations"])

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if not self.errors:
            self._refuse_double(data)
            self._refuse_invalid(data)
        return data

    def _refuse_double(self, data: dict[str, Any]) -> None:
        """The service would change the token that is there; here someone means to add one."""
        ours = parties.ours()[0]
        if self.instance.pk is None and Token.objects.find(data["uid"], data["type"], *ours):
            self.add_error("uid", "there is a token with this UID and type already")

    def _refuse_invalid(self, data: dict[str, Any]) -> None:
        ours = parties.ours()[0]
        trial = Token(country_code=ours.country_code, party_id=ours.party_id, last_updated=clock.now())
        known = {"uid": self.instance.uid, "type": self.instance.type, "whitelist": self.instance.whitelist}
        for name, value in {**known, **{k: v for k, v in data.items() if v not in ("", None)}}.items():
            setattr(trial, name, value)
        trial.build_payload(str(trial.uid))
        try:
            wire.Token.from_wire(trial.payload)
        except InvalidObject as error:
            for problem in error.problems:
                field = problem.split(":")[0].split(".")[0].split("[")[0]
                self.add_error(field if field in self.fields else None, problem)
        except OcpiError as error:
            self.add_error(None, error.message)


class PushInline(core.ReadOnlyInline):
    """Where this token stands at each partner."""

    model = TokenPush
    verbose_name_plural = "at partners"
    fields: ClassVar = ["partner_link", "state_badge", "since_when", "attempts", "next_try", "delivered_time", "error"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[TokenPush]:
        return super().get_queryset(request).select_related("partner")

    partner_link = core.link_column("partner", "partner")

    @display(description="state")
    def state_badge(self, row: TokenPush) -> SafeString:
        return core.badge("push", row.state, row.get_state_display())

    since_when = core.time_column("since", "since (UTC)")

    @display(description="next try")
    def next_try(self, row: TokenPush) -> str:
        return core.moment(row.next_try_at) if row.state == TokenPush.State.PENDING else core.DASH

    delivered_time = core.time_column("delivered_at", "delivered")


@admin.register(Token)
class TokenAdmin(core.OcpiAdmin):
    partner_path = "sandbox"
    form = TokenForm
    history_hides = ("contract_id", "visual_number", "group_id")
    list_display: ClassVar = [
        "name", "type", "state", "contract_id", "visual_number", "whitelist", "group_id", "updated",
    ]  # fmt: skip
    list_filter: ClassVar = [core.states("token"), "type", "whitelist", core.recent("changed", "last_updated")]
    search_fields: ClassVar = ["uid__exact", "contract_id__exact"]
    search_help_text = "UID or contract id, whole"
    ordering: ClassVar = ["-pk"]
    sortable_by: ClassVar = ["name", "contract_id", "updated"]  # no index for the others
    fieldsets: ClassVar = [
        (None, {"fields": ["name", "type", "status", "to_mind", "more"]}),
        ("Driver", {"fields": ["contract_id", "issuer", "visual_number", "group_id", "language"]}),
        ("Charging", {"fields": ["whitelist", "default_profile_type", "allowed_locations", "energy_contract"]}),
        ("As partners get it", {"fields": ["not_told", "updated", "json"], "classes": ["collapse"]}),
    ]
    add_fieldsets: ClassVar = [
        (None, {"fields": ["uid", "type", "status"]}),
        ("Driver", {"fields": ["contract_id", "issuer", "visual_number", "group_id", "language"]}),
        ("Charging", {"fields": ["whitelist", "default_profile_type", "allowed_locations", "energy_contract"]}),
    ]
    inlines: ClassVar = [PushInline]
    actions: ClassVar = ["block", "unblock"]
    list_disable_select_all = False
    actions_list: ClassVar = ["import_tokens"]
    actions_detail: ClassVar = ["block_one", "unblock_one"]

    def get_readonly_fields(self, request: HttpRequest, obj: Token | None = None) -> list[str]:
        """UID and type are the token's identity: another UID is another token."""
        return ["name", "type", "to_mind", "more", "not_told", "updated", "json"] if obj else []

    def get_inlines(self, request: HttpRequest, obj: Token | None) -> list[Any]:
        return list(self.inlines) if obj else []

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"issuer": self.admin_site.site_header} | super().get_changeform_initial_data(request)

    def has_delete_permission(self, request: HttpRequest, obj: Token | None = None) -> bool:
        """OCPI cannot take a token back; a blocked one says the same (TOK-17)."""
        return False

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return super().changeform_view(request, *args, **kwargs)
        except OcpiError as error:
            self.message_user(request, f"Not saved: {error.message}", messages.ERROR)
            return redirect(request.get_full_path())

    def save_model(self, request: HttpRequest, obj: Token, form: Any, change: bool) -> None:
        fields = {name: form.cleaned_data[name] for name in _EDITABLE if name in form.cleaned_data}
        if not fields.get("whitelist"):
            fields.pop("whitelist", None)
        party = PartyId(obj.country_code, obj.party_id) if change else None
        uid = obj.wire_uid if change else obj.uid
        saved = services.put(uid=uid, type=obj.type, party=party, **fields)
        obj.__dict__.update(saved.__dict__)
        for sentence in advice(saved):
            self.message_user(request, sentence, messages.WARNING)

    # --- actions ---
    @admin.action(description="Block the selected tokens", permissions=["change"])
    def block(self, request: HttpRequest, queryset: QuerySet[Token]) -> HttpResponse | None:
        text = "they may not charge any more, and every partner is told"
        return self._ask(request, queryset, TokenBatch.Kind.BLOCK, "Block these tokens?", text)

    @admin.action(description="Unblock the selected tokens", permissions=["change"])
    def unblock(self, request: HttpRequest, queryset: QuerySet[Token]) -> HttpResponse | None:
        text = "they may charge again, and every partner is told"
        return self._ask(request, queryset, TokenBatch.Kind.UNBLOCK, "Unblock these tokens?", text)

    def _ask(
        self, request: HttpRequest, rows: QuerySet[Token], kind: TokenBatch.Kind, title: str, text: str
    ) -> HttpResponse | None:
        """Counted first: of the rows that were ticked, or that the filters leave, those that would change."""
        rows = batches.would_change(rows, kind).filter(sandbox=None)
        count = rows.order_by()[: batches.MOST + 1].count()
        if not 0 < count <= batches.MOST:
            too_many = f"These are more than {batches.MOST:,} tokens; narrow the list."
            self.message_user(request, too_many if count else "Nothing would change.", messages.WARNING)
            return None
        form_class = confirm.CountForm if count > self.list_per_page else confirm.WhyForm
        form = confirm.many(self, request, rows, title=title, text=text, form_class=form_class)
        if isinstance(form, HttpResponse):
            return form
        batch = batches.set_status(tokens=rows, kind=kind, by=request.user)
        batches.work(batch.pk)  # the first thousand at once; a worker does the rest
        self.log_change(request, batch, form.told(f"{kind.label} {count} tokens"))
        return redirect(core.page(batch))

    @action(description="Import", icon="upload_file", permissions=["import"], url_path="import")
    def import_tokens(self, request: HttpRequest) -> HttpResponse:
        return redirect("admin:ocpi_tokens_tokenbatch_import_tokens")

    def has_import_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_add_permission(request) and self.has_change_permission(request)

    @action(
        description="Block", icon="block", permissions=["change"], variant=ActionVariant.DANGER, url_path="block",
        dialog={"title": "Block this token?", "form_class": None, "form_submit_text": "Block it", "description": (
            "It may not charge any more, and every partner is told.")},
    )  # fmt: skip
    def block_one(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        return self._set_one(request, object_id, Token.Status.BLOCKED)

    @action(
        description="Unblock", icon="check_circle", permissions=["change"], url_path="unblock",
        dialog={"title": "Unblock this token?", "form_class": None, "form_submit_text": "Unblock it", "description": (
            "It may charge again, and every partner is told.")},
    )  # fmt: skip
    def unblock_one(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        return self._set_one(request, object_id, Token.Status.ACTIVE)

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        """Only the one of the two that would change something."""
        token = self.get_object(request, str(object_id))
        blocked = token is not None and token.status != Token.Status.ACTIVE
        wanted = "_unblock_one" if blocked else "_block_one"
        return [a for a in super().get_actions_detail(request, object_id) if a.action_name.endswith(wanted)]

    def _set_one(self, request: HttpRequest, object_id: str, status: Token.Status) -> HttpResponse:
        token = self.get_object(request, object_id)
        if token is not None and self._set_status(request, token, status):
            self.log_change(request, token, status.label)
            self.message_user(request, f"{token} is {status.label} now; partners are being told.", messages.SUCCESS)
        return core.go_to(core.page(token) if token else core.list_page("ocpi_tokens.token"))

    def _set_status(self, request: HttpRequest, token: Token, status: Token.Status) -> bool:
        try:
            services.set_status(token=token, status=status)
        except OcpiError as error:
            self.message_user(request, error.message, messages.ERROR)
            return False
        return True

    # --- columns ---
    @display(description="UID", ordering="uid")
    def name(self, row: Token) -> str:
        return row.wire_uid

    @display(description="status", ordering="status", label=core.TONES["token"])
    def state(self, row: Token) -> tuple[str, str]:
        return row.status, row.get_status_display()

    updated = core.time_column("last_updated", "changed (UTC)")

    @display(description="to mind")
    def to_mind(self, row: Token) -> str:
        return core.lines(advice(row))

    @display(description="more")
    def more(self, row: Token) -> SafeString:
        return core.list_links(
            core.list_link("ocpi_sessions.session", "sessions", q=row.uid),
            core.list_link("ocpi_cdrs.cdr", "CDRs", q=row.uid),
            core.list_link("ocpi_tokens.authorization", "authorizations", q=row.uid),
            core.list_link("ocpi_commands.command", "commands", q=row.uid),
            core.list_link("ocpi_tokens.policy", "policy of the contract", q=row.contract_id),
            core.list_link("ocpi_tokens.policy", "policy of the token", q=row.uid),
            format_html(core.LINK, _try_url(row), "would it be allowed?"),
        )

    @display(description="never told")
    def not_told(self, row: Token) -> SafeString | str:
        found = ((core.link(partner, _why_not(row, partner)),) for partner in pushes.not_told(row))
        return format_html_join(", ", "{}", found) or "none: every partner that takes tokens has it, or gets it"

    json = core.json_column("payload", "token")


def _why_not(row: Token, partner: Partner) -> str:
    withheld = partner.withholds_app_tokens and row.type in pushes.APP_TYPES
    return f"{partner} (gets no app tokens)" if withheld else str(partner)


def _try_url(row: Token) -> str:
    uid = row.wire_uid if row.type == wire.TokenType.RFID else str(row)
    return f"{reverse('admin:ocpi_tokens_authorization_try_it')}?{urlencode({'token': uid})}"


@admin.register(TokenPush)
class TokenPushAdmin(core.ReadOnlyAdmin):
    partner_path = "partner"
    list_display: ClassVar = [
        "token_link", "partner_link", "state_badge", "attempts", "next_try", "delivered_time", "error",
    ]  # fmt: skip
    list_display_links: ClassVar = ["state_badge"]
    list_select_related: ClassVar = ["token", "partner"]
    list_defer = ("delivered",)
    list_filter: ClassVar = [
        core.choices("progress", "progress", {
            "waiting": ("waiting", Q(state__in=["PENDING", "SENDING"])),
            "done": ("delivered", Q(state="DONE")),
            "failed": ("given up", Q(state="FAILED")),
        }),
        "partner",
    ]  # fmt: skip
    search_fields: ClassVar = ["token__uid__exact"]
    search_help_text = "UID, whole"
    ordering: ClassVar = ["-pk"]
    sortable_by = ()  # no index for them
    fieldsets: ClassVar = [
        (None, {"fields": [
            "token_link", "partner_link", "state_badge", "attempts", "next_try", "delivered_time", "error",
        ]}),
        ("What they acknowledged last", {"fields": ["json"], "classes": ["collapse"]}),
    ]  # fmt: skip

    token_link = core.link_column("token", "token")
    partner_link = core.link_column("partner", "partner")

    @display(description="state", ordering="state", label=core.TONES["push"])
    def state_badge(self, row: TokenPush) -> tuple[str, str]:
        return row.state, row.get_state_display()

    @display(description="next try", ordering="next_try_at")
    def next_try(self, row: TokenPush) -> str:
        return core.moment(row.next_try_at) if row.state == TokenPush.State.PENDING else core.DASH

    delivered_time = core.time_column("delivered_at", "delivered")
    json = core.json_column("delivered", "token")
