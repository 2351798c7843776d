"""What stands at the addresses of the docs in processes that do not have them."""

from __future__ import annotations

from rest_framework.views import APIView

from .viewsets import RoutedMixin, misdirected


class Misdirected(RoutedMixin, APIView):
    """Answers 421 to the methods that the docs have, and 405 to the others."""

    get = head = options = misdirected
