"""The view at the URLs of the documentation in roles that do not serve it."""

from __future__ import annotations

from rest_framework.views import APIView

from .viewsets import RoutedMixin, misdirected


class Misdirected(RoutedMixin, APIView):
    """Returns 421 for the methods of the documentation, and 405 for others."""

    get = head = options = misdirected
