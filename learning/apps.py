from django.apps import AppConfig


class LearningConfig(AppConfig):
    name = "learning"
    verbose_name = "Learn OCPI"

    def ready(self) -> None:
        from . import tasks  # noqa: F401  connects its receivers
