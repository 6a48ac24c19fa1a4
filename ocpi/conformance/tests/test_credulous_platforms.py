"""Platforms that keep whatever they are sent, whole or not: what was kept of it is told."""

from typing import Any

from ocpi.conformance.registry import Target
from tests.partner_server import Answer, Call, PartnerServer

from .conftest import RECEIVED, Look


class Memory:
    """What stands under a path is the body that was last sent there."""

    def __init__(self, server: PartnerServer, *modules: str) -> None:
        self.held: dict[str, Any] = {}
        for module in modules:
            for method in ("PUT", "PATCH"):
                server.answer(method, module, does=self.keep)
            server.answer("GET", module, does=self.tell)

    def keep(self, call: Call) -> Answer:
        try:
            body = call.json
        except ValueError:
            return Answer(status=400, status_code=2001)
        path = call.path.split("?")[0]
        known = self.held.get(path)
        merged = known | body if call.method == "PATCH" and isinstance(known, dict) else body
        self.held[path] = merged
        return Answer(status=200 if known else 201)

    def tell(self, call: Call) -> Answer:
        held = self.held.get(call.path.split("?")[0])
        return Answer(held) if held is not None else Answer(status=404, status_code=2003)


def test_a_cpo_that_keeps_incomplete_tokens(look: Look, partner_server: PartnerServer) -> None:
    Memory(partner_server, "tokens")
    looked = look("TOK-36 TOK-21 TRA-23 TRA-24 TRA-39 LOC-52")
    assert looked.passed("put_token")
    assert looked.passed("patch_token")
    assert "something of a token that was refused was kept" in looked.told("incomplete_token")
    assert "a token that was refused is there all the same" in looked.told("incomplete_new_token")
    assert "the token of a foreign party is there" in looked.told("token_of_a_foreign_party")
    assert looked.told("older_token_does_not_win") == ["the older state was taken"]


def test_a_cpo_that_forgets_what_it_took(look: Look, partner_server: PartnerServer) -> None:
    partner_server.answer("GET", "tokens", status=404, status_code=2004)
    looked = look("TRA-35 TRA-23 TRA-24")
    assert looked.told("put_replaces_token") == ["the new state was not kept"]
    assert len(looked.told("incomplete_token")) == 3  # each was taken; none is kept


def test_an_emsp_that_keeps_incomplete_locations(look: Look, emsp_server: PartnerServer) -> None:
    Memory(emsp_server, *RECEIVED)
    looked = look("LOC-01 LOC-08 LOC-15 TRA-24 LOC-52 TAR-08", target=Target.EMSP)
    assert looked.passed("patch_location")
    assert "something of a location that was refused was kept" in looked.told("incomplete_location")
    assert "a location that was refused is there all the same" in looked.told("incomplete_new_location")
    assert looked.told("older_location_does_not_win") == ["the older state was taken"]
    assert looked.told("patch_evse") == ["the connectors are lost", "the other EVSE changed too"]
