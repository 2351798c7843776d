"""API tokens, and the idempotency keys of POST requests."""

from __future__ import annotations

import hashlib
import secrets
import zlib
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from blog_project.roles import Operation

PREFIX = "bst_"
"""The prefix of every token, by which secret scanners (and people) recognise tokens."""

SCOPES = tuple(operation.value for operation in Operation)


def _checksum(body: str) -> str:
    return f"{zlib.crc32(body.encode()):08x}"


def new_secret() -> str:
    """Return a new token: the prefix, 256 random bits, and a checksum that detects typos without a query."""
    body = secrets.token_hex(32)
    return f"{PREFIX}{body}{_checksum(body)}"


def is_well_formed(secret: str) -> bool:
    """Return whether `secret` has the prefix, the length and the checksum of a token."""
    body, checksum = secret[len(PREFIX) : -8], secret[-8:]
    return secret.startswith(PREFIX) and len(body) == 64 and _checksum(body) == checksum


def digest(secret: str) -> str:
    """Return the SHA-256 of a token in hex, which is stored. (256 random bits need no slow hash.)"""
    return hashlib.sha256(secret.encode()).hexdigest()


def latest_end() -> datetime:
    """Return the latest moment at which a token that is made now may end."""
    return timezone.now() + timedelta(days=settings.API_TOKEN_DAYS)


def parse_networks(text: str) -> str:
    """Return IP addresses and networks, separated by commas or blanks, as stored: networks, separated by commas.

    Raises ValueError, whose message names the first one that is none.
    """
    return ",".join(str(ip_network(part)) for part in text.replace(",", " ").split())


class ApiTokenManager(models.Manager):
    """Issues tokens."""

    def issue(
        self, *, user, scopes: list[str], expires_at: datetime | None, name: str = "", networks: str = ""
    ) -> tuple[ApiToken, str]:
        """Create a token and return it with its secret, which is not stored.

        Without `expires_at` it gets the longest lifetime, `API_TOKEN_DAYS`. `networks` is as `parse_networks` returns
        it. Raises ValueError for a wrong scope and for a longer lifetime.
        """
        latest = latest_end()
        if expires_at and expires_at > latest + timedelta(minutes=1):
            raise ValueError(f"A token can be valid for {settings.API_TOKEN_DAYS} days (API_TOKEN_DAYS).")
        unknown = [scope for scope in scopes if scope not in SCOPES]
        if unknown or not scopes:
            raise ValueError(f"Scopes are one or more of {', '.join(SCOPES)}; not {', '.join(unknown) or 'none'}.")
        secret = new_secret()
        token = self.create(
            user=user,
            name=name,
            scopes=",".join(scope for scope in SCOPES if scope in scopes),
            digest=digest(secret),
            hint=secret[: len(PREFIX) + 4],
            expires_at=expires_at or latest,
            networks=networks,
        )
        return token, secret

    def revoke_all(self, user) -> int:
        """Revoke the usable tokens of a user, and return their number."""
        return self.filter(user=user, revoked_at=None).update(revoked_at=timezone.now())


class ApiToken(models.Model):
    """A program's right to act for a user, for some operations and until a date. Only a digest is stored."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="api_tokens", verbose_name=_("user")
    )
    name = models.CharField(_("name"), max_length=100, blank=True, help_text=_("What it is for."))
    scopes = models.CharField(_("scopes"), max_length=60)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    hint = models.CharField(_("begins with"), max_length=12, editable=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    last_used_at = models.DateTimeField(_("last used"), null=True, editable=False)
    last_used_from = models.GenericIPAddressField(_("last used from"), null=True, editable=False)
    revoked_at = models.DateTimeField(_("revoked"), null=True, editable=False)
    networks = models.CharField(
        _("networks"),
        max_length=500,
        blank=True,
        default="",
        db_default="",
        help_text=_(
            "IP addresses and networks from which alone it can be used, separated by commas: 192.0.2.7, "
            "2001:db8::/32. Empty: from everywhere."
        ),
    )

    objects = ApiTokenManager()

    class Meta:
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.label} ({self.user})"

    @property
    def label(self) -> str:
        """The name of the token or, without one, its first characters."""
        return self.name or self.hint

    @property
    def scope_list(self) -> list[str]:
        """The operations that the token allows."""
        return self.scopes.split(",")

    def allows_address(self, address: str | None) -> bool:
        """Return whether the token can be used from an IP address; an unknown one is in no network."""
        if not self.networks:
            return True
        networks = (ip_network(network) for network in self.networks.split(","))
        return address is not None and any(ip_address(address) in network for network in networks)

    def is_usable(self, now: datetime | None = None) -> bool:
        """Return whether the token is neither revoked nor expired."""
        return self.revoked_at is None and (self.expires_at is None or self.expires_at > (now or timezone.now()))


KEY_LIFETIME = timedelta(hours=24)
"""How long a repeated request gets the response of the first one."""
CLEAR_BATCH_SIZE = 500
"""The number of keys that one statement deletes."""


class IdempotencyKeyManager(models.Manager):
    """Deletes expired keys."""

    def clear_expired(self) -> int:
        """Delete the expired keys in batches, and return their number."""
        total = 0
        expired = self.filter(created_at__lte=timezone.now() - KEY_LIFETIME).order_by("created_at")
        while keys := list(expired.values_list("pk", flat=True)[:CLEAR_BATCH_SIZE]):
            total += self.filter(pk__in=keys).delete()[0]
        return total


class IdempotencyKey(models.Model):
    """The key of a POST request and its response. Written in the transaction that creates the object."""

    RESPONSE_FIELDS = ("status", "headers", "body")
    """The fields of the response, which are written at the end of the transaction."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="+")
    # The digest of the sender and the key. A concurrent request with the same key waits for the unique index.
    digest = models.CharField(max_length=64, unique=True)
    # The digest of the request, to detect another request with the same key.
    fingerprint = models.CharField(max_length=64)
    created_at = models.DateTimeField(default=timezone.now, db_index=True)
    status = models.PositiveSmallIntegerField(default=0)
    headers = models.JSONField(default=dict)
    # JSON, compressed with zlib.
    body = models.BinaryField(default=b"")

    objects = IdempotencyKeyManager()

    def __str__(self) -> str:
        return self.digest[:12]

    def is_expired(self) -> bool:
        """Return whether the key is older than `KEY_LIFETIME`, so that its request may be carried out again."""
        return self.created_at <= timezone.now() - KEY_LIFETIME
