"""Who may see and do what: four groups, and one table of permissions from which migrations make them.

`docs/operators.md` tells the same to readers, by pages and buttons; a test proves that table with a user of each role.
A new permission gets its line here, and a migration: `migrations.RunPython(roles.granting("app.codename"), …noop)`.
"""

from collections.abc import Callable, Iterable, Iterator
from enum import StrEnum
from typing import Any

from django.apps import apps as installed
from django.contrib.auth.management import create_permissions


class Role(StrEnum):
    VIEWER = "viewer"
    OPERATOR = "operator"
    FINANCE = "finance"
    ADMINISTRATOR = "administrator"


_V, _O, _F, _A = Role
_EVERYONE = (_V, _O, _F, _A)
_OPERATORS = (_O, _A)
_FINANCE = (_F, _A)
_ADMINISTRATORS = (_A,)

# Who → app → permissions. What nobody can do by hand (partners' objects) needs none but `view_`.
_TABLE: list[tuple[tuple[Role, ...], dict[str, str]]] = [
    (_EVERYONE, {
        "ocpi_partners": """view_partner view_partnerrole view_partnerendpoint view_partnertoken view_partnerleniency
            view_hubparty view_apiclient""",
        "ocpi_alerts": "view_lightchange view_alert view_delivery",
        "ocpi_journal": "view_exchange",
        "ocpi_locations": "view_location view_evse view_connector",
        "ocpi_tariffs": "view_tariff",
        "ocpi_tokens": """view_token view_tokenpush view_authorization view_policy view_tokenbatch
            view_tokenbatchrow""",
        "ocpi_sessions": "view_session view_chargingpreference",
        "ocpi_commands": "view_command",
        "ocpi_chargingprofiles": "view_profilerequest",
        "ocpi_cdrs": "view_cdr view_review view_invoice view_invoiceline",
        "ocpi_conformance": "view_run",
        "ocpi_sync": "view_pull view_quarantinedobject view_missingbill view_agreement",
    }),
    (_OPERATORS, {
        "ocpi_partners": "change_partner operate_partner suspend_partner add_hubparty change_hubparty",
        "ocpi_tokens": "add_token change_token add_policy change_policy",
        "ocpi_commands": "add_command change_command",
        "ocpi_journal": "replay_exchange",
        "ocpi_sync": "change_pull change_quarantinedobject add_agreement change_agreement",
    }),
    (_FINANCE, {
        "ocpi_cdrs": "decide_bill export_cdr add_invoice",
    }),
    (_ADMINISTRATORS, {
        "ocpi_partners": """add_partner delete_partner rotate_credentials register_partner delete_hubparty
            add_apiclient change_apiclient delete_apiclient""",
        "ocpi_tokens": "delete_policy",
        "ocpi_sync": "delete_agreement",
        "admin": "view_logentry",
        "ocpi_alerts": "view_recipient add_recipient change_recipient delete_recipient",
        "auth": "view_user add_user change_user delete_user view_group add_group change_group delete_group",
    }),
]  # fmt: skip


def _grants() -> Iterator[tuple[str, tuple[Role, ...]]]:
    for roles, of_apps in _TABLE:
        for app, names in of_apps.items():
            yield from ((f"{app}.{name}", roles) for name in names.split())


GRANTS: dict[str, tuple[Role, ...]] = dict(_grants())


def granting(*permissions: str) -> Callable[[Any, Any], None]:
    """For RunPython: gives these permissions, or all of the table, to the groups that it names; makes the groups."""

    def forwards(apps: Any, schema_editor: Any) -> None:
        grant(apps, permissions or GRANTS)

    return forwards


def grant(apps: Any, permissions: Iterable[str]) -> None:
    """What a group was given or denied besides stays. Permissions that do not exist yet are left to a later migration.

    They are made here, because Django makes them only after the last migration.
    """
    wanted = set(permissions)
    for label in sorted({name.split(".")[0] for name in wanted}):
        create_permissions(installed.get_app_config(label), apps=apps, verbosity=0)
    known = _known(apps, wanted)
    for role in Role:
        group, _ = apps.get_model("auth", "Group").objects.get_or_create(name=str(role))
        group.permissions.add(*(pk for name, pk in known.items() if role in GRANTS[name]))


def _known(apps: Any, wanted: set[str]) -> dict[str, int]:
    labels = {name.split(".")[0] for name in wanted}
    rows = apps.get_model("auth", "Permission").objects.filter(content_type__app_label__in=labels)
    found = {f"{row.content_type.app_label}.{row.codename}": row.pk for row in rows.select_related("content_type")}
    return {name: pk for name, pk in found.items() if name in wanted}
