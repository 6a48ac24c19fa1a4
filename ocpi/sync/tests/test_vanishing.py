"""What a complete list lacks is gone, unless that is hard to believe; then somebody must look first (PAG-26)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from ocpi.core import clock
from ocpi.locations.models import EVSE, Location
from ocpi.sync import quarantine, services
from ocpi.sync.models import Agreement, Pull, QuarantinedObject
from ocpi.tariffs.models import Tariff
from tests import factories
from tests.callers import Caller
from tests.partner_server import PartnerServer

from .conftest import serve, tariffs

MANY = [f"T{n}" for n in range(30)]


def pull(partner: Any, module: str = "tariffs", **how: Any) -> Pull:
    return services.pull(partner=partner, module=module, **how)


def shown(app: Caller, module: str = "tariffs") -> list[str]:
    return [item["id"] for item in app.get(module, query="limit=100").data]


def site(n: int, *evses: str, **changes: Any) -> dict[str, Any]:
    listed = [factories.evse(uid=f"{n}-{uid}") for uid in evses]
    return factories.location(id=f"L{n}", evses=listed, **changes)


def visible() -> int:
    return EVSE.objects.filter(hidden_at=None).count()


# --- locations and tariffs --------------------------------------------------------------------------------------------
@pytest.mark.requirement("PAG-26", "LOC-48")
def test_everything_is_asked_for_once_a_day(
    partner_server: PartnerServer, partner: Any, app: Caller, later: Callable[..., Any]
) -> None:
    serve(partner_server, tariffs("T1", "T2"))
    pull(partner)
    serve(partner_server, tariffs("T1"))
    later(hours=23)
    pull(partner)
    assert "date_from" in partner_server.calls()[-1].path
    assert shown(app) == ["T1", "T2"]
    later(hours=2)
    pull(partner)
    assert partner_server.calls()[-1].path == "/ocpi/tariffs"
    assert shown(app) == ["T1"]


@pytest.mark.requirement("PAG-26")
@pytest.mark.parametrize("module", ["sessions", "cdrs"])
def test_where_nothing_can_vanish_everything_is_asked_for_only_once(
    partner_server: PartnerServer, partner: Any, later: Callable[..., Any], module: str
) -> None:
    serve(partner_server, [getattr(factories, module[:-1])()])
    pull(partner, module)
    later(days=30)
    pull(partner, module)
    assert "date_from=2026-03" in partner_server.calls()[-1].path


@pytest.mark.requirement("PAG-26")
def test_an_emptied_feed_takes_nothing_away_until_an_operator_believes_it(
    partner_server: PartnerServer, partner: Any, app: Caller
) -> None:
    serve(partner_server, tariffs(*MANY))
    pull(partner)
    serve(partner_server, [])
    row = pull(partner, full=True)
    assert (len(shown(app)), row.withheld) == (30, 30)
    assert row.problems == ["30 tariffs were not in the list; not believed, they stay"]

    row = pull(partner, full=True)  # not by itself, however often the list says so
    assert (len(shown(app)), row.withheld) == (30, 30)

    services.believe(row=row)
    assert (partner.pk, "tariffs") in services.due()
    row = pull(partner)
    assert (shown(app), row.withheld, row.believe, row.problems) == ([], 0, False, [])

    serve(partner_server, tariffs(*MANY))
    pull(partner, full=True)
    serve(partner_server, [])
    assert pull(partner, full=True).withheld == 30  # believed once is not believed for ever


@pytest.mark.requirement("PAG-26")
@pytest.mark.parametrize(
    ("setting", "agreed", "left", "stays"),
    [
        (50, None, 16, False), (50, None, 14, True), (20, None, 19, True), (20, None, 25, False),
        (20, 80, 10, False), (80, 20, 10, True), (0, None, 19, True), (0, None, 20, False), (100, None, 1, False),
    ],
)  # fmt: skip
def test_how_much_may_vanish_at_once_is_a_setting_that_a_partner_may_have_otherwise(
    partner_server: PartnerServer, partner: Any, settings: Any, setting: int, agreed: int | None, left: int, stays: bool
) -> None:
    """Ten may always go: a small partner closes a small site."""
    settings.OCPI_VANISH_PERCENT = setting
    if agreed is not None:
        Agreement.objects.create(partner=partner, vanish_percent=agreed)
    serve(partner_server, tariffs(*MANY))
    pull(partner)
    serve(partner_server, tariffs(*MANY[:left]))
    row = pull(partner, full=True)
    assert Tariff.objects.count() == (30 if stays else left)
    assert row.withheld == (30 - left if stays else 0)


@pytest.mark.requirement("PAG-26")
def test_objects_that_come_back_release_the_brake(partner_server: PartnerServer, partner: Any) -> None:
    serve(partner_server, tariffs(*MANY))
    pull(partner)
    serve(partner_server, [])
    pull(partner, full=True)
    serve(partner_server, tariffs(*MANY))
    assert pull(partner, full=True).withheld == 0


@pytest.mark.requirement("PAG-26", "LOC-22")
def test_a_vanished_location_is_a_tombstone_to_which_sessions_still_lead(
    partner_server: PartnerServer, partner: Any, cpo: Caller, app: Caller
) -> None:
    serve(partner_server, [site(1, "A"), site(2, "A")])
    pull(partner, "locations")
    cpo.put("sessions", "NL", "CPO", "S1", body=factories.session(location_id="L2", evse_uid="2-A"))
    serve(partner_server, [site(1, "A")])
    pull(partner, "locations", full=True)
    assert shown(app, "locations") == ["L1"]
    gone = Location.objects.get(location_id="L2")
    assert gone.gone_at is not None
    assert [session.wire_id for session in gone.sessions.all()] == ["S1"]
    serve(partner_server, [site(1, "A"), site(2, "A")])
    pull(partner, "locations", full=True)
    assert shown(app, "locations") == ["L1", "L2"]


# --- EVSEs ------------------------------------------------------------------------------------------------------------
@pytest.mark.requirement("LOC-22", "PAG-26")
def test_an_evse_that_is_silently_gone_is_a_tombstone(
    partner_server: PartnerServer, partner: Any, cpo: Caller, app: Caller
) -> None:
    """The location's last_updated did not move, so that only a pull of everything can show it."""
    serve(partner_server, [site(1, "A", "B")])
    pull(partner, "locations")
    cpo.put("sessions", "NL", "CPO", "S1", body=factories.session(location_id="L1", evse_uid="1-B"))
    serve(partner_server, [site(1, "A")])
    pull(partner, "locations", full=True)
    assert [evse["uid"] for evse in app.get("locations", "NL", "CPO", "L1").data["evses"]] == ["1-A"]
    gone = EVSE.objects.get(uid="1-B")
    assert gone.hidden_at is not None
    assert gone.location.sessions.get().evse_uid == "1-B"


