from django.apps import AppConfig


class OperationsConfig(AppConfig):
    name = "ocpi.operations"
    label = "ocpi_operations"
    verbose_name = "Operations"

    def ready(self) -> None:
        from . import tasks  # noqa: F401  hears of handshakes that ended well
