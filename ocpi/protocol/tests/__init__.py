"""Tests of the pure protocol package: no Django, no network, no clock."""
