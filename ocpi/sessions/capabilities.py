"""What a charger can do, and where a session runs."""

from django.conf import settings

from ocpi.locations.models import EVSE, Connector
from ocpi.protocol import errors
from ocpi.protocol.locations import Capability

from .models import Session


def require(evse: EVSE | None, capability: Capability, what: str) -> None:
    """Refuse what the charger does not offer; a charger that lists nothing may or may not (CMD-24)."""
    if evse is None or capability in evse.capabilities:
        return
    if evse.capabilities or not settings.OCPI_CAPABILITY_UNKNOWN_ALLOWS:
        raise errors.InvalidObject(f"evse_uid: this EVSE cannot {what} ({capability} is not among its capabilities)")


def evse_of(session: Session) -> EVSE | None:
    """None for a private charger, or a reservation without one (SES-19, SES-20)."""
    place = session.location_row
    return place.evses.filter(uid=session.evse_uid).first() if place else None


def connector_of(session: Session) -> Connector | None:
    evse = evse_of(session)
    return evse.connectors.filter(connector_id=session.connector_id).first() if evse else None
