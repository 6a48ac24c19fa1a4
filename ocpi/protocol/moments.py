"""DateTime as text and back (OCPI 2.2.1, chapter 16.2; TYP-04 to TYP-07)."""

import re
from datetime import UTC, datetime

_CANONICAL = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z?", re.ASCII)
_WRITTEN = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.(?!000)\d{3})?Z", re.ASCII)
_LENIENT = re.compile(
    r"(?P<date>\d{4}-\d\d-\d\d)"
    r"(?:[Tt ](?P<time>\d\d:\d\d:\d\d)(?:\.(?P<fraction>\d{1,32}))?"
    r"(?:[Zz]|(?P<sign>[+\- ])(?P<hours>\d\d):?(?P<minutes>\d\d)?)?)?",
    re.ASCII,
)


def parse_datetime(text: str) -> datetime:
    """Read a DateTime into an aware datetime in UTC, truncated to milliseconds. ValueError if it is none.

    No designator means UTC; an offset is converted although the specification allows none; a space is taken for the `+`
    that somebody forgot to escape in a URL; a date alone means its midnight.
    """
    if _CANONICAL.fullmatch(text):
        moment = datetime.fromisoformat(text)
        return to_milliseconds(moment if moment.tzinfo is UTC else moment.replace(tzinfo=UTC))
    match = _LENIENT.fullmatch(text)
    if match is None:
        raise ValueError("not a DateTime")
    fraction = (match["fraction"] or "").ljust(3, "0")[:3]
    clock = f"{match['date']}T{match['time'] or '00:00:00'}.{fraction}"
    try:
        return datetime.fromisoformat(clock + _offset(match)).astimezone(UTC)
    except OverflowError:
        raise ValueError("out of range") from None


def _offset(match: re.Match[str]) -> str:
    if match["sign"] is None:
        return "+00:00"
    sign = "-" if match["sign"] == "-" else "+"
    return f"{sign}{match['hours']}:{match['minutes'] or '00'}"


def as_written(text: str) -> datetime | None:
    """Its moment, if `format_datetime` would write it just so. ValueError if it is none."""
    return datetime.fromisoformat(text) if _WRITTEN.fullmatch(text) else None


def is_plain(text: str) -> bool:
    """Whether the text is written as the specification has it, so that there is nothing to remark."""
    return _CANONICAL.fullmatch(text) is not None


def to_milliseconds(moment: datetime) -> datetime:
    """Cut off what cannot be emitted: a stored moment must equal the one that partners saw (PAG-04)."""
    left = moment.microsecond % 1000
    return moment.replace(microsecond=moment.microsecond - left) if left else moment


def format_datetime(moment: datetime) -> str:
    """Write a moment as OCPI wants it: UTC, `Z`, no fraction or exactly three digits (TYP-04). ValueError if naive."""
    if moment.tzinfo is not UTC:
        offset = moment.utcoffset()
        if offset is None:
            raise ValueError("a datetime without time zone has no place on the wire")
        moment = (moment.replace(tzinfo=None) - offset).replace(tzinfo=UTC)
    return moment.isoformat(timespec="milliseconds" if moment.microsecond >= 1000 else "seconds")[:-6] + "Z"
