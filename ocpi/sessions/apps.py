from django.apps import AppConfig


class SessionsConfig(AppConfig):
    name = "ocpi.sessions"
    label = "ocpi_sessions"
    verbose_name = "Sessions"

    def ready(self) -> None:
        from . import receivers, tasks  # noqa: F401  they connect themselves
