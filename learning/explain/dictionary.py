"""All objects that travel in OCPI 2.2.1, in the order of the specification's chapters."""

from typing import NamedTuple

from ocpi.protocol import (
    cdrs,
    chargingprofiles,
    commands,
    credentials,
    hubclientinfo,
    locations,
    sessions,
    tariffs,
    tokens,
    types,
    versions,
)
from ocpi.protocol.model import OcpiModel

from .fields import Explained, chapter, every_field


class Described(NamedTuple):
    """A class with its fields; `about`: what it is, in a sentence."""

    name: str
    about: str
    chapter: str
    fields: tuple[Explained, ...]


_CHAPTERS = (
    versions, credentials, locations, sessions, cdrs, tariffs, tokens, commands, chargingprofiles, hubclientinfo, types,
)  # fmt: skip


def _own(module: object) -> list[type[OcpiModel]]:
    """The classes that a chapter defines itself, not those that it takes from another."""
    name = getattr(module, "__name__", "")
    found = [each for each in vars(module).values() if isinstance(each, type) and issubclass(each, OcpiModel)]
    return [each for each in found if each.__module__ == name and each.model_fields]


def _described(model: type[OcpiModel]) -> Described:
    about = (model.__doc__ or "").strip().splitlines()[0]
    return Described(model.__name__, about, chapter(model), tuple(every_field(model)))


CLASSES = tuple(_described(model) for module in _CHAPTERS for model in _own(module))
BY_NAME = {each.name: each for each in CLASSES}
