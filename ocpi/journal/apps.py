from django.apps import AppConfig


class JournalConfig(AppConfig):
    name = "ocpi.journal"
    label = "ocpi_journal"
    verbose_name = "Messages"

    def ready(self) -> None:
        from ocpi.core.signals import exchange_ended

        from . import services

        exchange_ended.connect(services.on_exchange_ended, dispatch_uid="journal")
