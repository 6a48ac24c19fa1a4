"""Tariffs as an eMSP receives them: a test tariff that no connector names, deleted again (chapter 11.2.2)."""

from typing import Any

from ocpi.conformance import samples
from ocpi.conformance.kit import Kit
from ocpi.conformance.registry import Findings, Level, Severity, Stage, Target, check

from .expecting import missing, refusal, same, success
from .locations import place

EMSP, OBJECTS = Target.EMSP, Level.OBJECTS


def _held(kit: Kit, suffix: str, **changes: Any) -> dict[str, Any]:
    tariff = samples.tariff(kit.party, kit.run_id + suffix, **changes)
    kit.put("tariffs", *place(kit, tariff["id"]), body=tariff)
    return tariff


@check("TAR-01 TAR-06 TAR-08", tests=EMSP, module="tariffs", level=OBJECTS)
def put_tariff(kit: Kit) -> Findings:
    """PUT creates a tariff; GET gives it back as it was sent, its elements in the same order."""
    tariff = samples.tariff(kit.party, kit.run_id)
    yield from success(kit.put("tariffs", *place(kit, tariff["id"]), body=tariff), "PUT of a new tariff")
    answer = kit.get("tariffs", *place(kit, tariff["id"]))
    yield from success(answer, "GET of a tariff that was just PUT")
    if answer.succeeded:
        yield from ((text, answer) for text in same(tariff, answer.one))


@check("TAR-01 TRA-35", tests=EMSP, module="tariffs", level=OBJECTS)
def put_replaces_tariff(kit: Kit) -> Findings:
    """PUT replaces the whole tariff."""
    tariff = _held(kit, "R")
    changed = tariff | {"elements": tariff["elements"][1:], "last_updated": samples.moment(-30)}
    yield from success(kit.put("tariffs", *place(kit, tariff["id"]), body=changed), "PUT of a known tariff")
    answer = kit.get("tariffs", *place(kit, tariff["id"]))
    if answer.succeeded and len(answer.one.get("elements") or []) != 1:
        yield "the elements were not replaced", answer


@check("TAR-03 TAR-04", tests=EMSP, module="tariffs", level=OBJECTS)
def delete_tariff(kit: Kit) -> Findings:
    """DELETE removes a tariff; it is the only object that can be deleted."""
    tariff = _held(kit, "E")
    yield from success(kit.delete("tariffs", *place(kit, tariff["id"])), "DELETE of a tariff")
    answer = kit.get("tariffs", *place(kit, tariff["id"]))
    yield from missing(answer, "GET of a tariff that was deleted")


@check("TRA-27 TAR-04", tests=EMSP, module="tariffs", severity=Severity.WARNING)
def no_such_tariff(kit: Kit) -> Findings:
    """A tariff that does not exist is answered with HTTP 404."""
    yield from missing(kit.get("tariffs", *place(kit, "KIT-NO-SUCH-ID")), "an unknown tariff")


@check("TRA-23 TAR-09", tests=EMSP, module="tariffs", level=OBJECTS)
def incomplete_tariff(kit: Kit) -> Findings:
    """An update of a tariff without currency or without elements is answered with HTTP 200 and 2xxx."""
    tariff = _held(kit, "I")
    for change in ({"currency": None}, {"elements": []}):
        answer = kit.put("tariffs", *place(kit, tariff["id"]), body=tariff | change)
        yield from refusal(answer, f"a tariff without {next(iter(change))}")


@check("TAR-02 TRA-28", tests=EMSP, module="tariffs", level=OBJECTS, severity=Severity.NOTE)
def no_patch_of_tariffs(kit: Kit) -> Findings:
    """There is no PATCH for tariffs in 2.2.1."""
    tariff = _held(kit, "P")
    change = {"currency": "CHF", "last_updated": samples.moment()}
    answer = kit.patch("tariffs", *place(kit, tariff["id"]), body=change)
    if answer.succeeded:
        yield f"PATCH was answered with {answer.outcome}", answer


@check("TRA-39", tests=EMSP, module="tariffs", level=OBJECTS)
def tariff_of_a_foreign_party(kit: Kit) -> Findings:
    """Nobody sends objects of a party that is not his: HTTP 404, and nothing is kept."""
    tariff = samples.tariff(kit.party, kit.run_id + "F", country_code="XX", party_id="ZZZ")
    yield from missing(kit.put("tariffs", "XX", "ZZZ", tariff["id"], body=tariff), "PUT for a foreign party")


@check("TAR-03", tests=EMSP, module="tariffs", level=OBJECTS, stage=Stage.UPDATE)
def delete_the_test_tariffs(kit: Kit) -> Findings:
    """A tariff that is not used any more is deleted; the kit does so with what it left."""
    sent = [each for each in kit.exchanges if each.method == "PUT" and each.module == "tariffs" and each.succeeded]
    for name in sorted({str(each.sent["id"]) for each in sent if isinstance(each.sent, dict)}):
        answer = kit.delete("tariffs", *place(kit, name))
        if not answer.succeeded and answer.http_status != 404:
            yield f"DELETE was answered with {answer.outcome}", answer
