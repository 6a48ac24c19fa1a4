from django.apps import AppConfig


class ConformanceConfig(AppConfig):
    name = "ocpi.conformance"
    label = "ocpi_conformance"
    verbose_name = "Conformance"
