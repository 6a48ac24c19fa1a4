from django.apps import AppConfig


class ChargingProfilesConfig(AppConfig):
    name = "ocpi.chargingprofiles"
    label = "ocpi_chargingprofiles"
    verbose_name = "Charging profiles"

    def ready(self) -> None:
        from . import tasks  # noqa: F401  hears of rows that wait
