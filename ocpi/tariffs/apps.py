from django.apps import AppConfig


class TariffsConfig(AppConfig):
    name = "ocpi.tariffs"
    label = "ocpi_tariffs"
    verbose_name = "Tariffs"
