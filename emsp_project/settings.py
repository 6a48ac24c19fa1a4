"""Settings, all of them from the environment or `.env`; `.env.example` lists each with its default."""

from decimal import Decimal
from ipaddress import ip_network
from pathlib import Path
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured
from kombu import Queue

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
environ.Env.read_env(BASE_DIR / ".env")

# --- who we are ------------------------------------------------------------------------------------------------------
PROJECT_NAME = env("PROJECT_NAME", default="Open eMSP")
ENVIRONMENT = env("ENVIRONMENT", default="development")
if ENVIRONMENT not in {"development", "test", "production"}:
    raise ImproperlyConfigured(f"ENVIRONMENT is {ENVIRONMENT!r}; it must be development, test or production.")
PRODUCTION = ENVIRONMENT == "production"
DEVELOPMENT = ENVIRONMENT == "development"
DEBUG = env.bool("DEBUG", default=DEVELOPMENT)
NO_AUTH = env.bool("NO_AUTH", default=False)
if NO_AUTH and not DEVELOPMENT:
    raise ImproperlyConfigured("NO_AUTH=true is for ENVIRONMENT=development only: it lets every caller in. Unset it.")

_INSECURE_KEY = "insecure-development-key-do-not-use-in-production"
SECRET_KEY = env("SECRET_KEY", default="" if PRODUCTION else _INSECURE_KEY)
if PRODUCTION and (len(SECRET_KEY) < 32 or SECRET_KEY == _INSECURE_KEY):
    raise ImproperlyConfigured("SECRET_KEY must be set to at least 32 random characters in production.")
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])

COUNTRY_CODE = env("COUNTRY_CODE", default="NL")
PARTY_ID = env("PARTY_ID", default="EMS")
if len(COUNTRY_CODE) != 2 or len(PARTY_ID) != 3:
    raise ImproperlyConfigured("COUNTRY_CODE has two letters (ISO 3166-1 alpha-2) and PARTY_ID three characters.")
EMSP_PARTIES = env.list("EMSP_PARTIES", default=[f"{COUNTRY_CODE}-{PARTY_ID}"])
if not EMSP_PARTIES or any(len(name) != 6 or name[2] != "-" for name in EMSP_PARTIES):
    raise ImproperlyConfigured("EMSP_PARTIES is a list like NL-EMS,DE-EM2: country code, dash, party id.")

# OCPI_HOST may carry a scheme; PROTOCOL is what counts when it does not.
PROTOCOL = env("PROTOCOL", default="https" if PRODUCTION else "http")
OCPI_HOST = env("OCPI_HOST", default="localhost:8000")
PUBLIC_URL = (OCPI_HOST if "://" in OCPI_HOST else f"{PROTOCOL}://{OCPI_HOST}").rstrip("/")
OCPI_BASE_URL = f"{PUBLIC_URL}/ocpi/emsp/2.2.1"
OCPI_VERSIONS_URL = f"{PUBLIC_URL}/ocpi/versions"

# --- how we treat partners -------------------------------------------------------------------------------------------
OCPI_PAGE_LIMIT = env.int("OCPI_PAGE_LIMIT", default=100)
OCPI_REQUIRED_ENDPOINTS = env.list("OCPI_REQUIRED_ENDPOINTS", default=[])
OCPI_ALLOW_PRIVATE_URLS = env.bool("OCPI_ALLOW_PRIVATE_URLS", default=not PRODUCTION)
try:
    OCPI_PRIVATE_NETWORKS = [ip_network(name) for name in env.list("OCPI_PRIVATE_NETWORKS", default=[])]
except ValueError as error:
    raise ImproperlyConfigured(f"OCPI_PRIVATE_NETWORKS is a list like 10.8.0.0/24,fd00:8::/64: {error}.") from None
OCPI_CA_BUNDLE = env("OCPI_CA_BUNDLE", default="")
if OCPI_CA_BUNDLE and not Path(OCPI_CA_BUNDLE).is_file():
    raise ImproperlyConfigured(f"OCPI_CA_BUNDLE: there is no file {OCPI_CA_BUNDLE}.")
