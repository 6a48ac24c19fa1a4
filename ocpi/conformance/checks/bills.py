"""CDRs of a CPO: whether they agree with themselves, with their session, and with the price (chapters 10 and 11)."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from ocpi.conformance.exchange import Exchange
from ocpi.conformance.kit import Kit
from ocpi.conformance.registry import Findings, Severity, Skip, Target, check
from ocpi.protocol import pricing
from ocpi.protocol.cdrs import CDR
from ocpi.protocol.errors import InvalidObject
from ocpi.protocol.model import Tolerance
from ocpi.protocol.pricing import Outcome, Verdict
from ocpi.protocol.tariffs import Tariff
from ocpi.protocol.types import NOT_AVAILABLE, ci_equal, ci_key

from .content import problem_of

CPO = Target.CPO
ROUNDED = Decimal("0.02")  # kWh that may be lost between a session and its CDR


def _bills(kit: Kit) -> list[tuple[CDR, Exchange]]:
    """Those that are listed, and those that were sent. Raises Skip when none can be read."""
    if "bills" not in kit.kept:
        kit.kept["bills"] = list(_read(_raw(kit)))
    found: list[tuple[CDR, Exchange]] = kit.kept["bills"]
    if not found:
        raise Skip("there is no CDR that can be read")
    return found


def _raw(kit: Kit) -> list[tuple[dict[str, Any], Exchange]]:
    pages = kit.crawl("cdrs").pages if "charge_began" not in kit.kept else _anew(kit)
    listed = [(item, page) for page in pages for item in page.objects if isinstance(item, dict)]
    sent = [(each.sent, each) for each in kit.came("POST", "cdrs") if isinstance(each.sent, dict)]
    return listed + sent


def _anew(kit: Kit) -> list[Exchange]:
    """There are new ones since the list was read."""
    return [*kit.crawl("cdrs").pages, kit.page("cdrs", date_from=kit.kept["charge_began"])]


def _read(raw: list[tuple[dict[str, Any], Exchange]]) -> Iterator[tuple[CDR, Exchange]]:
    seen: set[str] = set()
    for item, exchange in raw:
        try:
            cdr = CDR.from_wire(item, Tolerance(missing_evse_id=True, missing_evse_uid=True))  # a price needs neither
        except InvalidObject:
            continue
        key = f"{exchange.direction} {ci_key(cdr.id)}"  # what is pushed may differ from what is listed
        if key not in seen:
            seen.add(key)
            yield cdr, exchange


@check("CDR-01 TYP-13", tests=CPO, module="cdrs")
def sent_cdrs_are_valid(kit: Kit) -> Findings:
    """A CDR that is sent has all its required fields."""
    for each in kit.came("POST", "cdrs"):
        if problem := problem_of("cdrs", each.sent):
            yield problem, each


@check("TCS-01 CDR-29", tests=CPO, module="cdrs")
def cost_by_the_tariff(kit: Kit) -> Findings:
    """The cost of a CDR is what its tariffs say of its charging periods, to the cent."""
    for cdr, exchange in _bills(kit):
        verdict = _verdict(kit, cdr)
        if verdict.verdict == Outcome.MISMATCH:
            yield f"{cdr.id}: {_why(verdict)}", exchange


def _verdict(kit: Kit, cdr: CDR) -> Verdict:
    tariffs = [] if cdr.tariffs else list(_tariffs(kit))
    original = next((other for other, _ in _bills(kit) if cdr.credit_reference_id == other.id), None)
    try:
        return pricing.check(cdr, tariffs, time_zone=_zone(kit, cdr), original=original)
    except ValueError:
        return pricing.check(cdr, tariffs, time_zone=None, original=original)


def _tariffs(kit: Kit) -> Iterator[Tariff]:
    for item in kit.crawl("tariffs").objects if kit.offers("tariffs") else []:
        try:
            yield Tariff.from_wire(item)
        except InvalidObject:
            continue


def _zone(kit: Kit, cdr: CDR) -> str | None:
    for item in kit.crawl("locations").objects if kit.offers("locations") else []:
        if ci_equal(str(item.get("id")), cdr.cdr_location.id) and isinstance(item.get("time_zone"), str):
            return str(item["time_zone"])
    return None


def _why(verdict: Verdict) -> str:
    told = [finding.sentence for finding in verdict.findings if finding.severity in ("error", "warning")]
    told += [verdict.explanation.sentence] if verdict.explanation else []
    if not told and verdict.expected:
        told = [f"{verdict.expected.excl_vat:.2f} {verdict.currency} without VAT would be due"]
    return " ".join(told[:3]) or "the amounts are not those of its tariffs"


@check("CDR-27 TCS-23", tests=CPO, module="cdrs")
def totals_of_a_cdr(kit: Kit) -> Findings:
    """The totals of energy and time are those of the charging periods."""
    for cdr, exchange in _bills(kit):
        if cdr.credit:
            continue
        for finding in _verdict(kit, cdr).findings:
            if finding.code.endswith("_inconsistent"):
                yield f"{cdr.id}: {finding.sentence}", exchange


@check("CDR-20", tests=CPO, module="cdrs")
def periods_of_a_cdr(kit: Kit) -> Findings:
    """Charging periods are in order, and begin within the session."""
    for cdr, exchange in _bills(kit):
        starts = [period.start_date_time for period in cdr.charging_periods]
        if starts != sorted(starts):
            yield f"{cdr.id}: the charging periods are not in order", exchange
        elif starts[0] < cdr.start_date_time or starts[-1] > cdr.end_date_time:
            yield f"{cdr.id}: a charging period begins outside the session", exchange


@check("CDR-28", tests=CPO, module="cdrs")
def tariffs_of_a_cdr(kit: Kit) -> Findings:
    """A CDR carries the tariffs by which it was priced, and its periods name them."""
    for cdr, exchange in _bills(kit):
        known = {ci_key(tariff.id) for tariff in cdr.tariffs}
        named = [period.tariff_id for period in cdr.charging_periods if period.tariff_id]
        if not cdr.tariffs and (cdr.total_cost.excl_vat or named):
            yield f"{cdr.id} carries no tariff", exchange
        for tariff_id in named:
            if known and ci_key(tariff_id) not in known:
                yield f"{cdr.id}: the tariff {tariff_id} of a period is not in it", exchange


@check("CDR-28", tests=CPO, module="cdrs", severity=Severity.WARNING)
def periods_name_their_tariff(kit: Kit) -> Findings:
    """A charging period that was priced names its tariff."""
    for cdr, exchange in _bills(kit):
        if cdr.tariffs and not any(period.tariff_id for period in cdr.charging_periods):
            yield f"{cdr.id}: no charging period names a tariff", exchange


@check("CDR-11 CDR-15", tests=CPO, module="cdrs")
def credits(kit: Kit) -> Findings:
    """A credit CDR has a negative total, and only credit CDRs do."""
    for cdr, exchange in _bills(kit):
        if bool(cdr.credit) != (cdr.total_cost.excl_vat < 0) and cdr.total_cost.excl_vat:
            yield f"{cdr.id}: total_cost is {cdr.total_cost.excl_vat}, credit is {bool(cdr.credit)}", exchange


def _ours(kit: Kit) -> tuple[CDR, dict[str, Any], Any, Exchange]:
    """The bill of the charge of this run, and its session. Raises Skip when there is none."""
    charge = kit.kept.get("charge")
    if charge is None or charge.cdr is None:
        raise Skip("there was no CDR of a charge of ours")
    raw, came = charge.cdr
    for cdr, exchange in _bills(kit):
        if exchange.direction == came.direction and ci_equal(cdr.id, str(raw.get("id"))):
            return cdr, charge.session, charge, exchange
    raise Skip("the CDR cannot be read")


@check("CDR-23 CMD-25", tests=CPO, module="cdrs")
def reference_of_the_cdr(kit: Kit) -> Findings:
    """The authorization_reference of the command comes back in the CDR."""
    cdr, _, charge, exchange = _ours(kit)
    if not ci_equal(str(cdr.authorization_reference), charge.reference):
        yield f"authorization_reference is {cdr.authorization_reference}", exchange


@check("CDR-16 CMD-26", tests=CPO, module="cdrs")
def token_of_the_cdr(kit: Kit) -> Findings:
    """The CDR carries the token of the command."""
    cdr, _, charge, exchange = _ours(kit)
    for name in ("country_code", "party_id", "uid", "contract_id"):
        if not ci_equal(str(getattr(cdr.cdr_token, name)), str(charge.token[name])):
            yield f"{name} of the cdr_token is not that of the command", exchange


@check("CDR-27 SES-24", tests=CPO, module="cdrs")
def energy_as_in_the_session(kit: Kit) -> Findings:
    """total_energy of the CDR is kwh of the completed session."""
    cdr, session, _, exchange = _ours(kit)
    kwh = session.get("kwh")
    if session.get("status") != "COMPLETED" or not isinstance(kwh, int | float):
        raise Skip("the session was not completed")
    if abs(Decimal(str(kwh)) - cdr.total_energy) > ROUNDED:
        yield f"the session has {kwh:g} kWh, the CDR {cdr.total_energy:g}", exchange


@check("CDR-16 CDR-25", tests=CPO, module="cdrs")
def place_of_the_cdr(kit: Kit) -> Findings:
    """The CDR names the place of the charge."""
    cdr, _, charge, exchange = _ours(kit)
    place = {"location_id": cdr.cdr_location.id, "evse_uid": cdr.cdr_location.evse_uid}
    for name, value in place.items():
        if value != NOT_AVAILABLE and not ci_equal(value, charge.place[name]):
            yield f"{name} is {value}, not {charge.place[name]}", exchange


@check("CDR-06 CDR-07", tests=CPO, module="cdrs", severity=Severity.WARNING)
def every_cdr_is_sent_once(kit: Kit) -> Findings:
    """A CDR is sent once; it is never sent again with other contents."""
    seen: dict[str, Any] = {}
    for each in kit.came("POST", "cdrs"):
        name = ci_key(str(each.sent.get("id"))) if isinstance(each.sent, dict) else ""
        if name in seen:
            yield f"{name} was sent again" + ("" if seen[name] == each.sent else ", with other contents"), each
        seen[name] = each.sent
