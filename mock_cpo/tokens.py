"""What we know of the eMSPs' tokens: the whitelist of a charging network (mod_tokens, Receiver)."""

import threading
from typing import Any

from ocpi.protocol.types import ci_equal, ci_key

Wire = dict[str, Any]
Key = tuple[str, str, str, str]


class Tokens:
    """OCPI Tokens by owner, uid and type, oldest first."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._tokens: dict[Key, Wire] = {}

    def get(self, country_code: str, party_id: str, uid: str, token_type: str) -> Wire | None:
        return self._tokens.get(_key(country_code, party_id, uid, token_type))

    def put(self, token: Wire) -> bool:
        """Creates or replaces; True when it is new."""
        key = _key(token["country_code"], token["party_id"], token["uid"], token["type"])
        with self._lock:
            new = key not in self._tokens
            self._tokens[key] = token
            return new

    def find(self, uid: str, token_type: str) -> list[Wire]:
        """Every eMSP's token with this uid and type: all that a card reader can tell."""
        return [token for token in self.all() if ci_equal(token["uid"], uid) and token["type"] == token_type]

    def all(self) -> list[Wire]:
        with self._lock:
            return list(self._tokens.values())

    def __len__(self) -> int:
        return len(self._tokens)


def _key(country_code: str, party_id: str, uid: str, token_type: str) -> Key:
    return ci_key(country_code), ci_key(party_id), ci_key(uid), token_type
