from django.apps import AppConfig


class LocationsConfig(AppConfig):
    name = "ocpi.locations"
    label = "ocpi_locations"
    verbose_name = "Locations"
