from django.apps import AppConfig


class VersionsConfig(AppConfig):
    name = "ocpi.versions"
    label = "ocpi_versions"
    verbose_name = "Versions"
