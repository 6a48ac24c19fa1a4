"""The words of a tariff, by language: conditions, prices and steps, as parts of sentences."""

from collections.abc import Iterator, Mapping
from decimal import Decimal

from ocpi.protocol.pricing.conditions import WEEKDAYS, window
from ocpi.protocol.tariffs import TariffRestrictions

Phrases = Mapping[str, str]

ENGLISH: Phrases = {
    "days": "Mon Tue Wed Thu Fri Sat Sun",
    "between": "between {0} and {1}",
    "from_day": "from {0} on",
    "before_day": "before {0}",
    "on": "on {0}",
    "min_kwh": "from {0} kWh on",
    "max_kwh": "for the first {0} kWh",
    "min_duration": "from {0} after the start on",
    "max_duration": "during the first {0}",
    "min_current": "at {0} A or more",
    "max_current": "below {0} A",
    "min_power": "at {0} kW or more",
    "max_power": "below {0} kW",
    "hours": "{0} h",
    "minutes": "{0} min",
    "seconds": "{0} s",
    "ENERGY": "Energy",
    "TIME": "Charging time",
    "PARKING_TIME": "Parking after charging",
    "FLAT": "Fee per session",
    "RESERVED_TIME": "Reservation",
    "RESERVED_FLAT": "Fee per reservation",
    "EXPIRED_TIME": "Reservation that expires unused",
    "EXPIRED_FLAT": "Fee for a reservation that expires unused",
    "mark": ".",
    "per_ENERGY": "{0} per kWh",
    "per_TIME": "{0} per hour",
    "per_FLAT": "{0}",
    "free": "free",
    "with_vat": "{1} {2} including {3} % VAT ({0} {2} without)",
    "without_vat": "{0} {1} (no VAT applies)",
    "stepped": "{0}, billed in steps of {1}",
    "otherwise": "otherwise {0}",
    "min_price": "A session costs at least {0}.",
    "max_price": "A session costs at most {0}.",
    "limit": "{0} {1} without VAT",
    "limit_with_vat": "{1} {2} including VAT ({0} {2} without)",
    "all_free": "Charging is free.",
    "valid_from": "Valid from {0} UTC.",
    "valid_until": "Valid until {0} UTC.",
}

GERMAN: Phrases = {
    "days": "Mo Di Mi Do Fr Sa So",
    "between": "zwischen {0} und {1} Uhr",
    "from_day": "ab dem {0}",
    "before_day": "vor dem {0}",
    "on": "{0}",
    "min_kwh": "ab {0} kWh",
    "max_kwh": "für die ersten {0} kWh",
    "min_duration": "ab {0} nach Beginn",
    "max_duration": "während der ersten {0}",
    "min_current": "ab {0} A",
    "max_current": "unter {0} A",
    "min_power": "ab {0} kW",
    "max_power": "unter {0} kW",
    "hours": "{0} Std.",
    "minutes": "{0} Min.",
    "seconds": "{0} s",
    "ENERGY": "Energie",
    "TIME": "Ladezeit",
    "PARKING_TIME": "Parken nach dem Laden",
    "FLAT": "Gebühr je Ladevorgang",
    "RESERVED_TIME": "Reservierung",
    "RESERVED_FLAT": "Gebühr je Reservierung",
    "EXPIRED_TIME": "Ungenutzt abgelaufene Reservierung",
    "EXPIRED_FLAT": "Gebühr für eine ungenutzt abgelaufene Reservierung",
    "mark": ",",
    "per_ENERGY": "{0} je kWh",
    "per_TIME": "{0} je Stunde",
    "per_FLAT": "{0}",
    "free": "kostenlos",
    "with_vat": "{1} {2} inkl. {3} % USt. ({0} {2} ohne)",
    "without_vat": "{0} {1} (keine USt.)",
    "stepped": "{0}, abgerechnet in Schritten von {1}",
    "otherwise": "sonst {0}",
    "min_price": "Ein Ladevorgang kostet mindestens {0}.",
    "max_price": "Ein Ladevorgang kostet höchstens {0}.",
    "limit": "{0} {1} ohne USt.",
    "limit_with_vat": "{1} {2} inkl. USt. ({0} {2} ohne)",
    "all_free": "Laden ist kostenlos.",
    "valid_from": "Gültig ab {0} UTC.",
    "valid_until": "Gültig bis {0} UTC.",
}

LANGUAGES: Mapping[str, Phrases] = {"en": ENGLISH, "de": GERMAN}


def phrases(language: str) -> Phrases:
    """The words of a language (ISO 639-1); English for one that is not there."""
    return LANGUAGES.get(language.lower()[:2], ENGLISH)


def conditions(restrictions: TariffRestrictions | None, words: Phrases) -> str:
    """The conditions of an element as one part of a sentence; empty when it applies always."""
    return ", ".join(_conditions(restrictions, words)) if restrictions else ""


def _conditions(r: TariffRestrictions, words: Phrases) -> Iterator[str]:
    if r.day_of_week and len(set(r.day_of_week)) < 7:
        yield words["on"].format(_days(sorted({WEEKDAYS.index(day) for day in r.day_of_week}), words["days"].split()))
    first, last = window(r.start_time, r.end_time)
    if (first, last) != (0, 1440):
        yield words["between"].format(_clock(first), _clock(last))
    if r.start_date:
        yield words["from_day"].format(r.start_date)
    if r.end_date:
        yield words["before_day"].format(r.end_date)
    for name in ("min_kwh", "max_kwh", "min_current", "max_current", "min_power", "max_power"):
        if getattr(r, name) is not None:
            yield words[name].format(number(getattr(r, name), words))
    for name in ("min_duration", "max_duration"):
        if getattr(r, name) is not None:
            yield words[name].format(duration(getattr(r, name), words))


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def _days(days: list[int], names: list[str]) -> str:
    """Mon, Wed, Sat-Sun: runs of three days and more as a range."""
    runs: list[list[int]] = []
    for day in days:
        if runs and runs[-1][-1] == day - 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    return ", ".join(f"{names[run[0]]}–{names[run[-1]]}" if len(run) > 1 else names[run[0]] for run in runs)


def number(value: Decimal, words: Phrases, decimals: int = 0) -> str:
    """Without an exponent, with at least so many decimals and no further zeros: 16, 0.25, 2.00."""
    whole, _, fraction = format(value, "f").partition(".")
    fraction = fraction.rstrip("0").ljust(decimals, "0")
    return f"{whole}{words['mark']}{fraction}" if fraction else whole


def duration(seconds: int, words: Phrases) -> str:
    """In the largest unit that leaves no rest: 2 h, 90 min, 45 s."""
    for name, unit in (("hours", 3600), ("minutes", 60)):
        if seconds and seconds % unit == 0:
            return words[name].format(seconds // unit)
    return words["seconds"].format(seconds)
