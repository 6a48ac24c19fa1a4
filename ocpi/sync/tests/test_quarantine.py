"""Objects that cannot be taken over: kept with the reason, tried again, and let go when a valid version comes."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import DataError
from django.db.models import Max

from ocpi.cdrs.models import CDR
from ocpi.protocol.errors import OcpiError
from ocpi.sync import modules, quarantine, services, taking
from ocpi.sync.models import Pull, QuarantinedObject
from ocpi.sync.tasks import look_around
from ocpi.tariffs.models import Tariff
from tests import factories
from tests.callers import Caller
from tests.partner_server import PartnerServer

from .conftest import serve, tariffs

BAD = factories.tariff(id="T2") | {"currency": "EURO"}


def pull(partner: Any, module: str = "tariffs", **how: Any) -> Pull:
    return services.pull(partner=partner, module=module, **how)


@pytest.mark.requirement("TRA-41")
def test_an_invalid_object_is_kept_with_the_field_at_fault(partner_server: PartnerServer, partner: Any) -> None:
    spoilt = factories.location(id="l9")
    del spoilt["evses"][1]["status"]
    serve(partner_server, [factories.location(id="L1"), spoilt, factories.location(id="L3")])
    row = pull(partner, "locations")
    assert (row.received, row.changed, row.skipped) == (3, 2, 1)
    kept = QuarantinedObject.objects.get()
    assert (kept.partner, kept.module, kept.country_code, kept.party_id) == (partner, "locations", "NL", "CPO")
    assert (kept.object_id, kept.field, kept.count, kept.closed_at) == ("L9", "evses.status", 1, None)
    assert kept.reason == "evses[1].status: is required"


@pytest.mark.requirement("TRA-41")
def test_the_same_object_again_is_one_row_that_counts(partner_server: PartnerServer, partner: Any) -> None:
    serve(partner_server, [BAD, "no object", None, {"id": 5}], [BAD | {"id": "t2"}])
    pull(partner)
    first = QuarantinedObject.objects.get(object_id="T2")
    pull(partner, full=True)
    again = QuarantinedObject.objects.get(object_id="T2")
    assert (first.count, again.count) == (2, 4)
    assert again.first_seen == first.first_seen <= again.last_seen
    assert QuarantinedObject.objects.count() == 4
    assert QuarantinedObject.objects.exclude(object_id="T2").aggregate(n=Max("count"))["n"] == 2


@pytest.mark.requirement("TRA-53")
def test_what_operators_see_is_redacted_and_the_rest_is_sealed(partner_server: PartnerServer, partner: Any) -> None:
    serve(partner_server, [factories.cdr(total_energy="much", cdr_token=factories.cdr_token(uid="04SECRETUID99"))])
    pull(partner, "cdrs")
    kept = QuarantinedObject.objects.get()
    assert "NL-EMS-C0001" not in kept.shown + kept.sealed + kept.reason
    assert "04SECRETUID99" not in kept.shown + kept.sealed + kept.reason
    assert '"total_energy":"much"' in kept.shown


@pytest.mark.requirement("TRA-41")
def test_a_later_valid_version_closes_the_row(partner_server: PartnerServer, partner: Any) -> None:
    serve(partner_server, [BAD])
    pull(partner)
    serve(partner_server, [factories.tariff(id="t2")])
    pull(partner)
    kept = QuarantinedObject.objects.get()
    assert (kept.closed_by, kept.sealed, kept.shown) == ("CAME", "", "")
    serve(partner_server, [BAD])
    pull(partner)
    kept.refresh_from_db()
    assert (kept.closed_at, kept.closed_by, kept.count) == (None, "", 2)
    assert kept.sealed


@pytest.mark.requirement("TRA-41", "LOC-50")
@pytest.mark.parametrize(
    ("module", "valid"),
    [("tariffs", factories.tariff()), ("locations", factories.location()), ("sessions", factories.session())],
)
def test_a_valid_push_closes_the_row_as_well(
    partner_server: PartnerServer, partner: Any, cpo: Caller, module: str, valid: dict[str, Any]
) -> None:
    serve(partner_server, [valid | {"last_updated": "yesterday"}])
    pull(partner, module)
    look_around()
    assert QuarantinedObject.objects.get().closed_at is None
    assert cpo.put(module, "NL", "CPO", valid["id"], body=valid).status[1] == 1000
    look_around()
    assert QuarantinedObject.objects.get().closed_by == "CAME"


def test_a_push_of_another_partner_closes_nothing(partner_server: PartnerServer, partner: Any, cp2: Caller) -> None:
    serve(partner_server, [BAD])
    pull(partner)
    theirs = factories.tariff(id="T2", country_code="DE", party_id="CP2")
    assert cp2.put("tariffs", "DE", "CP2", "T2", body=theirs).status[1] == 1000
    look_around()
    assert QuarantinedObject.objects.get().closed_at is None


@pytest.mark.requirement("FLD-08")
def test_a_replay_reads_with_what_we_overlook_now(partner_server: PartnerServer, partner: Any) -> None:
    serve(partner_server, [factories.cdr(total_energy="10", total_time="1")])
    pull(partner, "cdrs")
    kept = QuarantinedObject.objects.select_related("partner").get()
    assert not quarantine.replay(row=kept)
    assert (kept.closed_at, kept.field) == (None, "total_energy")
    assert not CDR.objects.exists()

    partner.string_numbers = True
    partner.save()
    assert quarantine.replay(row=QuarantinedObject.objects.select_related("partner").get())
    assert CDR.objects.get().total_energy == 10
    kept.refresh_from_db()
    assert (kept.closed_by, kept.sealed) == ("REPLAYED", "")


def test_a_replay_that_fails_for_another_reason_says_the_new_one(partner_server: PartnerServer, partner: Any) -> None:
    serve(partner_server, [factories.cdr(total_energy="10", currency="EURO")])
    pull(partner, "cdrs")
    type(partner).objects.update(string_numbers=True)
    kept = QuarantinedObject.objects.select_related("partner").get()
    assert "total_energy" in kept.reason
    assert not quarantine.replay(row=kept)
    kept.refresh_from_db()
    assert (kept.field, "total_energy" in kept.reason) == ("currency", False)


def test_what_cannot_be_unsealed_says_so(partner_server: PartnerServer, partner: Any, settings: Any) -> None:
    serve(partner_server, [BAD])
    pull(partner)
    settings.SECRET_KEY = "another-key-than-the-one-that-sealed-it"
    with pytest.raises(OcpiError, match="not here any more"):
        quarantine.replay(row=QuarantinedObject.objects.get())


@pytest.mark.requirement("TRA-53")
def test_what_no_list_brings_any_more_is_forgotten_with_the_journal(
    partner_server: PartnerServer, partner: Any, settings: Any, later: Callable[..., Any]
) -> None:
    settings.JOURNAL_RETENTION_DAYS = 30
    serve(partner_server, [BAD])
    pull(partner)
    later(days=29)
    look_around()
    assert QuarantinedObject.objects.exists()
    later(days=2)
    look_around()
    assert not QuarantinedObject.objects.exists()


@pytest.mark.requirement("HUB-17", "CDR-18")
def test_what_belongs_to_somebody_else_is_named_and_not_kept(partner_server: PartnerServer, partner: Any) -> None:
    """Another eMSP's driver is none of our business, and neither are another CPO's tariffs."""
    foreign = factories.cdr(id="D2", cdr_token=factories.cdr_token(country_code="FR", party_id="XYZ"))
    serve(partner_server, [foreign, factories.cdr(country_code="FR", party_id="XXX")])
    row = pull(partner, "cdrs")
    assert (row.skipped, QuarantinedObject.objects.count()) == (2, 0)
    assert [name for name in ("FR-XXX", "FR-XYZ") if name in " ".join(row.problems)] == ["FR-XXX", "FR-XYZ"]


@pytest.mark.requirement("CDR-06")
def test_another_bill_under_the_same_id_is_kept_beside_the_first(partner_server: PartnerServer, partner: Any) -> None:
    serve(partner_server, [factories.cdr()], [factories.cdr(total_cost={"excl_vat": 99})])
    pull(partner, "cdrs")
    assert CDR.objects.get().total_cost == pytest.approx(3.5)
    assert "other content" in QuarantinedObject.objects.get().reason


@pytest.mark.requirement("TRA-41")
def test_what_the_database_cannot_hold_does_not_stop_the_list_for_ever(
    partner_server: PartnerServer, partner: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = modules.tariffs.put

    def put(*, tariff: Any, **where: Any) -> Any:
        if tariff.id == "T2":
            raise DataError("numeric field overflow")
        return real(tariff=tariff, **where)

    monkeypatch.setattr(modules.tariffs, "put", put)
    serve(partner_server, tariffs("T1", "T2", "T3"))
    assert (pull(partner).skipped, Tariff.objects.count()) == (1, 2)
    assert "our database" in QuarantinedObject.objects.get().reason


def test_a_feed_that_is_wrong_throughout_is_not_copied_whole(
    partner_server: PartnerServer, partner: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quarantine, "MOST_OPEN", 5)
    pages = [[BAD | {"id": f"T{n}"} for n in range(start, start + 4)] for start in (0, 4, 8)]
    serve(partner_server, *pages)
    assert pull(partner).skipped == 12
    assert QuarantinedObject.objects.count() == 5


def test_what_is_too_large_to_keep_is_named_all_the_same(
    partner_server: PartnerServer, partner: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quarantine, "_MOST_BYTES", 100)
    serve(partner_server, [BAD])
    pull(partner)
    kept = QuarantinedObject.objects.get()
    assert (kept.object_id, kept.sealed, kept.field) == ("T2", "", "currency")


def test_a_page_with_a_hundred_bad_objects_costs_a_handful_of_queries(
    partner_server: PartnerServer, partner: Any, django_assert_max_num_queries: Any
) -> None:
    page = [BAD | {"id": f"T{n}"} for n in range(100)]
    decoded = taking.decode(partner, "tariffs", page)
    for _ in range(2):  # when they come first, and when they come again
        with django_assert_max_num_queries(6):
            taken = taking.store(partner, "tariffs", decoded, believable=1)
            quarantine.keep(partner=partner, module="tariffs", bad=taken.bad)
            quarantine.release(partner=partner, module="tariffs", good=taken.good)
    assert QuarantinedObject.objects.filter(count=2).count() == 100


@pytest.mark.parametrize("module", ["tariffs", "locations", "sessions", "cdrs"])
@pytest.mark.long
def test_a_page_of_what_we_have_costs_the_same_however_long(
    partner_server: PartnerServer, partner: Any, module: str, django_assert_max_num_queries: Any
) -> None:
    make: Callable[..., Any] = getattr(factories, module[:-1])
    more = {"charging_periods": [factories.period()]} if module == "sessions" else {}
    serve(partner_server, [make(id=f"X{n}", **more) for n in range(60)])
    assert pull(partner, module).changed == 60
    with django_assert_max_num_queries(24):
        row = pull(partner, module, full=True)
    assert (row.received, row.changed, row.skipped) == (60, 0, 0)
    assert modules.MODULES[module].table.objects.count() == 60