OCPI_CONNECT_TIMEOUT = env.float("OCPI_CONNECT_TIMEOUT", default=5.0)
OCPI_READ_TIMEOUT = env.float("OCPI_READ_TIMEOUT", default=15.0)
OCPI_HANDSHAKE_TIMEOUT = env.float("OCPI_HANDSHAKE_TIMEOUT", default=8.0)
OCPI_MAX_RESPONSE_BYTES = env.int("OCPI_MAX_RESPONSE_BYTES", default=50 * 1024 * 1024)
OCPI_COMMAND_SEND_WINDOW = env.int("OCPI_COMMAND_SEND_WINDOW", default=30)
OCPI_PAUSE_AFTER = max(1, env.int("OCPI_PAUSE_AFTER", default=5))
OCPI_TOKEN_MAX_AGE_DAYS = env.int("OCPI_TOKEN_MAX_AGE_DAYS", default=30)
OCPI_PULL_INTERVAL = env.int("OCPI_PULL_INTERVAL", default=6 * 3600)
OCPI_FULL_PULL_INTERVAL = env.int("OCPI_FULL_PULL_INTERVAL", default=24 * 3600)
OCPI_VANISH_PERCENT = env.int("OCPI_VANISH_PERCENT", default=50)
OCPI_SWEEP_INTERVAL = env.int("OCPI_SWEEP_INTERVAL", default=10)
OCPI_PENDING_SILENT_MINUTES = env.int("OCPI_PENDING_SILENT_MINUTES", default=30)
OCPI_SESSION_SILENT_MINUTES = env.int("OCPI_SESSION_SILENT_MINUTES", default=120)
OCPI_SESSION_ESCALATE_HOURS = env.int("OCPI_SESSION_ESCALATE_HOURS", default=12)
OCPI_CAPABILITY_UNKNOWN_ALLOWS = env.bool("OCPI_CAPABILITY_UNKNOWN_ALLOWS", default=True)
OCPI_CDR_TOLERANCE = Decimal(env("OCPI_CDR_TOLERANCE", default="1"))
OCPI_CDR_LATE_HOURS = env.int("OCPI_CDR_LATE_HOURS", default=72)
JOURNAL_ENABLED = env.bool("JOURNAL_ENABLED", default=True)
JOURNAL_RETENTION_DAYS = env.int("JOURNAL_RETENTION_DAYS", default=90)

# --- the course in OCPI: learners let things happen, in sandboxes of their own (learning.course) ----------------------
LEARNING_ENABLED = env.bool("LEARNING_ENABLED", default=not PRODUCTION)
LEARNING_CPO_URL = env("LEARNING_CPO_URL", default="http://localhost:8001").rstrip("/")
LEARNING_IDLE_MINUTES = env.int("LEARNING_IDLE_MINUTES", default=30)

# --- Django ----------------------------------------------------------------------------------------------------------
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[urlsplit(PUBLIC_URL).hostname] if PRODUCTION else ["*"])
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
INSTALLED_APPS = [
    "ocpi.core",  # before staticfiles: its runserver keeps percent-encoded paths intact
    "unfold",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "corsheaders",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "ocpi.partners",
    "ocpi.journal",
    "ocpi.versions",
    "ocpi.credentials",
    "ocpi.hubclientinfo",
    "ocpi.locations",
    "ocpi.tariffs",
    "ocpi.tokens",
    "ocpi.sessions",
    "ocpi.cdrs",
    "ocpi.commands",
    "ocpi.chargingprofiles",
    "ocpi.sync",
    "ocpi.conformance",
    "ocpi.alerts",
    "ocpi.operations",
    "mock_cpo",
    "learning",
]
MIDDLEWARE = [
    "ocpi.core.middleware.HeadMiddleware",
    "ocpi.core.middleware.RawPathMiddleware",
    "ocpi.core.middleware.MessageIdsMiddleware",
    "ocpi.journal.middleware.JournalMiddleware",
    "ocpi.core.middleware.PageHeadersMiddleware",
    "ocpi.core.middleware.OriginsMiddleware",
    "ocpi.core.middleware.ApiMiddleware",  # what follows is for pages
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "emsp_project.urls"
WSGI_APPLICATION = "emsp_project.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATA_UPLOAD_MAX_MEMORY_SIZE = env.int("MAX_BODY_BYTES", default=20 * 1024 * 1024)
APPEND_SLASH = True

# SQLite: one writer at a time, taken at the start of a transaction, so that two writers wait instead of failing.
DATABASES = {"default": env.db("DATABASE_URL", default=f"sqlite:///{BASE_DIR / 'db.sqlite3'}")}
SQLITE = DATABASES["default"]["ENGINE"].endswith("sqlite3")
if SQLITE:
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
    }
