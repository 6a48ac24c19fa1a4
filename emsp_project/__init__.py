"""Wiring: settings, URLs, Celery and WSGI. Nothing about OCPI lives here."""

from .celery import app as celery_app

__all__ = ["celery_app"]
