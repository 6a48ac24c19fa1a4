"""Builds the network of this CPO as OCPI objects: locations, EVSEs, connectors, tariffs. One seed, one network."""

import json
import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from mock_cpo.config import Config

DATA = Path(__file__).parent / "data"
Wire = dict[str, Any]

DAILY = range(1, 8)
HOURS: dict[str, list[tuple[int, str, str]]] = {
    "shop": [(day, "08:00", "20:00") for day in range(1, 7)] + [(7, "12:00", "18:00")],
    "museum": [(day, "10:00", "18:00") for day in range(2, 8)],
    "evening": [(day, "07:00", "00:00") for day in DAILY],
    "season": [(day, "08:00", "19:30") for day in DAILY],
}
SPARE_STATUSES = ("OUTOFORDER", "INOPERATIVE", "UNKNOWN", "PLANNED", "BLOCKED")


def load(name: str) -> Any:
    return json.loads((DATA / f"{name}.json").read_text(encoding="utf-8"))


@dataclass(slots=True)
class Site:
    """A location as we run it. `private`: never published (LOC-43). `siblings`: EVSEs of one charge point (LOC-45)."""

    location: Wire
    private: bool = False
    siblings: dict[str, list[str]] = field(default_factory=dict)


class Catalogue:
    """Turns the data files into OCPI objects owned by one party."""

    def __init__(self, config: Config, now: datetime) -> None:
        self._config = config
        self._random = random.Random(config.seed)
        self._countries = load("countries")
        self._chargers = load("chargers")
        self._templates = load("tariffs")
        self._stamp = stamp(now)
        self._year = now.year
        self._owner = {"country_code": config.country, "party_id": config.party}

    def sites(self) -> list[Site]:
        return [self._site(data) for data in self._data()]

    def _data(self) -> list[Wire]:
        """The sites of our countries; of all when none is named."""
        lands = self._config.lands
        ours = [data for data in load("sites") if not lands or data["country"] in lands]
        wanted = self._config.locations or len(ours)
        return [_again(ours[n % len(ours)], n // len(ours)) for n in range(wanted)]

    def tariffs(self) -> list[Wire]:
        """Every tariff that some site uses, with the VAT of the country, plus the profile tariffs beside them."""
        used = sorted({(site["country"], name) for site in self._data() for name in site["tariffs"].values()})
        return [self._tariff(template, land) for land, name in used for template in self._family(name)]

    def _family(self, name: str) -> list[Wire]:
        return [template for template in self._templates if name in (template["id"], template.get("with"))]

    def _tariff(self, template: Wire, land: str) -> Wire:
        vat = self._countries[land]["vat"]
        kept = {key: template[key] for key in ("type", "start_date_time") if key in template}
        limits = {key: price(template[key], vat) for key in ("min_price", "max_price") if key in template}
        elements = [with_vat(element, vat) for element in template["elements"]]
        texts = self._texts(template["alt_text"], land)
        return (
            self._owner
            | kept
            | limits
            | {
                "id": f"{land}-{template['id']}",
                "currency": "EUR",
                "tariff_alt_text": texts,
                "elements": elements,
                "energy_mix": self._energy_mix(land),
                "last_updated": self._stamp,
            }
        )

    def _texts(self, texts: dict[str, str], land: str) -> list[Wire]:
        languages = dict.fromkeys(["en", self._countries[land]["language"], *(["nl"] if land == "BE" else [])])
        return [{"language": language, "text": texts[language]} for language in languages]

    def _site(self, data: Wire) -> Site:
        land = self._countries[data["country"]]
        evses, siblings = self._evses(data)
        location = self._owner | {
            "id": data["id"],
            "publish": not data.get("unpublished", False),
            "name": data["name"],
            "address": data["address"],
            "city": data["city"],
            "postal_code": data["postal_code"],
            "country": land["country"],
            "coordinates": coordinates(*data["at"]),
            "parking_type": data["parking_type"],
            "evses": evses,
            "directions": self._directions(data),
            "operator": self._operator(),
            "facilities": data["facilities"],
            "time_zone": land["time_zone"],
            "opening_times": self._hours(data["hours"]),
            "charging_when_closed": data["hours"] != "shop",
            "energy_mix": self._energy_mix(data["country"]),
            "last_updated": self._stamp,
        }
        return Site(location | self._extras(data), data.get("private", False), siblings)

    def _extras(self, data: Wire) -> Wire:
        extras: Wire = {}
        if "state" in data:
            extras["state"] = data["state"]
        if data.get("images"):
            extras["images"] = [self._image("location", "LOCATION"), self._image("charger", "CHARGER")]
            extras["related_locations"] = [entrance(data)]
        if data.get("unpublished"):
            extras["publish_allowed_to"] = [{"group_id": "TUD-STAFF"}]
        return extras

    def _operator(self) -> Wire:
        return {
            "name": "Mock Charging Networks",
            "website": f"{self._config.base_url}/",
            "logo": self._image("network", "NETWORK"),
        }

    def _image(self, name: str, category: str) -> Wire:
        url = f"{self._config.base_url}/static/{name}.svg"
        return {"url": url, "thumbnail": url, "category": category, "type": "svg", "width": 320, "height": 200}

    def _directions(self, data: Wire) -> list[Wire]:
        land = self._countries[data["country"]]
        english = f"Enter {data['name']} and follow the signs P+EV; charging bays are marked blue."
        return [{"language": "en", "text": english}, {"language": land["language"], "text": land["directions"]}]

    def _energy_mix(self, land: str) -> Wire:
        green = self._countries[land]["green"]
        wind = green * 6 // 10
        sources = [("WIND", wind), ("SOLAR", green - wind), ("GAS" if land != "FR" else "NUCLEAR", 100 - green)]
        return {
            "is_green_energy": green == 100,
            "supplier_name": "Nordlicht Energie",
            "energy_product_name": f"Mix {green}",
            "energy_sources": [{"source": name, "percentage": share} for name, share in sources if share],
            "environ_impact": [{"category": "CARBON_DIOXIDE", "amount": (100 - green) * 3}],
        }

    def _hours(self, kind: str) -> Wire:
        christmas = datetime(self._year, 12, 25, tzinfo=UTC)
        closed = [{"period_begin": stamp(christmas), "period_end": stamp(christmas + timedelta(days=1))}]
        if kind == "247":
            return {"twentyfourseven": True}
        weekly = [{"weekday": day, "period_begin": begin, "period_end": end} for day, begin, end in HOURS[kind]]
        late_night = datetime(self._year, 12, 18, 18, tzinfo=UTC)
        opening = [{"period_begin": stamp(late_night), "period_end": stamp(late_night + timedelta(hours=4))}]
        extra = {"exceptional_openings": opening} if kind == "museum" else {}
        return {"twentyfourseven": False, "regular_hours": weekly, "exceptional_closings": closed} | extra

    def _evses(self, data: Wire) -> tuple[list[Wire], dict[str, list[str]]]:
        evses: list[Wire] = []
        siblings: dict[str, list[str]] = {}
        kinds = [kind for kind, amount in data["chargers"].items() for _ in range(amount)]
        for point, kind in enumerate(kinds, start=1):
            group = self._charge_point(data, kind, point, first=len(evses) + 1)
            evses += group
            if len(group) > 1:
                uids = [evse["uid"] for evse in group]
                siblings |= {uid: [other for other in uids if other != uid] for uid in uids}
        return evses, siblings

    def _charge_point(self, data: Wire, kind: str, point: int, first: int) -> list[Wire]:
        charger = self._chargers[kind]
        return [
            self._evse(data, charger, connectors, first + index, bay=point)
            for index, connectors in enumerate(charger["evses"])
        ]

    def _evse(self, data: Wire, kind: Wire, connectors: list[Wire], number: int, bay: int) -> Wire:
        current, alone = kind["current"], len(kind["evses"]) == 1
        place = data["id"].replace("/", "").replace(" ", "")
        tariffs = [f"{data['country']}-{template['id']}" for template in self._family(data["tariffs"][current])]
        plugs = [
            {"id": str(index), **plug, "tariff_ids": tariffs, "last_updated": self._stamp}
            for index, plug in enumerate(connectors, start=1)
        ]
        evse = {
            "uid": f"{place}-{number:02d}",
            "evse_id": f"{data['country']}*{self._config.party}*E{place}*{number}",
            "status": self._status(number, alone),
            "connectors": plugs,
            "physical_reference": f"Bay {bay}",
            "parking_restrictions": ["EV_ONLY", "PLUGGED"] if number % 2 else ["EV_ONLY"],
            "last_updated": self._stamp,
        }
        if "UNDERGROUND" in data["parking_type"]:
            evse["floor_level"] = f"-{self._random.randint(1, 3)}"
        return evse | self._capabilities(data, current, connectors)

    def _status(self, number: int, alone: bool) -> str:
        """The first two EVSEs of a site always work, and twins; of the others one in five does not."""
        spare = self._random.choice(SPARE_STATUSES)
        return spare if self._random.random() < 0.2 and number > 2 and alone else "AVAILABLE"

    def _capabilities(self, data: Wire, current: str, connectors: list[Wire]) -> Wire:
        if data.get("no_capabilities"):
            return {}
        found = ["RFID_READER", "TOKEN_GROUP_CAPABLE"]
        if not data.get("no_remote"):
            found += ["REMOTE_START_STOP_CAPABLE", "CHARGING_PROFILE_CAPABLE"]
        if any("with" in template for template in self._family(data["tariffs"][current])):
            found.append("CHARGING_PREFERENCES_CAPABLE")
        if data.get("reservable"):
            found.append("RESERVABLE")
        if any(plug["format"] == "SOCKET" for plug in connectors):
            found.append("UNLOCK_CAPABLE")
        if current == "dc":
            found += ["CONTACTLESS_CARD_SUPPORT", "CREDIT_CARD_PAYABLE", "PED_TERMINAL"]
        if len(connectors) > 1:
            found.append("START_SESSION_CONNECTOR_REQUIRED")
        return {"capabilities": found}


def stamp(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z").replace(".000Z", "Z")


def _again(data: Wire, time: int) -> Wire:
    """The same site once more, a few hundred metres further north each time; the first time it is the site itself."""
    if not time:
        return data
    latitude, longitude = data["at"]
    return data | {"id": f"{data['id']}-{time}", "at": [round(latitude + time * 0.003, 5), longitude]}


def coordinates(latitude: float, longitude: float) -> Wire:
    """Strings with six decimals, trailing zeros kept (LOC-33)."""
    return {"latitude": f"{latitude:.6f}", "longitude": f"{longitude:.6f}"}


def entrance(data: Wire) -> Wire:
    latitude, longitude = data["at"]
    return coordinates(latitude + 0.0004, longitude - 0.0003) | {"name": {"language": "en", "text": "Entrance"}}


def price(excl_vat: float, vat: float) -> Wire:
    """The VAT of the country is added exactly, not by binary fractions."""
    incl = Decimal(str(excl_vat)) * (100 + Decimal(str(vat))) / 100
    return {"excl_vat": excl_vat, "incl_vat": float(incl)}


def with_vat(element: Wire, vat: float) -> Wire:
    return element | {"price_components": [component | {"vat": vat} for component in element["price_components"]]}
