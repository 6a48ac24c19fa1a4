from django.apps import AppConfig


class TokensConfig(AppConfig):
    name = "ocpi.tokens"
    label = "ocpi_tokens"
    verbose_name = "Tokens"

    def ready(self) -> None:
        from . import receivers, tasks  # noqa: F401  they connect themselves
