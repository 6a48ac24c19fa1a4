"""Leaf types and shared classes (OCPI 2.2.1, chapter 16 "Types"): what a string, a number, a moment may look like.

Every alias is ready to stand in a pydantic field. Limits that pydantic checks natively cost nothing; Python functions
stand only where the specification, or what partners send, needs more than a length and a pattern.
"""

import re
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from typing import Annotated, Any, TypeVar
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PlainValidator,
    StringConstraints,
    ValidationInfo,
    WithJsonSchema,
    model_validator,
)
from pydantic.fields import FieldInfo
from pydantic_core import PydanticCustomError

from ocpi.protocol.countries import ALPHA_3_OF
from ocpi.protocol.model import PATTERN_MEANINGS, note, respelled, tolerates
from ocpi.protocol.model import OcpiModel as OcpiModel
from ocpi.protocol.model import Tolerance as Tolerance
from ocpi.protocol.moments import as_written, is_plain, to_milliseconds
from ocpi.protocol.moments import format_datetime as format_datetime
from ocpi.protocol.moments import parse_datetime as parse_datetime

T = TypeVar("T")

MAX_INT = 2**31 - 1
MAX_NUMBER = Decimal(10) ** 12
NOT_AVAILABLE = "#NA"  # stands in for a required string that cannot be known (TRA-49)


def _meaning(pattern: str, meaning: str) -> str:
    PATTERN_MEANINGS[pattern] = meaning
    return pattern


# --- CiString: printable ASCII, compared without regard to case (TYP-01)

PRINTABLE_ASCII = _meaning(r"^[ -~]*$", "may hold printable ASCII characters only")

CiString2 = Annotated[str, StringConstraints(max_length=2, pattern=PRINTABLE_ASCII)]
CiString3 = Annotated[str, StringConstraints(max_length=3, pattern=PRINTABLE_ASCII)]
CiString4 = Annotated[str, StringConstraints(max_length=4, pattern=PRINTABLE_ASCII)]
CiString32 = Annotated[str, StringConstraints(max_length=32, pattern=PRINTABLE_ASCII)]
CiString36 = Annotated[str, StringConstraints(max_length=36, pattern=PRINTABLE_ASCII)]
CiString39 = Annotated[str, StringConstraints(max_length=39, pattern=PRINTABLE_ASCII)]
CiString48 = Annotated[str, StringConstraints(max_length=48, pattern=PRINTABLE_ASCII)]

# The keys of objects stand in URLs, so they cannot be empty.
PartyCode = Annotated[str, StringConstraints(min_length=1, max_length=3, pattern=PRINTABLE_ASCII)]
Id36 = Annotated[str, StringConstraints(min_length=1, max_length=36, pattern=PRINTABLE_ASCII)]
Id39 = Annotated[str, StringConstraints(min_length=1, max_length=39, pattern=PRINTABLE_ASCII)]

_ASCII_UPPER = {lower: lower - 32 for lower in range(ord("a"), ord("z") + 1)}


def ci_key(text: str) -> str:
    """The spelling under which a CiString is looked up: ASCII letters in upper case, everything else untouched."""
    return text.upper() if text.isascii() else text.translate(_ASCII_UPPER)


def ci_equal(a: str, b: str) -> bool:
    """Whether two CiStrings mean the same."""
    return ci_key(a) == ci_key(b)


# --- string: printable UTF-8 without control characters (TYP-02)

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_NO_CONTROL = _meaning(r"^[^\x00-\x1f\x7f-\x9f]*$", "must not hold control characters")


def _printable(value: Any, info: ValidationInfo) -> Any:
    """Free text with a line break is common and harmless; losing a whole location over it would not be."""
    if isinstance(value, str) and not value.isprintable() and _CONTROL.search(value):
        note(info, value, "control-character")
        return _CONTROL.sub(" ", value)
    return value


_FREE = BeforeValidator(_printable)

String4 = Annotated[str, StringConstraints(max_length=4), _FREE]
String10 = Annotated[str, StringConstraints(max_length=10), _FREE]
String16 = Annotated[str, StringConstraints(max_length=16), _FREE]
String45 = Annotated[str, StringConstraints(max_length=45), _FREE]
String64 = Annotated[str, StringConstraints(max_length=64), _FREE]
String100 = Annotated[str, StringConstraints(max_length=100), _FREE]
String255 = Annotated[str, StringConstraints(max_length=255), _FREE]
String512 = Annotated[str, StringConstraints(max_length=512), _FREE]

# Strings that identify something: replacing a character would make them name something else.
Code64 = Annotated[str, StringConstraints(max_length=64, pattern=_NO_CONTROL)]
Code255 = Annotated[str, StringConstraints(max_length=255, pattern=_NO_CONTROL)]

# Signed material is kept to the letter, line breaks included, or the signature breaks (CDR-32).
Opaque512 = Annotated[str, StringConstraints(max_length=512)]
Opaque5000 = Annotated[str, StringConstraints(max_length=5000)]

