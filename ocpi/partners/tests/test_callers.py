"""Callers that were found a moment ago: nothing is asked again, and nothing that was taken away still opens."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from ocpi.partners import callers, services
from ocpi.partners.authentication import find_caller
from ocpi.partners.models import ApiClient, Partner, PartnerRole, PartnerToken
from tests import factories
from tests.callers import Caller

TOKEN = "token-of-cpo"


@pytest.fixture
def partner(db: None) -> Partner:
    row = factories.partner()
    find_caller(TOKEN)  # its first use is noted
    find_caller(TOKEN)
    return row


def revoke(partner: Partner) -> None:
    services.revoke(partner=partner)


def delete_row(partner: Partner) -> None:
    PartnerToken.objects.get().delete()


def rotate(partner: Partner) -> None:
    new = services.issue(partner=partner, purpose=PartnerToken.Purpose.OPERATIONAL)
    PartnerToken.objects.filter(partner=partner).update(first_used_at="2026-03-01T12:00:00Z")
    services.supersede(partner=partner, by=new, overlap=timedelta(0))


@pytest.mark.requirement("TRA-10", "CRE-19")
@pytest.mark.parametrize(
    "end",
    [lambda partner: services.suspend(partner=partner), revoke, delete_row, rotate],
    ids=["suspended", "revoked", "deleted", "rotated"],
)
def test_what_ends_a_token_ends_it_at_once(partner: Partner, end: Callable[[Partner], Any]) -> None:
    assert find_caller(TOKEN) == partner
    end(partner)
    assert find_caller(TOKEN) is None


def test_a_switch_and_a_role_count_for_the_next_request(partner: Partner) -> None:
    partner.loose_enums = True
    partner.save()
    assert find_caller(TOKEN).tolerance().loose_enums
    PartnerRole.objects.update(party_id="NEW")
    assert [party.party_id for party in find_caller(TOKEN).parties()] == ["NEW"]


def test_an_api_client_that_is_switched_off_is_out(db: None) -> None:
    row = factories.api_client()
    assert find_caller("token-of-app") == find_caller("token-of-app") == row
    ApiClient.objects.update(active=False)
    assert find_caller("token-of-app") is None


@pytest.mark.requirement("TRA-10")
def test_what_another_process_changed_counts_within_five_seconds(
    partner: Partner, monkeypatch: pytest.MonkeyPatch
) -> None:
    with connection.cursor() as elsewhere:  # no signal, no queryset of this process
        elsewhere.execute("UPDATE ocpi_partners_partner SET status = 'SUSPENDED'")
    assert find_caller(TOKEN) is not None
    later = callers.time.monotonic() + 5.0
    monkeypatch.setattr(callers.time, "monotonic", lambda: later)
    assert find_caller(TOKEN) is None


def test_a_change_while_a_caller_is_looked_up_is_not_covered_by_the_older_answer() -> None:
    rows: Iterator[Any] = iter([Partner(name="before"), Partner(name="after")])

    def look_up() -> Any:
        row = next(rows)
        if row.name == "before":
            callers.forget()  # another thread, between our statement and our note
        return row

    assert [callers.known("d", look_up).name for _ in range(3)] == ["before", "after", "after"]


@pytest.mark.django_db(transaction=True)
def test_until_the_commit_others_read_what_was_and_then_no_more() -> None:
    row = factories.partner()
    find_caller(TOKEN)
    begun, done = threading.Event(), threading.Event()

    def suspend() -> None:
        with transaction.atomic():
            services.suspend(partner=row)
            begun.set()
            done.wait(30)
        connection.close()

    with ThreadPoolExecutor(1) as threads:
        suspending = threads.submit(suspend)
        begun.wait(30)
        if connection.vendor == "postgresql":  # SQLite lets nobody read meanwhile without waiting
            assert find_caller(TOKEN) is not None
        done.set()
        suspending.result()
    assert find_caller(TOKEN) is None


def test_one_request_changes_nothing_for_the_next(partner: Partner) -> None:
    first = find_caller(TOKEN)
    first.name, first.is_registering = "changed", True
    first.tolerance()
    second = find_caller(TOKEN)
    assert (second.name, second.is_registering, "_tolerance" in second.__dict__) == (partner.name, False, False)


def test_that_they_called_is_noted_once_a_minute_all_the_same(partner: Partner, django_assert_num_queries: Any) -> None:
    services.heard_from(find_caller(TOKEN))
    with django_assert_num_queries(0):
        services.heard_from(find_caller(TOKEN))


def test_many_callers_take_no_more_memory_than_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(callers, "_MOST", 3)
    for n in range(10):
        callers.known(str(n), lambda: Partner())
    assert len(callers._entries) <= 3


@pytest.mark.requirement("TRA-10", "CRE-19")
def test_a_suspended_partner_is_refused_by_the_next_request(cpo: Caller) -> None:
    assert [cpo.get("locations").status for _ in range(3)] == [(200, 1000)] * 3
    services.suspend(partner=cpo.partner)
    assert cpo.get("locations").status == (401, 2001)


def test_whom_another_process_resumes_need_not_wait(partner: Partner) -> None:
    services.suspend(partner=partner)
    assert find_caller(TOKEN) is None
    with connection.cursor() as cursor:  # as another process: nothing is told here
        cursor.execute("UPDATE ocpi_partners_partner SET status = 'REGISTERED' WHERE id = %s", [partner.pk])
    assert find_caller(TOKEN) is not None
