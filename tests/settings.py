"""The settings under test: the product's own, with what a test must not wait for switched off."""

import os
import tempfile

os.environ.setdefault("ENVIRONMENT", "test")
os.environ.setdefault("OCPI_HOST", "emsp.test")
os.environ.setdefault("PROTOCOL", "http")

from emsp_project.settings import *  # noqa: F403

if DATABASES["default"]["ENGINE"].endswith("sqlite3"):  # noqa: F405
    # A file, because the shared in-memory database takes no two writers; and nothing that must outlive a power cut.
    DATABASES["default"]["TEST"] = {"NAME": f"{tempfile.gettempdir()}/emsp-test-{os.getpid()}.sqlite3"}  # noqa: F405
    DATABASES["default"]["OPTIONS"]["init_command"] = "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;"  # noqa: F405
else:
    DATABASES["default"].setdefault("OPTIONS", {})["options"] = "-c synchronous_commit=off"  # noqa: F405

JOURNAL_ENABLED = False  # its own tests switch it on
EMBEDDED_WORKER = False
LEARNING_CPO_URL = "http://localhost:9"  # nobody, even where somebody has a demo running beside the tests
OCPI_ALLOW_PRIVATE_URLS = True
CELERY_BROKER_URL = "memory://"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
LOGGING["root"]["level"] = "CRITICAL"  # noqa: F405
CACHES = {"default": CACHES["local"], "local": CACHES["local"]}  # noqa: F405  what one test counts is its own affair
WHITENOISE_AUTOREFRESH = True
