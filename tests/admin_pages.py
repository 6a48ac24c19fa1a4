"""Rows of every kind that belong together, for pages of the admin, and what a page costs."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from ocpi.alerts.models import Alert, Delivery, LightChange, Recipient
from ocpi.cdrs import invoices, reviews
from ocpi.cdrs import services as cdrs
from ocpi.cdrs.models import CDR, Invoice
from ocpi.chargingprofiles.models import ProfileRequest
from ocpi.commands import services as commands
from ocpi.commands.models import Command
from ocpi.conformance.exchange import Exchange as ConformanceExchange
from ocpi.conformance.findings import Finding, Report, Result, Verdict
from ocpi.conformance.models import Run
from ocpi.conformance.registry import Target
from ocpi.conformance.registry import checks as conformance_checks
from ocpi.core import clock
from ocpi.journal.models import Exchange
from ocpi.locations import services as locations
from ocpi.locations.models import Location
from ocpi.partners.models import Partner
from ocpi.protocol import cdrs as cdr_wire
from ocpi.protocol import locations as location_wire
from ocpi.protocol import sessions as session_wire
from ocpi.protocol import tariffs as tariff_wire
from ocpi.protocol.commands import CommandType
from ocpi.protocol.headers import PartyId
from ocpi.protocol.types import format_datetime
from ocpi.sessions import services as sessions
from ocpi.sessions.models import ChargingPreference, Session
from ocpi.sync import quarantine
from ocpi.sync.models import Agreement, MissingBill, Pull
from ocpi.sync.taking import Bad
from ocpi.tariffs import services as tariffs
from ocpi.tariffs.models import Tariff
from ocpi.tokens import batches
from ocpi.tokens import services as tokens
from ocpi.tokens.models import Policy, Token, TokenBatch
from tests import factories

PARTY = PartyId("NL", "CPO")


def exchange(partner: Partner | None, **fields: Any) -> Exchange:
    return Exchange.objects.create(**{
        "partner": partner, "direction": "OUT", "module": "commands", "method": "POST", "http_status": 200,
        "url": "http://cpo.test/ocpi/commands/START_SESSION", "status_code": 1000, "duration_ms": 20,
        "request_id": "request", "correlation_id": "flow", "request_body": '{"evse_uid":"E1"}',
        "started_at": clock.now(), **fields,
    })  # fmt: skip


def location(partner: Partner, **changes: Any) -> Location:
    wire = location_wire.Location.from_wire(factories.location(**changes))
    locations.put(partner=partner, party=PARTY, location=wire)
    return Location.objects.get(partner=partner, location_id=wire.id)


def tariff(partner: Partner, **changes: Any) -> Tariff:
    wire = tariff_wire.Tariff.from_wire(factories.tariff(**changes))
    tariffs.put(partner=partner, party=PARTY, tariff=wire)
    return Tariff.objects.get(tariff_id=wire.id)


def session(partner: Partner, **changes: Any) -> Session:
    wire = session_wire.Session.from_wire(factories.session(**changes))
    sessions.put(partner=partner, party=PARTY, session=wire)
    return Session.objects.get(session_id=wire.id)


def cdr(partner: Partner, **changes: Any) -> CDR:
    return cdrs.receive(partner=partner, party=PARTY, cdr=cdr_wire.CDR.from_wire(factories.cdr(**changes)))[0]


def start(token: Token, location_id: str = "L1") -> Command:
    body = {"token": {"uid": token.wire_uid, "type": token.type}, "location_id": location_id, "evse_uid": "E1"}
    return commands.request(type=CommandType.START_SESSION, body=body)


def invoice(partner: Partner, cdr_id: str = "D1", name: str = "may.csv") -> Invoice:
    """A reconciled one with one line."""
    content = f"CDR id;kWh;Total excl. VAT\n{cdr_id};10;3,50\n".encode()
    row, _ = invoices.receive(partner=partner, name=name, content=content, by=None)
    invoices.reconcile(row, invoices.layout_of(row))
    row.refresh_from_db()
    return row


def token_batch(uid: str = "04AABB990001") -> TokenBatch:
    """An import that was checked, of one new token."""
    batch = batches.receive(name="cards.csv", content=f"uid;contract\n{uid};C1\n".encode(), by=None)
    batches.check_later(batch, batches.layout_of(batch))
    batches.work(batch.pk)
    batch.refresh_from_db()
    return batch


def conformance_report() -> dict[str, Any]:
    """One check that failed, and one that was not made, as a run of the kit keeps them."""
    failed, skipped = conformance_checks(Target.CPO)[:2]
    seen = ConformanceExchange("OUT", "GET", "http://cpo.test/ocpi/versions", "versions", clock.now())
    results = [
        Result(failed, Verdict.FAILED, [Finding("it was answered with HTTP 200", seen)]),
        Result(skipped, Verdict.SKIPPED, reason="needs --writes"),
    ]
    return Report("CPO", "http://cpo.test/ocpi/versions", clock.now(), results).as_json()


def story(partner: Partner, n: int = 1) -> dict[str, Any]:
    """One driver charges once: everything that this leaves in the database, by the names of its kinds."""
    token = factories.token(uid=f"04AABBCC{n:04d}")
    place = location(partner, id=f"L{n}")
    command = start(token, f"L{n}")
    sent = [exchange(partner, correlation_id=command.correlation_id) for _ in range(2)]
    card = factories.cdr_token(uid=token.wire_uid)
    charge = session(
        partner, id=f"S{n}", location_id=f"L{n}", cdr_token=card, charging_periods=[factories.period()],
        authorization_reference=command.authorization_reference,
    )  # fmt: skip
    tokens.authorize(partner=partner, uid=token.uid, type=token.type, place=None)
    now = clock.now()
    bill = cdr(
        partner, id=f"D{n}", session_id=f"S{n}", cdr_token=card, last_updated=format_datetime(now),
        start_date_time=format_datetime(now - timedelta(minutes=30)), end_date_time=format_datetime(now),
    )  # fmt: skip
    module = f"module{n}" if n > 1 else "locations"
    pull = Pull.objects.create(partner=partner, module=module, finished_at=now)
    left_out = factories.location(id=f"L9{n}", address="")
    quarantine.keep(partner=partner, module="locations", bad=[Bad(left_out, ["address: must not be empty"])])
    MissingBill.objects.create(session=charge, partner=partner, found_at=now, tries=1, next_try_at=now)
    Agreement.objects.get_or_create(partner=partner, defaults={"bill_hours": 24})
    partner.hub_parties.get_or_create(
        country_code="NL", party_id="CPO", role="CPO", defaults={"payload": {"party_id": "CPO"}, "status": "CONNECTED"}
    )
    reasons = [{"code": "NO_CONTACT", "colour": "RED", "text": "nothing has been exchanged for 2 days"}]
    change = LightChange.objects.create(partner=partner, at=now, before="GREEN", after="RED", reasons=reasons)
    alert = Alert.objects.create(
        key=f"light:{partner.pk}:{n}", event="light", partner=partner, title=f"{partner} is red", path="/admin/", at=now
    )
    listener = Recipient.objects.create(name=f"Desk {partner.pk}-{n}", address="desk@emsp.test", active=False)
    Delivery.objects.create(alert=alert, recipient=listener)
    checked = Run.objects.create(partner=partner, state=Run.State.DONE, errors=1, report=conformance_report())
    asked = {"session": charge, "partner": partner, "country_code": "NL", "party_id": "CPO"}
    limits = {"charging_rate_unit": "A", "charging_profile_period": [{"start_period": 0, "limit": 8}]}
    return {
        "hub_party": partner.hub_parties.get(), "token": token, "tariff": tariff(partner, id=f"T{n}"),
        "location": place, "evse": place.evses.first(), "connector": place.evses.first().connectors.first(),
        "command": command, "exchange": sent[0],
        "review": reviews.open_for(bill), "invoice": (listed := invoice(partner, f"D{n}")),
        "invoice_line": listed.lines.first(), "left_out": partner.quarantine.latest("pk"),
        "missing_bill": charge.missing_bill,
        "agreement": partner.agreement, "light_change": change, "alert": alert, "recipient": listener,
        "conformance": checked,
        "session": charge, "cdr": bill, "pull": pull, "push": token.pushes.first(), "partner": partner,
        "authorization": token.authorizations.first(),
        "policy": Policy.objects.create(name=f"Fleet {n}", token=token, max_charges=2),
        "batch": (batch := token_batch(f"04AABB99{n:04d}")), "batch_row": batch.rows.first(),
        "profile": ProfileRequest.objects.create(kind="SET", profile=limits, **asked),
        "preference": ChargingPreference.objects.create(request={"profile_type": "GREEN"}, **asked),
    }  # fmt: skip


def page(client: Client, url: str) -> str:
    """The page's HTML; anything but 200 fails the test."""
    answer = client.get(url)
    assert answer.status_code == 200, (url, answer.status_code, answer.get("Location"))
    return answer.content.decode()


def queries(client: Client, url: str) -> int:
    with CaptureQueriesContext(connection) as seen:
        page(client, url)
    return len(seen)


def assert_cost_is_constant(client: Client, url: str, fill: Callable[[int], Any], at_most: int) -> None:
    """The list takes as many queries with 30 rows as with 3, and few."""
    for n in range(1, 4):
        fill(n)
    page(client, url)  # what Django caches on first use
    few = queries(client, url)
    for n in range(4, 31):
        fill(n)
    assert queries(client, url) == few
    assert few <= at_most
