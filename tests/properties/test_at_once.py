"""Pushes of one moment on many connections: each is kept or refused as if they had come one after the other."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connections

from ocpi.cdrs.models import CDR
from ocpi.chargingprofiles.models import ActiveProfile
from ocpi.locations.models import Location
from ocpi.partners.models import HubParty, PartnerRole
from ocpi.sessions.models import ChargingPeriod, Session
from ocpi.tariffs.models import Tariff, TariffVersion
from ocpi.tokens.models import Token
from tests import factories
from tests.callers import Answer, Caller

pytestmark = pytest.mark.django_db(transaction=True)
T1, S1 = ("tariffs", "NL", "CPO", "T1"), ("sessions", "NL", "CPO", "S1")
AT_ONCE = 8


def at(n: int) -> str:
    return f"2026-03-01T12:0{n}:00Z"


def at_once(*actions: Callable[[], Any]) -> list[Any]:
    """All begin together, each on a connection of its own."""
    begin = threading.Barrier(len(actions))

    def run(action: Callable[[], Any]) -> Any:
        try:
            begin.wait(30)
            return action()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(actions)) as threads:
        return list(threads.map(run, actions))


def answers(action: Callable[[int], Answer], times: int = AT_ONCE) -> list[tuple[int, int]]:
    return sorted(answer.status for answer in at_once(*(lambda n=n: action(n) for n in range(times))))


ONE_CREATED = [(200, 1000)] * (AT_ONCE - 1) + [(201, 1000)]


@pytest.mark.requirement("TAR-01", "TRA-26")
def test_first_puts_of_one_tariff_make_one_tariff_and_one_version(cpo: Caller) -> None:
    assert answers(lambda n: cpo.put(*T1, body=factories.tariff())) == ONE_CREATED
    assert (Tariff.objects.count(), TariffVersion.objects.count()) == (1, 1)


@pytest.mark.requirement("TAR-01", "AMB-04")
def test_of_eight_versions_of_a_tariff_the_newest_is_in_force_and_all_are_kept(cpo: Caller) -> None:
    found = answers(lambda n: cpo.put(*T1, body=factories.tariff(last_updated=at(n))))
    assert set(found) <= {(200, 1000), (201, 1000)}
    assert cpo.get(*T1).data["last_updated"] == at(7)
    assert TariffVersion.objects.count() == 8


@pytest.mark.requirement("TAR-03", "TAR-04")
def test_of_deletions_at_once_one_finds_the_tariff(cpo: Caller) -> None:
    cpo.put(*T1, body=factories.tariff())
    assert answers(lambda n: cpo.delete(*T1)) == [(200, 1000)] + [(404, 2001)] * (AT_ONCE - 1)


@pytest.mark.requirement("TAR-01", "TAR-03")
def test_a_tariff_that_is_put_and_deleted_at_once_is_there_or_not(cpo: Caller) -> None:
    def one(n: int) -> Answer:
        return cpo.delete(*T1) if n % 2 else cpo.put(*T1, body=factories.tariff())

    found = answers(one)
    assert set(found) <= {(200, 1000), (201, 1000), (404, 2001)}
    created, deleted = found.count((201, 1000)), 4 - found.count((404, 2001))
    assert cpo.get(*T1).status == ((200, 1000) if created > deleted else (404, 2001))
    assert Tariff.objects.count() == created - deleted


@pytest.mark.requirement("TOK-07")
def test_one_token_that_is_entered_at_once_is_one_token(cpo: Caller) -> None:
    found = at_once(*(lambda n=n: factories.token("CARD", visual_number=str(n)) for n in range(AT_ONCE)))
    assert len({token.pk for token in found}) == Token.objects.count() == 1
    assert Token.objects.get().pushes.count() == 1
    assert len(cpo.get("tokens").data) == 1


@pytest.mark.requirement("SES-05", "SES-07")
@pytest.mark.long
def test_one_patch_that_is_repeated_at_once_adds_its_periods_once(cpo: Caller) -> None:
    cpo.put(*S1, body=factories.session())
    periods = [factories.period(f"2026-03-01T11:{n:02}:00Z", n) for n in range(5)]
    body = {"charging_periods": periods, "kwh": 5, "last_updated": at(1)}
    assert answers(lambda n: cpo.patch(*S1, body=body)) == [(200, 1000)] * AT_ONCE
    assert cpo.get(*S1).data == factories.session(charging_periods=periods, kwh=5, last_updated=at(1))
    assert ChargingPeriod.objects.count() == 5


@pytest.mark.requirement("SES-01", "SES-05", "AMB-04")
@pytest.mark.long
def test_a_put_and_patches_at_once_end_as_one_after_the_other(cpo: Caller) -> None:
    cpo.put(*S1, body=factories.session())
    periods = [factories.period(f"2026-03-01T11:{n:02}:00Z", n) for n in range(8)]

    def one(n: int) -> Answer:
        if n == 3:
            whole = factories.session(charging_periods=periods[:4], kwh=3, last_updated=at(n))
            return cpo.put(*S1, body=whole)
        return cpo.patch(*S1, body={"charging_periods": [periods[n]], "kwh": n, "last_updated": at(n)})

    assert answers(one) == [(200, 1000)] * AT_ONCE
    assert cpo.get(*S1).data == factories.session(charging_periods=periods, kwh=7, last_updated=at(7))


@pytest.mark.requirement("CDR-06", "CDR-07")
def test_of_different_bills_with_one_id_one_is_kept_and_the_others_are_told(cpo: Caller) -> None:
    found = answers(lambda n: cpo.post("cdrs", body=factories.cdr(total_energy=n)))
    assert found == [(200, 2001)] * (AT_ONCE - 1) + [(201, 1000)]
    assert CDR.objects.count() == 1


@pytest.mark.parametrize("attempt", range(3))
@pytest.mark.requirement("CDR-18", "CDR-34", "SES-20")
def test_a_bill_its_session_and_its_location_at_once_find_each_other(cpo: Caller, attempt: int) -> None:
    bodies = [("PUT", S1, factories.session()), ("PUT", ("locations", "NL", "CPO", "L1"), factories.location())]
    bodies.append(("POST", ("cdrs",), factories.cdr()))
    found = answers(lambda n: cpo.request(bodies[n][0], *bodies[n][1], body=bodies[n][2]), len(bodies))
    assert found == [(201, 1000)] * 3
    bill, session = CDR.objects.get(), Session.objects.get()
    assert (bill.session_row, session.location_row, bill.remarks) == (
        session,
        Location.objects.get(),
        ["UNKNOWN_TOKEN"],
    )


@pytest.mark.requirement("HCI-01", "HCI-06")
def test_news_of_one_party_at_once_make_one_row_with_the_latest(cpo: Caller) -> None:
    PartnerRole.objects.create(partner=cpo.partner, role="HUB", country_code="NL", party_id="HUB", name="Hub")

    def tell(n: int) -> Answer:
        status = "CONNECTED" if n == 7 else "OFFLINE"
        info = {"country_code": "DE", "party_id": "CP2", "role": "CPO", "status": status, "last_updated": at(n)}
        return cpo.put("hubclientinfo", "DE", "CP2", body=info)

    assert set(answers(tell)) <= {(200, 1000), (201, 1000)}
    assert [(row.status, row.payload["last_updated"]) for row in HubParty.objects.all()] == [("CONNECTED", at(7))]


@pytest.mark.requirement("CHP-11")
def test_profiles_of_one_session_at_once_leave_the_latest(cpo: Caller) -> None:
    cpo.put(*S1, body=factories.session())

    def tell(n: int) -> Answer:
        profile = {"charging_rate_unit": "A", "charging_profile_period": [{"start_period": 0, "limit": n}]}
        return cpo.put("chargingprofiles", "S1", body={"start_date_time": at(n), "charging_profile": profile})

    assert answers(tell) == [(200, 1000)] * AT_ONCE
    assert ActiveProfile.objects.get().payload["start_date_time"] == at(7)
