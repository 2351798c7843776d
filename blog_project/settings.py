"""Every setting of Broadsheet, from environment variables. `.env.example` documents each of them."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from whitenoise.compress import Compressor

from blog_project import inline_scripts, keys, roles
from blog_project.environment import Environment

BASE_DIR = Path(__file__).resolve().parent.parent

env = Environment(BASE_DIR / ".env")


def _required_unless_debug(name: str, fallback: str) -> str:
    """Return a variable or, with DEBUG, `fallback` if it is not set. Raises SystemExit without DEBUG."""
    value = env.str(name, default=fallback if DEBUG else "")
    if not value:
        raise SystemExit(f"{name} is not set. Set it in the environment or in .env (see .env.example), or set DEBUG=1.")
    return value


# The process

DEBUG = env.bool("DEBUG", default=False)

try:
    ROLES = roles.parse(env.str("ROLE", default=roles.ALL if DEBUG else ""))
except ValueError as error:
    raise SystemExit(str(error)) from None
ROLE = roles.ALL if len(ROLES) == len(roles.Role) else ".".join(role for role in roles.Role if role in ROLES)
RELEASE = env.str("RELEASE", default="dev")

# SECRET_KEY signs sessions and is for processes with the admin; SIGNING_KEY signs what others need (apps/core/signing.py).
SIGNING_KEY = env.str("SIGNING_KEY", default="")
SECRET_KEY = env.str("SECRET_KEY", default="")
HAS_SESSION_KEY = bool(SECRET_KEY) or DEBUG
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
SIGNING_KEY_FALLBACKS = env.list("SIGNING_KEY_FALLBACKS", default=[])
if SIGNING_KEY:
    # Django signs sessions alone with it, and a process without the admin has none.
    SECRET_KEY = SECRET_KEY or keys.derive(SIGNING_KEY, "a process without sessions")
else:
    SECRET_KEY = _required_unless_debug("SECRET_KEY", "insecure-and-only-for-debugging" * 2)
    SIGNING_KEY = keys.derive(SECRET_KEY, "signing")
    SIGNING_KEY_FALLBACKS += [keys.derive(key, "signing") for key in SECRET_KEY_FALLBACKS]
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
SITE_URL = env.str("SITE_URL", default="http://localhost:8000")
DEFAULT_SITE_NAME = "Broadsheet"
SITE_NAME = env.str("SITE_NAME", default=DEFAULT_SITE_NAME)
SITE_TAGLINE = env.str("SITE_TAGLINE", default="A blog that runs as one process, or as many.")

# What each request may send is in the table `body_limits.py`.
REQUEST_BODY_LIMIT = env.int("REQUEST_BODY_LIMIT", default=5 * 2**20)
# A comment of 5,000 characters takes 60,000 bytes in the longest spelling of JSON.
SMALL_BODY_LIMIT = min(REQUEST_BODY_LIMIT, 128 * 2**10)
# An image of 25 MB and the other fields of its form.
UPLOAD_BODY_LIMIT = max(REQUEST_BODY_LIMIT, 26 * 2**20)
REQUEST_BODIES_MB = env.int("REQUEST_BODIES_MB", default=32)
REQUEST_HEAD_SECONDS = env.int("REQUEST_HEAD_SECONDS", default=10)
REQUEST_BODY_SECONDS = env.int("REQUEST_BODY_SECONDS", default=30)
REQUEST_BODY_RATE = env.int("REQUEST_BODY_RATE", default=16 * 2**10)
MAX_CONNECTIONS = env.int("MAX_CONNECTIONS", default=512)
DATA_UPLOAD_MAX_MEMORY_SIZE = REQUEST_BODY_LIMIT
# A larger body is in a file before Django reads it, and so is each file of a form after that, but for a smaller one.
FILE_UPLOAD_MAX_MEMORY_SIZE = 2**20
FILE_UPLOAD_TEMP_DIR = env.str("FILE_UPLOAD_TEMP_DIR", default="") or None
WSGI_THREADS = env.int("WSGI_THREADS", default=8)
HEAVY_WORK_LIMIT = env.int("HEAVY_WORK_LIMIT", default=2)
PAGE_CACHE_MB = env.int("PAGE_CACHE_MB", default=64)

# Apps, middleware and templates, by role

INSTALLED_APPS = list(
    dict.fromkeys(
        [
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "csp",
            "apps.core",
            "apps.audit",
            "apps.server",
            *roles.gather(ROLES, "apps"),
            "apps.site",
            "apps.posts",
            "apps.comments",
            "apps.media",
            "apps.importing",
            "apps.static_sites",
        ]
    )
)

_ROLE_MIDDLEWARE = roles.gather(ROLES, "middleware")
MIDDLEWARE = [
    "apps.server.health.HealthMiddleware",
    "apps.server.logs.RequestMiddleware",
    "apps.server.refusal_log.RefusalLogMiddleware",
    # Before what answers by itself: a redirect to HTTPS, a static file and an error of the host have these headers too.
    "apps.server.browser_policy.ContentSecurityPolicyMiddleware",
    "apps.server.browser_policy.BrowserPolicyMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "apps.server.api_https.ApiHttpsMiddleware",
    *[name for name in _ROLE_MIDDLEWARE if name in roles.STATIC_MIDDLEWARE],
    "apps.server.path_middleware.PathMiddleware",
    "django.middleware.common.CommonMiddleware",
    *[name for name in _ROLE_MIDDLEWARE if name not in roles.STATIC_MIDDLEWARE],
]

ROOT_URLCONF = "blog_project.urls"
WSGI_APPLICATION = "blog_project.wsgi.application"

# A site's own templates and static files, which come before the project's of the same name.
THEME_DIR = Path(env.path("THEME_DIR", default=BASE_DIR / "var" / "theme").root)
STATICFILES_DIRS = [THEME_DIR / "static"] if (THEME_DIR / "static").is_dir() else []
THEME_STYLESHEET = "theme.css" if (THEME_DIR / "static" / "theme.css").is_file() else ""

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [THEME_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                *(
                    [
                        "django.contrib.auth.context_processors.auth",
                        "django.contrib.messages.context_processors.messages",
                    ]
                    if roles.Role.ADMIN in ROLES
                    else []
                ),
            ],
        },
    }
]

# The database

DATABASES = {"default": env.db("DATABASE_URL", default=f"sqlite:///{BASE_DIR / 'var' / 'broadsheet.sqlite3'}")}
_database = DATABASES["default"]
DATABASE_STATEMENT_SECONDS = env.int("DATABASE_STATEMENT_SECONDS", default=10)
if _database["ENGINE"].endswith("sqlite3"):
    # Immediate transactions wait for the lock at the start and cannot fail midway with SQLITE_BUSY_SNAPSHOT.
    _options = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 5,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-16000;",
    }
else:
    # Only MariaDB reads the comment that begins with /*M!, and only MySQL the one with /*!80000. 0 means no limit.
    _options = {
        "charset": "utf8mb4",
        "isolation_level": "read committed",
        "init_command": (
            f"SET sql_mode='TRADITIONAL,ONLY_FULL_GROUP_BY', innodb_lock_wait_timeout=5"
            f" /*M!, max_statement_time={DATABASE_STATEMENT_SECONDS} */"
            f" /*!80000 , max_execution_time={DATABASE_STATEMENT_SECONDS * 1000} */"
        ),
        "connect_timeout": 2,
    }
    if DATABASE_STATEMENT_SECONDS:
        # If the server disappears, only a timeout of the socket ends the wait.
        _options |= {"read_timeout": DATABASE_STATEMENT_SECONDS + 5, "write_timeout": DATABASE_STATEMENT_SECONDS + 5}
_database["OPTIONS"] = _options | _database["OPTIONS"]
# Each thread of a process keeps its connection, and checks it before a request.
_database["CONN_MAX_AGE"] = env.int("CONN_MAX_AGE", default=300)
_database["CONN_HEALTH_CHECKS"] = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CACHES = {"default": env.cache("CACHE_URL", default="locmemcache://")}
# The cache holds counts for rate limits: they are not worth waiting for, and take a few MB at most.
_is_redis = CACHES["default"]["BACKEND"].endswith("RedisCache")
CACHES["default"]["OPTIONS"] = {
    **({"socket_connect_timeout": 1, "socket_timeout": 1} if _is_redis else {"MAX_ENTRIES": 2000}),
    **CACHES["default"].get("OPTIONS", {}),
}
if _is_redis:
    # All pods write there, and some are easier to break into than others: what they write must not be code.
    CACHES["default"]["OPTIONS"]["serializer"] = "apps.core.json_cache.JSONSerializer"
    CACHES["default"]["VERSION"] = 2  # Earlier releases wrote pickles, under 1.

# Accounts

AUTHENTICATION_BACKENDS = ["apps.accounts.auth_backend.RightsBackend"]
LOGIN_ATTEMPTS = env.int("LOGIN_ATTEMPTS", default=5)
LOGIN_LOCK_MINUTES = env.int("LOGIN_LOCK_MINUTES", default=15)
LOGIN_ATTEMPTS_PER_NAME = env.int("LOGIN_ATTEMPTS_PER_NAME", default=20)
LOGIN_ATTEMPTS_PER_NETWORK = env.int("LOGIN_ATTEMPTS_PER_NETWORK", default=100)
LOGIN_ATTEMPTS_IN_ALL = env.int("LOGIN_ATTEMPTS_IN_ALL", default=1000)
if roles.Role.ADMIN in ROLES:
    AXES_HANDLER = "apps.accounts.guessing.LoginHandler"
    AUTHENTICATION_BACKENDS.insert(0, "axes.backends.AxesStandaloneBackend")
    # By user name and address together, so that nobody can lock out a user from elsewhere.
    AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
    AXES_CLIENT_IP_CALLABLE = "apps.accounts.login.counted_address"
    AXES_FAILURE_LIMIT = LOGIN_ATTEMPTS
    AXES_COOLOFF_TIME = timedelta(minutes=LOGIN_LOCK_MINUTES)
    AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
    AXES_RESET_ON_SUCCESS = True
    AXES_LOCKOUT_CALLABLE = "apps.accounts.login.locked_out"
    # The audit trail has the logins. A form sent after the session ended contains a draft, which must not be logged.
    AXES_DISABLE_ACCESS_LOG = True
    AXES_ENABLE_ADMIN = False
    AXES_SENSITIVE_PARAMETERS = ["username", "ip_address", "carried_fields", "password_again"]
    AXES_SENSITIVE_PARAMETERS += ["old_password", "new_password1", "new_password2"]
    AXES_VERBOSE = False
    # Second factors. Passkeys belong to the host of the public address, and browsers show its name.
    SECOND_FACTOR_GROUPS = env.list("SECOND_FACTOR_GROUPS", default=[])
    _public_address = urlsplit(SITE_URL)
    OTP_TOTP_ISSUER = OTP_WEBAUTHN_RP_NAME = OTP_WEBAUTHN_RP_ID = _public_address.hostname or ""
    OTP_WEBAUTHN_ALLOWED_ORIGINS = [f"{_public_address.scheme}://{_public_address.netloc}"]
    OTP_WEBAUTHN_HELPER_CLASS = "apps.accounts.second_factor.passkeys.PasskeyHelper"
    # A passkey comes after the password, never instead of it.
    OTP_WEBAUTHN_ALLOW_PASSWORDLESS_LOGIN = False
PASSWORD_HASHERS = [
    "apps.accounts.passwords.Argon2Hasher",
    # Hashes of older accounts, which the next login replaces.
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "apps.accounts.passwords.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
    {"NAME": "apps.accounts.passwords.ContextWordsValidator"},
    {"NAME": "apps.accounts.passwords.ChangeNotifier"},
]
# In the session, so that what they name is in no cookie.
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"
SESSION_ENGINE = "apps.accounts.sessions"
SESSION_IDLE_HOURS = env.int("SESSION_IDLE_HOURS", default=12)
SESSION_MAX_DAYS = env.int("SESSION_MAX_DAYS", default=14)
PASSWORD_AGAIN_MINUTES = env.int("PASSWORD_AGAIN_MINUTES", default=15)
SESSION_COOKIE_AGE = SESSION_IDLE_HOURS * 3600
SESSION_MAX_AGE = SESSION_MAX_DAYS * 24 * 3600
EMAIL_CONFIG = env.email("EMAIL_URL", default="consolemail://")
vars().update(EMAIL_CONFIG)
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="Broadsheet <webmaster@localhost>")
EMAIL_TIMEOUT = 10

# Language and time

LANGUAGE_CODE = env.str("LANGUAGE_CODE", default="en")
# A site's own translations come first, as its templates do: for another language, or to change a text of ours.
LOCALE_PATHS = [
    env.path("LOCALE_DIR", default=BASE_DIR / "var" / "locale").root,
    str(BASE_DIR / "blog_project" / "locale"),
]
FORMAT_MODULE_PATH = "blog_project.formats"
TIME_ZONE = env.time_zone("TIME_ZONE", default="UTC")
USE_I18N = True
USE_TZ = True

# Files

STATIC_URL = "/static/"
STATIC_ROOT = env.path("STATIC_ROOT", default=BASE_DIR / "var" / "static").root
MEDIA_ROOT = env.path("MEDIA_ROOT", default=BASE_DIR / "var" / "media").root
MEDIA_URL = env.str("MEDIA_URL", default="/media/")
MEDIA_BUCKET = env.str("MEDIA_BUCKET", default="")
# Without a key, the identity of the machine is used (IAM roles).
MEDIA_BUCKET_OPTIONS = {
    "MEDIA_REGION": env.str("MEDIA_REGION", default=""),
    "MEDIA_ENDPOINT": env.str("MEDIA_ENDPOINT", default=""),
    "MEDIA_PREFIX": env.str("MEDIA_PREFIX", default=""),
    "MEDIA_ACCESS_KEY": env.str("MEDIA_ACCESS_KEY", default=""),
    "MEDIA_SECRET_KEY": env.str("MEDIA_SECRET_KEY", default=""),
}
STORAGES = {
    # Only for the files of images.
    "default": {"BACKEND": f"apps.media.{'buckets.BucketStore' if MEDIA_BUCKET else 'stores.DiskStore'}"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = DEBUG
# Source maps would be two thirds of the compressed data, and only developer tools request them.
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = (*Compressor.SKIP_COMPRESS_EXTENSIONS, "map")
WHITENOISE_AUTOREFRESH = DEBUG
WHITENOISE_KEEP_ONLY_HASHED_FILES = True

CHANGES_DAYS = env.int("CHANGES_DAYS", default=90)

# Comments

COMMENT_MODERATORS = env.list("COMMENT_MODERATORS", default=[])
COMMENTS_PER_HOUR = env.int("COMMENTS_PER_HOUR", default=30)
COMMENT_ADDRESS_DAYS = env.int("COMMENT_ADDRESS_DAYS", default=30)
AKISMET_KEY = env.str("AKISMET_KEY", default="")

# Security headers and cookies

HTTPS = env.bool("HTTPS", default=not DEBUG)
SECURE_SSL_REDIRECT = HTTPS
# `ApiHttpsMiddleware` refuses them.
SECURE_REDIRECT_EXEMPT = ["^api/v1/"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.bool("BEHIND_PROXY", default=HTTPS) else None
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", default=1 if SECURE_PROXY_SSL_HEADER else 0)
SECURE_HSTS_SECONDS = env.int("HSTS_SECONDS", default=365 * 24 * 3600 if HTTPS else 0)
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS and env.bool("HSTS_SUBDOMAINS", default=False)
SECURITY_CONTACTS = env.list("SECURITY_CONTACTS", default=[])
CSP_REPORT_URL = env.str("CSP_REPORT_URL", default="")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
# Forms and scripts take the token from the page.
CSRF_COOKIE_HTTPONLY = True
# Browsers take a cookie of this prefix only from the host itself, over HTTPS, for all its paths (RFC 6265bis).
_cookie_prefix = "__Host-" if HTTPS else ""
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = f"{_cookie_prefix}sessionid", f"{_cookie_prefix}csrftoken"
DEVICE_COOKIE_NAME = f"{_cookie_prefix}desk_device"
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
if roles.Role.ADMIN in ROLES:
    CSRF_FAILURE_VIEW = "apps.editor.admin_site.csrf_failure"
# W005 and W021: only the owner of the domain knows whether all its hosts use HTTPS (HSTS_SUBDOMAINS). W003: only the
# admin authenticates by cookies, and it has a subclass of Django's CSRF middleware. E031: without TLS there are no
# passkeys, but the other second factors work.
SILENCED_SYSTEM_CHECKS = ["security.W003", "security.W005", "security.W021", "otp_webauthn.E031"]
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "strict-origin-when-cross-origin"
# Anybody can run Mastodon, so that its hosts are not in the table of sites whose posts can be embedded.
MASTODON_HOSTS = env.list("MASTODON_HOSTS", default=["mastodon.social", "mastodon.online"])
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        # Everything that is not listed is forbidden. Scripts and styles are files of ours, with one inline script.
        "default-src": ["'none'"],
        "script-src": ["'self'", inline_scripts.csp_source(inline_scripts.SCHEME)],
        "style-src": ["'self'"],
        "img-src": ["'self'", "https:", "data:"],
        "media-src": ["'self'", "https:"],
        "font-src": ["'self'"],
        # For the autocomplete fields of the admin and for Swagger UI.
        "connect-src": ["'self'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
        # Old texts may contain images with http URLs.
        **({"upgrade-insecure-requests": True} if HTTPS else {}),
        # Firefox knows the older directive alone; browsers that know both use the newer one.
        **({"report-uri": [CSP_REPORT_URL], "report-to": "csp"} if CSP_REPORT_URL else {}),
    }
}
# The admin's scripts create HTML only through the policies of editor/trusted_types.js.
ADMIN_CONTENT_SECURITY_POLICY = {"require-trusted-types-for": ["'script'"], "trusted-types": ["default", "desk"]}
PERMISSIONS_POLICY = ", ".join(
    f"{feature}=()"
    for feature in """accelerometer camera display-capture geolocation gyroscope hid magnetometer microphone midi payment
    serial usb xr-spatial-tracking""".split()
)

# The API

API_TOKEN_DAYS = env.int("API_TOKEN_DAYS", default=365)
API_TOKEN_CACHE_SECONDS = env.float("API_TOKEN_CACHE_SECONDS", default=1.0)
API_TOKEN_RATES = env.rates(
    "API_TOKEN_RATES", default="create=300/minute,read=1200/minute,update=300/minute,delete=300/minute"
)
API_ADDRESS_RATES = env.rates(
    "API_ADDRESS_RATES", default="create=60/minute,read=600/minute,update=60/minute,delete=60/minute"
)
# The origins whose pages may use the API in a browser. The API uses tokens and ignores cookies.
CORS_ALLOWED_ORIGINS = env.list("CORS_ALLOWED_ORIGINS", default=[])
CORS_ALLOW_ALL_ORIGINS = CORS_ALLOWED_ORIGINS == ["*"]
CORS_URLS_REGEX = "^/api/"
CORS_EXPOSE_HEADERS = [
    *("Allow", "ETag", "Link", "Location", "Preference-Applied", "RateLimit", "RateLimit-Policy", "Retry-After"),
    *("WWW-Authenticate", "X-Request-ID"),
]
CORS_ALLOW_HEADERS = [
    *("accept", "authorization", "content-type", "idempotency-key", "if-match", "if-none-match", "prefer"),
    "x-request-id",
]
if CORS_ALLOW_ALL_ORIGINS:
    CORS_ALLOWED_ORIGINS = []
if (CORS_ALLOWED_ORIGINS or CORS_ALLOW_ALL_ORIGINS) and "rest_framework" in INSTALLED_APPS:
    INSTALLED_APPS.append("corsheaders")
    MIDDLEWARE.insert(
        MIDDLEWARE.index("django.middleware.security.SecurityMiddleware") + 1, "corsheaders.middleware.CorsMiddleware"
    )

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["apps.api.authentication.TokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["apps.api.permissions.ResourcePermissions"],
    "DEFAULT_RENDERER_CLASSES": ["apps.api.renderers.FastJSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["apps.api.parsers.StrictJSONParser"],
    "EXCEPTION_HANDLER": "apps.api.exceptions.exception_handler",
    "URL_FORMAT_OVERRIDE": None,
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
if roles.Role.READ in ROLES:
    # With this setting DRF imports drf-spectacular and Django's test tools in every process that routes a resource.
    REST_FRAMEWORK["DEFAULT_SCHEMA_CLASS"] = "apps.api.schema.ResourceSchema"
SPECTACULAR_SETTINGS = {
    "TITLE": f"{SITE_NAME} API",
    "VERSION": "1",
    "DESCRIPTION": "The blog's posts, tags, authors, comments and images. Errors are problem documents (RFC 9457).",
    "CONTACT": {"name": SITE_NAME},
    "SERVERS": [{"url": "/", "description": "The site that serves this description."}],
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_URLCONF": "apps.server.schema_urls",
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "PATH_CONVERTER_OVERRIDES": {"id": int},
    "POSTPROCESSING_HOOKS": ["drf_spectacular.hooks.postprocess_schema_enums", "apps.api.schema.finish"],
    # Both models have a field “status”, with different values.
    "ENUM_NAME_OVERRIDES": {
        "PostStatus": "apps.posts.models.Post.Status",
        "CommentStatus": "apps.comments.models.Comment.Status",
    },
}

# Logs

LOG_FORMAT = env.choice("LOG_FORMAT", ("auto", "json", "text"), default="auto")
LOG_LEVEL = env.choice("LOG_LEVEL", ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"), default="INFO")
ACCESS_LOG = env.bool("ACCESS_LOG", default=True)
LOGGING_CONFIG = "apps.server.logs.configure"
LOGGING = {"format": LOG_FORMAT, "level": LOG_LEVEL, "role": ROLE, "access": ACCESS_LOG}
