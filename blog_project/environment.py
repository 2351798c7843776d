"""Reading environment variables: an invalid value stops the process with a short message instead of a traceback.

`django-environ` reads the variables (`NAME_FILE` names a file that contains the value, as with Docker secrets). The
message never contains the value of a URL or a secret, because it may contain a password.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import environ
from django.core.exceptions import ImproperlyConfigured

TRUE = frozenset({"1", "true", "yes", "on", "y", "t", "ok"})
FALSE = frozenset({"0", "false", "no", "off", "n", "f"})

DATABASES = {"sqlite": "apps.server.database.sqlite3", "mysql": "apps.server.database.mysql"}
OPERATIONS = ("create", "read", "update", "delete")
_RATE = re.compile("[1-9][0-9]{0,8}/(?:second|minute|hour|day)")
_DATABASE_FORMAT = "mysql://user:password@host:3306/name or sqlite:////path/of/a/file"
_CACHE_FORMAT = "locmemcache:// or redis://host:6379/0"
_EMAIL_FORMAT = "smtp+tls://user:password@host:587 or consolemail://"


class Environment(environ.FileAwareEnv):
    """The environment of the process, with the `.env` file for variables that are not set."""

    def __init__(self, dotenv: Path) -> None:
        super().__init__()
        self.read_env(dotenv)

    def get_value(self, var: str, cast: Any = None, default: Any = environ.Env.NOTSET, parse_default: bool = False):
        """Return the value of a variable. Raises SystemExit with a message for an invalid value."""
        try:
            value = super().get_value(var, cast=cast, default=default, parse_default=parse_default)
        except OSError as error:
            raise SystemExit(f"{var}_FILE names a file that cannot be read: {error}.") from None
        except ValueError as error:
            raise SystemExit(f"{var} cannot be read: {error}.") from None
        return value.strip() if isinstance(value, str) else value

    @classmethod
    def parse_value(cls, value: str, cast: Any) -> Any:
        """Convert a value as django-environ does, but raise ValueError for an invalid boolean, which it makes False."""
        if cast is bool:
            word = value.strip().lower()
            if word not in TRUE | FALSE:
                raise ValueError(f"{value!r} is neither true (1, true, yes, on) nor false (0, false, no, off)")
            return word in TRUE
        if cast is int:
            try:
                return int(value)
            except ValueError:
                raise ValueError(f"{value!r} is not a whole number") from None
        if cast is list:
            return [item.strip() for item in value.split(",") if item.strip()]
        return super().parse_value(value, cast)

    def choice(self, var: str, choices: Collection[str], default: str) -> str:
        """Return a variable that is one of `choices`. Raises SystemExit."""
        value = self.str(var, default=default)
        if value not in choices:
            raise SystemExit(f"{var} cannot be read: {value!r} is none of {', '.join(choices)}.")
        return value

    def rates(self, var: str, default: str) -> dict[str, str]:
        """Return the rate of each API operation from a variable such as `read=600/minute,create=60/minute`."""
        rates = dict(pair.partition("=")[::2] for pair in self.list(var, default=default.split(",")))
        for operation, rate in rates.items():
            if operation not in OPERATIONS or not _RATE.fullmatch(rate):
                form = f"write OPERATION=NUMBER/PERIOD, with {', '.join(OPERATIONS)} and second, minute, hour, day"
                raise SystemExit(f"{var} cannot be read: {operation}={rate}; {form}.")
        return rates

    def time_zone(self, var: str, default: str) -> str:
        """Return a variable that is the name of a time zone. Raises SystemExit."""
        value = self.str(var, default=default)
        try:
            return ZoneInfo(value).key
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise SystemExit(
                f"{var} cannot be read: {value!r} is not a time zone, such as UTC or Europe/Zurich."
            ) from None

    def db(self, var: str, default: str) -> dict[str, Any]:
        """Return Django's database settings from a URL. Options after `?`, such as `ssl_ca`, are for the driver."""
        scheme = self.str(var, default=default).partition(":")[0]
        if scheme not in DATABASES:
            raise SystemExit(f"{var} is not the address of a database: write {_DATABASE_FORMAT}.")
        database = self._url(super().db_url, var, default, _DATABASE_FORMAT)
        if scheme == "mysql" and not find_spec("MySQLdb"):
            raise SystemExit(f"{var} names MySQL, whose driver is missing: pip install -r requirements/production.txt.")
        if not database["NAME"]:
            raise SystemExit(f"{var} names no database: write {_DATABASE_FORMAT}.")
        database["ENGINE"] = DATABASES[scheme]
        options = database.setdefault("OPTIONS", {})
        # The driver expects the certificates in one dictionary, which a URL cannot express.
        tls = {
            name.removeprefix("ssl_"): options.pop(name) for name in ("ssl_ca", "ssl_cert", "ssl_key") & options.keys()
        }
        if tls:
            options["ssl"] = tls
        return database

    def cache(self, var: str, default: str) -> dict[str, Any]:
        """Return Django's cache settings from a URL."""
        return self._url(super().cache_url, var, default, _CACHE_FORMAT)

    def email(self, var: str, default: str) -> dict[str, Any]:
        """Return Django's e-mail settings from a URL."""
        return self._url(super().email_url, var, default, _EMAIL_FORMAT)

    @staticmethod
    def _url(read: Callable, var: str, default: str, valid_format: str) -> dict[str, Any]:
        try:
            return read(var, default=default)
        except (ImproperlyConfigured, ValueError, KeyError, TypeError):
            raise SystemExit(f"{var} cannot be read: write {valid_format}.") from None