@pytest.mark.requirement("PAG-26", "LOC-50")
def test_an_older_list_hides_no_evse_that_was_pushed_since(
    partner_server: PartnerServer, partner: Any, cpo: Caller
) -> None:
    serve(partner_server, [site(1, "A")])
    pull(partner, "locations")
    new = factories.evse(uid="1-NEW", last_updated="2026-03-05T00:00:00Z")
    assert cpo.put("locations", "NL", "CPO", "L1", "1-NEW", body=new).status[1] == 1000
    pull(partner, "locations", full=True)
    assert visible() == 2


@pytest.mark.requirement("PAG-26")
def test_a_list_that_lost_all_evses_hides_none_until_an_operator_believes_it(
    partner_server: PartnerServer, partner: Any
) -> None:
    serve(partner_server, [site(n, "A", "B", "C") for n in range(5)])
    pull(partner, "locations")
    serve(partner_server, [site(n, name="Renamed") for n in range(4)] + [site(4, "A", "B", "C", name="Renamed")])
    row = pull(partner, "locations", full=True)
    assert (visible(), row.withheld, row.skipped) == (15, 12, 4)
    assert Location.objects.filter(name="Renamed", gone_at=None).count() == 1
    assert {kept.field for kept in QuarantinedObject.objects.all()} == {"evses"}

    one = QuarantinedObject.objects.select_related("partner").get(object_id="L0")
    assert quarantine.replay(row=one)  # one that an operator has looked at
    assert visible() == 12
    services.believe(row=row)
    row = pull(partner, "locations")
    assert (visible(), row.withheld) == (3, 0)
    assert not QuarantinedObject.objects.filter(closed_at=None).exists()


@pytest.mark.requirement("LOC-19", "PAG-26")
def test_evses_that_were_removed_before_count_for_nothing(partner_server: PartnerServer, partner: Any) -> None:
    removed = [factories.evse(uid=f"1-R{n}", status="REMOVED") for n in range(15)]
    serve(partner_server, [factories.location(id="L1", evses=[factories.evse(uid="1-A"), *removed])])
    pull(partner, "locations")
    serve(partner_server, [site(1, "A")])
    assert pull(partner, "locations", full=True).withheld == 0
    assert visible() == 1


# --- an agreement -----------------------------------------------------------------------------------------------------
def test_without_an_agreement_the_setting_counts(partner: Any, settings: Any) -> None:
    settings.OCPI_VANISH_PERCENT = 30
    assert float(Agreement.believable_loss(partner)) == pytest.approx(0.3)
    agreed = Agreement.objects.create(partner=partner)
    assert float(Agreement.believable_loss(partner)) == pytest.approx(0.3)
    agreed.vanish_percent = 0
    agreed.save()
    assert float(Agreement.believable_loss(partner)) == 0


def test_what_was_held_back_stays_in_sight_over_pulls_of_what_changed(
    partner_server: PartnerServer, partner: Any
) -> None:
    serve(partner_server, tariffs(*MANY))
    pull(partner)
    serve(partner_server, [])
    pull(partner, full=True)
    assert pull(partner).withheld == 30
    assert Pull.objects.get().full_at > clock.now() - timedelta(minutes=1)
