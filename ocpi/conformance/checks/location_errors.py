"""Locations as an eMSP must refuse them (chapters 4.1.7, 5 and 8.2.2)."""

from typing import Any

from ocpi.conformance import samples
from ocpi.conformance.kit import Kit
from ocpi.conformance.registry import Findings, Level, Severity, Target, check

from .expecting import NOT_JSON, missing, refusal, status
from .locations import held, place

EMSP, OBJECTS = Target.EMSP, Level.OBJECTS
NOBODY = "KIT-NO-SUCH-ID"


@check("TRA-27 LOC-17", tests=EMSP, module="locations", severity=Severity.WARNING)
def no_such_location(kit: Kit) -> Findings:
    """What does not exist is answered with HTTP 404; 2003 is the status code for places."""
    yield from missing(kit.get("locations", *place(kit, NOBODY)), "an unknown location", (2003,))


@check("TRA-22", tests=EMSP, module="locations", level=OBJECTS)
def location_that_is_no_json(kit: Kit) -> Findings:
    """A body that is no JSON is answered with HTTP 400."""
    yield from status(kit.put("locations", *place(kit, NOBODY), raw=b'{"id": '), NOT_JSON[0], "half a JSON")


@check("LOC-15 TRA-23", tests=EMSP, module="locations", level=OBJECTS)
def incomplete_location(kit: Kit) -> Findings:
    """An update of a location without a required field: HTTP 200 and 2xxx, and nothing of it is kept."""
    location = held(kit, "I")
    for field in ("coordinates", "time_zone", "last_updated", "publish"):
        less = {key: value for key, value in (location | {"city": "Nowhere"}).items() if key != field}
        yield from refusal(kit.put("locations", *place(kit, location["id"]), body=less), f"a location without {field}")
    answer = kit.get("locations", *place(kit, location["id"]))
    if answer.one.get("city") == "Nowhere":
        yield "something of a location that was refused was kept", answer


@check("TRA-24", tests=EMSP, module="locations", level=OBJECTS, severity=Severity.NOTE)
def incomplete_new_location(kit: Kit) -> Findings:
    """A new location without a required field is refused in the same way, and is not kept."""
    location = samples.location(kit.party, kit.run_id + "I2")
    del location["coordinates"]
    answer = kit.put("locations", *place(kit, location["id"]), body=location)
    yield from refusal(answer, "a new location without coordinates")
    answer = kit.get("locations", *place(kit, location["id"]))
    if answer.succeeded:
        yield "a location that was refused is there all the same", answer


@check("TRA-25 TRA-23", tests=EMSP, module="locations", level=OBJECTS, severity=Severity.WARNING)
def location_of_another_type(kit: Kit) -> Findings:
    """JSON of another type than an object is answered with HTTP 200 and 2xxx."""
    location = held(kit, "J")
    for body in ([], "location", 1):
        answer = kit.put("locations", *place(kit, location["id"]), body=body)
        yield from refusal(answer, f"a body that is {type(body).__name__}")


@check("TYP-14 TYP-03 LOC-33", tests=EMSP, module="locations", level=OBJECTS, severity=Severity.WARNING)
def wrong_values_in_locations(kit: Kit) -> Findings:
    """Values outside their enum, type or length are answered with HTTP 200 and 2xxx."""
    wrong: list[dict[str, Any]] = [
        {"publish": "yes"}, {"country": "Netherlands"}, {"city": "x" * 200}, {"last_updated": "now"},
        {"coordinates": {"latitude": "north", "longitude": "5.11000"}},
        {"evses": [samples.evse(kit.run_id, status="SLEEPING")]},
    ]  # fmt: skip
    location = held(kit, "W")
    for change in wrong:
        answer = kit.put("locations", *place(kit, location["id"]), body=location | change)
        yield from refusal(answer, f"such a {next(iter(change))}")


@check("TRA-40", tests=EMSP, module="locations", level=OBJECTS, severity=Severity.WARNING)
def ids_of_url_and_body_differ(kit: Kit) -> Findings:
    """The ids in URL and body are those of one object, else the answer is 2xxx."""
    location = samples.location(kit.party, kit.run_id + "X")
    yield from refusal(kit.put("locations", *place(kit, location["id"] + "Y"), body=location), "another id in the URL")
    other = location | {"party_id": "ZZZ"}
    yield from refusal(kit.put("locations", *place(kit, location["id"]), body=other), "another party in the body")


@check("TRA-39", tests=EMSP, module="locations", level=OBJECTS)
def location_of_a_foreign_party(kit: Kit) -> Findings:
    """Nobody sends objects of a party that is not his: HTTP 404, and nothing is kept."""
    location = samples.location(kit.party, kit.run_id + "F", country_code="XX", party_id="ZZZ")
    answer = kit.put("locations", "XX", "ZZZ", location["id"], body=location)
    yield from missing(answer, "PUT for a foreign party")


@check("LOC-09", tests=EMSP, module="locations", level=OBJECTS)
def patch_without_a_date(kit: Kit) -> Findings:
    """Every PATCH carries last_updated; without it the answer is 2xxx."""
    location = held(kit, "L")
    answer = kit.patch("locations", *place(kit, location["id"]), body={"city": "Nowhere"})
    yield from refusal(answer, "a PATCH without last_updated")


@check("LOC-12 LOC-13", tests=EMSP, module="locations", level=OBJECTS, severity=Severity.NOTE)
def parts_of_nothing(kit: Kit) -> Findings:
    """PATCH of an unknown object and PUT of a part of one create nothing: HTTP 404, so that the whole is sent."""
    change = {"city": "Nowhere", "last_updated": samples.moment()}
    yield from missing(kit.patch("locations", *place(kit, NOBODY), body=change), "PATCH of an unknown location")
    evse = samples.evse(kit.run_id, 9)
    answer = kit.put("locations", *place(kit, NOBODY, evse["uid"]), body=evse)
    yield from missing(answer, "PUT of an EVSE of an unknown location")


@check("LOC-18 TRA-28 TRA-38", tests=EMSP, module="locations", level=OBJECTS, severity=Severity.NOTE)
def no_post_or_delete_of_locations(kit: Kit) -> Findings:
    """There is no POST and no DELETE for locations."""
    location = held(kit, "E")
    for answer in (kit.post("locations", body=location), kit.delete("locations", *place(kit, location["id"]))):
        if answer.succeeded:
            yield f"{answer.method} was answered with {answer.outcome}", answer
