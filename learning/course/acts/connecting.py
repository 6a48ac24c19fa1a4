"""Acts of the handshake: registering from either side, new tokens, and the end of a partnership."""

from ocpi.credentials import rotation
from ocpi.credentials import services as handshake
from ocpi.credentials.errors import HandshakeError
from ocpi.journal.redaction import mark
from ocpi.partners import services as partners
from ocpi.protocol.errors import PartnerError

from .stage import OPERATOR, Stage, acting


@acting
def register(stage: Stage, token: str = "") -> None:
    """We register at the CPO with its token A. A refusal is no trouble: the lesson may have wanted it."""
    try:
        handshake.register(
            partner=stage.partner, versions_url=stage.facts["versions_url"],
            token_a=token or stage.facts["cpo_token_a"],
        )  # fmt: skip
    except (HandshakeError, PartnerError) as error:
        stage.tell("EMSP", OPERATOR, f"the registration failed: {error}")


@acting
def rotate(stage: Stage) -> None:
    """PUT credentials: new tokens for both."""
    try:
        rotation.rotate(partner=stage.partner)
    except (HandshakeError, PartnerError) as error:
        stage.tell("EMSP", OPERATOR, f"the rotation failed: {error}")


@acting
def suspend(stage: Stage) -> None:
    stage.tell(OPERATOR, "EMSP", "suspends the partner")
    partners.suspend(partner=stage.partner)


@acting
def resume(stage: Stage) -> None:
    stage.tell(OPERATOR, "EMSP", "lets the partner go on")
    partners.resume(partner=stage.partner)


@acting
def forget_registration(stage: Stage) -> None:
    """We forget our side only, as after a lost database; the CPO gives us a new token A."""
    handshake.reset(partner=stage.partner)
    marks = [*stage.facts.get("marks_of_a", []), mark(stage.facts["cpo_token_a"])]
    stage.remember(cpo_token_a=stage.control.post("token-a")["token_a"], marks_of_a=marks)