else:
    if DATABASES["default"]["ENGINE"] == "django.db.backends.postgresql":
        DATABASES["default"]["ENGINE"] = "ocpi.core.postgresql"
    # Compiling a query costs PostgreSQL a third of a second, and none of ours runs long enough to earn it back.
    DATABASES["default"].setdefault("OPTIONS", {}).setdefault("options", "-c jit=off")
# To open SQLite and teach it Django's functions costs more than most requests, too.
DATABASES["default"].update(CONN_MAX_AGE=env.int("CONN_MAX_AGE", default=60), CONN_HEALTH_CHECKS=True)
PREPARED_STATEMENTS = env.bool("PREPARED_STATEMENTS", default=True)

REDIS_URL = env("REDIS_URL", default="")
_LOCAL = {
    "BACKEND": "django.core.cache.backends.locmem.LocMemCache", "OPTIONS": {"MAX_ENTRIES": 10_000}, "LOCATION": "local",
}  # fmt: skip
_SHARED = {
    "BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL, "KEY_PREFIX": "emsp",
    "OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 1},
}  # fmt: skip
CACHES = {"default": _SHARED if REDIS_URL else _LOCAL, "local": _LOCAL}

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
WHITENOISE_USE_FINDERS = True
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedStaticFilesStorage"},
}

# --- API -------------------------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["ocpi.partners.authentication.TokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "ocpi.core.schema.OcpiSchema",
    "EXCEPTION_HANDLER": "ocpi.core.exceptions.handle",
    "UNAUTHENTICATED_USER": None,
}
_API = """
Partners (CPOs and hubs) find their way from `GET /ocpi/versions`; our own apps use the lists and the commands.

Every answer is the OCPI envelope: `status_code` 1000 is success, 2xxx means that something is wrong with the request.
Press *Authorize* and give the header's value: `Token` and your token in Base64.
"""
_MODULES = {
    "versions": "Which versions of OCPI we speak, and where each module lives.",
    "credentials": "The handshake that connects two platforms.",
    "locations": "Stations, their EVSEs and connectors. CPOs push, apps search.",
    "tariffs": "What CPOs charge.",
    "tokens": "The cards and app users of our drivers, and real-time authorization.",
    "commands": "Start, stop, reserve, cancel, unlock. Apps ask, CPOs report results.",
    "sessions": "Charges that are running or have ended.",
    "cdrs": "Bills: received once, never changed.",
    "chargingprofiles": "Limits for the power of a session. Apps ask, CPOs report results and changes.",
    "hubclientinfo": "Hubs tell which parties are connected.",
}
SPECTACULAR_SETTINGS = {
    "TITLE": f"{PROJECT_NAME}: OCPI 2.2.1 eMSP",
    "DESCRIPTION": _API + ("\nIn this demo: `Token test_token_c_123` (an app)." if DEVELOPMENT else ""),
    "TAGS": [{"name": name, "description": text} for name, text in _MODULES.items()],
    "VERSION": "2.2.1",
    "OAS_VERSION": "3.1.0",
    "SCHEMA_PATH_PREFIX": r"/ocpi/emsp/2\.2\.1",
    "SERVE_AUTHENTICATION": [],
    "SERVE_PERMISSIONS": [],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SWAGGER_UI_SETTINGS": {"persistAuthorization": True, "displayRequestDuration": True, "docExpansion": "list"},
    "COMPONENT_SPLIT_REQUEST": False,
}
CORS_ALLOWED_ORIGINS = [origin.rstrip("/") for origin in env.list("BACKEND_CORS_ORIGINS", default=[])]
CORS_EXPOSE_HEADERS = ["Link", "X-Total-Count", "X-Limit", "X-Request-ID", "X-Correlation-ID"]
CORS_URLS_REGEX = r"^/(ocpi|health|docs)"

# --- /metrics (ocpi.operations.monitoring): who may read it besides operators -----------------------------------------
METRICS_TOKEN = env("METRICS_TOKEN", default="")
METRICS_NETWORKS = env.list("METRICS_NETWORKS", default=[])
try:
    [ip_network(name) for name in METRICS_NETWORKS]
