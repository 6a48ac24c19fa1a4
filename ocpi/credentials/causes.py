"""Why a handshake failed, as precisely as we can know, and what an operator does about it.

Each cause has a code (kept with the attempt), one sentence, and advice. `of` finds the cause of an exception; what they
or the network said literally stands beside it, never instead of it.
"""

from dataclasses import dataclass

from ocpi.protocol.errors import (
    Failed,
    HubFailed,
    InvalidObject,
    NotJson,
    NotOcpi,
    OcpiError,
    PartnerError,
    Refused,
    StatusCode,
    Unauthenticated,
    Unreachable,
)

from . import claims
from .errors import EndpointsMissing, NoMutualVersion, NotPossible, OutcomeUnknown
from .models import Step


@dataclass(frozen=True)
class Cause:
    sentence: str
    advice: str


_FIREWALL = "Ask them whether the platform is up, and whether their firewall lets our address in."
CAUSES: dict[str, Cause] = {
    # --- no answer at all ---
    "URL": Cause(
        "This is no URL that can be called.", "Ask for the versions URL: https://…, without user and password."
    ),
    "HTTPS_ONLY": Cause(
        "The URL begins with http://, and in production only https is called.", "Ask them for the https URL."
    ),
    "PRIVATE": Cause(
        "The host name leads into a private network.",
        "Ask for the public host name. Only for a partner in your own network: OCPI_ALLOW_PRIVATE_URLS.",
    ),
    "DNS": Cause("The host name is not known.", "Look for a typing error in the URL; else their DNS entry is missing."),
    "REFUSED": Cause("Nothing listens there: the connection was refused.", f"Check host and port. {_FIREWALL}"),
    "NO_ROUTE": Cause("Their host cannot be reached from here.", _FIREWALL),
    "TLS": Cause(
        "Their TLS certificate was not accepted, or that port does not speak TLS.",
        "Compare the host name with their certificate. It may have run out, lack its intermediate, or be self-signed.",
    ),
    "CONNECT_TIMEOUT": Cause("No connection came about in time: packets to them are dropped.", _FIREWALL),
    "TIMEOUT": Cause("They took the request, and did not answer in time.", "Try again; if it stays so, tell them."),
    "BROKE_OFF": Cause(
        "The connection broke off before an answer came.", "A proxy, or their server, hung up: tell them when it was."
    ),
    "TOO_LARGE": Cause(
        "The answer is far too large for this question.", "Check the URL: it is hardly an OCPI endpoint."
    ),
    # --- an answer that is not OCPI ---
    "REDIRECT": Cause(
        "They answered with a redirect, which OCPI does not know.", "Ask for the URL that it leads to, and use that."
    ),
    "NOT_JSON": Cause(
        "Something answered that is not JSON, a web page for instance.",
        "Check the path of the URL; a proxy or a login page may stand before their API.",
    ),
    "NO_ENVELOPE": Cause(
        "They answered with JSON without OCPI's envelope.",
        "Check the URL; if it is right, their API is not OCPI 2.2.1.",
    ),
    "NOT_VERSIONS": Cause(
        "The answer is not the list of their versions.",
        "This is perhaps the URL of one version's details: ask for the versions URL, one step above.",
    ),
    "DETAILS": Cause(
        "The details of 2.2.1 cannot be read.", "Send them the message below: a field is missing or wrong."
    ),
    "CREDENTIALS": Cause(
        "Their Credentials object cannot be read.", "Send them the message below, and the field at fault."
    ),
    "NO_ROLE": Cause(
        "They named no role: nobody would know whose locations theirs are.",
        "They must fill `roles` in their Credentials.",
    ),
    # --- they say no ---
    "TOKEN": Cause(
        "They do not accept the token A.",
        "Compare it with what they sent, letter by letter: it may have been used up, replaced, or given to us in "
        "Base64 already. Some platforms want tokens without Base64: tick that and try again.",
    ),
    "TOKEN_LATER": Cause(
        "Their versions took the token A, this endpoint did not.",
        "Their endpoints do not share one list of tokens, or the token A has been used up: tell them.",
    ),
    "NOT_FOUND": Cause(
        "There is nothing at this URL (some answer so to a wrong token, too).", "Check the path, then the token A."
    ),
    "METHOD": Cause(
        "They do not take a POST of credentials: in their books we are registered already.",
        "Ask them to remove that registration and to give you a new token A.",
    ),
    "TOO_MANY": Cause("They ask us to slow down.", "Wait some minutes and try again."),
    "CLIENT_ERROR": Cause(
        "They refuse the request (status code 2xxx).", "Their words stand below; ask them what is missing."
    ),
    "REFUSED_HTTP": Cause("They refuse the request.", "Their words stand below; check the URL and ask them."),
    "SERVER_ERROR": Cause("They have trouble of their own.", "Try again later, or tell them: it is on their side."),
    "CANNOT_USE_OURS": Cause(
        "They could not read our versions with the token that we gave them (3001).",
        "They must be able to reach our versions URL from where they are; and they may use our token without Base64: "
        "then tick “tokens without Base64”.",
    ),
    "OUR_VERSION": Cause(
        "They find no version of ours that they speak (3002).", "We speak 2.2.1: ask them what they look for."
    ),
    "OUR_ENDPOINTS": Cause(
        "They miss an endpoint of ours (3003).", "Ask which one; what we offer stands in our version details."
    ),
    "HUB": Cause("The hub could not deliver the request.", "Handshakes are with the hub itself: check the URL."),
    # --- they offer not what we need ---
    "NO_VERSION": Cause(
        "They do not offer OCPI 2.2.1.", "Ask them to switch it on for us, or for another versions URL."
    ),
    "ENDPOINTS": Cause(
        "Endpoints that we need are missing in their version details.", "Ask them to switch those modules on for us."
    ),
    # --- they start ---
    "PLAIN_TOKEN": Cause(
        "They show the token A without Base64.", "Press “Take tokens without Base64” below, or have them encode it."
    ),
    "THEIR_TOKEN": Cause(
        "Their platform does not accept the token that stands in their own Credentials.",
        "That token must work before they post it (CRE-04): we read their versions with it while their POST waits.",
    ),
    "BUSY": Cause(
        "Two requests came with one token A at the same time.", "They must post once, and wait for the answer."
    ),
    "BAD_BODY": Cause(
        "What they posted is not a Credentials object.",
        "The field at fault stands below: they must mend it and post again.",
    ),
    # --- on our side ---
    "OUTCOME_UNKNOWN": Cause(
        "We posted our credentials and got no answer: they may have registered us or not.",
        "Try again. If they then say that we are registered already, ask them to remove that, and for a new token A.",
    ),
    "NOT_POSSIBLE": Cause(
        "The partner is not in a state that allows this.", "Look at its page: it may be connected already."
    ),
    "INTERRUPTED": Cause("Our worker died in the middle of it.", "Try again."),
    "OURSELVES": Cause("We failed ourselves.", "Try again; the log of our worker tells more."),
}

