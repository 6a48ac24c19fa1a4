from django.apps import AppConfig


class CommandsConfig(AppConfig):
    name = "ocpi.commands"
    label = "ocpi_commands"
    verbose_name = "Commands"

    def ready(self) -> None:
        from . import receivers, tasks  # noqa: F401  hear of sessions, and of rows that wait
