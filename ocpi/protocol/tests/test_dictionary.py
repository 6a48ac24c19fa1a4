"""Every object and enum of the specification, field by field, against its table."""

from typing import Any

import pytest

from ocpi.protocol.errors import InvalidObject
from ocpi.protocol.tests.dictionary import ENUMS, OBJECTS, blocks
from ocpi.protocol.tests.samples import FORMED, MODELS, SPECS, VALUES, FieldSpec, find, limit, smallest, value
from ocpi.protocol.types import OcpiModel

ROWS = [pytest.param(name, field, id=f"{name}.{field.name}") for name, fields in SPECS.items() for field in fields]

# A rule between fields decides about these; test_rules.py has it.
PAIRED = {("CDR", "credit_reference_id"), ("StartSession", "connector_id")}
LENIENT_URLS = {"website", "thumbnail", "terms_and_conditions", "tariff_alt_url"}


def read(name: str, data: dict[str, Any]) -> OcpiModel:
    return MODELS[name].from_wire(data)


def with_field(name: str, field: FieldSpec, content: object) -> dict[str, Any]:
    return {**smallest(name), field.name: content}


def without_field(name: str, field: FieldSpec) -> dict[str, Any]:
    return {key: content for key, content in smallest(name).items() if key != field.name}


def filled(field: FieldSpec, text: str) -> object:
    return [text] if field.cardinality in "*+" else text


def test_the_table_is_complete() -> None:
    assert len(SPECS) == 55
    assert len(VALUES) == 34


@pytest.mark.parametrize("heading", blocks(OBJECTS))
def test_an_object_has_exactly_the_fields_of_the_specification(heading: str) -> None:
    assert set(find(heading).model_fields) == {field.name for field in SPECS[heading.split(".")[1]]}


@pytest.mark.parametrize("heading", blocks(ENUMS))
def test_an_enum_has_exactly_the_values_of_the_specification(heading: str) -> None:
    assert sorted(find(heading)) == sorted(VALUES[heading.split(".")[1]])


@pytest.mark.parametrize("name", SPECS)
def test_the_smallest_object_is_read_and_written_unchanged(name: str) -> None:
    assert read(name, smallest(name)).to_wire() == smallest(name)


@pytest.mark.parametrize("name", SPECS)
def test_every_field_says_what_it_means(name: str) -> None:
    assert all(field.description for field in MODELS[name].model_fields.values())


@pytest.mark.requirement("TYP-13")
@pytest.mark.parametrize(("name", "field"), ROWS)
def test_a_field_may_be_absent_or_null_only_as_its_cardinality_says(name: str, field: FieldSpec) -> None:
    if field.cardinality in "1+":
        for data in (without_field(name, field), with_field(name, field, None)):
            with pytest.raises(InvalidObject, match=field.name):
                read(name, data)
    else:
        assert field.name not in read(name, without_field(name, field)).to_wire()
        assert read(name, with_field(name, field, None)).to_wire().get(field.name) in (None, [], True, False)


@pytest.mark.requirement("TYP-13")
@pytest.mark.parametrize(("name", "field"), [row for row in ROWS if row.values[1].cardinality in "*+"])  # type: ignore[union-attr]
def test_a_list_is_a_list_and_holds_no_null(name: str, field: FieldSpec) -> None:
    wrong: list[object] = [[None], "x", {}, 1, *([[]] if field.cardinality == "+" else [])]
    for content in wrong:
        with pytest.raises(InvalidObject, match=field.name):
            read(name, with_field(name, field, content))
    if field.cardinality == "*":
        for content in (None, []):
            assert getattr(read(name, with_field(name, field, content)), field.name) == []


@pytest.mark.parametrize(("name", "field"), ROWS)
def test_a_valid_value_comes_back_as_it_was(name: str, field: FieldSpec) -> None:
    if (name, field.name) not in PAIRED:
        data = with_field(name, field, value(name, field))
        assert read(name, data).to_wire() == data


