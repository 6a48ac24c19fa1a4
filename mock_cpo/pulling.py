"""Fetches the eMSPs' tokens page by page (TOK-37), following Link until it ends."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from mock_cpo.client import Client, join
from mock_cpo.partners import Partner
from mock_cpo.tokens import Tokens
from ocpi.protocol.errors import InvalidObject, PartnerError
from ocpi.protocol.paging import next_link, same_origin
from ocpi.protocol.tokens import Token

MAX_PAGES = 1000


@dataclass(slots=True)
class Pull:
    """What one crawl brought."""

    registration: str
    pages: int = 0
    received: int = 0
    added: int = 0
    updated: int = 0
    problems: list[str] = field(default_factory=list)


def pull_tokens(client: Client, tokens: Tokens, partner: Partner, date_from: str | None = None) -> Pull:
    """Known tokens are updated, new ones added; bad ones are listed and skipped (TRA-41). Never raises."""
    pull = Pull(partner.id)
    endpoint = partner.endpoint("tokens", "SENDER")
    if endpoint is None:
        pull.problems.append("the eMSP has no tokens endpoint")
        return pull
    try:
        _crawl(
            client,
            tokens,
            partner,
            pull,
            join(endpoint, query=urlencode({"date_from": date_from} if date_from else {})),
        )
    except PartnerError as error:
        pull.problems.append(error.message)
    return pull


def _crawl(client: Client, tokens: Tokens, partner: Partner, pull: Pull, url: str | None) -> None:
    start, seen = url or "", set()
    while url and pull.pages < MAX_PAGES:
        if url in seen or not same_origin(url, start):
            pull.problems.append(f"Link not followed: {url}")
            return
        seen.add(url)
        reply = client.functional("GET", url, partner)
        pull.pages += 1
        for item in reply.data if isinstance(reply.data, list) else []:
            _store(tokens, partner, pull, item)
        url = next_link(reply.headers.get("link"), url)


def _store(tokens: Tokens, partner: Partner, pull: Pull, item: Any) -> None:
    pull.received += 1
    try:
        token = Token.from_wire(item)
    except InvalidObject as error:
        pull.problems.append(error.message)
        return
    if not partner.owns(token.country_code, token.party_id):
        pull.problems.append(f"token {token.uid} belongs to {token.country_code}/{token.party_id}")
    elif tokens.put(token.to_wire()):
        pull.added += 1
    else:
        pull.updated += 1
