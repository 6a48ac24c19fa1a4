from django.apps import AppConfig


class HubClientInfoConfig(AppConfig):
    name = "ocpi.hubclientinfo"
    label = "ocpi_hubclientinfo"
    verbose_name = "Hub client info"