@pytest.mark.requirement("TYP-03", "LOC-32", "CDR-32")
@pytest.mark.parametrize(("name", "field"), [row for row in ROWS if limit(row.values[1].type)])  # type: ignore[union-attr]
def test_a_string_may_be_as_long_as_the_specification_says_and_no_longer(name: str, field: FieldSpec) -> None:
    longest = limit(field.type) or 0
    if field.name not in FORMED and (name, field.name) not in PAIRED:
        read(name, with_field(name, field, filled(field, "x" * longest)))
    with pytest.raises(InvalidObject, match=field.name):
        read(name, with_field(name, field, filled(field, "x" * (longest + 1))))


@pytest.mark.requirement("TYP-01")
@pytest.mark.parametrize(("name", "field"), [row for row in ROWS if row.values[1].type.startswith("Ci")])  # type: ignore[union-attr]
@pytest.mark.parametrize("text", ["é", "\t", "a\nb", "\x7f"])
def test_a_cistring_holds_printable_ascii_only(name: str, field: FieldSpec, text: str) -> None:
    with pytest.raises(InvalidObject, match=field.name):
        read(name, with_field(name, field, filled(field, text)))


@pytest.mark.requirement("TYP-12")
@pytest.mark.parametrize(("name", "field"), [row for row in ROWS if row.values[1].type == "URL"])  # type: ignore[union-attr]
def test_a_url_is_at_most_255_characters(name: str, field: FieldSpec) -> None:
    url = "https://example.com/".ljust(255, "x")
    assert read(name, with_field(name, field, url)).to_wire()[field.name] == url
    with pytest.raises(InvalidObject, match="longer than 255"):
        read(name, with_field(name, field, url + "x"))


@pytest.mark.requirement("TYP-08", "TYP-10", "TYP-11", "TYP-14")
@pytest.mark.parametrize(("name", "field"), ROWS)
def test_a_value_of_another_type_is_refused(name: str, field: FieldSpec) -> None:
    wrong: list[object] = [[[]], "text" if field.type in SPECS else {"x": [1]}]
    if field.type == "boolean":
        wrong += ["true", 1, 0]
    elif field.type.startswith(("int", "number")):
        wrong += ["1", True]
    else:
        wrong += [1, True]
    for content in wrong:
        with pytest.raises(InvalidObject, match=field.name):
            read(name, with_field(name, field, content))


OPEN = {
    "Capability",
    "CdrDimensionType",
    "ConnectorType",
    "EnvironmentalImpactCategory",
    "Facility",
    "ImageCategory",
    "InterfaceRole",
    "ModuleID",
    "ParkingRestriction",
    "ParkingType",
    "VersionNumber",
}


@pytest.mark.requirement("LOC-39", "TYP-14", "TRA-52", "VER-10", "VER-13")
@pytest.mark.parametrize(("name", "field"), [row for row in ROWS if row.values[1].type in VALUES])  # type: ignore[union-attr]
def test_open_enums_keep_unknown_text_and_closed_ones_refuse_it(name: str, field: FieldSpec) -> None:
    for text in ("SOMETHING_NEW", VALUES[field.type][0].swapcase()):
        data = with_field(name, field, filled(field, text))
        if field.type in OPEN:
            assert read(name, data).to_wire() == data
        elif text not in VALUES[field.type]:
            with pytest.raises(InvalidObject, match=field.name):
                read(name, data)


@pytest.mark.requirement("TRA-50")
@pytest.mark.parametrize("name", SPECS)
def test_unknown_fields_survive(name: str) -> None:
    data = {**smallest(name), "gireve_id": None, "to_wire": {"nested": [1.5, None]}}
    assert read(name, data).to_wire() == data


@pytest.mark.requirement("TRA-25")
@pytest.mark.parametrize("body", [[], "text", 5, 1.5, None, True, [{}]])
def test_what_is_no_json_object_is_refused(body: object) -> None:
    with pytest.raises(InvalidObject, match="must be a JSON object"):
        MODELS["Location"].from_wire(body)
