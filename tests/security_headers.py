"""Which security headers an answer has: the table, and how it is checked."""

from __future__ import annotations

from collections.abc import Mapping

EVERYWHERE = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=()",
    "Content-Security-Policy": "default-src 'none'",
}
"""On every answer of the port that serves the site, with a part of its value."""
EMBEDDED = ("/static/", "/media/")
"""Public files, which other sites may show (feed readers). So they have another policy, and another CORP, than pages."""
DESK = ("/admin/", "/preview/")
"""Where scripts write HTML: the policy requires Trusted Types there, and only there."""
ON_HTTPS = "Strict-Transport-Security"
"""Only where the request came by HTTPS (RFC 6797, 7.2), which nobody knows of a request that cannot be read."""
ON_METRICS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
"""On the port of the metrics, which no browser opens: what keeps a page in one from reading them."""


def missing(headers: Mapping[str, str], path: str = "/", *, is_https: bool = False) -> list[str]:
    """Return the headers that an answer to a request for `path` should have, and has not or with another value.

    `headers` finds names in any case; `is_https` is whether the request came by HTTPS.
    """
    is_file = path.startswith(EMBEDDED) and "sandbox" in (headers.get("Content-Security-Policy") or "")
    expected = EVERYWHERE | {"Cross-Origin-Resource-Policy": "cross-origin" if is_file else "same-origin"}
    if is_https:
        expected = expected | {ON_HTTPS: "max-age=31536000"}
    return _missing(headers, expected) + _faults_of_policy(headers, path, is_file)


def missing_of_metrics(headers: Mapping[str, str]) -> list[str]:
    """Return the same for an answer of the port of the metrics."""
    return _missing(headers, ON_METRICS)


def _missing(headers: Mapping[str, str], expected: dict[str, str]) -> list[str]:
    return [name for name, part in expected.items() if part not in (headers.get(name) or "")]


def _faults_of_policy(headers: Mapping[str, str], path: str, is_file: bool) -> list[str]:
    """Return the directives of the Content-Security-Policy that are wrong."""
    text = headers.get("Content-Security-Policy") or ""
    policy = dict(part.strip().partition(" ")[::2] for part in text.split(";"))
    faults = [name for name in ("default-src", "base-uri", "frame-ancestors") if policy.get(name) != "'none'"]
    if is_file:
        return faults + [name for name, sources in policy.items() if "unsafe" in sources and name != "style-src"]
    faults += ["require-trusted-types-for"] * (("require-trusted-types-for" in policy) != path.startswith(DESK))
    own = [name for name in ("script-src", "style-src", "connect-src", "form-action") if not _is_own(policy.get(name))]
    return faults + own + (["unsafe"] if "unsafe" in text else [])


def _is_own(sources: str | None) -> bool:
    return [source for source in (sources or "").split() if not source.startswith("'sha256-")] == ["'self'"]
