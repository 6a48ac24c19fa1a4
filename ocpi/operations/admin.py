"""What crosses modules: the desks of operators, prices at a connector, and the users of this admin in its style."""

from decimal import Decimal
from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group, User
from django.http import HttpRequest
from django.utils.safestring import SafeString
from unfold.decorators import display
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from ocpi.cdrs.estimates import Estimate, estimates
from ocpi.cdrs.models import CDR
from ocpi.commands.models import Command
from ocpi.core import admin as core
from ocpi.core import clock
from ocpi.locations.admin import ConnectorAdmin
from ocpi.locations.models import EVSE, Connector, Location
from ocpi.partners.models import Partner
from ocpi.protocol.pricing import explain
from ocpi.sessions.models import Session
from ocpi.tokens.models import Token

from . import bill_desk, history_desk, invoice_desk  # noqa: F401  they register themselves
from .cdr_desk import CdrDesk
from .command_desk import CommandDesk, EvseDesk, TokenDesk
from .location_desk import LocationDesk
from .partner_desk import PartnerDesk
from .session_desk import SessionDesk

admin.site.index_template = "operations/index.html"
admin.site.disable_action("delete_selected")  # a name is typed before something is deleted: one by one
_DESKS = {
    CDR: CdrDesk,
    Location: LocationDesk,
    EVSE: EvseDesk,
    Session: SessionDesk,
    Token: TokenDesk,
    Command: CommandDesk,
    Partner: PartnerDesk,
}
for model in (User, Group, Connector, *_DESKS):
    admin.site.unregister(model)
for model, desk in _DESKS.items():
    admin.site.register(model, desk)


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


@admin.register(User)
class UserAdmin(DjangoUserAdmin, core.OcpiAdmin):
    """Whoever may change users must not make themselves, or somebody else, more than they are."""

    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> list[str]:
        """Roles are given; single permissions and all of them at once are a superuser's affair."""
        found = list(super().get_readonly_fields(request, obj))
        return found if _is_superuser(request) else [*found, "is_superuser", "user_permissions"]

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return _within_reach(request, obj) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return _within_reach(request, obj) and super().has_delete_permission(request, obj)


def _is_superuser(request: HttpRequest) -> bool:
    user: Any = request.user
    return bool(user.is_superuser)


def _within_reach(request: HttpRequest, obj: User | None) -> bool:
    return obj is None or not obj.is_superuser or _is_superuser(request)


@admin.register(Group)
class GroupAdmin(DjangoGroupAdmin, core.OcpiAdmin):
    pass
