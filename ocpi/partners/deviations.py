"""How a partner deviates from the text of OCPI: what we overlook in its messages, what we do for it otherwise."""

from collections.abc import Iterable
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import models

from ocpi.core import clock
from ocpi.protocol.types import Tolerance

from . import leniency

# The leniencies of Tolerance that must be switched on for a partner; each is a field of that name (section 16.4).
LENIENCIES: dict[str, tuple[str, str]] = {
    "string_numbers": ("numbers as strings", "they write numbers as JSON strings (FLD-08)"),
    "bare_prices": ("prices without VAT split", "they write a number where a Price is due, as in OCPI 2.1.1 (FLD-08)"),
    "number_coordinates": ("coordinates as numbers", "they write latitude and longitude as JSON numbers (FLD-09)"),
    "alpha2_country": ("two-letter countries", "they write NL where NLD is due (TYP-17)"),
    "missing_last_updated": ("no last_updated", "they leave it out; the time of receipt is taken instead (HCI-14)"),
    "missing_evse_id": ("no evse_id in CDRs", "they leave it out; #NA is taken instead (CDR-25)"),
    "missing_evse_uid": ("no evse_uid in CDRs", "they leave it out; #NA is taken instead (TRA-49)"),
    "listed_objects": ("single objects in a list", "they answer with [{…}] where one object is due"),
    "loose_epoch": ("1970-1-1 for unknown", "they write unknown times as the specification prints them (CDR-30)"),
    "loose_enums": ("enums in any spelling", "they write AVAILABLE as available, say (FLD-11, TYP-14)"),
    "wh_energy": ("energy in Wh", "they write Wh in charging periods, but kWh in totals (FLD-07)"),
}


def _flag(name: str) -> models.BooleanField:
    verbose_name, help_text = LENIENCIES[name]
    return models.BooleanField(verbose_name, default=False, help_text=help_text)


class Feature(models.TextChoices):
    """What a partner may not support although it advertises the module (FLD-17)."""

    CHARGING_PROFILES = "chargingprofiles", "charging profiles"
    PREFERENCES = "charging_preferences", "charging preferences"
    START_SESSION = "START_SESSION", "start a session"
    STOP_SESSION = "STOP_SESSION", "stop a session"
    RESERVE_NOW = "RESERVE_NOW", "reserve"
    CANCEL_RESERVATION = "CANCEL_RESERVATION", "cancel a reservation"
    UNLOCK_CONNECTOR = "UNLOCK_CONNECTOR", "unlock a connector"


class Deviations(models.Model):
    """The columns of a partner that hold its deviations, and what they do to one message."""

    class Addressing(models.TextChoices):
        """Whom our requests name as receiver (OCPI-to-*); beyond a hub, the party that the request is about."""

        PARTY = "PARTY", "the party it is about"
        HUB = "HUB", "always the hub"  # FLD-17
        OPEN = "OPEN", "nobody: the hub finds out"  # open routing, HUB-13

    accepts_plain_auth = models.BooleanField(
        "accept plain tokens", default=False, help_text="they send their token without Base64 (TRA-05)"
    )
    sends_plain_auth = models.BooleanField(
        "send plain tokens", default=False, help_text="they expect our token without Base64 (TRA-06)"
    )
    withholds_app_tokens = models.BooleanField(
        "withhold app tokens",
        default=False,
        help_text="their token list shows cards only; authorize still works (TOK-03)",
    )
    addressing = models.CharField(
        max_length=5, choices=Addressing, default=Addressing.PARTY,
        help_text="hubs only: whom our requests name as receiver, where they are about one party (HUB-13, FLD-17)",
    )  # fmt: skip
    answers_post_with_200 = models.BooleanField(
        "answer registration with 200", default=False, help_text="they do not accept 201 on POST credentials (AMB-07)"
    )
    lacks_put_credentials = models.BooleanField(
        "no PUT credentials",
        default=False,
        help_text="they renew tokens by unregistering and registering again (FLD-15)",
    )
    wants_slash = models.BooleanField(
        "give our URLs a slash at the end",
        default=False,
        help_text="they put ids behind our endpoints without one; takes effect when they read our versions (FLD-04)",
    )
    pages_by_offset = models.BooleanField(
        "count pages instead of following Link",
        default=False,
        help_text="their Link headers lead nowhere; X-Total-Count must be right (PAG-19)",
    )
    commands_url = models.CharField(
        "URL for commands", max_length=255, blank=True, validators=[URLValidator(["http", "https"])],
        help_text="they take commands although their version details do not list the module (VER-12)",
    )  # fmt: skip
    string_numbers = _flag("string_numbers")
    bare_prices = _flag("bare_prices")
    number_coordinates = _flag("number_coordinates")
    alpha2_country = _flag("alpha2_country")
    missing_last_updated = _flag("missing_last_updated")
    missing_evse_id = _flag("missing_evse_id")
    missing_evse_uid = _flag("missing_evse_uid")
    listed_objects = _flag("listed_objects")
    loose_epoch = _flag("loose_epoch")
    loose_enums = _flag("loose_enums")
    wh_energy = _flag("wh_energy")
    missing_routing = models.BooleanField(
        "no routing headers",
        default=False,
        help_text="they leave them out although one side has several parties; the URL then tells the owner (FLD-26)",
    )
    lacks = models.JSONField(
        "does not support", default=list, blank=True, help_text="what they refuse although they advertise it (FLD-17)"
    )
    rewrites_from = models.CharField(
        "their URLs begin with",
        max_length=255,
        blank=True,
        help_text="what stands in their version details and links but leads nowhere from here (FLD-05)",
    )
    rewrites_to = models.CharField("and we call", max_length=255, blank=True, help_text="what we put in its place")

    class Meta:
        abstract = True

    def clean(self) -> None:
        """A rewriting needs both halves, each the beginning of an absolute URL."""
        if bool(self.rewrites_from) != bool(self.rewrites_to):
            raise ValidationError({"rewrites_to": "the two belong together"})
        for name in ("rewrites_from", "rewrites_to"):
            parts = urlsplit(getattr(self, name))
            if getattr(self, name) and (parts.scheme not in {"http", "https"} or not parts.netloc):
                raise ValidationError({name: "not the beginning of an http(s) URL"})

    def tolerance(self) -> Tolerance:
        """For one message; what was overlooked in the one before goes to the counters."""
        self.keep_leniencies()
        self._tolerance = self.overlooking()
        return self._tolerance

    def overlooking(self) -> Tolerance:
        """For one message; what was overlooked in it the caller notes."""
        return Tolerance(**{name: getattr(self, name) for name in LENIENCIES}, received_at=clock.now())

    def keep_leniencies(self) -> None:
        tolerance = self.__dict__.pop("_tolerance", None)
        if tolerance is not None and tolerance.warnings:
            self.note(tolerance.warnings)

    def note(self, uses: Iterable[str]) -> None:
        """Count uses of leniencies, `path/kind` each."""
        leniency.note(self.pk, uses)

    def may_omit_routing(self) -> bool:
        """Whether a message without OCPI-from-* or OCPI-to-* is taken although several parties are possible."""
        if self.missing_routing:
            self.note(["OCPI-from-*/missing-routing"])
        return self.missing_routing

    def takes(self, feature: str) -> bool:
        """Whether they support what they advertise (FLD-17)."""
        return feature not in self.lacks
