"""Settings: everything from the environment, nothing guessed that matters."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from config import env, keys

env.load_running_demo()

BASE_DIR = env.ROOT
DEBUG = env.flag("DEBUG")
DEMO = env.flag("DEMO")  # a shown-off installation: second factor optional, a banner on every page
SECRET_KEY = env.secret("SECRET_KEY", 32, why="A long random string; it signs sessions.")
_public = env.url(
    "PUBLIC_URL",
    ("https", "http"),
    "The address people and providers reach us at, as in https://cts.example.com.",
)
if _public.username or _public.path.strip("/") or _public.query or _public.fragment:
    raise ImproperlyConfigured("PUBLIC_URL must be scheme://host[:port] with no user, password or path.")
PUBLIC_URL = f"{_public.scheme}://{_public.netloc}"
SECURE = _public.scheme == "https"
if not (SECURE or DEMO or DEBUG or _public.hostname in {"127.0.0.1", "localhost", "testserver"}):
    raise ImproperlyConfigured("PUBLIC_URL must begin with https:// outside the demo.")
ALLOWED_HOSTS = env.several("ALLOWED_HOSTS", _public.hostname or "")
if not all(map(env.is_host, ALLOWED_HOSTS)):
    raise ImproperlyConfigured("ALLOWED_HOSTS must be host names separated by commas: no scheme, port or *.")
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "django_htmx",
    "csp",
    "config",
    "tenants",
    "consent",
    "campaigns",
    "compliance",
    "messaging",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "tenants.middleware.deeds_from",
    "tenants.middleware.session_limits",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "tenants.middleware.private_pages",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "tenants.frame.frame",
            ]
        },
    }
]


def _database(name: str) -> dict[str, Any]:
    url = env.url(
        name,
        ("postgres", "postgresql"),
        "As in postgres://cts_app:password@host:5432/cts (the role that owns nothing).",
    )
    if not url.username or not url.path.strip("/"):
        raise ImproperlyConfigured(
            f"{name} must name a role and a database: postgres://role:password@host/database."
        )
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(url.path.lstrip("/")),
        "USER": unquote(url.username or ""),
        "PASSWORD": unquote(url.password or ""),
        "HOST": url.hostname or "",
        "PORT": str(url.port or 5432),
        "CONN_MAX_AGE": 60,
        # JIT compiles the gate's many EXISTS for seconds to save milliseconds.
        "OPTIONS": {"options": "-c jit=off -c lock_timeout=10s -c idle_in_transaction_session_timeout=120s"},
    }


DATABASES = {"default": _database("DATABASE_URL")}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
REDIS_URL = env.url("REDIS_URL", ("redis", "rediss"), "As in redis://127.0.0.1:6379/0.").geturl()
CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}}

FIELD_ENCRYPTION_KEY = keys.of_fields("FIELD_ENCRYPTION_KEYS")
HASH_KEYS = keys.of_hashes("HASH_KEYS")

AUTH_USER_MODEL = "tenants.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "tenants.sign_in.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"  # accounts are made by invitation mail only
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ACCOUNT_RATE_LIMITS = {
    "login_failed": "10/m/ip,5/5m/key",
    "login": "30/m/ip",
    "reset_password": "20/m/ip,5/m/key",
}
MFA_ADAPTER = "tenants.sign_in.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Clear to Send"
MFA_TOTP_TOLERANCE = 1  # half minutes either way; a code still counts once (tenants/one_time_codes.py)
MFA_FORMS = {
    "authenticate": "tenants.one_time_codes.SignInForm",
    "reauthenticate": "tenants.one_time_codes.SignInAgainForm",
}

SESSION_COOKIE_AGE = 12 * 3600  # absolute; the idle limit is in tenants.middleware
SESSION_IDLE_SECONDS = 15 * 60
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True  # pages carry the forms' token themselves
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
SESSION_COOKIE_NAME = "__Host-session" if SECURE else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if SECURE else "csrf"
CSRF_FAILURE_VIEW = "config.errors.stale_form"
SECURE_HSTS_SECONDS = 31536000 if SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = SECURE
SECURE_SSL_REDIRECT = SECURE and env.flag("SSL_REDIRECT", True)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.flag("TRUST_PROXY") else None
SECURE_REFERRER_POLICY = (
    "same-origin"  # with no-referrer browsers send Origin: null and every form is refused
)
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "connect-src": [SELF],
        "font-src": [SELF],
        "img-src": [SELF, "data:"],
        "form-action": [SELF],
        "frame-src": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 8 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
FILE_UPLOAD_KEPT_AT_MOST = 512 * 1024 * 1024  # the largest list that is taken
FILE_UPLOAD_HANDLERS = [
    "config.sealed_uploads.OnlyMembers",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "config.sealed_uploads.SealedUploads",
]
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000
# Clients' lists on their way in, encrypted; the web and the worker must see the same folder.
UPLOAD_DIR = env.text("UPLOAD_DIR", str(BASE_DIR / "var" / "uploads"))
if not Path(UPLOAD_DIR).is_absolute() or Path(UPLOAD_DIR).is_file():
    raise ImproperlyConfigured("UPLOAD_DIR must be the full path of a folder, as in /data/uploads.")
# Where lists may be dropped, a folder below it for each source; empty where nothing but SFTP and uploads is wanted.
LIST_FOLDERS_DIR = env.text("LIST_FOLDERS_DIR", "")
if LIST_FOLDERS_DIR and not Path(LIST_FOLDERS_DIR).is_absolute():
    raise ImproperlyConfigured(
        "LIST_FOLDERS_DIR must be the full path of a folder, as in /data/lists, or empty."
    )

LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_I18N = True
LOCALE_PATHS = [BASE_DIR / "locale"]  # Spanish for recipients: `python -m tests.catalogs` keeps it
USE_TZ = True
USE_THOUSAND_SEPARATOR = True
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = env.flag("STATIC_FROM_SOURCE", DEMO or DEBUG)
if not WHITENOISE_USE_FINDERS and env.flag("STATIC_MANIFEST", SECURE):
    STORAGES = {
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
        "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
    }

# The product's own mail (invitations, approval requests), never a campaign's.
EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
EMAIL_HOST = env.host("EMAIL_HOST", "localhost")
EMAIL_PORT = env.number("EMAIL_PORT", 25, 65535)
EMAIL_HOST_USER = env.text("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = env.text("EMAIL_HOST_PASSWORD", "")
if bool(EMAIL_HOST_USER) != bool(EMAIL_HOST_PASSWORD):
    raise ImproperlyConfigured("Set EMAIL_HOST_USER and EMAIL_HOST_PASSWORD both, or neither.")
EMAIL_USE_TLS = env.flag("EMAIL_USE_TLS")
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.text("FROM_EMAIL", f"Clear to Send <no-reply@{_public.hostname}>")
if not re.fullmatch(r"[^<>@\s]+@[^<>@\s]+|[^<>@\r\n]+ <[^<>@\s]+@[^<>@\s]+>", DEFAULT_FROM_EMAIL):
    raise ImproperlyConfigured("FROM_EMAIL must be an address, as in Clear to Send <no-reply@example.com>.")

# Providers. Empty = the provider's own address.
TWILIO_BASE_URL = env.provider_url("TWILIO_BASE_URL")
SENDGRID_BASE_URL = env.provider_url("SENDGRID_BASE_URL")
DNS_NAMESERVERS = env.several("DNS_NAMESERVERS")  # host[:port]; empty = the system's
if not all(env.is_host(re.sub(r"(?<=[^:]):\d{1,5}$", "", each)) for each in DNS_NAMESERVERS):
    raise ImproperlyConfigured(
        "DNS_NAMESERVERS must be host[:port], separated by commas, as in 127.0.0.1:53."
    )
# What one segment of a text costs the client, carriers' fees included: for estimates on pages, nothing is billed by it.
TEXT_SEGMENT_DOLLARS = env.dollars("TEXT_SEGMENT_DOLLARS", "0.0125")

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["tenants.api.tokens.TokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["tenants.api.tokens.HasKey"],
    "DEFAULT_THROTTLE_CLASSES": ["tenants.api.limits.PerToken"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "tenants.api.schema.Described",
    "EXCEPTION_HANDLER": "tenants.api.problems.handle",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
    "URL_FORMAT_OVERRIDE": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Clear to Send",
    "VERSION": "1",
    "DESCRIPTION": "The API for a client's own systems: CRM, website form, voice agent. docs/api.md explains it.",
    "SERVERS": [{"url": "/"}],
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": False,
    "ENUM_NAME_OVERRIDES": {
        "BookingStatusEnum": "campaigns.models.booking.Booking.Status",
        "PurposeEnum": "tenants.models.Purpose",
        "BookingOutcomeEnum": "campaigns.models.booking.BookingLine.Outcome",
    },
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "tenants.api.schema.add_problem",
    ],
}

# Only Celery's bells go this way (docs/scaling.md); the marks of `messaging.holding` and the cache stay in Redis.
_broker = env.url("BROKER_URL", env.BROKERS, "As in amqps://user@queue.example.com.", REDIS_URL)
CELERY_BROKER_URL = _broker.geturl()
CELERY_BROKER_TRANSPORT_OPTIONS = env.broker_options(_broker)

LOG_LEVEL = env.one_of("LOG_LEVEL", "INFO", ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"))
LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"lines": {"()": "config.log_lines.JsonLines"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "lines"}},
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
    "loggers": {
        "django.request": {"level": "ERROR"},
        "django.security": {"level": "ERROR"},
        "celery.app.trace": {"level": "WARNING"},
        "celery.worker.strategy": {"level": "WARNING"},
    },
}
