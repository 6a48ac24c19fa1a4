from django.apps import AppConfig


class CdrsConfig(AppConfig):
    name = "ocpi.cdrs"
    label = "ocpi_cdrs"
    verbose_name = "CDRs"
