"""Middleware for response headers that restrict browsers: CSP, Permissions-Policy and CORP."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from csp.constants import HEADER
from csp.middleware import CSPMiddleware, PolicyParts
from csp.utils import build_policy
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.middleware.clickjacking import XFrameOptionsMiddleware
from django.middleware.security import SecurityMiddleware
from django.utils.deprecation import MiddlewareMixin

from blog_project import addresses

# Attributes that django-csp sets on a request or response whose policy differs from the default.
_CSP_OVERRIDES = frozenset(["_csp_config", "_csp_update", "_csp_replace", "_csp_exempt", "_csp_nonce"])


class ContentSecurityPolicyMiddleware(CSPMiddleware):
    """django-csp's middleware with a stricter policy for the admin. Both policies are built once, not for each response."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        super().__init__(get_response)
        self.policy = build_policy()
        self.admin_policy = build_policy(update=settings.ADMIN_CONTENT_SECURITY_POLICY)

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        """Set the policy of the path; django-csp builds it if the request or response overrides it."""
        if settings.DEBUG or not (
            _CSP_OVERRIDES.isdisjoint(vars(response)) and _CSP_OVERRIDES.isdisjoint(vars(request))
        ):
            return super().process_response(request, response)
        response.setdefault(HEADER, self.admin_policy if addresses.is_private(request.path_info) else self.policy)
        return response

    def get_policy_parts(self, request: HttpRequest, response: HttpResponse, report_only: bool = False) -> PolicyParts:
        """Return what differs from the default policy: what the response asks for and, in the admin, Trusted Types."""
        parts = super().get_policy_parts(request, response, report_only)
        if addresses.is_private(request.path_info) and not report_only:
            parts.update = {**settings.ADMIN_CONTENT_SECURITY_POLICY, **(parts.update or {})}
        return parts


class BrowserPolicyMiddleware:
    """Disable browser features that no page uses (Permissions-Policy) and embedding by other sites (CORP).

    With CSP_REPORT_URL, browsers report there what the policy has blocked.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Set the headers unless the view has set them."""
        response = self.get_response(request)
        _set_browser_policy(response)
        return response


def _set_browser_policy(response: HttpResponse) -> None:
    response.setdefault("Permissions-Policy", settings.PERMISSIONS_POLICY)
    response.setdefault("Cross-Origin-Resource-Policy", "same-origin")
    if settings.CSP_REPORT_URL:
        # The address of the name in the policy's `report-to` (https://www.w3.org/TR/reporting-1/#header).
        response.setdefault("Reporting-Endpoints", f'csp="{settings.CSP_REPORT_URL}"')


@cache
def _policies() -> tuple[MiddlewareMixin, ...]:
    kinds = (SecurityMiddleware, ContentSecurityPolicyMiddleware, XFrameOptionsMiddleware)
    return tuple(kind(lambda request: HttpResponse()) for kind in kinds)


def apply(request: HttpRequest, response: HttpResponse) -> None:
    """Set on a response that does not pass the middleware the headers that the middleware would set."""
    for policy in _policies():
        policy.process_response(request, response)
    _set_browser_policy(response)
