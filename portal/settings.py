"""Settings of the portal, read once from the environment. The table in README.md explains each of them."""

from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from portal.env import Env, read_dotenv

BASE_DIR = Path(__file__).resolve().parent.parent
env = Env()
read_dotenv(env.text("ENV_FILE", str(BASE_DIR / ".env")))

# --- the site ---------------------------------------------------------------------------------------------------

DEBUG = env.flag("DEBUG")
SECRET_KEY = env.text("SECRET_KEY", "for-development-only" if DEBUG else "")
if not SECRET_KEY:
    env.complain(
        "SECRET_KEY",
        "SECRET_KEY is not set.",
        "Set it to a long random text: python -c 'import secrets; print(secrets.token_urlsafe(50))'. "
        "On your own computer, DEBUG=true works without.",
    )
SITE_URL = env.address(
    "SITE_URL",
    "http://localhost:8000" if DEBUG else "",
    hint="Set it to the address under which people reach the portal, such as https://register.example.com: "
    "the links in mails begin with it.",
)
_site = urlsplit(SITE_URL)
if _site.path:
    env.complain("SITE_URL", "SITE_URL has a path.", "The portal needs a host of its own: leave the path out.")
ALLOWED_HOSTS = env.words(
    "ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]"] if DEBUG else [_site.hostname or "localhost"]
)
CSRF_FAILURE_VIEW = "registration.views.failures.csrf_failure"
CSRF_TRUSTED_ORIGINS = [SITE_URL] if _site.scheme == "https" else []

