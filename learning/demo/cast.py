"""Who plays: the drivers' cards, and the operator who may log in to the admin."""

from collections.abc import Iterator
from typing import Any

from django.contrib.auth import get_user_model

from ocpi.protocol.tokens import TokenType, WhitelistType
from ocpi.tokens import services as tokens
from ocpi.tokens.models import Token

GOOD_CARD, BLOCKED_CARD, UNKNOWN_CARD = "04A1B2C3D4E580", "04BADBADBADB80", "04FFFFFFFFFF80"
APP_USER = "demo-app-user-1"
LOGIN = ("demo", "demo")
ISSUER = "Open eMSP"
_OTHERS = 20
_CARD = ("uid", "type", "contract_id", "visual_number", "issuer", "language")


def issue_tokens() -> list[Token]:
    """A good card, a blocked one, an app user, and enough others to fill a list; the unknown card stays unknown."""
    ask: dict[str, Any] = {"issuer": ISSUER, "whitelist": WhitelistType.NEVER}  # the CPO asks each time
    cast = [
        tokens.put(uid=GOOD_CARD, type=TokenType.RFID, contract_id="NL-EMS-C00000001-A", visual_number="0001", **ask),
        tokens.put(uid=BLOCKED_CARD, type=TokenType.RFID, contract_id="NL-EMS-C00000002-B", status="BLOCKED", **ask),
        tokens.put(uid=APP_USER, type=TokenType.APP_USER, contract_id="NL-EMS-C00000003-C", **ask),
    ]
    return [*cast, *_others()]


def _others() -> Iterator[Token]:
    from ocpi.protocol.testdata import TestDataFactory  # a server that runs the demo's code need not load it

    made = TestDataFactory(seed=1)
    for number in range(_OTHERS):
        card = made.create_token(contract_id=f"NL-EMS-C{number + 100:08d}-X", issuer=ISSUER)
        yield tokens.put(**{name: card[name] for name in _CARD})


def admit_operator() -> None:
    """The demo login of the admin; it exists in development databases only."""
    name, password = LOGIN
    users = get_user_model().objects
    if not users.filter(username=name).exists():
        users.create_superuser(name, "demo@localhost", password)