except ValueError as error:
    raise ImproperlyConfigured(f"METRICS_NETWORKS is a list like 10.0.0.0/8,2001:db8::/48: {error}") from None

# --- errors and traces elsewhere (emsp_project.telemetry) -------------------------------------------------------------
SENTRY_DSN = env("SENTRY_DSN", default="")
OTEL_EXPORTER_OTLP_ENDPOINT = env("OTEL_EXPORTER_OTLP_ENDPOINT", default="")
TRACES_SAMPLE_RATE = env.float("TRACES_SAMPLE_RATE", default=0.05)

# --- who fails, and how often (ocpi.core.throttle) -------------------------------------------------------------------
# How many of our own proxies stand before us: what X-Forwarded-For says of the caller is believed only that far.
PROXY_COUNT = env.int("PROXY_COUNT", default=1 if PRODUCTION else 0)
AUTH_FAILURES_PER_MINUTE = env.int("AUTH_FAILURES_PER_MINUTE", default=30)
LOGIN_FAILURES_PER_15_MINUTES = env.int("LOGIN_FAILURES_PER_15_MINUTES", default=10)

# --- Celery ----------------------------------------------------------------------------------------------------------
EMBEDDED_WORKER = env.bool("EMBEDDED_WORKER", default=not REDIS_URL)
CELERY_BROKER_URL = REDIS_URL or "memory://localhost/"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
# Drivers wait for commands: what may take long has a queue of its own, and in production a worker of its own.
CELERY_TASK_QUEUES = [Queue("celery", routing_key="celery"), Queue("bulk", routing_key="bulk")]
CELERY_TASK_ROUTES = {
    "ocpi.tokens.*": {"queue": "bulk"},
    "ocpi.sync.*": {"queue": "bulk"},
    "ocpi.cdrs.*": {"queue": "bulk"},
    "ocpi.journal.*": {"queue": "bulk"},
    "ocpi.credentials.*": {"queue": "bulk"},
    "ocpi.partners.*": {"queue": "bulk"},
    "learning.*": {"queue": "bulk"},
}
CELERY_TASK_PUBLISH_RETRY = False  # a row waits for the sweeper; a web worker never waits for a broker
CELERY_BROKER_TRANSPORT_OPTIONS = (
    {"socket_connect_timeout": 2, "socket_timeout": 5} if REDIS_URL else {"polling_interval": 0.05}
)
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE = {
    "sweep-commands": {"task": "ocpi.commands.sweep", "schedule": min(5, OCPI_SWEEP_INTERVAL)},
    "sweep-cdr-checks": {"task": "ocpi.cdrs.sweep", "schedule": OCPI_SWEEP_INTERVAL},
    "sweep-charging-profiles": {"task": "ocpi.chargingprofiles.sweep", "schedule": min(5, OCPI_SWEEP_INTERVAL)},
    "sweep-charging-preferences": {"task": "ocpi.sessions.sweep", "schedule": min(5, OCPI_SWEEP_INTERVAL)},
    "probe-paused-partners": {"task": "ocpi.partners.sweep", "schedule": OCPI_SWEEP_INTERVAL},
    "settle-rotations": {"task": "ocpi.credentials.sweep", "schedule": 60},
    "sweep-token-pushes": {"task": "ocpi.tokens.sweep", "schedule": OCPI_SWEEP_INTERVAL},
    "pull-due-partners": {"task": "ocpi.sync.pull_due", "schedule": 60},
    "watch-sessions-and-quarantine": {"task": "ocpi.sync.watch", "schedule": 60},
    "chase-missing-bills": {"task": "ocpi.sync.chase_bills", "schedule": 600},
    "tidy-up-behind-learners": {"task": "learning.sweep", "schedule": 30},
    "forget-old-exchanges": {"task": "ocpi.journal.forget_old", "schedule": 3600},
    "count-bills-by-day": {"task": "ocpi.cdrs.count_days", "schedule": 60},
    "look-at-partners": {"task": "ocpi.alerts.look", "schedule": 60},
    "forget-old-alerts": {"task": "ocpi.alerts.forget_old", "schedule": 3600},
}

# --- e-mail: alerts ---------------------------------------------------------------------------------------------------
EMAIL_URL = env("EMAIL_URL", default="" if PRODUCTION else "consolemail://")
if EMAIL_URL:
    globals().update(env.email_url_config(EMAIL_URL))
