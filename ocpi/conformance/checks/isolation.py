"""What one party sends, another does not see (chapter 4.1.5 and common sense)."""

from ocpi.conformance import registration, samples
from ocpi.conformance.exchange import Exchange
from ocpi.conformance.kit import Kit
from ocpi.conformance.registry import Findings, Level, Severity, Skip, Target, check

from .cdrs import location_of
from .expecting import missing
from .locations import held, place


@check("CRE-15 CRE-03", level=Level.OBJECTS, handshake=True)
def second_party(kit: Kit) -> Findings:
    """Each client gets a token of its own, that nobody else has."""
    if not kit.options.second_token:
        raise Skip("needs --second-token")
    answer = registration.register_other(kit)
    if kit.other is None:
        yield f"the second party was not registered: {answer.outcome if answer else 'no answer'}", answer
    elif kit.other.token == kit.token:
        yield "both parties were given the same token", answer


def _as_other(kit: Kit, method: str, module: str, *ids: str, **kwargs: object) -> Exchange:
    """Raises Skip when there is no second party of ours."""
    if kit.other is None:
        raise Skip("there is no second party of ours (--second-token)")
    token, party = kit.other.token, kit.other.visitor.party
    return kit.send(method, module, *ids, token=token, party=party, **kwargs)  # type: ignore[arg-type]


@check("TRA-10 TRA-39", tests=Target.EMSP, module="locations", level=Level.OBJECTS)
def locations_of_another_cpo(kit: Kit) -> Findings:
    """A CPO cannot read or change what another CPO sent."""
    location = held(kit, "S")
    answer = _as_other(kit, "GET", "locations", *place(kit, location["id"]))
    yield from missing(answer, "GET of another CPO's location")
    changed = location | {"city": "Taken over", "last_updated": samples.moment()}
    answer = _as_other(kit, "PUT", "locations", *place(kit, location["id"]), body=changed)
    yield from missing(answer, "PUT of another CPO's location")
    if kit.get("locations", *place(kit, location["id"])).one.get("city") == "Taken over":
        yield "another CPO has changed the location"


@check("CDR-04", tests=Target.EMSP, module="cdrs", level=Level.WRITES)
def cdrs_of_another_cpo(kit: Kit) -> Findings:
    """A CPO cannot read another CPO's bills."""
    if "cdr" not in kit.kept:
        raise Skip("there is no CDR to ask for")
    yield from missing(_as_other(kit, "GET", "cdrs", url=location_of(kit)), "GET of another CPO's CDR")


@check("TRA-10 TRA-39", tests=Target.CPO, module="tokens", level=Level.OBJECTS)
def tokens_of_another_emsp(kit: Kit) -> Findings:
    """An eMSP cannot read or change the tokens of another one."""
    token = samples.token(kit.party, kit.run_id + "S")
    ids = place(kit, token["uid"])
    kit.put("tokens", *ids, body=token)
    yield from missing(_as_other(kit, "GET", "tokens", *ids), "GET of another eMSP's token")
    changed = token | {"issuer": "Taken over", "last_updated": samples.moment()}
    yield from missing(_as_other(kit, "PUT", "tokens", *ids, body=changed), "PUT of another eMSP's token")


@check("HUB-08", severity=Severity.NOTE)
def sender_is_by_token(kit: Kit) -> Findings:
    """Routing headers name a party of the platform whose token is shown; nobody is served in another's name."""
    module = next((each for each in ("tokens", "locations", "cdrs") if kit.offers(each)), "")
    if not module or (kit.target is Target.CPO and module == "tokens"):
        module = "locations" if kit.offers("locations") else ""
    if not module:
        raise Skip("there is no list to ask for")
    foreign: dict[str, str | None] = {"OCPI-from-country-code": "XX", "OCPI-from-party-id": "ZZZ"}
    answer = kit.get(module, headers=foreign)
    if answer.succeeded:
        yield "a request in the name of XX/ZZZ, who is none of our parties, was served", answer
