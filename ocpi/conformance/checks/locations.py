"""Locations as an eMSP receives them: a test location that is not published (chapter 8.2.2)."""

from typing import Any

from ocpi.conformance import samples
from ocpi.conformance.kit import Kit
from ocpi.conformance.registry import Findings, Level, Severity, Stage, Target, check

from .expecting import same, status, success

EMSP, OBJECTS = Target.EMSP, Level.OBJECTS


def place(kit: Kit, *ids: str) -> tuple[str, ...]:
    return kit.party.country_code, kit.party.party_id, *ids


def held(kit: Kit, suffix: str = "", **changes: Any) -> dict[str, Any]:
    """A test location that was just PUT."""
    location = samples.location(kit.party, kit.run_id + suffix, **changes)
    kit.put("locations", *place(kit, location["id"]), body=location)
    return location


@check("LOC-01 LOC-16 TYP-21", tests=EMSP, module="locations", level=OBJECTS)
def put_location(kit: Kit) -> Findings:
    """PUT creates a location with its EVSEs; GET gives it back as it was sent, on each of the three levels."""
    location = samples.location(kit.party, kit.run_id)
    ids = [location["id"], location["evses"][0]["uid"], "1"]
    yield from success(kit.put("locations", *place(kit, ids[0]), body=location), "PUT of a new location")
    for depth, part in enumerate((location, location["evses"][0], location["evses"][0]["connectors"][0]), start=1):
        answer = kit.get("locations", *place(kit, *ids[:depth]))
        yield from success(answer, f"GET on level {depth}")
        if answer.succeeded:
            yield from ((text, answer) for text in same(part, answer.one))


@check("TRA-26", tests=EMSP, module="locations", level=OBJECTS, severity=Severity.WARNING)
def location_created_or_updated(kit: Kit) -> Findings:
    """HTTP 201 for an object that is new, 200 for one that was there."""
    location = samples.location(kit.party, kit.run_id + "N")
    yield from status(kit.put("locations", *place(kit, location["id"]), body=location), 201, "PUT of a new location")
    yield from status(kit.put("locations", *place(kit, location["id"]), body=location), 200, "PUT of a known location")


@check("TRA-16", tests=EMSP, module="locations", level=OBJECTS, severity=Severity.NOTE)
def no_data_after_a_push(kit: Kit) -> Findings:
    """The answer to a push has no payload: `data` is left out."""
    location = samples.location(kit.party, kit.run_id + "N")
    answer = kit.put("locations", *place(kit, location["id"]), body=location)
    if answer.succeeded and answer.data not in (None, "", {}, []):
        yield "data holds something", answer


@check("TRA-35", tests=EMSP, module="locations", level=OBJECTS)
def put_replaces_location(kit: Kit) -> Findings:
    """PUT replaces the whole object: optional fields that are left out are gone."""
    location = held(kit, "R")
    less = {key: value for key, value in location.items() if key != "postal_code"}
    changed = less | {"city": "Delft", "last_updated": samples.moment(-30)}
    yield from success(kit.put("locations", *place(kit, location["id"]), body=changed), "PUT of a known location")
    answer = kit.get("locations", *place(kit, location["id"]))
    if answer.one.get("city") != "Delft":
        yield "the new state was not kept", answer
    elif answer.one.get("postal_code"):
        yield "an optional field that was left out is still there", answer


@check("LOC-08 TRA-36", tests=EMSP, module="locations", level=OBJECTS)
def patch_location(kit: Kit) -> Findings:
    """PATCH changes the fields that it carries and no others."""
    location = held(kit, "P")
    change = {"city": "Gouda", "last_updated": samples.moment(-30)}
    yield from success(kit.patch("locations", *place(kit, location["id"]), body=change), "PATCH of a location")
    answer = kit.get("locations", *place(kit, location["id"]))
    if answer.succeeded:
        wanted = {key: value for key, value in (location | change).items() if key != "evses"}
        yield from ((text, answer) for text in same(wanted, answer.one))
        if len(answer.one.get("evses") or []) != len(location["evses"]):
            yield "EVSEs are lost by a PATCH that does not name them", answer


