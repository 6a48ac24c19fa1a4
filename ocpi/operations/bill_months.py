"""A month of bills per partner and currency, by what became of them, each figure a link to the list behind it."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.views.decorators.http import require_safe

from ocpi.cdrs import months
from ocpi.core import admin as core
from ocpi.core import clock
from ocpi.partners.models import Partner

from .navigation import may_see


@require_safe
def month_page(request: HttpRequest) -> HttpResponse:
    """`/admin/bills/month/?month=2026-03&partner=7`; the current month of all partners without these."""
    if not may_see(request, "ocpi_cdrs.cdr") or not may_see(request, "ocpi_cdrs.review"):
        raise PermissionDenied
    year, month = _month(request.GET.get("month", ""))
    partner = core.key(request.GET.get("partner", "")) or None
    context = admin.site.each_context(request) | {
        "title": f"Bills of {year}-{month:02d}", "month": f"{year}-{month:02d}", "chosen": partner,
        "partners": Partner.objects.filter(sandbox=False).order_by("name"),
        "accounts": [_account(each, year, month) for each in months.accounts(year, month, partner)],
    }  # fmt: skip
    return TemplateResponse(request, "operations/bills_month.html", context)


def _month(text: str) -> tuple[int, int]:
    """The month that is asked for, or this one where that cannot be read."""
    try:
        return months.read(text)
    except ValueError:
        now = clock.now()
        return now.year, now.month


def _account(account: months.Account, year: int, month: int) -> dict[str, Any]:
    states = [state for state in months.STATES if state in account.by_state]
    rows = [
        [_behind(account, state, year, month), *_figures(account.by_state[state], account.currency)] for state in states
    ]
    total = [_cdrs(account, year, month, "all"), *_figures(account.total, account.currency)]
    heads = ["", "bills", "kWh", "they bill", "we get", "difference", "without our price", "disputed"]
    link = core.link(Partner(pk=account.partner_id), account.partner)
    return {"partner": link, "currency": account.currency, "table": core.table(heads, [*rows, total], full=True)}


def _figures(total: months.Total, currency: str) -> list[str]:
    amounts = (core.money(value, currency) for value in (total.theirs, total.ours, total.difference))
    claimed = core.money(total.claimed, currency) if total.claimed else core.DASH
    return [f"{total.count:,}", core.number(total.kwh, "", 1), *amounts, f"{total.unpriced:,}", claimed]


def _behind(account: months.Account, state: str, year: int, month: int) -> Any:
    """The badge of the state, and the list of its bills."""
    badge = core.badge("review", state)
    if state in {"PASSED", "WAITING"}:
        extra = {"verdict": "waiting"} if state == "WAITING" else {}
        return core.list_links(
            badge, _cdrs(account, year, month, "list", review="none" if not extra else None, **extra)
        )
    filters = {"state": state, "partner__id__exact": account.partner_id, "month": f"{year}-{month:02d}",
               "currency": account.currency}  # fmt: skip
    return core.list_links(badge, core.list_link("ocpi_cdrs.review", "list", **filters))


def _cdrs(account: months.Account, year: int, month: int, text: str, **filters: Any) -> Any:
    begin, end = months.begin_and_end(year, month)
    span = {"end_date_time__gte": begin.isoformat(), "end_date_time__lt": end.isoformat()}
    asked = {name: value for name, value in filters.items() if value is not None}
    return core.list_link(
        "ocpi_cdrs.cdr", text, partner__id__exact=account.partner_id, currency__exact=account.currency, **span, **asked
    )
