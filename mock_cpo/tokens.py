"""What we know of the eMSPs' tokens: the whitelist of a charging network (mod_tokens, Receiver)."""

import threading
from typing import Any

from ocpi.protocol.types import ci_key

Wire = dict[str, Any]
Key = tuple[str, str, str, str, str]


class Tokens:
    """OCPI Tokens by registration, owner, uid and type, oldest first."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._tokens: dict[Key, Wire] = {}

    def get(self, partner_id: str, country_code: str, party_id: str, uid: str, token_type: str) -> Wire | None:
        return self._tokens.get(_key(partner_id, country_code, party_id, uid, token_type))

    def put(self, partner_id: str, token: Wire) -> bool:
        """Creates or replaces; True when it is new."""
        key = _key(partner_id, token["country_code"], token["party_id"], token["uid"], token["type"])
        with self._lock:
            new = key not in self._tokens
            self._tokens[key] = token
            return new

    def find(self, uid: str, token_type: str) -> list[tuple[str, Wire]]:
        """(registration id, token) of every eMSP that knows this uid and type: all that a card reader can tell."""
        return [(key[0], token) for key, token in self.all() if key[3] == ci_key(uid) and key[4] == token_type]

    def all(self) -> list[tuple[Key, Wire]]:
        with self._lock:
            return list(self._tokens.items())

    def of(self, partner_id: str) -> list[Wire]:
        return [token for key, token in self.all() if key[0] == partner_id]

    def forget(self, partner_id: str) -> None:
        with self._lock:
            self._tokens = {key: token for key, token in self._tokens.items() if key[0] != partner_id}

    def __len__(self) -> int:
        return len(self._tokens)


def _key(partner_id: str, country_code: str, party_id: str, uid: str, token_type: str) -> Key:
    return partner_id, ci_key(country_code), ci_key(party_id), ci_key(uid), token_type
