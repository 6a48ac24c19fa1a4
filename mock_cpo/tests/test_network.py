"""The network that this CPO runs: large, varied, valid, the same for the same seed."""

from collections import Counter
from datetime import UTC, datetime

import pytest

from mock_cpo.catalogue import Catalogue
from mock_cpo.config import Config
from ocpi.protocol.locations import Location
from ocpi.protocol.tariffs import Tariff

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return Catalogue(Config(), NOW)


def test_every_object_is_valid_ocpi(catalogue: Catalogue) -> None:
    for site in catalogue.sites():
        Location.from_wire(site.location)
    for tariff in catalogue.tariffs():
        Tariff.from_wire(tariff)


@pytest.mark.requirement("LOC-43", "LOC-44")
def test_it_is_large_and_varied(catalogue: Catalogue) -> None:
    sites = catalogue.sites()
    evses = [evse for site in sites for evse in site.location["evses"]]
    connectors = [connector for evse in evses for connector in evse["connectors"]]
    assert len(sites) >= 30
    assert len(evses) >= 100
    assert {site.location["country"] for site in sites} == {"NLD", "DEU", "BEL", "FRA"}
    assert len({connector["standard"] for connector in connectors}) >= 5
    assert {"AC_1_PHASE", "AC_3_PHASE", "DC"} == {connector["power_type"] for connector in connectors}
    assert Counter(site.private for site in sites)[True] == 1
    assert [site.location["id"] for site in sites if not site.location["publish"]] == ["NLDFT01"]


@pytest.mark.requirement("LOC-40")
def test_evse_uids_are_unique_in_the_whole_network(catalogue: Catalogue) -> None:
    uids = Counter(evse["uid"] for site in catalogue.sites() for evse in site.location["evses"])
    assert max(uids.values()) == 1


@pytest.mark.requirement("SES-33", "LOC-35")
def test_every_connector_names_tariffs_that_exist(catalogue: Catalogue) -> None:
    known = {tariff["id"] for tariff in catalogue.tariffs()}
    named = {
        tariff_id
        for site in catalogue.sites()
        for evse in site.location["evses"]
        for connector in evse["connectors"]
        for tariff_id in connector["tariff_ids"]
    }
    assert named == known


def test_the_vat_is_that_of_the_country(catalogue: Catalogue) -> None:
    vats = {"NL": 21.0, "DE": 19.0, "BE": 21.0, "FR": 20.0}
    for tariff in catalogue.tariffs():
        rates = {component["vat"] for element in tariff["elements"] for component in element["price_components"]}
        assert rates == {vats[tariff["id"][:2]]}


def test_the_same_seed_gives_the_same_network() -> None:
    assert Catalogue(Config(), NOW).sites() == Catalogue(Config(), NOW).sites()
    assert Catalogue(Config(seed=2), NOW).sites() != Catalogue(Config(), NOW).sites()


def test_another_party_owns_everything() -> None:
    sites = Catalogue(Config(country="DE", party="XYZ"), NOW).sites()
    assert {(site.location["country_code"], site.location["party_id"]) for site in sites} == {("DE", "XYZ")}
