"""Tells Django where the management command lives; the platform itself needs no Django."""

from django.apps import AppConfig


class MockCpoConfig(AppConfig):
    name = "mock_cpo"
    label = "mock_cpo"
    verbose_name = "Mock CPO"
