"""Whatever we accept, GET returns equal; PATCH equals PUT of the merged object (TYP-21, TRA-36)."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from ocpi.chargingprofiles.models import ActiveProfile
from ocpi.partners.models import PartnerRole
from ocpi.protocol import cdrs, chargingprofiles, hubclientinfo, locations, sessions, tariffs, tokens
from ocpi.protocol.merge import merge
from ocpi.protocol.types import OcpiModel
from tests import factories
from tests.callers import Answer, Caller
from tests.properties import examples
from tests.properties.wire import normal, objects

OURS = {"country_code": "NL", "party_id": "CPO"}
LATER = "2110-01-01T00:00:00Z"  # after every moment that is generated
STORED = [(201, 1000), (200, 1000)]
# Where an object is pushed to. Its own id stands last; what is around it is there already.
PUSHED: dict[str, tuple[type[OcpiModel], tuple[str, ...], str]] = {
    "location": (locations.Location, ("locations", "NL", "CPO"), "id"),
    "EVSE": (locations.EVSE, ("locations", "NL", "CPO", "L1"), "uid"),
    "connector": (locations.Connector, ("locations", "NL", "CPO", "L1", "E1"), "id"),
    "session": (sessions.Session, ("sessions", "NL", "CPO"), "id"),
    "tariff": (tariffs.Tariff, ("tariffs", "NL", "CPO"), "id"),
}
PATCHED = [name for name in PUSHED if name != "tariff"]  # there is no PATCH of tariffs (TAR-02)


@contextmanager
def fresh(cpo: Caller) -> Iterator[None]:
    with transaction.atomic():
        place = factories.location(last_updated="1960-01-01T00:00:00Z")
        place["evses"] = [factories.evse(last_updated="1960-01-01T00:00:00Z")]
        place["evses"][0]["connectors"][0]["last_updated"] = "1960-01-01T00:00:00Z"
        cpo.put("locations", "NL", "CPO", "L1", body=place)
        yield
        transaction.set_rollback(True)


def ours(body: dict[str, Any]) -> dict[str, Any]:
    """Of the calling party, and of a driver of ours."""
    token = {"cdr_token": body["cdr_token"] | {"country_code": "NL", "party_id": "EMS"}} if "cdr_token" in body else {}
    return body | {key: value for key, value in OURS.items() if key in body} | token


def pushed(name: str) -> st.SearchStrategy[dict[str, Any]]:
    return objects(PUSHED[name][0]).map(ours)


def url(name: str, body: dict[str, Any]) -> tuple[str, ...]:
    _, path, key = PUSHED[name]
    return (*path, body[key])


def put(cpo: Caller, name: str, body: dict[str, Any]) -> Answer:
    answer = cpo.put(*url(name, body), body=body)
    assert answer.status in STORED, answer.message
    return answer


@pytest.mark.requirement("TYP-21", "TYP-01", "TRA-48", "TRA-50", "LOC-01", "LOC-16", "SES-11", "TAR-06")
@pytest.mark.parametrize("name", PUSHED)
def test_what_was_put_is_what_get_returns(cpo: Caller, name: str) -> None:
    @examples(25, 300)
    @given(body=pushed(name))
    def holds(body: dict[str, Any]) -> None:
        with fresh(cpo):
            put(cpo, name, body)
            assert normal(cpo.get(*url(name, body)).data) == normal(body)

    holds()


@pytest.mark.requirement("TYP-21", "CDR-01", "CDR-02", "CDR-03", "CDR-07")
@examples(25, 300)
@given(body=objects(cdrs.CDR).map(ours))
def test_a_bill_that_was_posted_is_what_its_location_returns(cpo: Caller, body: dict[str, Any]) -> None:
    with fresh(cpo):
        first, again = cpo.post("cdrs", body=body), cpo.post("cdrs", body=body)
        assert (first.status, again.status) == ((201, 1000), (200, 1000)), first.message
        assert first["Location"] == again["Location"]
        assert normal(cpo.get(first["Location"].removeprefix("http://emsp.test")).data) == normal(body)


@pytest.mark.requirement("HCI-01", "TYP-21")
@examples(25, 300)
@given(body=objects(hubclientinfo.ClientInfo))
def test_what_a_hub_told_of_a_party_is_what_it_gets(cpo: Caller, body: dict[str, Any]) -> None:
    with transaction.atomic():
        PartnerRole.objects.create(partner=cpo.partner, role="HUB", country_code="NL", party_id="HUB", name="Hub")
        path = ("hubclientinfo", body["country_code"], body["party_id"])
        assert cpo.put(*path, body=body).status in STORED
        assert normal(cpo.get(*path).data) == normal(body)
        transaction.set_rollback(True)


@pytest.mark.requirement("CHP-11", "TYP-21")
@examples(25, 300)
@given(body=objects(chargingprofiles.ActiveChargingProfile))
def test_an_active_profile_is_kept_as_it_came(cpo: Caller, body: dict[str, Any]) -> None:
    with fresh(cpo):
        cpo.put("sessions", "NL", "CPO", "S1", body=factories.session())
        assert cpo.put("chargingprofiles", "S1", body=body).status == (200, 1000)
        assert normal(ActiveProfile.objects.get().payload) == normal(body)


OWN = ["uid", "type", "contract_id", "issuer", "visual_number", "group_id", "language", "default_profile_type",
       "energy_contract", "whitelist"]  # fmt: skip


@pytest.mark.requirement("TOK-01", "TYP-21")
@examples(25, 300)
@given(body=objects(tokens.Token))
def test_a_token_is_what_partners_get_of_it(cpo: Caller, body: dict[str, Any]) -> None:
    given_fields = {name: body[name] for name in OWN if body.get(name) not in (None, "")}
    wanted = {"uid": "U1", "contract_id": "C1", "issuer": "I", **given_fields}
    with transaction.atomic():
        factories.token(**wanted)
        query = f"type={wanted['type']}"
        shown = cpo.get("tokens", "NL", "EMS", wanted["uid"], query=query).data
        assert normal({name: shown.get(name) for name in OWN}) == normal({name: wanted.get(name) for name in OWN})
        assert cpo.get("tokens").data == [shown]
        transaction.set_rollback(True)


@pytest.mark.requirement("TRA-36", "LOC-08", "LOC-11", "SES-03", "SES-05")
@pytest.mark.parametrize("name", PATCHED)
def test_a_patch_equals_the_put_of_the_merged_object(cpo: Caller, name: str) -> None:
    model, _, key = PUSHED[name]

    @examples(25, 300)
    @given(data=st.data())
    def holds(data: st.DataObject) -> None:
        body, other = data.draw(pushed(name)), data.draw(pushed(name))
        names = data.draw(st.sets(st.sampled_from(sorted(set(other) - {key, *OURS}))))
        patch = {field: other[field] for field in names} | {"last_updated": LATER}
        found = []
        for whole in (False, True):
            with fresh(cpo):
                put(cpo, name, body)
                if whole:
                    put(cpo, name, merge(model.from_wire(body).to_wire(), patch))
                else:
                    answer = cpo.patch(*url(name, body), body=patch)
                    assert answer.status == (200, 1000), answer.message
                found.append(normal(cpo.get(*url(name, body)).data))
        assert found[0] == found[1]

    holds()
