from django.apps import AppConfig


class CredentialsConfig(AppConfig):
    name = "ocpi.credentials"
    label = "ocpi_credentials"
    verbose_name = "Credentials"