EMAIL_TIMEOUT = 15
DEFAULT_FROM_EMAIL = env("EMAIL_FROM", default=f"emsp@{urlsplit(PUBLIC_URL).hostname}")

# --- logs: what happened, never a token ------------------------------------------------------------------------------
LOG_LEVEL = env("LOG_LEVEL", default="INFO")
LOG_FORMAT = env("LOG_FORMAT", default="json" if PRODUCTION else "line")
if LOG_FORMAT not in {"json", "line"}:
    raise ImproperlyConfigured(f"LOG_FORMAT is {LOG_FORMAT!r}; it must be json or line.")
LOG_EXCHANGES = env.bool("LOG_EXCHANGES", default=False)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"()": "ocpi.core.logs.Line", "format": "{asctime} {levelname:<7} {name}: {message}", "style": "{"},
        "json": {"()": "ocpi.core.logs.Json"},
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT}},
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
    "loggers": {
        "django": {"handlers": []},  # its own would write each record once more, without masks
        "django.request": {"level": "ERROR"},
        # Scanners send any Host that comes to their mind; they get a 400, and need no traceback each.
        "django.security.DisallowedHost": {"level": "CRITICAL"},
        "celery": {"level": "WARNING"},
        "kombu": {"level": "WARNING"},
    },
}

# --- map: the bundled outlines of countries, or tiles of a server that you may use ------------------------------------
MAP_TILES_URL = env("MAP_TILES_URL", default="")
MAP_TILES_ATTRIBUTION = env("MAP_TILES_ATTRIBUTION", default="")


def _tiles_from() -> list[str]:
    """The origin of the tiles, for the content policy; `{s}` is Leaflet's place for a subdomain."""
    parts = urlsplit(MAP_TILES_URL.replace("{s}", "*"))
    return [f"{parts.scheme}://{parts.netloc}"] if parts.netloc else []


# --- admin -----------------------------------------------------------------------------------------------------------
LOGIN_REDIRECT_URL = "admin:index"  # unfold's login form does not say where to go
UNFOLD = {
    "SITE_TITLE": PROJECT_NAME,
    "SITE_HEADER": PROJECT_NAME,
    "SITE_SUBHEADER": f"OCPI 2.2.1 · {', '.join(EMSP_PARTIES)}",
    "SITE_SYMBOL": "ev_station",
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": "ocpi.operations.navigation.icon"}],
    "SHOW_VIEW_ON_SITE": False,
    "DASHBOARD_CALLBACK": "ocpi.operations.dashboard.fill",
    "LOGIN": {"form": "ocpi.operations.login.LoginForm"},
    "SIDEBAR": {"show_search": True, "navigation": "ocpi.operations.navigation.sidebar"},
}

# --- browsers: what a page of ours may load, and who may show it ----------------------------------------------------
# As Django 6.0 names it, so that its own middleware can take over. Answers of the API are nothing to draw.
SECURE_CSP = {
    "default-src": ["'none'"], "frame-ancestors": ["'none'"], "base-uri": ["'none'"], "form-action": ["'none'"],
}  # fmt: skip
_PAGE = {
    "default-src": ["'none'"],
    "script-src": ["'self'"],
    # Neither unfold nor Swagger UI can do without styles in attributes and elements.
    "style-src": ["'self'", "'unsafe-inline'"],
    "img-src": ["'self'", "data:"],
    "font-src": ["'self'"],
    "connect-src": ["'self'"],
    "form-action": ["'self'"],
    "frame-ancestors": ["'none'"],
    "base-uri": ["'none'"],
}
# The pages that people open, by the start of their path. Alpine, on which unfold is built, evaluates its attributes.
SECURE_CSP_PAGES = {
    "/admin/": {**_PAGE, "script-src": ["'self'", "'unsafe-eval'"], "img-src": [*_PAGE["img-src"], *_tiles_from()]},
    "/learn/": {**_PAGE, "style-src": ["'self'"]},
    "/docs": _PAGE,
    "/ocpi/emsp/2.2.1/docs": _PAGE,
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = env.int("SESSION_HOURS", default=12) * 3600

# --- production ------------------------------------------------------------------------------------------------------
if PRODUCTION:
    if PROXY_COUNT:  # otherwise the header is whatever the caller writes
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=True)
    SECURE_REDIRECT_EXEMPT = [r"^health(/live|/ready)?/?$"]
    SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=31536000)
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
