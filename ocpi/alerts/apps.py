from django.apps import AppConfig


class AlertsConfig(AppConfig):
    name = "ocpi.alerts"
    label = "ocpi_alerts"
    verbose_name = "Alerts"

    def ready(self) -> None:
        from ocpi.core.signals import exchange_ended

        from . import contacts, tasks  # noqa: F401  tasks connect themselves

        exchange_ended.connect(contacts.watch, dispatch_uid="ocpi.alerts.contacts")
