from django.apps import AppConfig


class CdrsConfig(AppConfig):
    name = "ocpi.cdrs"
    label = "ocpi_cdrs"
    verbose_name = "CDRs"

    def ready(self) -> None:
        from . import receivers, tasks  # noqa: F401  they connect themselves
