"""What partners own and push to us: the common shape of locations, tariffs, sessions and CDRs.

Rows are keyed by partner AND party: whatever two platforms call their parties, neither reaches the other's objects.
"""

from datetime import datetime
from typing import Any, NamedTuple, Self

from django.db import models

from ocpi.core.fields import CiCharField
from ocpi.protocol import errors
from ocpi.protocol.headers import PartyId
from ocpi.protocol.types import ci_key, parse_datetime

from .models import ApiClient, Partner
from .sandboxes import real


class Stored(NamedTuple):
    """What became of a push. `applied` is False for one that was older than what we hold (AMB-04)."""

    created: bool
    applied: bool = True


class OwnedQuerySet(models.QuerySet[Any]):
    def visible_to(self, caller: Partner | ApiClient) -> Self:
        """A partner sees its own objects, an API client those of all real partners."""
        return self.filter(real()) if caller.is_api_client else self.filter(partner=caller)

    def of(self, partner: Partner, party: PartyId) -> Self:
        return self.filter(partner=partner, country_code=party.country_code, party_id=party.party_id)


class OwnedObject(models.Model):
    """`payload` is the object as it goes on the wire; columns hold what is searched, joined or shown."""

    # Without an index of its own: in each of these tables others begin with it.
    partner = models.ForeignKey(Partner, models.PROTECT, related_name="%(class)ss", db_index=False)
    country_code = CiCharField(max_length=2)
    party_id = CiCharField("party", max_length=3)
    last_updated = models.DateTimeField()
    payload = models.JSONField()
    received_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)

    objects = OwnedQuerySet.as_manager()

    class Meta:
        abstract = True

    @property
    def party(self) -> PartyId:
        """The owner, spelled as received."""
        return PartyId(self.payload["country_code"], self.payload["party_id"])

    @property
    def wire_id(self) -> str:
        """The id as the partner spells it: what we must use when we talk to them."""
        return str(self.payload["id"])

    def to_wire(self) -> dict[str, Any]:
        return self.payload

    def newer_than(self, moment: datetime) -> bool:
        return self.last_updated > moment


OWNER_KEY = ["partner", "country_code", "party_id"]


def patch_moment(patch: Any) -> datetime:
    """The `last_updated` that every PATCH must carry. Raises InvalidObject without it (LOC-09, SES-04)."""
    if not isinstance(patch, dict):
        raise errors.InvalidObject("the body must be a JSON object")
    value = patch.get("last_updated")
    if not isinstance(value, str):
        raise errors.InvalidObject("last_updated: required in every PATCH")
    try:
        return parse_datetime(value)
    except ValueError as error:
        raise errors.InvalidObject(f"last_updated: {error}") from error


def check_same(url: dict[str, str], body: dict[str, Any]) -> None:
    """Ids that stand in the body must be those of the URL (TRA-40, LOC-14); CiStrings, so case does not matter."""
    for name, value in url.items():
        stated = body.get(name)
        if stated is not None and ci_key(str(stated)) != ci_key(value):
            raise errors.InvalidObject(f"{name}: must be the same as in the URL")
