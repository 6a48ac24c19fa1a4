"""The leaf types: what a moment, a number, a text, a URL may look like."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from ocpi.protocol.commands import StopSession
from ocpi.protocol.errors import InvalidObject
from ocpi.protocol.hubclientinfo import ClientInfo
from ocpi.protocol.locations import BusinessDetails, GeoLocation, Image, Location, RegularHours
from ocpi.protocol.tariffs import TariffRestrictions
from ocpi.protocol.tests.samples import MODELS, smallest
from ocpi.protocol.tokens import EnergyContract
from ocpi.protocol.types import DisplayText, Price, Tolerance, ci_equal, ci_key, format_datetime, parse_datetime

NOON = datetime(2019, 1, 28, 12, tzinfo=UTC)


class TestDateTime:
    @pytest.mark.requirement("TYP-04", "TYP-05", "TYP-06", "TYP-07", "FLD-06", "AMB-38", "PAG-05")
    @pytest.mark.parametrize(
        "text",
        [
            "2019-01-28T12:00:00Z",
            "2019-01-28T12:00:00",
            "2019-01-28T12:00:00.0Z",
            "2019-01-28T12:00:00.000000000Z",
            "2019-01-28T12:00:00.0000000000000Z",
            "2019-01-28T12:00:00+00:00",
            "2019-01-28T12:00:00 00:00",
            "2019-01-28T14:00:00+02:00",
            "2019-01-28T14:00:00+0200",
            "2019-01-28T14:00:00+02",
            "2019-01-28T14:00:00 02:00",
            "2019-01-28T06:30:00-05:30",
            "2019-01-28t12:00:00z",
            "2019-01-28 12:00:00Z",
            "2019-01-28 12:00:00",
        ],
    )
    def test_all_these_mean_noon_in_utc(self, text: str) -> None:
        assert parse_datetime(text) == NOON
        assert parse_datetime(text).tzinfo is UTC

    def test_a_date_alone_means_its_midnight(self) -> None:
        assert parse_datetime("2019-01-28") == NOON.replace(hour=0)

    @pytest.mark.requirement("TYP-06", "PAG-04")
    @pytest.mark.parametrize(
        ("text", "written"),
        [
            ("2019-01-28T12:00:00.2Z", "2019-01-28T12:00:00.200Z"),
            ("2019-01-28T12:00:00.123456Z", "2019-01-28T12:00:00.123Z"),
            ("2019-01-28T12:00:00.1239999999Z", "2019-01-28T12:00:00.123Z"),
            ("2019-01-28T12:00:00.0004Z", "2019-01-28T12:00:00Z"),
            ("2019-01-28T12:00:00.999+00:00", "2019-01-28T12:00:00.999Z"),
        ],
    )
    def test_fractions_are_cut_to_what_we_write(self, text: str, written: str) -> None:
        assert format_datetime(parse_datetime(text)) == written

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "now",
            "2019",
            "20190128T120000Z",
            "2019-W05-1T12:00:00Z",
            "2019-13-01T00:00:00Z",
            "2019-02-29T00:00:00Z",
            "2019-01-28T25:00:00Z",
            "2019-01-28T12:00:00ZZ",
            "2019-01-28T12:00:00+25:00",
            "2019-01-28T12:00:00Z\n",
            " 2019-01-28T12:00:00Z",
            "1970-1-1T00:00:00Z",
            "0000-01-01T00:00:00Z",
            "0001-01-01T00:00:00+10:00",
            "9999-12-31T23:59:59-10:00",
            "\uff12019-01-28T12:00:00Z",
        ],
    )
    def test_anything_else_is_no_moment(self, text: str) -> None:
        with pytest.raises(ValueError, match=r"."):
            parse_datetime(text)

    @pytest.mark.requirement("TYP-04", "AMB-37")
    @given(st.datetimes(timezones=st.timezones() | st.just(timezone(timedelta(hours=5, minutes=30)))))
    @pytest.mark.long
    def test_what_we_write_has_at_most_24_characters_and_a_z(self, moment: datetime) -> None:
        try:
            text = format_datetime(moment)
        except OverflowError:  # the last hours of the calendar have no UTC
            return
        assert len(text) in (20, 24)
        assert text.endswith("Z")
        assert abs(parse_datetime(text) - moment) < timedelta(milliseconds=1)

    def test_a_naive_moment_is_never_written(self) -> None:
        with pytest.raises(ValueError, match="time zone"):
            format_datetime(datetime(2019, 1, 28))

    def test_code_may_pass_any_aware_moment_but_no_naive_one(self) -> None:
        oslo = NOON.astimezone(timezone(timedelta(hours=1))).replace(microsecond=1999)
        made = ClientInfo(party_id="CPO", country_code="NL", role="CPO", status="PLANNED", last_updated=oslo)  # type: ignore[arg-type]
        assert made.last_updated == NOON.replace(microsecond=1000)
        assert made.to_wire()["last_updated"] == "2019-01-28T12:00:00.001Z"
        with pytest.raises(ValidationError):
            ClientInfo.model_validate({**smallest("ClientInfo"), "last_updated": datetime(2019, 1, 28)})

    @pytest.mark.parametrize("value", [1548676800, 1.5, True, ["2019-01-28T12:00:00Z"]])
    def test_a_json_value_that_is_no_string_is_no_moment(self, value: object) -> None:
        with pytest.raises(InvalidObject, match="last_updated: must be a DateTime"):
            ClientInfo.from_wire({**smallest("ClientInfo"), "last_updated": value})


class TestNumbers:
    @pytest.mark.requirement("TYP-08", "TYP-09", "CDR-32", "TAR-16")
    @pytest.mark.parametrize(
        ("sent", "kept"),
        [
            (0.25, "0.25"),
            (0.1, "0.1"),
            (4.00, "4.0"),
            (-4, "-4"),
            (0.30000000000000004, "0.30000000000000004"),
            (0.123456, "0.123456"),
            (10**12, "1000000000000"),
            (1e-7, "1E-7"),
        ],
    )
    def test_a_number_becomes_the_decimal_that_was_written(self, sent: float, kept: str) -> None:
        price = Price.from_wire({"excl_vat": sent})
        assert price.excl_vat == Decimal(kept)
        assert price.to_wire() == {"excl_vat": sent}

    @pytest.mark.requirement("TYP-08")
    def test_whole_numbers_are_written_without_a_fraction(self) -> None:
        assert str(Price(excl_vat=Decimal("4.00"), incl_vat=Decimal("4.40")).to_wire()) == (
            "{'excl_vat': 4, 'incl_vat': 4.4}"
        )

    @pytest.mark.requirement("TYP-08", "TYP-11", "TAR-19")
    @pytest.mark.parametrize("sent", ["0.25", "", True, False, [1], {}, 1e13, -1e13, float("nan"), float("inf"), 2**70])
    def test_what_is_no_number_or_beyond_all_measure_is_refused(self, sent: object) -> None:
        with pytest.raises(InvalidObject, match="excl_vat"):
            Price.from_wire({"excl_vat": sent})

    @pytest.mark.requirement("TYP-10")
    @pytest.mark.parametrize("sent", [512, 512.0])
    def test_an_integer_may_be_written_with_a_zero_fraction(self, sent: object) -> None:
        assert image(width=sent).to_wire()["width"] == 512

    @pytest.mark.requirement("TYP-10")
    @pytest.mark.parametrize("sent", [1.5, True, "512", -1, 100_000, 1e300, float("nan"), float("inf"), 2**31])
    def test_what_is_no_integer_in_range_is_refused(self, sent: object) -> None:
        with pytest.raises(InvalidObject, match="width"):
            image(width=sent)


def image(**fields: object) -> Image:
    return Image.from_wire({**smallest("Image"), **fields})


class TestText:
    @pytest.mark.requirement("TYP-02")
    @pytest.mark.parametrize("text", ["Köln ⚡", "東京", "a\u00a0b", "<b>bold</b>", ""])
    def test_any_script_is_text(self, text: str) -> None:
        assert DisplayText.from_wire({"language": "en", "text": text}).text == text

    @pytest.mark.requirement("TYP-02")
    def test_control_characters_in_free_text_become_spaces_with_a_warning(self) -> None:
        tolerance = Tolerance()
        read = DisplayText.from_wire({"language": "en", "text": "first\r\nsecond\t\u0085"}, tolerance)
        assert read.text == "first  second  "
        assert tolerance.warnings == ["text/control-character"]

    @pytest.mark.requirement("TYP-02")
    @pytest.mark.parametrize("text", ["a\nb", "\x00", "\x9f"])
    def test_control_characters_in_names_of_things_are_refused(self, text: str) -> None:
        with pytest.raises(InvalidObject, match="contract_id: must not hold control characters"):
            EnergyContract.from_wire({"supplier_name": "x", "contract_id": text})

    @pytest.mark.requirement("TYP-03")
    def test_length_is_counted_in_characters_not_bytes(self) -> None:
        assert DisplayText.from_wire({"language": "en", "text": "⚡" * 512}).text == "⚡" * 512

    @pytest.mark.requirement("TYP-01", "AMB-44", "HUB-05", "TRA-40")
    def test_cistrings_are_equal_in_any_letter_case_but_only_ascii_letters_are_folded(self) -> None:
        assert ci_equal("loc1", "LOC1")
        assert not ci_equal("loc1", "loc2")
        assert ci_key("aß1ÿ") == "Aß1ÿ"

    @pytest.mark.requirement("TYP-17")
    @pytest.mark.parametrize(("field", "value"), [("country", "NL"), ("country", "nld"), ("country_code", "NLD")])
    def test_countries_have_two_or_three_letters_by_field(self, field: str, value: str) -> None:
        with pytest.raises(InvalidObject, match=field):
            Location.from_wire({**smallest("Location"), field: value})

    @pytest.mark.requirement("TYP-17", "CDR-26", "TOK-34", "TYP-16")
    @pytest.mark.parametrize(
        ("name", "field", "value"),
        [
            ("Tariff", "currency", "EURO"),
            ("Tariff", "currency", "eur"),
            ("Token", "language", "nl-NL"),
            ("DisplayText", "language", "n"),
        ],
    )
    def test_currencies_and_languages_have_their_shape(self, name: str, field: str, value: str) -> None:
        with pytest.raises(InvalidObject, match=field):
            MODELS[name].from_wire({**smallest(name), field: value})

    @pytest.mark.requirement("CDR-26")
    def test_any_currency_is_a_currency(self) -> None:
        assert MODELS["Tariff"].from_wire({**smallest("Tariff"), "currency": "SEK"})

    @pytest.mark.requirement("LOC-32")
    @pytest.mark.parametrize("zone", ["Europe/Oslo", "UTC", "America/Argentina/Buenos_Aires"])
    def test_a_time_zone_has_a_name_of_the_iana_database(self, zone: str) -> None:
        assert Location.from_wire({**smallest("Location"), "time_zone": zone})

    @pytest.mark.requirement("LOC-32")
    @pytest.mark.parametrize(
        "zone", ["CET+1", "+01:00", "Europe", "", "..", "/etc/passwd", "Europe/Atlantis", "x" * 255]
    )
    def test_offsets_folders_and_paths_are_no_time_zones(self, zone: str) -> None:
        with pytest.raises(InvalidObject, match="time_zone"):
            Location.from_wire({**smallest("Location"), "time_zone": zone})


class TestUrls:
    @pytest.mark.requirement("TYP-12", "CMD-03")
    @pytest.mark.parametrize("url", ["https://example.com", "HTTP://host:8080/a?b=c&d=%20#e", "https://[::1]/x"])
    def test_an_absolute_http_url_is_a_url(self, url: str) -> None:
        assert StopSession.from_wire({"response_url": url, "session_id": "S1"}).response_url == url

    @pytest.mark.requirement("TYP-12")
    @pytest.mark.parametrize(
        "url",
        ["", "/relative", "example.com", "ftp://example.com", "https://", "https:///x", "https://a b", "https://a\n"],
    )
    def test_relative_urls_and_other_schemes_are_refused(self, url: str) -> None:
        with pytest.raises(InvalidObject, match="response_url: must be an absolute http or https URL"):
            StopSession.from_wire({"response_url": url, "session_id": "S1"})

    @pytest.mark.requirement("TYP-12")
    @pytest.mark.parametrize("url", ["www.example.com", "example.com:8080/x", "", "/logo.png"])
    def test_a_website_without_scheme_is_read_with_a_warning(self, url: str) -> None:
        tolerance = Tolerance()
        read = BusinessDetails.from_wire({"name": "x", "website": url}, tolerance)
        assert read.website == url
        assert tolerance.warnings == ["website/url"]

    @pytest.mark.parametrize("url", ["javascript:alert(1)", " JavaScript:alert(1)", "data:text/html,x", "file:///etc"])
    def test_a_website_that_a_browser_would_execute_is_refused(self, url: str) -> None:
        with pytest.raises(InvalidObject, match="website: must be an http or https URL"):
            BusinessDetails.from_wire({"name": "x", "website": url})


class TestCoordinates:
    @pytest.mark.requirement("LOC-33", "TYP-18", "FLD-09")
    @pytest.mark.parametrize(
        ("latitude", "longitude", "warnings"),
        [
            ("51.047599", "3.729944", []),
            ("-90.00000", "-180.0000000", []),
            ("51.0", "3.123456789012345", ["latitude/coordinate-decimals", "longitude/coordinate-decimals"]),
        ],
    )
    def test_degrees_are_kept_as_written(self, latitude: str, longitude: str, warnings: list[str]) -> None:
        tolerance = Tolerance()
        data = {"latitude": latitude, "longitude": longitude}
        assert GeoLocation.from_wire(data, tolerance).to_wire() == data
        assert tolerance.warnings == warnings

    @pytest.mark.requirement("LOC-33")
    @pytest.mark.parametrize(
        "latitude", ["90.00001", "-91.0", "51", "51,047", "N51.0", "", "51.", "1e1.0", 51.047599, None]
    )
    def test_what_is_not_on_the_globe_is_refused(self, latitude: object) -> None:
        with pytest.raises(InvalidObject, match="latitude"):
            GeoLocation.from_wire({"latitude": latitude, "longitude": "3.729944"})


class TestLocalTimes:
    @pytest.mark.requirement("TAR-17", "LOC-31", "AMB-36")
    def test_the_end_of_the_day_may_be_written_as_24_00(self) -> None:
        tolerance = Tolerance()
        assert TariffRestrictions.from_wire({"end_time": "24:00"}, tolerance).to_wire() == {"end_time": "00:00"}
        assert tolerance.warnings == ["end_time/24:00"]

    @pytest.mark.requirement("LOC-31")
    @pytest.mark.parametrize(("begin", "end"), [("22:00", "00:00"), ("00:00", "23:59"), ("22:00", "06:00")])
    def test_opening_hours_may_end_at_midnight_or_wrap(self, begin: str, end: str) -> None:
        data = {"weekday": 1, "period_begin": begin, "period_end": end}
        assert RegularHours.from_wire(data).to_wire() == data

    @pytest.mark.requirement("TAR-17")
    @pytest.mark.parametrize(
        ("field", "text"),
        [
            ("start_time", "8:00"),
            ("start_time", "25:00"),
            ("start_time", "08:60"),
            ("start_time", "08:00:00"),
            ("start_date", "2026-1-1"),
            ("start_date", "2026-13-01"),
            ("start_date", "0999-01-01"),
            ("start_date", "2026-01-01T00:00:00Z"),
        ],
    )
    def test_other_times_and_dates_are_refused(self, field: str, text: str) -> None:
        with pytest.raises(InvalidObject, match=field):
            TariffRestrictions.from_wire({field: text})

    @pytest.mark.requirement("LOC-30")
    @pytest.mark.parametrize("weekday", [0, 8, "MONDAY", None])
    def test_weekdays_are_1_to_7(self, weekday: Any) -> None:
        with pytest.raises(InvalidObject, match="weekday"):
            RegularHours.from_wire({**smallest("RegularHours"), "weekday": weekday})
