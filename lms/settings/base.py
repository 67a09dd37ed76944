"""Settings every environment shares. The environment is read here and nowhere else."""

import sqlite3
from pathlib import Path

import environ
from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

env = environ.Env()

# --- Paths

BASE_DIR = Path(__file__).resolve().parents[2]
DATA_DIR = Path(env.str("DATA_DIR", str(BASE_DIR / "var")))
DATA_DIR.mkdir(parents=True, exist_ok=True)

# --- Apps

INSTALLED_APPS = [
    "lms.evidence",
    "lms.jobs",
    "lms.sheets",
    "lms.backoffice",
    "lms.people",
    "courses",
    "exams",
    "certificates",
    "lms.campaigns",
    "lms.plan",
    "lms.demo",
    "wagtail.contrib.forms",
    "wagtail.contrib.redirects",
    "wagtail.contrib.settings",
    "wagtail.embeds",
    "wagtail.sites",
    "wagtail.users",
    "wagtail.snippets",
    "wagtail.documents",
    "wagtail.images",
    "wagtail.search",
    "wagtail.admin",
    "wagtail",
    "modelcluster",
    "taggit",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "csp",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "django.contrib.sitemaps",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "lms.web.health.HealthMiddleware",
    "lms.web.page_cache.PageCacheMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "exams.delivery.middleware.SeatCallsMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "lms.web.middleware.CookieMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "lms.web.middleware.LanguageMiddleware",
    "lms.web.middleware.PersonalPagesMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "lms.web.middleware.UploadLimitMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "lms.web.middleware.FramedRefusalMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "lms.web.middleware.AdminPolicyMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "lms.people.accounts.middleware.BackOfficeAccessMiddleware",
    "lms.backoffice.malformed.MalformedRequestMiddleware",
    "lms.people.accounts.middleware.StaffSecondFactorMiddleware",
    "wagtail.contrib.redirects.middleware.RedirectMiddleware",
]

ROOT_URLCONF = "lms.urls"
WSGI_APPLICATION = "lms.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "libraries": {"lms_ui": "lms.templatetags.lms_ui"},
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "lms.web.context_processors.site",
            ],
        },
    },
]

# --- Database

DATABASES = {"default": env.db("DATABASE_URL", f"sqlite:///{DATA_DIR / 'db.sqlite3'}")}
DATABASES["default"]["ATOMIC_REQUESTS"] = False
# Options of the address (sslmode) stay; those that E25 needs are set after them.
_options = DATABASES["default"].setdefault("OPTIONS", {})
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # Older SQLite libraries have a WAL-reset bug that can lose commits (S1.7).
    JOURNAL = "WAL" if sqlite3.sqlite_version_info >= (3, 51, 3) else "DELETE"
    # Opening the file and its PRAGMAs would cost more than saving an answer.
    DATABASES["default"]["CONN_MAX_AGE"] = None
    _options |= {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": (
            f"PRAGMA journal_mode={JOURNAL}; PRAGMA synchronous=FULL; "
            "PRAGMA foreign_keys=ON; PRAGMA recursive_triggers=ON;"
        ),
    }
else:
    _options |= {
        # For lms.access.prepared_cursor; the usual cursor sends text. No plan is kept
        # unless it says so: made on an empty table, it would read a full one.
        "prepare_threshold": 5,
        "pool": {"min_size": 1, "max_size": env.int("DATABASE_POOL", 16)},
        "options": "-c synchronous_commit=on -c datestyle=ISO "
        "-c plan_cache_mode=force_custom_plan -c statement_timeout=30000 "
        "-c lock_timeout=10000",
    }

# --- Cache and sessions

REDIS_URL = env.str("REDIS_URL", "")
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
    }
    if REDIS_URL
    else {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        # A full cache drops keys at random, and rate limits are kept here too.
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    },
    # Each process has its own: what must not depend on another server.
    "process": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "LOCATION": "process",
        "OPTIONS": {"MAX_ENTRIES": 50_000},
    },
}
SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_HTTPONLY = True

# --- The embedded server: granian reads the same names

SERVER_PORT = env.int("GRANIAN_PORT", 8000)
SERVER_THREADS = env.int("GRANIAN_BLOCKING_THREADS", 32)

# --- Long work

CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", "")
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_PUBLISH_RETRY = False
CELERY_BROKER_TRANSPORT_OPTIONS = {"socket_connect_timeout": 2, "socket_timeout": 5}
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BEAT_SCHEDULE = {
    "sweep": {
        "task": "lms.jobs.tasks.sweep_task",
        "schedule": 60.0,
        # Without a worker they would pile up; the next one does what this one would.
        "options": {"expires": 55},
    },
}

# --- Mail: without an address of a server nobody is written to

vars().update(env.email("EMAIL_URL", "dummymail://"))
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", "webmaster@localhost")

# --- People who sign in

