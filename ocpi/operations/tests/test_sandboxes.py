"""A learner's sandbox: a registered partner that nobody else meets."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

from ocpi.commands import services as commands
from ocpi.commands.models import Command
from ocpi.core import clock
from ocpi.journal.models import Exchange
from ocpi.partners.sandboxes import mine_or_real
from ocpi.protocol.commands import CommandType
from ocpi.protocol.errors import UnknownLocation, UnknownToken
from ocpi.sessions.models import Session
from ocpi.sync import services as sync
from ocpi.tokens.models import Token, TokenPush
from tests import factories
from tests.callers import Caller

PARTY = ("NL", "0AB")


@pytest.fixture
def sandbox(db: None) -> Caller:
    """A registered sandbox with a location, a tariff, a session and a bill."""
    partner = factories.partner(
        name="Learner 1", party=PARTY, token="token-of-learner", base_url="http://world.test/ocpi", sandbox=True
    )
    found = Caller(token="token-of-learner", partner=partner, party=PARTY)
    fill(found)
    return found


def fill(caller: Caller) -> None:
    owner = {"country_code": caller.party[0], "party_id": caller.party[1]}
    for module, made in (("tariffs", factories.tariff(**owner)), ("locations", factories.location(**owner)),
                         ("sessions", factories.session(**owner))):  # fmt: skip
        assert caller.put(module, *caller.party, made["id"], body=made).status == (201, 1000)
    bill = factories.cdr(**owner, tariffs=[factories.tariff(**owner)])
    assert caller.post("cdrs", body=bill).status == (201, 1000)


@pytest.mark.parametrize("module", ["locations", "tariffs", "sessions", "cdrs"])
def test_apps_do_not_see_what_is_its(sandbox: Caller, app: Caller, cpo: Caller, module: str) -> None:
    assert app.get(module).data == []
    fill(cpo)
    [only] = app.get(module).data
    assert (only["country_code"], only["party_id"]) == cpo.party
    assert len(sandbox.get("sessions", *PARTY, "S1").data) > 5


def test_apps_do_not_reach_it_by_name_either(sandbox: Caller, app: Caller) -> None:
    assert app.get("locations", *PARTY, "L1").status[0] == 404
    assert app.get("sessions", *PARTY, "S1").status[0] == 404
    assert app.put("sessions", *PARTY, "S1", "charging_preferences", body={"profile_type": "GREEN"}).status[0] == 404


class TestTokens:
    """Of drivers it sees its own only, and these nobody else."""

    @pytest.fixture
    def its_token(self, sandbox: Caller, cpo: Caller) -> Token:
        return factories.token(uid="LEARN1", sandbox=sandbox.partner)

    def test_lists(self, its_token: Token, sandbox: Caller, cpo: Caller, app: Caller) -> None:
        factories.token(uid="REAL1")
        assert [token["uid"] for token in sandbox.get("tokens").data] == ["LEARN1"]
        for other in (cpo, app):
            assert [token["uid"] for token in other.get("tokens").data] == ["REAL1"]
        assert sandbox.get("tokens", "NL", "EMS", "REAL1").status == (404, 2004)

    def test_authorization(self, its_token: Token, sandbox: Caller, cpo: Caller) -> None:
        factories.token(uid="REAL1")
        assert sandbox.post("tokens", "LEARN1", "authorize").data["allowed"] == "ALLOWED"
        assert cpo.post("tokens", "LEARN1", "authorize").status == (404, 2004)
        assert sandbox.post("tokens", "REAL1", "authorize").status == (404, 2004)

    def test_pushes(self, its_token: Token, sandbox: Caller, cpo: Caller) -> None:
        factories.token(uid="REAL1")
        pushes = set(TokenPush.objects.values_list("token__uid", "partner"))
        assert pushes == {("LEARN1", sandbox.partner.pk), ("REAL1", cpo.partner.pk)}

    def test_charges_name_the_token_that_belongs_there(self, its_token: Token, sandbox: Caller, cpo: Caller) -> None:
        token = factories.cdr_token(uid="LEARN1")
        mine = factories.session(country_code="NL", party_id="0AB", id="S2", cdr_token=token)
        theirs = factories.session(id="S2", cdr_token=token)
        sandbox.put("sessions", *PARTY, "S2", body=mine)
        cpo.put("sessions", *cpo.party, "S2", body=theirs)
        named = {row.partner_id: row.token_row for row in Session.objects.filter(session_id="S2")}
        assert named == {sandbox.partner.pk: its_token, cpo.partner.pk: None}


class TestCommands:
    """An app cannot mean it, and who acts in it can mean nothing else."""

    def test_it_is_not_meant_by_others(self, sandbox: Caller) -> None:
        factories.token(uid="REAL1")
        body = {"location_id": "L1", "evse_uid": "E1", "token": {"uid": "REAL1"}}
        with pytest.raises(UnknownLocation):
            commands.request(type=CommandType.START_SESSION, body=body)

    def test_one_within_it_stays_there(self, sandbox: Caller, cpo: Caller) -> None:
        fill(cpo)
        factories.token(uid="LEARN1", sandbox=sandbox.partner)
        body = {"location_id": "L1", "evse_uid": "E1", "token": {"uid": "LEARN1"}}
        row = commands.request(type=CommandType.START_SESSION, body=body, sandbox=sandbox.partner)
        assert Command.objects.get().partner == row.partner == sandbox.partner
        with pytest.raises(UnknownToken):
            commands.request(type=CommandType.START_SESSION, body=body)

    def test_a_drivers_token_is_of_no_use_within_it(self, sandbox: Caller) -> None:
        factories.token(uid="REAL1")
        body = {"location_id": "L1", "evse_uid": "E1", "token": {"uid": "REAL1"}}
        with pytest.raises(UnknownToken):
            commands.request(type=CommandType.START_SESSION, body=body, sandbox=sandbox.partner)


def test_nothing_is_pulled_from_it_by_the_clock(sandbox: Caller, cpo: Caller) -> None:
    assert {partner for partner, _ in sync.due()} == {cpo.partner.pk}


def test_a_message_of_nobody_is_real(sandbox: Caller) -> None:
    """Of callers whose token is not known, for instance."""
    nobody = {"module": "versions", "method": "GET", "url": "/", "duration_ms": 1, "started_at": clock.now()}
    Exchange.objects.create(**nobody, direction="IN")
    Exchange.objects.create(**nobody, direction="IN", partner=sandbox.partner)
    assert Exchange.objects.exclude(partner__sandbox=True).get().partner is None
    assert Exchange.objects.filter(mine_or_real(sandbox.partner)).get().partner == sandbox.partner


@pytest.mark.parametrize("page", ["ocpi_partners/partner", "ocpi_locations/location", "ocpi_locations/evse",
                                  "ocpi_locations/connector", "ocpi_tariffs/tariff", "ocpi_sessions/session",
                                  "ocpi_cdrs/cdr", "ocpi_tokens/token", "ocpi_tokens/tokenpush"])  # fmt: skip
def test_operators_do_not_see_it_unless_they_ask_for_it(sandbox: Caller, page: str) -> None:
    factories.token(uid="LEARN1", sandbox=sandbox.partner)
    browser = Client()
    browser.force_login(User.objects.create_superuser("op"))
    usual = browser.get(f"/admin/{page}/")
    asked = browser.get(f"/admin/{page}/?sandbox={sandbox.partner.pk}")
    assert usual.context["cl"].result_count == 0
    assert asked.context["cl"].result_count > 0


def test_the_first_page_does_not_count_it(sandbox: Caller) -> None:
    browser = Client()
    browser.force_login(User.objects.create_superuser("op"))
    figures = {figure.title: figure.value for figure in browser.get("/admin/").context["figures"]}
    assert (figures["Partners"], figures["Stations"], figures["Charging now"]) == ("0", "0", "0")
