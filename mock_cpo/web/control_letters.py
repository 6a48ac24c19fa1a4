"""Control API: one request of the caller's own writing, sent to the eMSP as this CPO."""

from typing import Any, Literal

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, Field

from mock_cpo.client import Letter, join
from mock_cpo.partners import Partner
from mock_cpo.web.control_platform import Here
from ocpi.protocol.errors import PartnerError

router = APIRouter(prefix="/control", tags=["control"])
Wire = dict[str, Any]
_SENDER_AT_THEIRS = {"tokens", "commands", "chargingprofiles"}


class OwnWords(BaseModel):
    """A request in someone's own words. Nothing in it is checked here: that is what the eMSP is there for."""

    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
    module: str = Field(description="Whose endpoint of the eMSP is called; `versions` for the list of versions.")
    path: list[str] = Field(default_factory=list, max_length=12, description="Segments behind the module's URL.")
    query: str = Field("", max_length=500)
    body: Any = None
    authorization: str | None = Field(None, max_length=500, description="Instead of our token, as the whole header.")
    headers: dict[str, str] = Field(default_factory=dict, description="Beside or instead of the usual ones.")
    correlation_id: str | None = Field(None, max_length=100)


@router.post("/send")
def send(platform: Here, words: OwnWords) -> Wire:
    """What the eMSP answered, whatever that was; 409 while there is no eMSP, 404 for a module that it does not have."""
    partner = next(iter(platform.partners.registered()), None)
    if partner is None:
        raise HTTPException(409, "no eMSP is registered here yet")
    letter = Letter(words.method, _url(partner, words), words.body, words.authorization, words.headers,
                    words.correlation_id, configuration=words.module in ("versions", "credentials"))  # fmt: skip
    try:
        answer = platform.client.letter(letter, partner)
    except PartnerError as error:
        return {"http_status": None, "body": None, "error": error.message}
    return {"http_status": answer.http_status, "body": answer.data, "error": None}


def _url(partner: Partner, words: OwnWords) -> str:
    if words.module == "versions":
        return partner.versions_url
    role = "SENDER" if words.module in _SENDER_AT_THEIRS else "RECEIVER"
    endpoint = partner.endpoint(words.module, role)
    if endpoint is None:
        raise HTTPException(404, f"the eMSP has no {words.module}")
    return join(endpoint, *words.path, query=words.query)
