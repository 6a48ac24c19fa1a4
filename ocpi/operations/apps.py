from django.apps import AppConfig


class OperationsConfig(AppConfig):
    name = "ocpi.operations"
    label = "ocpi_operations"
    verbose_name = "Operations"
