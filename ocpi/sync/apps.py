from django.apps import AppConfig


class SyncConfig(AppConfig):
    name = "ocpi.sync"
    label = "ocpi_sync"
    verbose_name = "Synchronisation"

    def ready(self) -> None:
        from . import receivers  # noqa: F401  they connect themselves