@check("LOC-08", tests=EMSP, module="locations", level=OBJECTS)
def patch_evse(kit: Kit) -> Findings:
    """PATCH of an EVSE changes its status and leaves its siblings alone."""
    location = held(kit, "V")
    first, second = (evse["uid"] for evse in location["evses"])
    change = {"status": "BLOCKED", "last_updated": samples.moment(-30)}
    yield from success(kit.patch("locations", *place(kit, location["id"], first), body=change), "PATCH of an EVSE")
    answer = kit.get("locations", *place(kit, location["id"], first))
    if answer.one.get("status") != "BLOCKED":
        yield "the status did not change", answer
    elif not answer.one.get("connectors"):
        yield "the connectors are lost", answer
    sibling = kit.get("locations", *place(kit, location["id"], second))
    if sibling.one.get("status") != "OUTOFORDER":
        yield "the other EVSE changed too", sibling


@check("LOC-02 LOC-03", tests=EMSP, module="locations", level=OBJECTS)
def put_evse_and_connector(kit: Kit) -> Findings:
    """PUT adds or replaces one EVSE of a location, or one connector of an EVSE."""
    location = held(kit, "B")
    added = samples.evse(kit.run_id + "B", 3, last_updated=samples.moment(-30))
    plug = samples.connector(id="2", last_updated=samples.moment(-20))
    ids = (location["id"], added["uid"])
    yield from success(kit.put("locations", *place(kit, *ids), body=added), "PUT of an EVSE")
    yield from success(kit.put("locations", *place(kit, *ids, "2"), body=plug), "PUT of a connector")
    answer = kit.get("locations", *place(kit, location["id"]))
    evses = {str(evse.get("uid")).upper(): evse for evse in answer.one.get("evses") or [] if isinstance(evse, dict)}
    if len(evses) != 3:
        yield f"the location has {len(evses)} EVSEs, not 3", answer
    elif len(evses.get(added["uid"], {}).get("connectors") or []) != 2:
        yield "the new connector is not there", answer


@check("LOC-04 LOC-05", tests=EMSP, module="locations", level=OBJECTS)
def parents_follow(kit: Kit) -> Findings:
    """A push of a part sets last_updated of what it is part of."""
    location = held(kit, "M")
    change = {"status": "BLOCKED", "last_updated": samples.moment(-20)}
    kit.patch("locations", *place(kit, location["id"], location["evses"][0]["uid"]), body=change)
    answer = kit.get("locations", *place(kit, location["id"]))
    if answer.succeeded and same({"last_updated": change["last_updated"]}, answer.one):
        yield f"the location still says {answer.one.get('last_updated')}", answer


@check("LOC-52", tests=EMSP, module="locations", level=OBJECTS, severity=Severity.NOTE)
def older_location_does_not_win(kit: Kit) -> Findings:
    """A state that is older than the one held does not replace it: pushes may overtake each other."""
    location = held(kit, "O", last_updated=samples.moment(-30))
    older = location | {"city": "Older", "last_updated": samples.moment(-3000)}
    kit.put("locations", *place(kit, location["id"]), body=older)
    answer = kit.get("locations", *place(kit, location["id"]))
    if answer.succeeded and answer.one.get("city") == "Older":
        yield "the older state was taken", answer


@check("TYP-01 LOC-40", tests=EMSP, module="locations", level=OBJECTS)
def location_in_any_letter_case(kit: Kit) -> Findings:
    """Ids are compared without regard to case: an id in small letters names the same object."""
    location = held(kit, "C")
    answer = kit.get("locations", *place(kit, location["id"].lower()))
    yield from success(answer, "GET with the id in small letters")


