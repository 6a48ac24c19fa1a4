from django.apps import AppConfig


class CredentialsConfig(AppConfig):
    name = "ocpi.credentials"
    label = "ocpi_credentials"
    verbose_name = "Credentials"

    def ready(self) -> None:
        from . import tasks  # noqa: F401  hears of handshakes that wait
