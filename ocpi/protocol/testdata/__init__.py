"""OCPI objects made up for tests, demos and lessons: realistic, valid by construction, one seed, one world."""

from ocpi.protocol.testdata.factory import TestDataFactory

__all__ = ["TestDataFactory"]
