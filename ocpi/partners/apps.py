from django.apps import AppConfig
from django.db.models.signals import post_migrate


class PartnersConfig(AppConfig):
    name = "ocpi.partners"
    label = "ocpi_partners"
    verbose_name = "Partners"

    def ready(self) -> None:
        from . import checks  # noqa: F401  registers itself
        from .development import seed_after_migrate

        post_migrate.connect(seed_after_migrate, sender=self)
