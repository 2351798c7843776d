"""What browsers are told of each answer, beyond what Django and django-csp tell them."""

from __future__ import annotations

from collections.abc import Callable

from csp.constants import HEADER
from csp.middleware import CSPMiddleware
from csp.utils import build_policy
from django.conf import settings
from django.http import HttpRequest, HttpResponse

# What django-csp keeps on an answer, or on its request, that has a policy of its own.
_OF_ITS_OWN = frozenset(["_csp_config", "_csp_update", "_csp_replace", "_csp_exempt", "_csp_nonce"])


class ContentSecurityPolicyMiddleware(CSPMiddleware):
    """django-csp's, which puts the policy that nearly every answer has together once, and not for each of them."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        super().__init__(get_response)
        self.policy = build_policy()

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        """Say the policy, or leave it to django-csp where an answer has one of its own."""
        if settings.DEBUG or not (_OF_ITS_OWN.isdisjoint(vars(response)) and _OF_ITS_OWN.isdisjoint(vars(request))):
            return super().process_response(request, response)
        response.setdefault(HEADER, self.policy)
        return response


class BrowserPolicyMiddleware:
    """Forbid pages what no page here does (Permissions-Policy), and other sites to embed what we answer (CORP).

    Static files are not among these answers: who reads a feed elsewhere is to see its pictures.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer with both headers."""
        response = self.get_response(request)
        response.setdefault("Permissions-Policy", settings.PERMISSIONS_POLICY)
        response.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        return response
