from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "ocpi.core"
    label = "ocpi_core"
    verbose_name = "OCPI core"

    def ready(self) -> None:
        from . import checks  # noqa: F401  registers itself
