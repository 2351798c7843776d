"""Nobody is logged in by the password alone who has a second factor, or must have one."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from django.contrib.auth.models import AnonymousUser, User
from django.http import HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject
from django_otp import DEVICE_ID_SESSION_KEY

from blog_project import addresses

from . import factors

ALLOWED_WITHOUT = (addresses.SECOND_FACTOR, f"{addresses.ADMIN}logout/")
"""The paths on which those stay logged in who have to set up their first factor."""


class SecondFactorMiddleware:
    """Makes `request.user` anonymous where the session lacks the second factor that the user has or must have.

    Someone who must set up a first factor stays logged in on the pages for that, and can log out. It comes after
    django-otp's middleware, which finds the factor of a session. A session ends when its factor is deleted.
    `request.session_user` is the session's user.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Handle the request; the user is only looked up where a view asks for it."""
        if addresses.is_private(request.path_info):
            request.session_user = request.user
            request.user = SimpleLazyObject(partial(_admitted, request))
        return self.get_response(request)


def _admitted(request: HttpRequest) -> User | AnonymousUser:
    # Read before django-otp looks the factor up: it takes the key of a deleted one out of the session.
    began_with = request.session.get(DEVICE_ID_SESSION_KEY)
    user = request.session_user
    if not user.is_authenticated or user.is_verified():
        return user
    if began_with:
        request.session.flush()
        return AnonymousUser()
    standing = factors.standing(user)
    if not standing.has_factor and not standing.is_required:
        return user
    may_enrol = standing.must_enrol and request.path_info.startswith(ALLOWED_WITHOUT)
    return user if may_enrol else AnonymousUser()


def must_enrol(request: HttpRequest) -> bool:
    """Return whether the session's user has to set up a second factor before anything else."""
    # A login replaces the user of the request.
    user = request.user if request.user.is_authenticated else getattr(request, "session_user", request.user)
    return user.is_authenticated and user.is_active and user.is_staff and factors.standing(user).must_enrol
