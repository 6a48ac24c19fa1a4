"""How one object of each kind is made. Every factory gets `rng`, where chance comes from, and `number`, its own.

Traits are set like fields: `LocationFactory.build(dc_hub=True, …)`; fields by their names in OCPI, known or not.
"""

from datetime import datetime
from typing import Any

import factory

from ocpi.protocol.moments import format_datetime
from ocpi.protocol.testdata.places import PLACES, RESTS

Wire = dict[str, Any]
_PUBLIC = ["REMOTE_START_STOP_CAPABLE", "RFID_READER", "RESERVABLE", "UNLOCK_CAPABLE"]
_HELD, _RESERVED = (("FLAT", 1), ("TIME", 4)), {"reservation": "RESERVATION"}
_NIGHT = {"start_time": "23:00", "end_time": "03:00"}


class _Made(factory.DictFactory):  # type: ignore[misc]
    """What all have: when they last changed."""

    class Meta:
        abstract = True

    class Params:
        rng: Any = None
        number = 1
        now: datetime | None = None

    last_updated = factory.LazyAttribute(lambda o: format_datetime(o.now))


class ConnectorFactory(_Made):
    """A Type 2 socket of 11 kW; with `dc` a CCS cable, with `home` a cable of one phase."""

    id = "1"
    standard = "IEC_62196_T2"
    format = "SOCKET"
    power_type = "AC_3_PHASE"
    max_voltage = 230
    max_amperage = 16
    tariff_ids = factory.LazyFunction(list)

    class Params:
        dc = factory.Trait(
            standard="IEC_62196_T2_COMBO", format="CABLE", power_type="DC", max_voltage=920, max_amperage=400,
            max_electric_power=350_000,
        )  # fmt: skip
        home = factory.Trait(format="CABLE", power_type="AC_1_PHASE", max_amperage=32)


class EvseFactory(_Made):
    """`at` is the id of its location, `owner` the party's ids."""

    uid = factory.LazyAttribute(lambda o: f"{o.at}-{o.number}")
    evse_id = factory.LazyAttribute(lambda o: "*".join([*o.owner, f"E{o.at}", str(o.number)]))
    status = "AVAILABLE"
    capabilities = factory.LazyFunction(lambda: list(_PUBLIC))
    physical_reference = factory.LazyAttribute(lambda o: f"Bay {o.number}")
    parking_restrictions = factory.LazyFunction(lambda: ["EV_ONLY", "PLUGGED"])
    connectors = factory.LazyAttribute(lambda o: [_connector(o)])

    class Params:
        at = "LOC1"
        owner = ("NL", "CPO")
        tariff_ids: Any = ()
        dc = False
        home = factory.Trait(
            capabilities=["RFID_READER"], physical_reference="Driveway", parking_restrictions=["CUSTOMERS"]
        )


def _connector(evse: Any) -> Wire:
    kind = {"dc": evse.dc, "home": evse.home, "tariff_ids": list(evse.tariff_ids)}
    made: Wire = ConnectorFactory.build(rng=evse.rng, now=evse.now, **kind)
    return made


class LocationFactory(_Made):
    """A car park with two to six bays; with `dc_hub` at a motorway, with `home_charger` a driver's own driveway."""

    country_code = factory.LazyAttribute(lambda o: o.owner[0])
    party_id = factory.LazyAttribute(lambda o: o.owner[1])
    id = factory.LazyAttribute(lambda o: f"LOC{o.number}")
    publish = True
    name = factory.LazyAttribute(lambda o: o.place.name)
    address = factory.LazyAttribute(lambda o: o.place.address)
    city = factory.LazyAttribute(lambda o: o.place.city)
    postal_code = factory.LazyAttribute(lambda o: o.place.postal_code)
    country = factory.LazyAttribute(lambda o: o.place.country)
    coordinates = factory.LazyAttribute(lambda o: {"latitude": o.place.latitude, "longitude": o.place.longitude})
    parking_type = factory.LazyAttribute(lambda o: o.rng.choice(["PARKING_LOT", "PARKING_GARAGE", "ON_STREET"]))
    facilities = factory.LazyAttribute(lambda o: o.rng.sample(["HOTEL", "CAFE", "TRAIN_STATION", "MALL"], 2))
    time_zone = factory.LazyAttribute(lambda o: o.place.time_zone)
    opening_times = factory.LazyFunction(lambda: {"twentyfourseven": True})
    operator = factory.LazyAttribute(lambda o: {"name": f"{o.owner[1]} Charging"})
    evses = factory.LazyAttribute(lambda o: _evses(o))

    bays = factory.LazyAttribute(lambda o: o.rng.randint(2, 6))
    place = factory.LazyAttribute(lambda o: o.rng.choice(PLACES))

    class Meta:
        exclude = ("bays", "place")  # no parameters, because traits change them

    class Params:
        owner = ("NL", "CPO")
        tariff_ids: Any = ()
        dc_hub = factory.Trait(
            bays=factory.LazyAttribute(lambda o: o.rng.randint(8, 16)),
            place=factory.LazyAttribute(lambda o: o.rng.choice(RESTS)),
            parking_type="ALONG_MOTORWAY",
            facilities=["RESTAURANT", "FUEL_STATION"],
        )
        home_charger = factory.Trait(publish=False, name="Home", parking_type="ON_DRIVEWAY", facilities=[], bays=1)


