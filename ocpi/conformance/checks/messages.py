"""Every answer of the run: envelope, ids, routing headers (chapters 4.1, 4.2 and 5)."""

from ocpi.conformance.exchange import Exchange
from ocpi.conformance.kit import Kit
from ocpi.conformance.registry import Findings, Severity, Skip, Stage, check
from ocpi.protocol.errors import StatusCode
from ocpi.protocol.headers import (
    CORRELATION_ID,
    FROM_COUNTRY_CODE,
    FROM_PARTY_ID,
    REQUEST_ID,
    TO_COUNTRY_CODE,
    TO_PARTY_ID,
)
from ocpi.protocol.types import ci_equal

from .expecting import MOMENT

AFTER = Stage.AFTERWARDS
ROUTING = (TO_COUNTRY_CODE, TO_PARTY_ID, FROM_COUNTRY_CODE, FROM_PARTY_ID)
LONGEST = 25  # characters of a DateTime


def _answers(kit: Kit) -> list[Exchange]:
    """Answers with a body; HTTP 204 has none, and is looked at by itself."""
    return [each for each in kit.exchanges if each.http_status not in (None, 204) and not each.beside]


@check("TRA-31 TRA-30", stage=AFTER)
def every_request_is_answered(kit: Kit) -> Findings:
    """A request is answered, whatever it is; the server does not fall over it."""
    for each in kit.exchanges:
        if each.http_status is None:
            yield f"{each.method} {each.module}: {each.broken}", each
        elif each.http_status >= 500:
            yield f"{each.method} {each.module} was answered with {each.outcome}", each


@check("TRA-13 TRA-29", stage=AFTER)
def json_in_every_answer(kit: Kit) -> Findings:
    """Every answer is application/json with an envelope in it, also when it is an error."""
    for each in _answers(kit):
        kind = (each.header("Content-Type") or "nothing").split(";")[0].strip().lower()
        if kind != "application/json":
            yield f"{each.method} {each.module} was answered as {kind} ({each.outcome})", each
        elif not each.enveloped:
            yield f"{each.method} {each.module} was answered without an envelope", each


@check("TRA-14", stage=AFTER)
def status_code_in_every_answer(kit: Kit) -> Findings:
    """status_code is a number of four digits, in every envelope."""
    for each in _answers(kit):
        if each.enveloped and not 1000 <= (each.code or 0) <= 9999:
            yield f"{each.method} {each.module}: status_code is {each.envelope.get('status_code')!r}", each


@check("TRA-14 TYP-04", stage=AFTER)
def timestamp_in_every_answer(kit: Kit) -> Findings:
    """Every envelope has the moment at which it was made: a DateTime in UTC of at most 25 characters."""
    for each in _answers(kit):
        text = each.envelope.get("timestamp")
        if not each.enveloped:
            continue
        if text is None:
            yield f"{each.method} {each.module}: there is no timestamp", each
        elif not isinstance(text, str) or not MOMENT.fullmatch(text) or len(text) > LONGEST:
            yield f"{each.method} {each.module}: timestamp is {text}", each


@check("TRA-14 TYP-04", stage=AFTER, severity=Severity.NOTE)
def timestamp_with_z(kit: Kit) -> Findings:
    """A moment without Z is UTC by the standard, and read as local time by many: Z leaves no doubt."""
    for each in _answers(kit):
        text = each.envelope.get("timestamp")
        if isinstance(text, str) and MOMENT.fullmatch(text) and not text.endswith("Z"):
            yield f"{each.method} {each.module}: timestamp is {text}", each


@check("TRA-15", stage=AFTER)
def one_object_is_no_list(kit: Kit) -> Findings:
    """One object is answered as an object, and only lists as an array."""
    for each in kit.exchanges:
        if each.succeeded and _asks_for_one(each) and any(isinstance(item, dict) for item in each.objects):
            yield f"{each.method} {each.module}: the object stands in a list", each


def _asks_for_one(each: Exchange) -> bool:
    """What the standard has a payload for: pushes have none (TRA-16)."""
    return each.module in ("details", "credentials") or (each.below and each.method in ("GET", "POST"))


@check("TRA-20 TRA-21", stage=AFTER)
def known_status_codes(kit: Kit) -> Findings:
    """Status codes are those of the standard; what ends in 9xx is for other modules."""
    for each in _answers(kit):
        if each.code is not None and 1000 <= each.code <= 9999 and each.code not in set(StatusCode):
            yield f"{each.method} {each.module}: status code {each.code}", each


@check("TRA-19 TRA-29", stage=AFTER)
def http_and_ocpi_agree(kit: Kit) -> Findings:
    """A success is HTTP 2xx with 1xxx; no HTTP error says that all is well."""
    for each in _answers(kit):
        if (each.http_status or 0) >= 400 and each.code is not None and each.code < 2000:
            yield f"{each.method} {each.module}: {each.outcome}", each


