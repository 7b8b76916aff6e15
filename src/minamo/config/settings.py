"""All settings of minamo, driven by the environment. Nothing here is a secret; secrets come from env or files."""

import datetime as dt
import os
from pathlib import Path
from typing import Any

from minamo.access.posture import versions
from minamo.config.cluster import django_database, var_dir
from minamo.kernel import secret_files

ROOM_ROOT = Path(__file__).resolve().parents[1]
PROJECT_ROOT = Path(__file__).resolve().parents[3]


def _flag(name: str, default: bool = False) -> bool:
    return os.environ.get(name, "1" if default else "0").lower() in {"1", "true", "yes", "on"}


def _secrets() -> tuple[list[str], str, str]:
    """The server's secrets (newest first), the proxy's and the mail server's; ends the start with a sentence when one is not as it must be."""
    try:
        for name in ("MINAMO_AUDIT_SEED", "MINAMO_WITNESS_SEED", "MINAMO_AUDIT_KEK"):
            if not os.environ.get(name):
                secret_files.named(name)  # read by audit/keys.py when it is needed: said here and not in the night
        own = secret_files.several("MINAMO_SECRET_KEY", var_dir() / "minamo_secret_key")
        return own, secret_files.optional("MINAMO_DEVICE_PROXY_SECRET"), secret_files.optional("MINAMO_MAIL_PASSWORD")
    except secret_files.SecretTrouble as trouble:
        raise SystemExit(f"minamo: {trouble}") from None


DEMO = _flag("MINAMO_DEMO")
DEBUG = _flag("MINAMO_DEBUG")
# The demo happens on a school morning, whatever the day outside; real instances run without an offset.
CLOCK_OFFSET = dt.timedelta(seconds=float(os.environ.get("MINAMO_CLOCK_OFFSET", "0")) if DEMO else 0)
# A proxy that verifies client certificates proves itself with DEVICE_PROXY_SECRET; without it its headers are taken away.
(SECRET_KEY, *SECRET_KEY_FALLBACKS), DEVICE_PROXY_SECRET, _MAIL_PASSWORD = _secrets()
ALLOWED_HOSTS = os.environ.get("MINAMO_HOSTS", "localhost,127.0.0.1,[::1]").split(",")
PUBLIC_URL = os.environ.get("MINAMO_PUBLIC_URL", "http://localhost:8000").rstrip("/")
HTTPS = PUBLIC_URL.startswith("https://")

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django_htmx",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "axes",
    "procrastinate.contrib.django",
    "minamo.kernel",
    "minamo.design",
    "minamo.access",
    "minamo.audit",
    "minamo.tenancy",
    "minamo.people",
    "minamo.curriculum",
    "minamo.attendance",
    "minamo.marking",
    "minamo.policy",
    "minamo.interop",
    "minamo.home",
]

MIDDLEWARE = [
    "minamo.access.headers.SecurityHeaders",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "minamo.access.middleware.EnforcementMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "minamo.config.urls"
ASGI_APPLICATION = "minamo.config.asgi.application"

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "APP_DIRS": True,
        "OPTIONS": {
            "environment": "minamo.design.jinja.environment",
            "context_processors": ["minamo.access.context.shell"],
        },
    },
    {  # only for third-party pages that insist on Django's own language (allauth's e-mail texts)
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": ["django.template.context_processors.request"]},
    },
]

_AS_OWNER = _flag("MINAMO_AS_OWNER")
_URL = os.environ.get("MINAMO_OWNER_DATABASE_URL" if _AS_OWNER else "DATABASE_URL") or os.environ.get("DATABASE_URL")
DATABASES: dict[str, dict[str, Any]] = {
    "default": django_database(_URL or "postgresql://minamo_app@/minamo?host=/nonexistent")
}
if _flag("MINAMO_DB_PREPARE", default=True):  # off behind a pooler that hands each transaction another connection
    DATABASES["default"]["OPTIONS"] |= {"server_side_binding": True, "prepare_threshold": 3}
DATABASES["default"]["CONN_MAX_AGE"] = 600  # each thread of config/pages.py keeps its own

AUTH_USER_MODEL = "access.Account"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.ScryptPasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("login_id", "label", "email")},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "minamo.access.passwords.NotOfThisPlace"},
    {"NAME": "minamo.access.breached.NotBreached"},
]
# The downloaded list of leaked passwords (SHA-1, ordered by hash); empty = none is asked.
BREACHED_PASSWORDS = os.environ.get("MINAMO_BREACHED_PASSWORDS", "")
LOGIN_URL = "/accounts/login/"
LOGIN_REDIRECT_URL = "/"

