"""Real streets that made-up locations stand in, and the moments of a night on which the clocks go back."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple


class Place(NamedTuple):
    """`vat` is that of the country, in percent."""

    name: str
    address: str
    city: str
    postal_code: str
    country: str
    latitude: str
    longitude: str
    time_zone: str
    vat: float


PLACES = (
    Place("Stationsplein", "Stationsplein 9", "Utrecht", "3511 ED", "NLD", "52.089444", "5.110278",
          "Europe/Amsterdam", 21),
    Place("Museumplein", "Van Baerlestraat 33B", "Amsterdam", "1071 AP", "NLD", "52.357130", "4.880200",
          "Europe/Amsterdam", 21),
    Place("Markthal", "Dominee Jan Scharpstraat 298", "Rotterdam", "3011 GZ", "NLD", "51.919900", "4.486600",
          "Europe/Amsterdam", 21),
    Place("Hauptbahnhof", "Europaplatz 1", "Berlin", "10557", "DEU", "52.525084", "13.369402", "Europe/Berlin", 19),
    Place("Hafencity", "Am Sandtorkai 30", "Hamburg", "20457", "DEU", "53.543210", "9.992760", "Europe/Berlin", 19),
    Place("Gare du Midi", "Avenue Fonsny 47", "Brussel", "1060", "BEL", "50.835710", "4.335290",
          "Europe/Brussels", 21),
    Place("Part-Dieu", "Place Charles Béraudier 5", "Lyon", "69003", "FRA", "45.760560", "4.859440",
          "Europe/Paris", 20),
)  # fmt: skip
RESTS = (
    Place("Rasthof Linumer Bruch", "A24", "Fehrbellin", "16833", "DEU", "52.765400", "12.826500", "Europe/Berlin", 19),
    Place("De Lucht", "A2", "Bruchem", "5314 LK", "NLD", "51.793610", "5.226390", "Europe/Amsterdam", 21),
    Place("Aire de Beaune", "A6", "Merceuil", "21190", "FRA", "46.968890", "4.827220", "Europe/Paris", 20),
)  # fmt: skip


def clocks_go_back(before: datetime) -> datetime:
    """The last moment before that one at which summer time ended in the EU: 01:00 UTC on October's last Sunday."""
    return next(end for end in (_ends(before.year), _ends(before.year - 1)) if end < before)


def _ends(year: int) -> datetime:
    last = datetime(year, 10, 31, 1, tzinfo=UTC)
    return last - timedelta(days=(last.weekday() + 1) % 7)
