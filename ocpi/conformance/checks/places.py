"""One location, EVSE, connector of a Sender, and what happens when there is none (chapter 8.2.1)."""

from typing import Any

from ocpi.conformance.kit import Kit
from ocpi.conformance.registry import Findings, Severity, Skip, Target, check

from .expecting import missing, same, success

NOBODY = "KIT-NO-SUCH-ID"


def _first(kit: Kit) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """A location with an EVSE with a connector. Raises Skip when there is none."""
    for location in kit.objects("locations"):
        for evse in location.get("evses") or []:
            if isinstance(evse, dict) and evse.get("connectors") and location.get("id") and evse.get("uid"):
                return location, evse, evse["connectors"][0]
    raise Skip("no location has an EVSE with a connector")


@check("LOC-53 LOC-16", tests=Target.CPO, module="locations")
def one_place(kit: Kit) -> Findings:
    """A location, EVSE or connector can be read by its ids; it is the same object that the list holds."""
    location, evse, connector = _first(kit)
    ids = [str(location["id"]), str(evse["uid"]), str(connector.get("id"))]
    for depth, part in enumerate((location, evse, connector), start=1):
        answer = kit.get("locations", *ids[:depth])
        yield from success(answer, f"GET of {('the location', 'the EVSE', 'the connector')[depth - 1]}")
        names = {key: value for key, value in part.items() if key in ("id", "uid", "evse_id", "country", "standard")}
        if answer.succeeded and (differing := same(names, answer.one)):
            yield differing[0], answer


@check("TYP-01", tests=Target.CPO, module="locations")
def ids_in_any_letter_case(kit: Kit) -> Findings:
    """Ids are compared without regard to case: an id in small letters names the same object."""
    location, *_ = _first(kit)
    name = str(location["id"])
    changed = name.swapcase()
    if changed == name:
        raise Skip("the id has no letters")
    yield from success(kit.get("locations", changed), f"the location {name} asked for as {changed}")


@check("TRA-27 LOC-17 LOC-53", tests=Target.CPO, module="locations", severity=Severity.WARNING)
def no_such_place(kit: Kit) -> Findings:
    """What does not exist is answered with HTTP 404; 2003 is the status code for places."""
    location, evse, _ = _first(kit)
    yield from missing(kit.get("locations", NOBODY), "an unknown location", (2003,))
    yield from missing(kit.get("locations", str(location["id"]), NOBODY), "an unknown EVSE", (2003,))
    unknown = kit.get("locations", str(location["id"]), str(evse["uid"]), NOBODY)
    yield from missing(unknown, "an unknown connector", (2003,))


@check("TRA-28", tests=Target.CPO, module="locations", severity=Severity.NOTE)
def places_are_read_only(kit: Kit) -> Findings:
    """A Sender's locations can be read only: PUT and DELETE do not exist there."""
    answer = kit.delete("locations", NOBODY)
    if answer.succeeded:
        yield f"DELETE was answered with {answer.outcome}", answer


@check("LOC-43 LOC-25", tests=Target.CPO, module="locations", severity=Severity.WARNING)
def publication(kit: Kit) -> Findings:
    """publish_allowed_to says who may see a location that is not published; published ones need no such list."""
    for item in kit.objects("locations"):
        if item.get("publish") is True and item.get("publish_allowed_to"):
            yield f"{item.get('id')} is published and has publish_allowed_to"