@check("TRA-50", tests=EMSP, module="locations", level=OBJECTS, severity=Severity.NOTE)
def new_fields_are_accepted(kit: Kit) -> Findings:
    """Fields that the receiver does not know are no reason to refuse a location (2.3.0 demands it)."""
    location = samples.location(kit.party, kit.run_id + "U", nltest_extra={"a": 1})
    answer = kit.put("locations", *place(kit, location["id"]), body=location)
    yield from success(answer, "a location with an unknown field")


@check("LOC-39", tests=EMSP, module="locations", level=OBJECTS, severity=Severity.NOTE)
def new_capabilities_are_accepted(kit: Kit) -> Findings:
    """One new capability or plug is no reason to refuse a whole location: 2.3.0 opens these lists of values."""
    evse = samples.evse(kit.run_id + "U2", 1, capabilities=["RFID_READER", "KIT_TEST_CAPABILITY"])
    location = samples.location(kit.party, kit.run_id + "U2", evses=[evse])
    answer = kit.put("locations", *place(kit, location["id"]), body=location)
    yield from success(answer, "a location with an unknown capability")


@check("TRA-50", tests=EMSP, module="locations", level=OBJECTS, severity=Severity.NOTE)
def unknown_fields_survive(kit: Kit) -> Findings:
    """What a receiver does not know it can keep: GET gives back what was PUT."""
    location = held(kit, "K", nltest_extra="kept")
    answer = kit.get("locations", *place(kit, location["id"]))
    if answer.succeeded and answer.one.get("nltest_extra") != "kept":
        yield "the unknown field is gone", answer


@check("TYP-06 TYP-07", tests=EMSP, module="locations", level=OBJECTS)
def moments_of_locations(kit: Kit) -> Findings:
    """A DateTime may lack its Z, which means UTC all the same, and may have a fraction."""
    moment = samples.moment(-60).removesuffix("Z")
    for suffix, text in (("D1", moment), ("D2", f"{moment}.123Z")):
        location = samples.location(kit.party, kit.run_id + suffix, last_updated=text)
        yield from success(kit.put("locations", *place(kit, location["id"]), body=location), f"last_updated {text}")
        answer = kit.get("locations", *place(kit, location["id"]))
        if answer.succeeded and str(answer.one.get("last_updated"))[:19] != text[:19]:
            yield f"{text} came back as {answer.one.get('last_updated')}", answer


@check("TRA-48", tests=EMSP, module="locations", level=OBJECTS, severity=Severity.WARNING)
def location_with_special_characters(kit: Kit) -> Findings:
    """Ids in URLs are percent-encoded; an id may hold a space or a slash."""
    location = samples.location(kit.party, f"{kit.run_id} /1")
    yield from success(kit.put("locations", *place(kit, location["id"]), body=location), "an id with space and slash")
    answer = kit.get("locations", *place(kit, location["id"]))
    if not answer.succeeded or answer.one.get("id") != location["id"]:
        yield f"it could not be read again: {answer.outcome}", answer


@check("TYP-21", tests=EMSP, module="locations", level=OBJECTS, severity=Severity.NOTE)
def nulls_are_accepted(kit: Kit) -> Findings:
    """An optional field that is null is as good as one that is left out."""
    location = samples.location(kit.party, kit.run_id + "L", postal_code=None, related_locations=None, directions=[])
    yield from success(kit.put("locations", *place(kit, location["id"]), body=location), "optional fields as null")


@check("LOC-19", tests=EMSP, module="locations", level=OBJECTS, stage=Stage.UPDATE)
def remove_the_test_evses(kit: Kit) -> Findings:
    """An EVSE is removed by its status REMOVED; the kit does so with what it left."""
    for exchange in [each for each in kit.exchanges if each.method == "PUT" and each.module == "locations"]:
        evses = exchange.sent.get("evses") if isinstance(exchange.sent, dict) and exchange.succeeded else None
        for evse in evses or []:
            change = {"status": "REMOVED", "last_updated": samples.moment()}
            answer = kit.patch("locations", *place(kit, exchange.sent["id"], evse["uid"]), body=change)
            if not answer.succeeded and answer.http_status != 404:
                yield f"REMOVED was answered with {answer.outcome}", answer
