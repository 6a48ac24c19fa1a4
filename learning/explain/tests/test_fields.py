"""The fields of messages, against the specification's own tables."""

import pytest

from learning.explain import every_field, field_at, shape_of
from learning.explain.fields import explain
from learning.explain.places import Path
from ocpi.protocol.locations import Location
from ocpi.protocol.tests.samples import MODELS, SPECS, FieldSpec

ROWS = [pytest.param(name, field, id=f"{name}.{field.name}") for name, fields in SPECS.items() for field in fields]


@pytest.mark.parametrize(("name", "row"), ROWS)
def test_type_and_cardinality_are_those_of_the_specification(name: str, row: FieldSpec) -> None:
    found = explain(MODELS[name], row.name)
    assert (found.type, found.cardinality) == (row.type, row.cardinality)


@pytest.mark.parametrize("name", SPECS)
def test_every_field_says_what_it_is_and_where_the_specification_has_it(name: str) -> None:
    for field in every_field(MODELS[name]):
        assert len(field.description) > 5
        assert field.chapter[0].isdigit()


def test_an_enum_tells_its_values_and_whether_others_may_come() -> None:
    evse = MODELS["EVSE"]
    assert explain(evse, "status").values[0] == "AVAILABLE"
    assert not explain(evse, "status").open
    assert explain(evse, "capabilities").open
    assert "RESERVABLE" in explain(evse, "capabilities").values


OF_A_LOCATION = shape_of("locations", "PUT", "locations/NL/CPO/LOC1", to_emsp=True)
OF_A_LIST = shape_of("locations", "GET", "https://cpo.test/locations?offset=10", to_emsp=False, answer=True)


@pytest.mark.parametrize(
    ("path", "owner", "name"),
    [
        (("id",), "Location", "id"),
        (("evses", 0, "status"), "EVSE", "status"),
        (("evses", 3, "connectors", 1, "max_voltage"), "Connector", "max_voltage"),
        (("opening_times", "regular_hours", 0, "weekday"), "RegularHours", "weekday"),
    ],
)
def test_a_field_is_found_by_its_path(path: Path, owner: str, name: str) -> None:
    for shape, whole in ((OF_A_LOCATION, path), (OF_A_LIST, ("data", 7, *path))):
        found = field_at(shape, whole)
        assert found
        assert (found.owner, found.name) == (owner, name)


@pytest.mark.parametrize("path", [("pets",), ("evses", 0, "pets"), ("id", "deeper"), ("pets", 0, "id"), ()])
def test_what_ocpi_does_not_know_is_not_explained(path: Path) -> None:
    assert field_at(OF_A_LOCATION, path) is None


def test_an_answer_explains_its_envelope_too() -> None:
    found = field_at(OF_A_LIST, ("status_code",))
    assert found
    assert "2xxx" in found.description
    assert field_at(OF_A_LIST, ("evses",)) is None


def test_all_fields_of_a_class_come_in_its_order() -> None:
    names = [field.name for field in every_field(Location)]
    assert names[:3] == ["country_code", "party_id", "id"]
    assert names[-1] == "last_updated"