_NO_ANSWER = {
    "url": "URL", "https": "HTTPS_ONLY", "private": "PRIVATE", "dns": "DNS", "refused": "REFUSED", "route": "NO_ROUTE",
    "tls": "TLS", "connect": "CONNECT_TIMEOUT", "timeout": "TIMEOUT", "broken": "BROKE_OFF", "size": "TOO_LARGE",
}  # fmt: skip
_UNREADABLE = {
    "json": "NOT_JSON", "envelope": "NO_ENVELOPE", "versions": "NOT_VERSIONS", "details": "DETAILS",
    "credentials": "CREDENTIALS", "roles": "NO_ROLE",
}  # fmt: skip
_THEIR_CODES = {
    StatusCode.CANNOT_USE_CLIENT_API: "CANNOT_USE_OURS", StatusCode.UNSUPPORTED_VERSION: "OUR_VERSION",
    StatusCode.MISSING_ENDPOINTS: "OUR_ENDPOINTS",
}  # fmt: skip
_THEIR_HTTP = {404: "NOT_FOUND", 405: "METHOD", 429: "TOO_MANY"}


def of(error: BaseException, step: str) -> str:
    """The code of what went wrong at this step."""
    match error:
        case OutcomeUnknown():
            return "OUTCOME_UNKNOWN"
        case NoMutualVersion():
            return "NO_VERSION"
        case EndpointsMissing():
            return "ENDPOINTS"
        case NotPossible():
            return "NOT_POSSIBLE"
        case PartnerError():
            return _theirs(error, step)
        case claims.Busy():
            return "BUSY"
        case InvalidObject() | NotJson():
            return "BAD_BODY"
        case OcpiError():
            return of(error.__cause__, step) if error.__cause__ else "NOT_POSSIBLE"
        case _:
            return "OURSELVES"


def _theirs(error: PartnerError, step: str) -> str:
    match error:
        case Unreachable():
            return _NO_ANSWER.get(error.reason, "NO_ROUTE")
        case Unauthenticated():
            return {Step.VERSIONS: "TOKEN", Step.READING: "THEIR_TOKEN"}.get(Step(step), "TOKEN_LATER")
        case NotOcpi():
            redirected = 300 <= (error.http_status or 0) < 400
            return "REDIRECT" if redirected else _UNREADABLE.get(error.reason, "NO_ENVELOPE")
        case Failed():
            return _THEIR_CODES.get(error.status_code or 0) or _THEIR_HTTP.get(error.http_status or 0, "SERVER_ERROR")
        case HubFailed():
            return "HUB"
        case Refused():
            by_code = "CLIENT_ERROR" if error.status_code else "REFUSED_HTTP"
            return _THEIR_HTTP.get(error.http_status or 0, by_code)
        case _:
            return "REFUSED_HTTP"