ACCOUNT_ADAPTER = "minamo.access.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = "login_id"
ACCOUNT_LOGIN_METHODS = {"email", "username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"  # accounts are made by the school; nobody registers himself
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_RATE_LIMITS = {
    "login_failed": "60/m/ip,10/5m/key"
}  # passwords are also counted by django-axes, in the database
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 900
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not HTTPS  # localhost only
MFA_TOTP_ISSUER = "minamo"
MFA_ADAPTER = "minamo.access.mfa.MfaAdapter"
MFA_FORMS = {
    "authenticate": "minamo.access.tries.CodeSignIn",
    "reauthenticate": "minamo.access.tries.CodeProof",
}

AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_LOCKOUT_CALLABLE = "minamo.access.adapter.locked_out"
AXES_RESET_ON_SUCCESS = True
AXES_USERNAME_FORM_FIELD = "login"
AXES_USERNAME_CALLABLE = "minamo.access.adapter.typed_name"
AXES_VERBOSE = False
AXES_ENABLE_ACCESS_FAILURE_LOG = False
AXES_SENSITIVE_PARAMETERS = ["login", "username", "password"]
AXES_CLIENT_IP_CALLABLE = "minamo.access.network.group_of"
# How many proxies stand before the application; only what they wrote about an address is believed (access/network.py).
PROXY_COUNT = int(os.environ.get("MINAMO_PROXY_COUNT", "0"))
# How much of what one person or one address may ask for in how long: "name=count/seconds …" over access/pacing.py.
PACE = os.environ.get("MINAMO_PACE", "")

SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_NAME = "__Host-minamo_session" if HTTPS else "minamo_session"
SESSION_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 60 * 60 * 24 * 14
CSRF_COOKIE_NAME = "__Host-csrftoken" if HTTPS else "csrftoken"
CSRF_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "minamo.access.views.signin.csrf_failure"
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _flag("MINAMO_BEHIND_PROXY") else None

VAR_DIR = var_dir()
# The name under which the trail's trees are known to witnesses; by default the host of PUBLIC_URL. Never change it later.
AUDIT_ORIGIN = os.environ.get("MINAMO_AUDIT_ORIGIN", "")
STATIC_URL = "/static/"
STATIC_ROOT = var_dir() / "static"
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG
WHITENOISE_ALLOW_ALL_ORIGINS = False  # by itself it lets every origin read static files
MEDIA_ROOT = var_dir() / "files"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 4000
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
MAX_REQUEST_BYTES = int(os.environ.get("MINAMO_MAX_REQUEST_MB", "310")) * 1024 * 1024
CLAMD = os.environ.get("MINAMO_CLAMD", "")  # host:port or a socket's path; when set, nothing comes in unscanned

# Processes that read the pages of one pile beside the worker (about 250 MB each); 0 = in the worker itself.
MARKING_PROCESSES = int(os.environ.get("MINAMO_MARKING_PROCESSES") or max(1, (os.cpu_count() or 2) // 2))

# Networks by name, e.g. "学校=10.20.0.0/16 教委=10.30.0.0/24": a signal in decisions, never a reason to trust.
NETWORKS = dict(part.split("=", 1) for part in os.environ.get("MINAMO_NETWORKS", "").split())
# A browser older than this reports itself as 「要確認」; another kind of browser says nothing about itself.
BROWSER_OLDEST = versions(os.environ.get("MINAMO_BROWSER_OLDEST", "Chromium 120, Firefox 115, Safari 16"))

LANGUAGE_CODE = "ja"
TIME_ZONE = "Asia/Tokyo"
USE_TZ = True
USE_I18N = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
APPEND_SLASH = False
FORM_RENDERER = "django.forms.renderers.DjangoTemplates"

# Mail: without a host it lies as files. With one it goes by TLS, whose certificate is checked; `off` is for a relay on the same host.
EMAIL_HOST = os.environ.get("MINAMO_MAIL_HOST", "")
_MAIL_TLS = os.environ.get("MINAMO_MAIL_TLS", "starttls").lower()
_MAIL_PORTS = {"starttls": 587, "implicit": 465, "off": 25}
if _MAIL_TLS not in _MAIL_PORTS:
    raise SystemExit("minamo: MINAMO_MAIL_TLS は starttls、implicit、off のどれかにしてください。")
EMAIL_USE_TLS, EMAIL_USE_SSL = _MAIL_TLS == "starttls", _MAIL_TLS == "implicit"
EMAIL_PORT = int(os.environ.get("MINAMO_MAIL_PORT") or _MAIL_PORTS[_MAIL_TLS])
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = os.environ.get("MINAMO_MAIL_USER", ""), _MAIL_PASSWORD
if bool(EMAIL_HOST_USER) != bool(EMAIL_HOST_PASSWORD):
    raise SystemExit("minamo: MINAMO_MAIL_USER と MINAMO_MAIL_PASSWORD（または _FILE）は、両方を設定してください。")
if EMAIL_HOST_PASSWORD and _MAIL_TLS == "off":
    raise SystemExit("minamo: MINAMO_MAIL_TLS=off ではパスワードが暗号化されずに流れます。TLS を使ってください。")
EMAIL_TIMEOUT = 20  # seconds
EMAIL_BACKEND = os.environ.get("MINAMO_EMAIL_BACKEND") or (
    f"django.core.mail.backends.{'smtp' if EMAIL_HOST else 'filebased'}.EmailBackend"
)
EMAIL_FILE_PATH = var_dir() / "mail"
DEFAULT_FROM_EMAIL = os.environ.get("MINAMO_MAIL_FROM", "minamo <no-reply@localhost>")

PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "jobs"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"opaque": {"()": "minamo.access.logs.OpaqueFilter"}},
    "formatters": {"utc": {"()": "minamo.access.logs.UtcFormatter"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "filters": ["opaque"], "formatter": "utc"}},
    "root": {"handlers": ["console"], "level": os.environ.get("MINAMO_LOG_LEVEL", "WARNING")},
    "loggers": {"axes": {"level": "ERROR"}},
}
