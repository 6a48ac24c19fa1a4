from celery.signals import task_postrun
from django.apps import AppConfig
from django.core.signals import request_finished
from django.db.models.signals import post_delete, post_migrate, post_save


class PartnersConfig(AppConfig):
    name = "ocpi.partners"
    label = "ocpi_partners"
    verbose_name = "Partners"

    def ready(self) -> None:
        from ocpi.core.signals import exchange_ended

        from . import (
            callers,
            checks,  # noqa: F401  registers itself
            leniency,
            outages,
        )
        from .development import seed_after_migrate

        post_migrate.connect(seed_after_migrate, sender=self)
        exchange_ended.connect(outages.watch, dispatch_uid="ocpi.partners.outages")
        for name in ("Partner", "PartnerToken", "PartnerRole", "ApiClient"):
            for change in (post_save, post_delete):
                change.connect(callers.forget, sender=self.get_model(name), dispatch_uid="ocpi.partners.callers")
        for moment in (request_finished, task_postrun):
            moment.connect(leniency.write_seldom, dispatch_uid="ocpi.partners.leniency")
