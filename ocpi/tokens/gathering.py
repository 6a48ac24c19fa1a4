"""What the rules need to know, in a fixed small number of queries, and only what the policies at hand limit.

| what                              | queries                                           |
|-----------------------------------|---------------------------------------------------|
| policies and what they say of the partner | 1                                         |
| the location, its prices          | 1 for countries; 3 for a price cap                |
| charges at once                   | 2: permissions just given, sessions               |
| budget                            | 2 for each of at most two policies: bills, and sessions that have no bill yet |
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from django.db.models import Q
from django.utils import timezone

from ocpi.core import clock, signals
from ocpi.locations.models import Connector, Location
from ocpi.partners.models import Partner
from ocpi.protocol import pricing
from ocpi.protocol import tariffs as tariff_wire
from ocpi.protocol.pricing.selection import is_active
from ocpi.protocol.tokens import AllowedType, LocationReferences
from ocpi.protocol.types import ci_key
from ocpi.tariffs.models import Tariff

from . import facts
from .facts import Facts, Spot, UnitPrice
from .models import Authorization, Policy, Token


@dataclass(frozen=True)
class _Known:
    """What we know of the place. `partner`: whose it is."""

    partner: Partner | None = None
    country: str = ""
    evse_uids: Sequence[str] = ()
    prices: Mapping[str, UnitPrice] = field(default_factory=dict)


def terms(
    token: Token, place: LocationReferences | None, partner: Partner | None, location: Location | None = None
) -> list[tuple[Policy, Facts]]:
    """The policies in force for a token, each with the facts that it is judged by. `location`: where known already."""
    now = clock.now()
    found = location or (_location(place, partner) if place and partner is None else None)
    whose = partner or (found.partner if found else None)
    policies = list(Policy.objects.of(token).seen_by(whose).order_by("pk"))
    spot = _spot(policies, place, whose, found)
    return [(policy, _facts(policy, token, place, spot, now)) for policy in policies]


def _facts(policy: Policy, token: Token, place: LocationReferences | None, spot: _Known, now: datetime) -> Facts:
    return Facts(
        now=now,
        partner=spot.partner.name if spot.partner else "",
        listed=policy.lists_it if policy.lists_partners else None,
        barred=policy.bars_it if policy.bars_partners else None,
        country=spot.country,
        evse_uids=spot.evse_uids,
        prices=spot.prices,
        charging=_charging(policy, token, place, now) if policy.max_charges is not None else 0,
        spent=_spent(policy, now) if policy.budget is not None else Decimal(0),
    )


# --- the place --------------------------------------------------------------------------------------------------------
def _location(place: LocationReferences, partner: Partner | None) -> Location | None:
    """None where nobody knows it, or where several have this id and nobody says whose is meant."""
    known = Location.objects.filter(location_id=place.location_id, gone_at=None).select_related("partner")
    found = list((known.filter(partner=partner) if partner else known.once())[:2])
    return found[0] if len(found) == 1 else None


def _spot(
    policies: Iterable[Policy], place: LocationReferences | None, partner: Partner | None, location: Location | None
) -> _Known:
    priced = any(policy.price_cap is not None for policy in policies)
    if place is None or not (priced or any(policy.countries for policy in policies)):
        return _Known(partner)
    location = location or _location(place, partner)
    if location is None:
        return _Known(partner)
    offers = _offers(location, place) if priced else {}
    return _Known(partner, location.country, list(offers), _prices(location, offers))


def _offers(location: Location, place: LocationReferences) -> dict[str, set[str]]:
    """The tariffs of each EVSE that is asked about, or of all; EVSEs as the CPO spells them."""
    plugs = Connector.objects.filter(evse__location=location, hidden_at=None, evse__hidden_at=None)
    if place.evse_uids:
        plugs = plugs.filter(evse__uid__in=[ci_key(uid) for uid in place.evse_uids])
    found: dict[str, set[str]] = defaultdict(set)
    for uid, tariffs in plugs.order_by("pk").values_list("evse__payload__uid", "tariff_ids"):
        found[uid].update(ci_key(each) for each in tariffs)
    return found


def _prices(location: Location, offers: Mapping[str, set[str]]) -> dict[str, UnitPrice]:
    wanted = set().union(*offers.values())
    if not wanted:
        return {}
    owned = Tariff.objects.of(location.partner, location.party).filter(tariff_id__in=wanted)
    rows = owned.exclude(type=tariff_wire.TariffType.AD_HOC_PAYMENT)  # for people who pay at the charger
    per_kwh = {row.tariff_id: price for row in rows if (price := _per_kwh(row, location.time_zone)) is not None}
    dearest = {uid: max((per_kwh[each] for each in each_of if each in per_kwh), default=None)
               for uid, each_of in offers.items()}  # fmt: skip
    return {ci_key(uid): price for uid, price in dearest.items() if price is not None}


def _per_kwh(row: Tariff, time_zone: str) -> UnitPrice | None:
    """The dearest kWh of a charge that begins now, as our own pricing sees it; None where energy has no price now."""
    tariff, now = tariff_wire.Tariff.from_wire(row.payload), clock.now()
    if not is_active(tariff, now):
        return None
    priced = pricing.estimate(tariff, start=now, minutes=60, kwh=10, time_zone=time_zone)
    prices = [each.price for each in priced.segments if each.dimension == "ENERGY" and each.price is not None]
    return UnitPrice(max(prices), row.currency) if prices else None


# --- what is used already ---------------------------------------------------------------------------------------------
def _charging(policy: Policy, token: Token, place: LocationReferences | None, now: datetime) -> int:
    since = now - facts.HOLD
    asked = signals.charges_asked_for.send(sender=Token, since=since, **_scope(policy))
    charges = [charge for _, found in asked for charge in found]
    here = Spot(token.pk, ci_key(place.location_id), tuple(map(ci_key, place.evse_uids))) if place else Spot(token.pk)
    return facts.charging(here, _permissions(policy, since), charges)


def _permissions(policy: Policy, since: datetime) -> list[facts.Permission]:
    whose = Q(token=policy.token_id) if policy.token_id else Q()
    whose |= Q(token__contract_id=policy.contract_id) if policy.contract_id else Q()
    rows = Authorization.objects.filter(
        whose, decided_at__gte=since, allowed=AllowedType.ALLOWED,
        origin__in=[Authorization.Origin.REALTIME, Authorization.Origin.START_SESSION],
    ).order_by("pk")  # fmt: skip
    return [
        facts.Permission(
            Spot(row.token_id, row.location_id, tuple(map(ci_key, row.evse_uids))),
            row.authorization_reference, row.decided_at,
        )
        for row in rows.defer("trace")
    ]  # fmt: skip


def _spent(policy: Policy, now: datetime) -> Decimal:
    asked = signals.spending_asked_for.send(
        sender=Token, since=_period_begin(policy, now), currency=policy.budget_currency, **_scope(policy)
    )
    return sum((amount for _, amount in asked), Decimal(0))


def _scope(policy: Policy) -> dict[str, int | str | None]:
    return {"token_id": policy.token_id, "contract_id": policy.contract_id}


def _period_begin(policy: Policy, now: datetime) -> datetime | None:
    """In the platform's time zone."""
    midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    match policy.budget_period:
        case Policy.Period.DAY:
            return midnight
        case Policy.Period.MONTH:
            return midnight.replace(day=1)
        case _:
            return policy.valid_from
