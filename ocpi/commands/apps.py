from django.apps import AppConfig


class CommandsConfig(AppConfig):
    name = "ocpi.commands"
    label = "ocpi_commands"
    verbose_name = "Commands"

    def ready(self) -> None:
        from . import tasks  # noqa: F401  hears of rows that wait
