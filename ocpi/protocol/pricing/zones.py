"""Which clock hangs on the wall where the car stood: OCPI gives the zone to a Location and withholds it from a CDR."""

from functools import lru_cache
from zoneinfo import ZoneInfo

from ocpi.protocol.pricing.faults import CannotPrice
from ocpi.protocol.pricing.policy import Reading
from ocpi.protocol.pricing.results import Warning
from ocpi.protocol.types import is_time_zone

# Countries with one zone, and those where nearly all chargers stand in one; others would be a guess without ground.
_TABLE = """
ALB Europe/Tirane  AND Europe/Andorra  AUT Europe/Vienna  BEL Europe/Brussels  BGR Europe/Sofia  BIH Europe/Sarajevo
BLR Europe/Minsk  CHE Europe/Zurich  CYP Asia/Nicosia  CZE Europe/Prague  DEU Europe/Berlin  DNK Europe/Copenhagen
ESP Europe/Madrid  EST Europe/Tallinn  FIN Europe/Helsinki  FRA Europe/Paris  GBR Europe/London  GIB Europe/Gibraltar
GRC Europe/Athens  HRV Europe/Zagreb  HUN Europe/Budapest  IRL Europe/Dublin  ISL Atlantic/Reykjavik  ISR Asia/Jerusalem
ITA Europe/Rome  JPN Asia/Tokyo  LIE Europe/Vaduz  LTU Europe/Vilnius  LUX Europe/Luxembourg  LVA Europe/Riga
MCO Europe/Monaco  MDA Europe/Chisinau  MKD Europe/Skopje  MLT Europe/Malta  MNE Europe/Podgorica  NLD Europe/Amsterdam
NOR Europe/Oslo  POL Europe/Warsaw  PRT Europe/Lisbon  ROU Europe/Bucharest  SMR Europe/San_Marino  SRB Europe/Belgrade
SVK Europe/Bratislava  SVN Europe/Ljubljana  SWE Europe/Stockholm  TUR Europe/Istanbul  UKR Europe/Kyiv
VAT Europe/Vatican
"""

_WORDS = _TABLE.split()
ZONE_OF = dict(zip(_WORDS[::2], _WORDS[1::2], strict=True))


@lru_cache(maxsize=256)
def zone(name: str) -> ZoneInfo:
    """The zone of this IANA name. ValueError if there is none."""
    if not is_time_zone(name):
        raise ValueError(f"{name!r} is no time zone of the IANA database, such as Europe/Oslo")
    return ZoneInfo(name)


def resolve(name: str | None, country: str | None, reading: Reading, *, local: bool) -> tuple[ZoneInfo, list[Warning]]:
    """The zone to read local times in. `country` is alpha-3; `local` tells whether any restriction depends on it."""
    if reading.utc:
        return zone("UTC"), []
    if name is not None:
        return zone(name), []
    if reading.policy.missing_time_zone == "unpriceable" and local:
        raise CannotPrice("time_zone_unknown", "The tariff depends on local time, and the zone is not known.")
    guess = ZONE_OF.get(country or "") if reading.policy.missing_time_zone == "country" else None
    return zone(guess or "UTC"), [_guessed(guess, country)] if local else []


def _guessed(guess: str | None, country: str | None) -> Warning:
    if guess:
        sentence = f"The time zone of the location is not known; {guess} was taken, as for all of {country}."
        return Warning("time_zone_guessed", sentence, confidence="low")
    sentence = "The time zone of the location is not known; UTC was taken, although the tariff depends on local time."
    return Warning("time_zone_missing", sentence, confidence="low")