AUTH_USER_MODEL = "people.User"
AUTHENTICATION_BACKENDS = ["lms.people.accounts.sign_in.PhoneOrUsernameBackend"]
PASSWORD_HASHERS = ["lms.people.accounts.hashers.SignInHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
    )
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/accounts/welcome/"
LOGOUT_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "lms.people.accounts.sign_in.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "lms.people.accounts.forms.SignInForm",
    "change_password": "lms.people.accounts.forms.ChangePasswordForm",
}
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = False
# Our own limiter counts every guess, lms.people.accounts.password_limits.
ACCOUNT_RATE_LIMITS = False
STAFF_MFA_REQUIRED = env.bool("STAFF_MFA_REQUIRED", True)
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_FORMS = {
    "authenticate": "lms.people.accounts.forms.SecondFactorForm",
    "reauthenticate": "lms.people.accounts.forms.SecondFactorAgainForm",
    "activate_totp": "lms.people.accounts.forms.SecondFactorSetUpForm",
}
# Cheap phones are half a minute off: one step before and after is right too.
MFA_TOTP_TOLERANCE = 1

# --- Security

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "media-src": [SELF],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    },
    # The Wagtail admin has inline scripts and styles; its policy is set per view there.
    "EXCLUDE_URL_PREFIXES": ["/admin/"],
}

# Keys of personal data: 32 random bytes each, base64. See lms.people.identity.numbers.
PII_KEY = env.str("PII_KEY", "")
PII_INDEX_KEY = env.str("PII_INDEX_KEY", "")
SIGNING_KEYS_DIR = Path(env.str("SIGNING_KEYS_DIR", str(DATA_DIR / "keys")))

# --- Files

STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATIC_ROOT.mkdir(exist_ok=True)
STATICFILES_DIRS = [BASE_DIR / "lms" / "static"]
WHITENOISE_USE_FINDERS = False
MEDIA_URL = "/media/"
MEDIA_ROOT = DATA_DIR / "media"
PRIVATE_ROOT = DATA_DIR / "private"
# Set, nginx sends private files itself (X-Accel-Redirect below this location).
MEDIA_ACCEL_PREFIX = env.str("MEDIA_ACCEL_PREFIX", "")
# A font file for certificates, in place of the packaged one.
CERTIFICATE_FONT = env.str("CERTIFICATE_FONT", "")
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "private": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": PRIVATE_ROOT, "base_url": None},
    },
    # Hashed names that a phone keeps for good, and compressed beside them.
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

# --- Language and time

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "lms" / "locale"]
FORMAT_MODULE_PATH = "lms.web.formats"
TIME_ZONE = "Asia/Shanghai"
USE_I18N = True
USE_TZ = True

# --- Wagtail

BASE_URL = env.str("BASE_URL", "http://127.0.0.1:8000")
DEMO = env.bool("DEMO", False)
WAGTAIL_SITE_NAME = _("Wuchuan Work Safety Training")
WAGTAILADMIN_BASE_URL = BASE_URL
WAGTAILADMIN_LOGIN_URL = "account_login"
WAGTAIL_PASSWORD_RESET_ENABLED = False
WAGTAIL_FRONTEND_LOGIN_URL = "/accounts/login/"
WAGTAIL_GRAVATAR_PROVIDER_URL = None
WAGTAIL_ENABLE_UPDATE_CHECK = False
WAGTAIL_ENABLE_WHATS_NEW_BANNER = False
WAGTAIL_I18N_ENABLED = False
WAGTAILADMIN_PERMITTED_LANGUAGES = LANGUAGES
# One city, one clock: nobody chooses another.
WAGTAIL_USER_TIME_ZONES = [TIME_ZONE]
WAGTAILSEARCH_BACKENDS = {"default": {"BACKEND": "lms.backoffice.search"}}
WAGTAILIMAGES_IMAGE_FORM_BASE = "lms.campaigns.published_files.images.PublicImageForm"
# As large as a telephone's; a larger one takes too much memory (B077).
WAGTAILIMAGES_MAX_IMAGE_PIXELS = 50_000_000
WAGTAILDOCS_DOCUMENT_FORM_BASE = "lms.campaigns.published_files.documents.DocumentForm"
WAGTAILDOCS_SERVE_METHOD = "serve_view"
# A PDF from anywhere is saved, not opened inside the site.
WAGTAILDOCS_INLINE_CONTENT_TYPES = []
WAGTAILDOCS_EXTENSIONS = ["csv", "docx", "pdf", "pptx", "txt", "xlsx", "zip"]

# --- Logging: ids only, never names, numbers or phones

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"personal": {"()": "lms.web.logs.MaskPersonalNumbers"}},
    "handlers": {
        "console": {"class": "logging.StreamHandler", "filters": ["personal"]}
    },
    "root": {"handlers": ["console"], "level": "INFO"},
    # Django's own set-up has handlers of its own; ours, with its filter, is enough.
    "loggers": {
        "django": {"handlers": [], "propagate": True},
        "django_tasks": {"level": "WARNING"},
        "fontTools": {"level": "WARNING"},
        "wagtail": {"level": "WARNING"},
    },
}