def _evses(location: Any) -> list[Wire]:
    shared = {
        "rng": location.rng, "now": location.now, "at": location.id, "owner": location.owner,
        "tariff_ids": location.tariff_ids, "dc": location.dc_hub, "home": location.home_charger,
    }  # fmt: skip
    return [EvseFactory.build(number=number, **shared) for number in range(1, location.bays + 1)]


def _element(vat: float, *components: tuple[str, float], **restrictions: Any) -> Wire:
    prices = [{"type": kind, "price": price, "vat": vat, "step_size": 1} for kind, price in components]
    return {"price_components": prices} | ({"restrictions": restrictions} if restrictions else {})


class TariffFactory(_Made):
    """By the kWh and for blocking a bay; `night` is cheaper by the local clock, `reservation` prices holding a bay."""

    country_code = factory.LazyAttribute(lambda o: o.owner[0])
    party_id = factory.LazyAttribute(lambda o: o.owner[1])
    id = factory.LazyAttribute(lambda o: f"TAR{o.number}")
    currency = "EUR"
    type = "REGULAR"
    tariff_alt_text = factory.LazyAttribute(lambda o: [{"language": "en", "text": f"{o.kwh:.2f} EUR per kWh"}])
    elements = factory.LazyAttribute(lambda o: [*o.before, _element(o.vat, ("ENERGY", o.kwh), *o.beside)])
    kwh = factory.LazyAttribute(lambda o: o.rng.randint(29, 45) / 100)
    before = factory.LazyFunction(list)
    beside = (("PARKING_TIME", 3),)

    class Meta:
        exclude = ("kwh", "before", "beside")

    class Params:
        owner = ("NL", "CPO")
        vat = 21
        dc_hub = factory.Trait(
            kwh=factory.LazyAttribute(lambda o: o.rng.randint(59, 79) / 100),
            beside=(("FLAT", 0.5), ("PARKING_TIME", 12)),
        )
        home_charger = factory.Trait(kwh=factory.LazyAttribute(lambda o: o.rng.randint(22, 30) / 100), beside=())
        night = factory.Trait(
            before=factory.LazyAttribute(lambda o: [_element(o.vat, ("ENERGY", round(o.kwh - 0.1, 2)), **_NIGHT)])
        )
        reservation = factory.Trait(before=factory.LazyAttribute(lambda o: [_element(o.vat, *_HELD, **_RESERVED)]))


class TokenFactory(_Made):
    """A card that the CPO may keep on its list; `app_user` is a driver without card, `blocked` may not charge."""

    country_code = factory.LazyAttribute(lambda o: o.owner[0])
    party_id = factory.LazyAttribute(lambda o: o.owner[1])
    uid = factory.LazyAttribute(lambda o: f"04{o.rng.getrandbits(40):010X}80")
    type = "RFID"
    contract_id = factory.LazyAttribute(lambda o: "-".join([*o.owner, f"C{o.number:08d}"]))
    visual_number = factory.LazyAttribute(lambda o: f"{o.owner[1]} {o.number:06d}")
    issuer = "Open eMSP"
    valid = True
    whitelist = "ALLOWED"
    language = factory.LazyAttribute(lambda o: o.rng.choice(["nl", "de", "fr", "en"]))

    class Params:
        owner = ("NL", "EMS")
        app_user = factory.Trait(
            type="APP_USER", uid=factory.LazyAttribute(lambda o: f"app-{o.rng.getrandbits(48):012x}"), whitelist="NEVER"
        )
        blocked = factory.Trait(valid=False, whitelist="NEVER")