SecretToken = Annotated[
    str,
    StringConstraints(
        max_length=64, pattern=_meaning(r"^[!-~]+$", "must be 1 to 64 printable ASCII characters without spaces")
    ),
]

# --- Codes of other standards (TYP-17): the shape is checked, not membership, because the lists change

_TWO_LETTERS = _meaning(r"^[A-Za-z]{2}$", "must be two letters (ISO 3166-1 alpha-2 country, ISO 639-1 language)")
_THREE_LETTERS = _meaning(
    r"^[A-Z]{3}$", "must be three capital letters (ISO 3166-1 alpha-3 country, ISO 4217 currency)"
)

CountryCode = Annotated[str, StringConstraints(pattern=_TWO_LETTERS)]
Currency = Annotated[str, StringConstraints(pattern=_THREE_LETTERS)]
Language = Annotated[str, StringConstraints(pattern=_TWO_LETTERS)]


def _alpha_3(value: Any, info: ValidationInfo) -> Any:
    if isinstance(value, str) and tolerates(info, "alpha2_country") and value.upper() in ALPHA_3_OF:
        note(info, value, "alpha2-country")
        return ALPHA_3_OF[value.upper()]
    return value


Country = Annotated[str, StringConstraints(pattern=_THREE_LETTERS), BeforeValidator(_alpha_3)]


