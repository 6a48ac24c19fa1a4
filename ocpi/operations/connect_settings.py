"""The wizard's last page: how we talk to the new partner, what we overlook, and what was agreed with it."""

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from ocpi.core import admin as core
from ocpi.partners.models import LENIENCIES, Partner
from ocpi.sync.models import Agreement

from .connect_desk import address, handshake, operators_only, show

_TALK = [
    "sends_plain_auth", "accepts_plain_auth", "withholds_app_tokens", "addressing", "wants_slash", "pages_by_offset",
    "lacks_put_credentials", "commands_url", "lacks",
]  # fmt: skip
_OVERLOOKED = ["missing_routing", *LENIENCIES]
_AGREED = ["vanish_percent", "bill_hours", "silent_minutes"]


@operators_only
@require_http_methods(["GET", "POST"])
def settings_page(request: HttpRequest, pk: int) -> HttpResponse:
    """`/admin/connect/7/settings/`: flags, tolerance and intervals of one partner, each saved only where it changed."""
    row = handshake(pk)
    partner, agreement = row.partner, Agreement.objects.filter(partner=row.partner).first()
    forms = {
        "How we talk to them": _form(request, partner, _TALK, "talk"),
        "What we overlook in their messages": _form(request, partner, _OVERLOOKED, "overlooked"),
        "What was agreed": _form(request, agreement or Agreement(partner=partner), _AGREED, "agreed"),
    }
    bad = [form for form in forms.values() if not form.is_valid()]  # each is asked, so that each shows its errors
    if request.method == "POST" and not bad:
        for form in forms.values():
            _save(request, form)
        messages.success(request, f"The settings of {partner} are saved.")
        return redirect(core.page(partner))
    title = f"Connect {partner}: its settings"
    return show(request, "connect_settings.html", title=title, row=row, forms=forms, back=address(row))


def _form(request: HttpRequest, target: Partner | Agreement, fields: list[str], prefix: str) -> Any:
    """The fields as the admin's own page draws them."""
    page = admin.site.get_model_admin(type(target))
    form = page.get_form(request, target if target.pk else None, change=bool(target.pk), fields=fields)
    drawn = form(request.POST or None, instance=target, prefix=prefix)
    for name in set(drawn.fields) - set(fields):  # what the page's form declares by itself comes along unasked
        del drawn.fields[name]
    return drawn


def _save(request: HttpRequest, form: Any) -> None:
    """Only what changed: a handshake may be writing the rest of the row at the same time."""
    if not form.changed_data:
        return
    target = form.instance
    target.save(update_fields=form.changed_data if target.pk else None)
    names = core.lines(str(form.fields[name].label or name) for name in form.changed_data)
    admin.site.get_model_admin(Partner).log_change(request, getattr(target, "partner", target), f"settings: {names}")
