"""The admin's sidebar: by what an operator is after, not by Django app. Icons are those that unfold bundles."""

from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse

from ocpi.core.admin import list_page

# Title → (what it says, its icon, the model behind it).
GROUPS: dict[str, list[tuple[str, str, str]]] = {
    "Charging": [
        ("Locations", "ev_station", "ocpi_locations.location"),
        ("EVSEs", "electrical_services", "ocpi_locations.evse"),
        ("Sessions", "bolt", "ocpi_sessions.session"),
        ("Commands", "send", "ocpi_commands.command"),
        ("Charging profiles", "speed", "ocpi_chargingprofiles.profilerequest"),
        ("Preferences", "tune", "ocpi_sessions.chargingpreference"),
        ("CDRs", "receipt_long", "ocpi_cdrs.cdr"),
        ("Bills to review", "rule", "ocpi_cdrs.review"),
        ("Invoices", "request_quote", "ocpi_cdrs.invoice"),
        ("Missing bills", "assignment_late", "ocpi_sync.missingbill"),
        ("Tariffs", "euro", "ocpi_tariffs.tariff"),
    ],
    "Drivers": [
        ("Tokens", "contactless", "ocpi_tokens.token"),
        ("Authorizations", "verified_user", "ocpi_tokens.authorization"),
        ("Policies", "policy", "ocpi_tokens.policy"),
        ("Bulk changes", "playlist_add_check", "ocpi_tokens.tokenbatch"),
        ("Token pushes", "cloud_upload", "ocpi_tokens.tokenpush"),
    ],
    "Partners": [
        ("Partners", "handshake", "ocpi_partners.partner"),
        ("Changes of light", "traffic", "ocpi_alerts.lightchange"),
        ("Alerts", "notifications", "ocpi_alerts.alert"),
        ("Who is told", "contact_mail", "ocpi_alerts.recipient"),
        ("Hub parties", "hub", "ocpi_partners.hubparty"),
        ("API clients", "smartphone", "ocpi_partners.apiclient"),
        ("Conformance checks", "fact_check", "ocpi_conformance.run"),
        ("Agreements", "gavel", "ocpi_sync.agreement"),
        ("Pulls", "sync", "ocpi_sync.pull"),
        ("Left out", "rule", "ocpi_sync.quarantinedobject"),
        ("Messages", "swap_horiz", "ocpi_journal.exchange"),
    ],
    "System": [
        ("Users", "person", "auth.user"),
        ("Groups", "group", "auth.group"),
        ("History", "history", "admin.logentry"),
    ],
}


def sidebar(request: HttpRequest) -> list[dict[str, Any]]:
    """In the shape that unfold documents for SIDEBAR.navigation; without what this user may not see."""
    overview = {"title": "Overview", "icon": "dashboard", "link": reverse("admin:index")}
    docs = {"title": "API documentation", "icon": "menu_book", "link": reverse("docs"), "active": False}
    found = {title: _items(request, group) for title, group in GROUPS.items()}
    if may_see(request, "ocpi_locations.location"):
        found["Charging"].insert(0, {"title": "Map", "icon": "map", "link": reverse("map")})
    if may_see(request, "ocpi_cdrs.cdr") and may_see(request, "ocpi_cdrs.review"):
        found["Charging"].append({"title": "Months", "icon": "calendar_month", "link": reverse("bills-month")})
    if request.user.has_perm("ocpi_partners.register_partner"):
        found["Partners"].insert(1, {"title": "Connect a partner", "icon": "add_link", "link": reverse("connect")})
    found["System"].append(docs)
    groups = [{"title": title, "separator": True, "items": items} for title, items in found.items() if items]
    return [{"items": [overview]}, *groups]


def _items(request: HttpRequest, group: list[tuple[str, str, str]]) -> list[dict[str, Any]]:
    return [
        {"title": title, "icon": icon, "link": list_page(model)}
        for title, icon, model in group
        if may_see(request, model)
    ]


def icon(request: HttpRequest) -> str:
    """The icon of the browser's tab."""
    return static("ocpi_core/icon.svg")


def may_see(request: HttpRequest, model: str) -> bool:
    app, name = model.split(".")
    user: Any = request.user
    return any(user.has_perm(f"{app}.{verb}_{name}") for verb in ("view", "change"))