@lru_cache(maxsize=1024)
def is_time_zone(name: str) -> bool:
    """Whether the IANA database knows this zone. Offsets such as `CET+1` are no zones (LOC-32)."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # not found; not a name; a folder such as "Europe"
        return False
    return True


def _time_zone(value: str) -> str:
    if not is_time_zone(value):
        raise PydanticCustomError("time_zone", "must be a time zone of the IANA database, such as Europe/Oslo")
    return value


TimeZone = Annotated[str, StringConstraints(max_length=255, pattern=PRINTABLE_ASCII), AfterValidator(_time_zone)]

# --- URL: absolute, at most 255 characters (TYP-12)

Url = Annotated[
    str,
    StringConstraints(
        max_length=255,
        pattern=_meaning(
            r"^[Hh][Tt][Tt][Pp][Ss]?://[^\x00-\x20\x7f-\x9f/?#\\]+[^\x00-\x20\x7f-\x9f]*$",
            "must be an absolute http or https URL",
        ),
    ),
]

_WEB = re.compile(r"https?://", re.IGNORECASE)
_OTHER_SCHEME = re.compile(r"\s*[a-z][a-z0-9+.\-]*:(?!\d)", re.IGNORECASE)


def _informational(value: str, info: ValidationInfo) -> str:
    """A website is for people to read: a missing scheme is overlooked, a scheme that browsers would execute is not."""
    if _WEB.match(value):
        return value
    if _OTHER_SCHEME.match(value):
        raise PydanticCustomError("url", "must be an http or https URL")
    note(info, value, "url")
    return value


InfoUrl = Annotated[str, StringConstraints(max_length=255, pattern=_NO_CONTROL), AfterValidator(_informational)]

# --- DateTime (TYP-04 to TYP-07): `moments` has the grammar

_EPOCH_AS_PRINTED = "1970-1-1T00:00:00Z"


def _datetime(value: Any, info: ValidationInfo) -> datetime:
    if isinstance(value, str):
        return _datetime_text(value, info)
    if isinstance(value, datetime) and value.tzinfo is not None:
        respelled(info)
        return to_milliseconds(value.astimezone(UTC))
    raise PydanticCustomError("datetime", "must be a DateTime such as 2019-01-28T12:00:00Z")


def _datetime_text(value: str, info: ValidationInfo) -> datetime:
    try:
        moment = as_written(value)
        if moment is not None:
            return moment
        moment = parse_datetime(value)
    except ValueError:
        if value == _EPOCH_AS_PRINTED and tolerates(info, "loose_epoch"):
            note(info, value, "loose-epoch")
            return datetime(1970, 1, 1, tzinfo=UTC)
        raise PydanticCustomError("datetime", "must be a DateTime such as 2019-01-28T12:00:00Z") from None
    respelled(info)
    if not is_plain(value):
        note(info, value, "datetime")
    return moment


DateTime = Annotated[datetime, PlainValidator(_datetime), WithJsonSchema({"type": "string", "format": "date-time"})]


# --- Local clock times and dates, as tariffs and opening hours use them (TAR-17, LOC-31)


def _midnight(value: Any, info: ValidationInfo) -> Any:
    if value == "24:00":
        note(info, value, "24:00")
        return "00:00"
    return value


LocalTime = Annotated[
    str,
    StringConstraints(pattern=_meaning(r"^([0-1][0-9]|2[0-3]):[0-5][0-9]$", "must be a local time HH:MM")),
    BeforeValidator(_midnight),
]
LocalDate = Annotated[
    str,
    StringConstraints(
        pattern=_meaning(r"^[12][0-9]{3}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$", "must be a local date YYYY-MM-DD")
    ),
]

# --- Numbers (TYP-08 to TYP-11)

_NUMBER_TEXT = re.compile(r"-?\d{1,13}(?:\.\d{1,20})?", re.ASCII)


def _from_text(value: str, info: ValidationInfo) -> Decimal | None:
    if tolerates(info, "string_numbers") and _NUMBER_TEXT.fullmatch(value):
        note(info, value, "string-number")
        return Decimal(value)
    return None


def _number(value: Any, info: ValidationInfo) -> Decimal:
    number: Decimal | None = None
    if isinstance(value, float):
        number = Decimal(repr(value))
        if value.is_integer():
            respelled(info)
    elif (isinstance(value, int) and not isinstance(value, bool)) or isinstance(value, Decimal):
        number = Decimal(value)
    elif isinstance(value, str):
        number = _from_text(value, info)
    if number is None:
        raise PydanticCustomError("number", "must be a JSON number")
    if not number.is_finite() or abs(number) > MAX_NUMBER:
        raise PydanticCustomError("number", "is out of range")
    return number


def _integral(value: Any, info: ValidationInfo) -> Any:
    """1.0 is an integer to JSON (TYP-10); pydantic itself refuses 1.5 and true afterwards."""
    if isinstance(value, float) and value.is_integer():
        respelled(info)
        return int(value)
    if isinstance(value, str):
        number = _from_text(value, info)
        return int(number) if number is not None and number == number.to_integral_value() else value
    return value


Number = Annotated[Decimal, PlainValidator(_number), WithJsonSchema({"type": "number"})]
INTEGRAL = BeforeValidator(_integral)  # for integers with limits of their own; limits of `Int` would stay in its schema
Int = Annotated[int, Field(strict=True, ge=-MAX_INT - 1, le=MAX_INT), INTEGRAL]
Bool = Annotated[bool, Field(strict=True)]

# --- Cardinality: `*` absent, null or empty; `+` at least one (TYP-13)


def _empty_if_null(value: Any) -> Any:
    return [] if value is None else value


Many = Annotated[list[T], BeforeValidator(_empty_if_null)]
Some = Annotated[list[T], Field(min_length=1)]


def open_enum(known: type[StrEnum]) -> FieldInfo:
    """Constraints of an enum that partners extend: any printable text is kept, known values are examples (LOC-39)."""
    examples = [member.value for member in known]
    limits: FieldInfo = Field(
        min_length=1, max_length=255, pattern=_NO_CONTROL, examples=examples, title=known.__name__
    )
    return limits


def remarked(known: type[StrEnum]) -> AfterValidator:
    """A value that is not in the specification is kept, with a remark (FLD-11)."""
    values = frozenset(member.value for member in known)

    def check(value: str, info: ValidationInfo) -> str:
        if value not in values:
            note(info, value, "unknown-value")
        return value

    return AfterValidator(check)


# --- Classes and enums that several chapters share


class Role(StrEnum):
    """What a party does in the market (chapter 16)."""

    CPO = "CPO"
    EMSP = "EMSP"
    HUB = "HUB"
    NAP = "NAP"
    NSP = "NSP"
    OTHER = "OTHER"
    SCSP = "SCSP"


class TokenType(StrEnum):
    """What kind of thing identifies the driver (chapter 12 "Tokens"); stands here because four chapters name it."""

    AD_HOC_USER = "AD_HOC_USER"
    APP_USER = "APP_USER"
    OTHER = "OTHER"
    RFID = "RFID"


class ProfileType(StrEnum):
    """How a driver wants to be charged (chapter 9 "Sessions"); stands here because tokens name it too."""

    CHEAP = "CHEAP"
    FAST = "FAST"
    GREEN = "GREEN"
    REGULAR = "REGULAR"


class DisplayText(OcpiModel):
    """A text for people, in one language; no markup, so it must be escaped before it is shown (TYP-16)."""

    language: Language = Field(description="Language of the text, two letters (ISO 639-1).")
    text: String512 = Field(description="The text itself, without markup.")


class Price(OcpiModel):
    """An amount of money, in the currency that the object around it names (TYP-15)."""

    excl_vat: Number = Field(description="Amount without VAT.")
    incl_vat: Number | None = Field(default=None, description="Amount with VAT; absent where none applies or is known.")

    @model_validator(mode="before")
    @classmethod
    def _accept_bare_number(cls, value: Any, info: ValidationInfo) -> Any:
        """OCPI 2.1.1 had plain numbers here, and some partners never changed (FLD-08)."""
        if isinstance(value, (int, float)) and not isinstance(value, bool) and tolerates(info, "bare_prices"):
            note(info, value, "bare-price")
            return {"excl_vat": value}
        return value
