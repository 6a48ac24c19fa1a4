"""Connect a partner: the wizard below `/admin/connect/`. A worker talks to the partner; these pages ask and show."""

import hashlib
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ocpi.core import admin as core
from ocpi.core import secrets
from ocpi.credentials import handshakes
from ocpi.credentials.errors import NotPossible
from ocpi.credentials.models import Handshake
from ocpi.partners import services as partners
from ocpi.partners.models import Partner

from .connect_forms import AgainForm, OursForm, TheirsForm
from .connect_page import ours_is_local, standing

MAY = "ocpi_partners.register_partner"
_EARLIER = 20
View = Callable[..., HttpResponseBase]


def operators_only(view: View) -> View:
    """For those who may connect partners; what these pages show is kept by no cache."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not may(request):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return admin.site.admin_view(never_cache(guarded))


def may(request: HttpRequest) -> bool:
    user: Any = request.user
    return bool(user.has_perm(MAY))


def show(request: HttpRequest, template: str, **context: Any) -> HttpResponse:
    return TemplateResponse(request, f"operations/{template}", admin.site.each_context(request) | context)


def handshake(pk: int) -> Handshake:
    rows = Handshake.objects.filter(partner__sandbox=False).select_related("partner", "created_by")
    return get_object_or_404(rows, pk=pk)


def address(row: Handshake) -> str:
    return reverse("connect-handshake", args=[row.pk])


# --- begin ------------------------------------------------------------------------------------------------------------
@operators_only
@require_safe
def begin(request: HttpRequest) -> HttpResponse:
    """`/admin/connect/`: which of the two, and what was begun."""
    rows = Handshake.objects.filter(partner__sandbox=False).select_related("partner", "created_by")
    return show(
        request, "connect.html", title="Connect a partner", query=_query(request),
        begun=[_listed(row) for row in rows.open()[:_EARLIER]],
        earlier=[_listed(row) for row in rows.exclude(pk__in=rows.open())[:_EARLIER]],
    )  # fmt: skip


def _query(request: HttpRequest) -> str:
    """The partner that was chosen before, for the next page."""
    partner = core.key(request.GET.get("partner", ""))
    return f"?partner={partner}" if partner else ""


def _listed(row: Handshake) -> dict[str, Any]:
    return {
        "url": address(row), "partner": row.partner.name, "how": row.get_direction_display(),
        "badge": core.badge("handshake", row.state), "at": core.moment(row.created_at),
        "by": row.created_by.get_username() if row.created_by else core.DASH,
    }  # fmt: skip


@operators_only
@require_http_methods(["GET", "POST"])
def ours(request: HttpRequest) -> HttpResponse:
    """We start: whom, their versions URL, the token A that they gave us."""
    form = OursForm(request.POST or None, initial=_chosen(request))
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data

        def start(partner: Partner) -> Handshake:
            return handshakes.start(
                partner=partner, versions_url=given["versions_url"], token_a=given["token_a"], by=request.user
            )

        if row := _begun(request, form, start):
            return redirect(address(row))
    return show(request, "connect_form.html", title="Connect a partner: we start", form=form, ours=True)


@operators_only
@require_http_methods(["GET", "POST"])
def theirs(request: HttpRequest) -> HttpResponse:
    """They start: whom. The token A is shown on the next page, once."""
    form = TheirsForm(request.POST or None, initial=_chosen(request))
    if request.method == "POST" and form.is_valid():
        made: list[str] = []

        def invite(partner: Partner) -> Handshake:
            row, token_a = handshakes.invite(partner=partner, by=request.user)
            made.append(token_a)
            return row

        if row := _begun(request, form, invite):
            _show_once(request, row, made[0])
            return redirect(address(row))
    return show(request, "connect_form.html", title="Connect a partner: they start", form=form, ours=False)


def _chosen(request: HttpRequest) -> dict[str, Any]:
    partner = Partner.objects.filter(pk=core.key(request.GET.get("partner", ""))).first()
    return {"partner": partner, "plain_auth": partner.sends_plain_auth} if partner else {}


def _begun(request: HttpRequest, form: Any, begin: Callable[[Partner], Handshake]) -> Handshake | None:
    """None when it was not possible: then the form says why."""
    given = form.cleaned_data
    partner = given["partner"] or partners.enter(name=given["name"].strip())
    _note_plain(partner, given["plain_auth"])
    try:
        row = begin(partner)
    except NotPossible as error:
        form.add_error("partner", str(error))
        return None
    _log(request, row, f"began a handshake: {row.get_direction_display()}")
    return row


def _note_plain(partner: Partner, plain: bool) -> None:
    if partner.sends_plain_auth != plain or partner.accepts_plain_auth != plain:
        partner.sends_plain_auth = partner.accepts_plain_auth = plain
        partner.save(update_fields=["sends_plain_auth", "accepts_plain_auth"])


# --- follow -----------------------------------------------------------------------------------------------------------
@operators_only
@require_safe
def follow(request: HttpRequest, pk: int) -> HttpResponse:
    """`/admin/connect/7/`: one handshake, live."""
    row = handshake(pk)
    again = AgainForm(initial={"versions_url": row.versions_url, "plain_auth": row.partner.sends_plain_auth})
    return show(
        request, "connect_follow.html", title=f"Connect {row.partner}", row=row, token_a=_shown_once(request, row),
        versions_url=settings.OCPI_VERSIONS_URL, local=ours_is_local(), fragment=_fragment(request, row, again),
    )  # fmt: skip


@operators_only
@require_safe
def live(request: HttpRequest, pk: int) -> HttpResponse:
    """The part of the page that changes by itself; 204 while it has not, so that what is opened stays open."""
    row = handshake(pk)
    again = AgainForm(initial={"versions_url": row.versions_url, "plain_auth": row.partner.sends_plain_auth})
    found = standing(row)
    if found["live"] and _digest(found) == request.GET.get("seen"):
        return HttpResponse(status=204)
    return HttpResponse(_fragment(request, row, again, found))


def _fragment(request: HttpRequest, row: Handshake, again: AgainForm, found: dict[str, Any] | None = None) -> str:
    found = found or standing(row)
    context = found | {"body": _body(found), "seen": _digest(found), "again": again}
    return render_to_string("operations/connect_fragment.html", context, request)


def _body(found: dict[str, Any]) -> str:
    return found.setdefault("_body", render_to_string("operations/connect_standing.html", found))


def _digest(found: dict[str, Any]) -> str:
    return hashlib.sha256(f"{_body(found)}{found['row'].state}".encode()).hexdigest()[:16]


def _show_once(request: HttpRequest, row: Handshake, token_a: str) -> None:
    """For the next page only, and sealed until then: a session is a row in the database."""
    request.session[f"token_a_{row.pk}"] = secrets.encrypt(token_a)


def _shown_once(request: HttpRequest, row: Handshake) -> str:
    return secrets.decrypt(request.session.pop(f"token_a_{row.pk}", ""))


# --- act --------------------------------------------------------------------------------------------------------------
def _act(request: HttpRequest, pk: int, act: Callable[[Handshake], object], told: str) -> HttpResponse:
    row = handshake(pk)
    try:
        act(row)
    except NotPossible as error:
        messages.warning(request, str(error))
    else:
        _log(request, row, told)
    return redirect(address(row))


@operators_only
@require_POST
def again(request: HttpRequest, pk: int) -> HttpResponse:
    """Once more, with what was corrected."""
    form = AgainForm(request.POST)
    if not form.is_valid():
        messages.error(request, "; ".join(str(text) for texts in form.errors.values() for text in texts))
        return redirect(address(handshake(pk)))
    given = form.cleaned_data

    def act(row: Handshake) -> None:
        _note_plain(row.partner, given["plain_auth"])
        handshakes.again(row=row, versions_url=given["versions_url"], token_a=given["token_a"])

    return _act(request, pk, act, "tried the handshake again")


@operators_only
@require_POST
def renew(request: HttpRequest, pk: int) -> HttpResponse:
    """Another token A, shown once; the one before is worth nothing any more."""
    return _act(request, pk, lambda row: _show_once(request, row, handshakes.renew(row=row)), "was shown a new token A")


@operators_only
@require_POST
def plain(request: HttpRequest, pk: int) -> HttpResponse:
    """They send tokens without Base64: take them so, and send ours so."""
    return _act(request, pk, lambda row: _note_plain(row.partner, True), "switched to tokens without Base64")


@operators_only
@require_POST
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    return _act(request, pk, lambda row: handshakes.cancel(row=row), "cancelled the handshake")


def _log(request: HttpRequest, row: Handshake, told: str) -> None:
    """In the history of the partner's page."""
    admin.site.get_model_admin(Partner).log_change(request, row.partner, told)
