"""Everything that can be seen and done in the admin, found from what is registered: pages, buttons, acts of lists."""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import urljoin

from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, User
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from ocpi.alerts.models import Recipient
from ocpi.operations.navigation import GROUPS
from ocpi.partners.models import Partner
from tests import admin_pages, factories

# Parts of a page that the page loads itself, and steps of an act: who may have the page or do the act, may have these.
PARTS = {
    "ocpi_commands_command_live": ("Commands", ""),
    "ocpi_sync_pull_progress": ("Pulls", ""),
    "map-points": ("Map", ""),
    "connect-ours": ("Connect a partner", ""),
    "connect-theirs": ("Connect a partner", ""),
    "ocpi_cdrs_invoice_trial": ("Invoices", "Import a partner's list"),
    "ocpi_tokens_tokenbatch_columns_of": ("Bulk changes", "Other columns"),
    "ocpi_tokens_tokenbatch_live": ("Bulk changes", ""),
}
# Views that are an act of their own, by the end of their name.
ACTS = {"export": "Export", "password_change": "Change the password"}
# Pages that belong to no model.
PAGES = {"map": "Map", "bills-month": "Months", "connect": "Connect a partner"}
_TITLES = {model: title for group in GROUPS.values() for title, _, model in group}
IN_SIDEBAR = frozenset(_TITLES)
_OF_DJANGO = ("changelist", "add", "history", "delete", "change")


class Act(NamedTuple):
    """`act` is empty for the page itself. `kind`: button (of an object), above (a list), bulk, view, page."""

    page: str
    act: str
    kind: str
    name: str
    model: str = ""


def title(found: Any) -> str:
    """What the sidebar calls a list, or Django does."""
    name = str(found.opts.verbose_name_plural)
    return _TITLES.get(found.opts.label_lower, name[:1].upper() + name[1:])


def registered() -> list[Any]:
    return list(admin.site._registry.values())


def acts() -> Iterator[Act]:
    """Buttons, acts of lists and views; adding, changing and deleting go without saying: `Add`, `Change`, `Delete`."""
    for found in registered():
        yield from _of(found)
    for name in _own_pages():
        yield Act(*PARTS[name], "page", name) if name in PARTS else Act(PAGES.get(name, name), "", "page", name)


def _of(found: Any) -> Iterator[Act]:
    page, model = title(found), found.opts.label_lower
    prefix = f"{found.opts.app_label}_{found.opts.model_name}_"
    known = {prefix + name for name in _OF_DJANGO}
    kinds = {"actions_detail": "button", "actions_row": "button", "actions_list": "above"}
    for attribute, kind in kinds.items():
        for name in found._extract_action_names(getattr(found, attribute)):
            known.add(prefix + name)
            yield Act(page, str(getattr(found, name).short_description), kind, prefix + name, model)
    for name in found.actions or ():
        yield Act(page, str(getattr(found, name).short_description), "bulk", name, model)
    for name in {str(pattern.name) for pattern in found.get_urls() if pattern.name} - known:
        of_page, act = PARTS.get(name, (page, ACTS.get(name.removeprefix(prefix), name)))
        yield Act(of_page, act, "view", name, model)


def _own_pages() -> Iterator[str]:
    """Names of the pages below /admin/ that no model has."""
    for found in get_resolver().url_patterns:
        if isinstance(found, URLResolver) and str(found.pattern) == "admin/" and found.namespace != "admin":
            yield from (str(pattern.name) for pattern in found.url_patterns if isinstance(pattern, URLPattern))


def address(act: Act, row: Any) -> str:
    """The URL of an act; those of an object for this row."""
    if act.kind in {"page", "above"}:
        return reverse(act.name if act.kind == "page" else f"admin:{act.name}")
    return reverse(f"admin:{act.name}", args=["csv" if act.name.endswith("_export") else row.pk])


def samples(partner: Partner) -> dict[str, list[Any]]:
    """Rows of every registered model: of each kind one, or two where what can be done depends on the row."""
    story = admin_pages.story(partner)
    rows: dict[str, list[Any]] = {}
    for row in story.values():
        rows.setdefault(row._meta.label_lower, []).append(row)
    rows["ocpi_partners.partner"].append(factories.PartnerFactory(name="Newcomer", status="NEW", token_out=""))
    rows["ocpi_partners.hubparty"].append(
        partner.hub_parties.create(country_code="FR", party_id="NEW", role="CPO", payload=None)
    )
    rows["ocpi_alerts.recipient"].append(
        Recipient.objects.create(name="Chat", kind="WEBHOOK", address="https://chat.example.com/hook", events=["light"])
    )
    rows["ocpi_partners.apiclient"] = [factories.api_client(token="token-of-sample", name="Sample")]
    someone = User.objects.create_user("someone", is_staff=True)
    rows["auth.user"] = [someone]
    rows["auth.group"] = [Group.objects.create(name="sample")]
    entry = LogEntry.objects.create(user=someone, object_repr="CPO", action_flag=2, change_message="suspended")
    rows["admin.logentry"] = [entry]
    return rows


def offered(client: Client, url: str) -> set[str]:
    """The links and choices of a page by which something can be done; without queries."""
    html = client.get(url).content.decode()
    links = {urljoin(url, link).split("?")[0] for link in re.findall(r'(?:href|hx-get)="([^"#]*)', html)}
    return links | {f"bulk {name}" for name in re.findall(r'<option value="(\w+)"', _choices(html))}


def _choices(html: str) -> str:
    match = re.search(r'<select name="action".*?</select>', html, re.DOTALL)
    return match[0] if match else ""
