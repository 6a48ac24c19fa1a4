"""Acts around what CPOs publish and what drivers carry: locations, tariffs, tokens, and fetching them."""

import secrets
from datetime import timedelta
from decimal import Decimal
from typing import Any

from ocpi.cdrs import estimates
from ocpi.core import clock
from ocpi.locations.models import Connector
from ocpi.protocol.errors import PartnerError
from ocpi.protocol.tokens import TokenType, WhitelistType
from ocpi.sync import services as sync
from ocpi.tokens import pushes
from ocpi.tokens import services as tokens
from ocpi.tokens.models import Token, TokenPush

from ..errors import Trouble
from .stage import DRIVER, OPERATOR, Stage, acting, patience


# --- fetching --------------------------------------------------------------------------------------------------------
@acting
def pull(stage: Stage, module: str, full: bool = False) -> None:
    """GET all pages of one module. A pull that breaks off is no trouble: the lesson may have wanted it."""
    try:
        sync.pull(partner=stage.partner, module=module, full=full)
    except PartnerError as error:
        stage.tell("EMSP", OPERATOR, f"the pull of {module} broke off: {error}")
    except sync.Busy as error:
        raise Trouble("this module is being pulled already; try again") from error


# --- what CPOs push --------------------------------------------------------------------------------------------------
@acting
def evse_status(stage: Stage, location_id: str, evse_uid: str, status: str) -> None:
    stage.tell(OPERATOR, "CPO", f"EVSE {evse_uid} is {status} now")
    stage.control.post("evse-status", {"location_id": location_id, "evse_uid": evse_uid, "status": status})


# --- drivers' tokens -------------------------------------------------------------------------------------------------
@acting
def issue_tokens(stage: Stage) -> None:
    """A card that the CPO must ask for each time, one that it may trust, one that is blocked, and an app user."""
    made: dict[str, tuple[TokenType, dict[str, Any]]] = {
        "token_uid": (TokenType.RFID, {"whitelist": WhitelistType.NEVER}),
        "trusted_uid": (TokenType.RFID, {"whitelist": WhitelistType.ALLOWED}),
        "blocked_uid": (TokenType.RFID, {"whitelist": WhitelistType.NEVER, "status": "BLOCKED"}),
        "app_uid": (TokenType.APP_USER, {}),
    }
    for number, (fact, (type_, fields)) in enumerate(made.items(), 1):
        uid = f"04{secrets.token_hex(6).upper()}"
        contract = f"NL-EMS-C{stage.run.id.hex[:7].upper()}{number}-X"
        tokens.put(uid=uid, type=type_, contract_id=contract, issuer="Open eMSP", sandbox=stage.partner, **fields)
        stage.remember(**{fact: uid})
    card = Token.objects.get(sandbox=stage.partner, uid=stage.facts["token_uid"]).to_wire()
    stage.remember(cdr_token={name: card[name] for name in ("country_code", "party_id", "uid", "type", "contract_id")})
    stage.remember(unknown_uid=f"04{secrets.token_hex(6).upper()}")


@acting
def push_tokens(stage: Stage) -> None:
    """What is due to this partner, at once; a worker may be faster with some of it."""
    State = TokenPush.State
    for push in TokenPush.objects.filter(partner=stage.partner, state=State.PENDING):
        pushes.send(push.pk)
    patience(lambda: not TokenPush.objects.filter(partner=stage.partner, state=State.SENDING).exists())


@acting
def token_status(stage: Stage, uid: str, status: str) -> None:
    """An operator blocks a token, or unblocks it; the partner is told at once."""
    stage.tell(OPERATOR, "EMSP", f"the card …{uid[-4:]} is {status} from now on")
    tokens.set_status(token=Token.objects.get(sandbox=stage.partner, uid=uid), status=status)
    push_tokens(stage)


# --- prices ----------------------------------------------------------------------------------------------------------
@acting
def estimate(stage: Stage, location_id: str, evse_uid: str, kwh: float, minutes: float) -> None:
    """What a charge would cost, by the tariffs that we hold; the app shows it before the driver plugs in."""
    connector = Connector.objects.select_related("evse__location__partner").filter(
        evse__location__partner=stage.partner, evse__location__location_id=location_id, evse__uid=evse_uid
    )
    found = estimates.estimates(
        connector[0], kwh=Decimal(str(kwh)), minutes=Decimal(str(minutes)), start=clock.now() + timedelta(seconds=1)
    )
    stage.remember(estimate=None)
    for one in found:
        cost = one.to_json()["total_cost"]
        text = f"{cost['excl_vat']:.2f} {one.tariff.currency} without VAT" if cost else "no price"
        stage.tell("EMSP", DRIVER, f"{kwh:g} kWh in {minutes:g} minutes by {one.tariff.id}: {text}")
        stage.remember(estimate=cost and float(cost["excl_vat"]))