@check("TRA-20 TRA-26", stage=AFTER, severity=Severity.WARNING)
def usual_http_statuses(kit: Kit) -> Findings:
    """A success is HTTP 200, or 201 for what was made; 202 and 204 do not exist in OCPI."""
    for each in kit.exchanges:
        status = each.http_status or 0
        if 200 <= status < 400 and status not in (200, 201) and not each.beside:
            yield f"{each.method} {each.module} was answered with HTTP {status}", each


@check("TRA-14", stage=AFTER)
def status_message_is_text(kit: Kit) -> Findings:
    """status_message is a string, where it is there."""
    for each in _answers(kit):
        if not isinstance(each.envelope.get("status_message", ""), str | None):
            yield f"{each.method} {each.module}: status_message is no string", each


@check("TRA-32", stage=AFTER)
def request_id_comes_back(kit: Kit) -> Findings:
    """The answer carries the X-Request-ID of its request."""
    yield from _comes_back(kit, REQUEST_ID)


@check("TRA-33", stage=AFTER)
def correlation_id_comes_back(kit: Kit) -> Findings:
    """The answer carries the X-Correlation-ID of its request."""
    yield from _comes_back(kit, CORRELATION_ID)


def _comes_back(kit: Kit, name: str) -> Findings:
    for each in kit.exchanges:
        sent = each.asked_with(name)
        if sent and each.http_status is not None and each.header(name) != sent:
            yield f"{each.method} {each.module}: {name} is {each.header(name) or 'missing'}", each


@check("HUB-01 HUB-04", stage=AFTER)
def routing_of_answers(kit: Kit) -> Findings:
    """Answers of functional modules are addressed: they have all four routing headers."""
    if kit.peer_to_peer:
        raise Skip("one party in one role on each side: they may be left out")
    yield from _not_addressed(kit)


@check("HUB-01 HUB-07", stage=AFTER, severity=Severity.NOTE)
def routing_between_two_parties(kit: Kit) -> Findings:
    """Between two parties with one role each they may be left out; platforms implement them all the same."""
    if not kit.peer_to_peer:
        raise Skip("there are more parties")
    yield from _not_addressed(kit)


def _not_addressed(kit: Kit) -> Findings:
    for each in _routed(kit):
        if not all(each.header(name) for name in ROUTING):
            yield f"{each.method} {each.module}: the routing headers are not complete", each


def _routed(kit: Kit) -> list[Exchange]:
    return [each for each in kit.exchanges if each.functional and each.http_status and each.http_status < 400]


@check("HUB-02 HUB-04", stage=AFTER)
def routing_is_turned_round(kit: Kit) -> Findings:
    """An answer goes from the party that was asked to the party that asked."""
    for each in _routed(kit):
        to, from_ = each.header(TO_PARTY_ID), each.header(FROM_PARTY_ID)
        if not to or not from_:
            continue
        if not ci_equal(to, each.asked_with(FROM_PARTY_ID) or to):
            yield f"{each.method} {each.module}: the answer is for {to}", each
        elif not ci_equal(from_, each.asked_with(TO_PARTY_ID) or from_):
            yield f"{each.method} {each.module}: the answer is from {from_}", each


@check("HUB-03 VER-16 CRE-35", stage=AFTER, severity=Severity.WARNING)
def no_routing_of_configuration(kit: Kit) -> Findings:
    """Versions and credentials are between platforms, not parties: no routing headers."""
    for each in kit.exchanges:
        if not each.functional and any(each.header(name) for name in ROUTING):
            yield f"{each.method} {each.module} was answered with routing headers", each


@check("TRA-53", stage=AFTER, severity=Severity.NOTE)
def no_token_in_messages(kit: Kit) -> Findings:
    """Tokens do not stand in status messages."""
    for each in kit.exchanges:
        message = str(each.envelope.get("status_message", ""))
        if any(len(secret) > 5 and secret in message for secret in kit.secrets):
            yield f"{each.method} {each.module}: status_message holds a credentials token", each


@check("TRA-52", stage=AFTER)
def names_of_the_envelope(kit: Kit) -> Findings:
    """Names in JSON are in snake_case: status_code, not statusCode."""
    for each in _answers(kit):
        odd = {"statusCode", "statusMessage", "Data", "Timestamp"} & each.envelope.keys()
        if odd:
            yield f"{each.method} {each.module}: {', '.join(sorted(odd))}", each


@check("TRA-13", stage=AFTER, severity=Severity.WARNING)
def no_redirects(kit: Kit) -> Findings:
    """An endpoint answers where it is; a redirect loses the body of a PUT or the token."""
    for each in kit.exchanges:
        if 300 <= (each.http_status or 0) < 400 and not each.beside:
            yield f"{each.method} {each.module} was answered with HTTP {each.http_status}", each