INSTALLED_APPS = [
    "portal.apps.StaffAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",
    "csp",
    "crispy_forms",
    "crispy_bootstrap5",
    "django_countries",
    "js_lib_bootstrap5",
    "registration",
]
MIDDLEWARE = [
    "registration.proxies.ForwardedMiddleware",
    # What adds headers stands before what may answer by itself: static files and redirects have them, too.
    "portal.headers.HeadersMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "registration.views.bodies.BoundedBodyMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
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
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"
CRISPY_FAIL_SILENTLY = DEBUG
# The English names as Webex's own documentation spells them.
COUNTRIES_OVERRIDE = {"US": "United States", "GB": "United Kingdom"}

# --- data -------------------------------------------------------------------------------------------------------


def _database() -> dict[str, Any]:
    database = env.database("DATABASE_URL", f"sqlite:///{BASE_DIR / 'var' / 'portal.sqlite3'}")
    options = database.setdefault("OPTIONS", {})
    if database["ENGINE"] == "django.db.backends.sqlite3":
        # IMMEDIATE: a transaction that reads before it writes waits for its turn, where DEFERRED would fail at once.
        options.setdefault("transaction_mode", "IMMEDIATE")
        options.setdefault("timeout", 30)
        options.setdefault("init_command", "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;")
        if not env.make_folder("DATABASE_URL", Path(database["NAME"]).parent):
            database["NAME"] = ":memory:"  # so that the system checks get to say why
    else:
        database.setdefault("CONN_HEALTH_CHECKS", True)
    # To open a connection costs as much as a page; and closing SQLite's last one writes its journal back.
    database.setdefault("CONN_MAX_AGE", 60)
    return database


DATABASES = {"default": _database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- language and time ------------------------------------------------------------------------------------------

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English"))]
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True
FORMAT_MODULE_PATH = ["portal.formats"]

# --- static files -----------------------------------------------------------------------------------------------

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "var" / "static"
if DEBUG:
    STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # nothing is collected then, and whitenoise warns if it is missing
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder", "portal.static_files.UsedFilesFinder"]
WHITENOISE_ALLOW_ALL_ORIGINS = False
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

# --- mail -------------------------------------------------------------------------------------------------------

_email = env.email("EMAIL_URL", "consolemail://")
HAS_EMAIL_URL = bool(env.text("EMAIL_URL"))
EMAIL_BACKEND = _email["EMAIL_BACKEND"]
EMAIL_HOST = _email.get("EMAIL_HOST") or "localhost"
EMAIL_PORT = _email.get("EMAIL_PORT") or 25
EMAIL_HOST_USER = _email.get("EMAIL_HOST_USER") or ""
EMAIL_HOST_PASSWORD = _email.get("EMAIL_HOST_PASSWORD") or ""
EMAIL_USE_TLS = _email.get("EMAIL_USE_TLS", False)
EMAIL_USE_SSL = _email.get("EMAIL_USE_SSL", False)
EMAIL_FILE_PATH = _email.get("EMAIL_FILE_PATH") or None
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL", f"registration@{_site.hostname or 'localhost'}")
BOUNCE_EMAIL = env.text("BOUNCE_EMAIL")

# --- Webex ------------------------------------------------------------------------------------------------------

WEBEX_BASE_URL = env.address(
    "WEBEX_BASE_URL", "https://webexapis.com/v1", hint="Leave it unset for Webex itself, https://webexapis.com/v1."
)
WEBEX_ACCESS_TOKEN = env.text("WEBEX_ACCESS_TOKEN")
WEBEX_CLIENT_ID = env.text("WEBEX_CLIENT_ID")
WEBEX_CLIENT_SECRET = env.text("WEBEX_CLIENT_SECRET")
WEBEX_REFRESH_TOKEN = env.text("WEBEX_REFRESH_TOKEN")
TOKEN_KEYS = env.words("TOKEN_KEYS", [])
WEBEX_CONCURRENCY = env.number("WEBEX_CONCURRENCY", 4, least=1, most=32)
WEBEX_CALLS_PER_MINUTE = env.number("WEBEX_CALLS_PER_MINUTE", 300, least=0, most=100_000)
WEBEX_BATCH_SIZE = env.number("WEBEX_BATCH_SIZE", 50, least=1, most=100)
WEBEX_TIMEOUT_SECONDS = env.number("WEBEX_TIMEOUT_SECONDS", 30, least=1, most=240)
WEBEX_GRACE_SECONDS = env.number("WEBEX_GRACE_SECONDS", 60, least=1, most=3600)
WEBEX_LEASE_SECONDS = env.number("WEBEX_LEASE_SECONDS", 300, least=1, most=86400)

# --- workers ----------------------------------------------------------------------------------------------------


def _has_queue() -> bool:
    """Whether changes make jobs for workers. What is missing for it is a problem."""
    if not env.flag("QUEUE"):
        return False
    if DATABASES["default"]["ENGINE"] != "django.db.backends.postgresql":
        env.complain("QUEUE", "QUEUE needs PostgreSQL.", "Set DATABASE_URL to one, or QUEUE to false and use cron.")
        return False
    if find_spec("procrastinate") is None:
        env.complain("QUEUE", "QUEUE needs the package procrastinate.", "Install requirements-queue.lock.")
        return False
    return True


QUEUE = _has_queue()
QUEUE_STALLED_SECONDS = env.number("QUEUE_STALLED_SECONDS", 30, least=3, most=3600)
if QUEUE:
    INSTALLED_APPS.insert(INSTALLED_APPS.index("registration"), "procrastinate.contrib.django")
PROCRASTINATE_WORKER_DEFAULTS = {
    # Jobs wait for others more than they compute. What is short finds a free place beside what is long.
    "concurrency": 4,
    # What is to be done later is found by looking, not by being told.
    "fetch_job_polling_interval": 2,
    "update_heartbeat_interval": QUEUE_STALLED_SECONDS / 3,
    "stalled_worker_timeout": QUEUE_STALLED_SECONDS,
    # A job that did its work leaves its traces in our own rows. The others are kept for a week.
    "delete_jobs": "successful",
    # On SIGTERM jobs are told at once: a push ends with the calls under way. They are waited for all the same.
    "shutdown_graceful_timeout": 0,
}

# --- safety -----------------------------------------------------------------------------------------------------

_is_https = _site.scheme == "https"
BEHIND_PROXY = env.flag("BEHIND_PROXY")
FORM_MIN_SECONDS = env.number("FORM_MIN_SECONDS", 3, least=0, most=60)
SIGN_UPS_PER_MINUTE = env.number("SIGN_UPS_PER_MINUTE", 60, least=0, most=100_000)
MEETING_SIGN_UPS_PER_MINUTE = env.number("MEETING_SIGN_UPS_PER_MINUTE", 1000, least=0, most=100_000)
MAILS_PER_ADDRESS_PER_DAY = env.number("MAILS_PER_ADDRESS_PER_DAY", 20, least=0, most=100_000)
SURGE_SIGN_UPS_PER_MINUTE = env.number("SURGE_SIGN_UPS_PER_MINUTE", 200, least=0, most=100_000)
# Over plain http browsers have no cryptography to prove work with, except on their own computer.
HAS_CHALLENGES = _is_https or _site.hostname in {"localhost", "127.0.0.1", "::1"}
HAS_TRUSTED_PROXIES = bool(env.text("TRUSTED_PROXIES"))
TRUSTED_PROXIES = env.networks("TRUSTED_PROXIES", ["127.0.0.0/8", "::1"])
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_PROXY else None
# Without the header of a proxy every request looks like plain HTTP, and would be redirected to itself for ever.
SECURE_SSL_REDIRECT = _is_https and BEHIND_PROXY and not DEBUG
SECURE_HSTS_SECONDS = 31_536_000 if _is_https and not DEBUG else 0
# W005 and W021 ask to bind every other host of the domain, too, and for good: that is not the portal's to decide.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
# The address of an attendee's own page is a secret: it must not reach another site in a Referer header.
SECURE_REFERRER_POLICY = "same-origin"
# __Host-: the browser takes such a cookie from this host alone, over https alone. On plain http it takes none.
_prefix = "__Host-" if _is_https else ""
SESSION_COOKIE_NAME = f"{_prefix}sessionid"
CSRF_COOKIE_NAME = f"{_prefix}csrftoken"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _is_https
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
# Not Strict: whoever follows a link in a mail would be signed out, and a form in another tab would go stale.
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"  # not in a cookie of its own
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_500_000
FILE_UPLOAD_HANDLERS = ["registration.uploads.BoundedUpload"]
DATA_UPLOAD_MAX_NUMBER_FILES = 4
# A meeting's page in the admin has a few fields for each of its questions and rules.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000
# One for all: the admin needs nothing more. Whatever is not named here is forbidden by default-src.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        # Pages that show how a call goes on, or a form as it will look, ask for it.
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
# The portal uses one of them (below). Those that only some browsers know are left out: the others complain on their
# console.
PERMISSIONS_POLICY: dict[str, list[str]] = {
    feature: []
    for feature in (
        "accelerometer",
        "autoplay",
        "camera",
        "clipboard-read",
        "clipboard-write",
        "display-capture",
        "encrypted-media",
        "fullscreen",
        "gamepad",
        "geolocation",
        "gyroscope",
        "hid",
        "identity-credentials-get",
        "idle-detection",
        "local-fonts",
        "magnetometer",
        "microphone",
        "midi",
        "otp-credentials",
        "payment",
        "picture-in-picture",
        "publickey-credentials-create",
        "publickey-credentials-get",
        "screen-wake-lock",
        "serial",
        "storage-access",
        "sync-xhr",
        "usb",
        "window-management",
        "xr-spatial-tracking",
    )
}
# The staff's pages have buttons that copy a tracking id.
PERMISSIONS_POLICY["clipboard-write"] = ["self"]
# Django's permissions hold for every meeting; a role may hold for some.
AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend", "registration.roles.RoleBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "filters": {
        "hide_tokens": {"()": "portal.logs.HideTokens"},
        "hide_words": {"()": "portal.logs.HideErrorWords"},
    },
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": "plain", "filters": ["hide_tokens"]},
        "jobs": {"class": "logging.StreamHandler", "formatter": "plain", "filters": ["hide_tokens", "hide_words"]},
    },
    "loggers": {
        "registration": {
            "handlers": ["console"],
            "level": env.choice("LOG_LEVEL", "INFO", choices=["DEBUG", "INFO", "WARNING", "ERROR"]),
        },
        "django": {"handlers": ["console"], "level": "WARNING"},
        "django.server": {"handlers": ["console"], "level": "INFO", "propagate": False},
        # Our own tasks write a line for what they did; Procrastinate adds what failed.
        "procrastinate": {"handlers": ["jobs"], "level": "WARNING"},
    },
}

ENV_PROBLEMS = env.problems
