"""The filter of the API's list of images."""

from __future__ import annotations

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy
from django_filters import ChoiceFilter
from django_filters.rest_framework import FilterSet

from .models import Image


class ImageFilter(FilterSet):
    """Filters images."""

    use = ChoiceFilter(
        choices=[("none", "none")],
        method="narrow",
        help_text=gettext_lazy("“none”: those that neither a post nor an author shows."),
    )

    class Meta:
        model = Image
        fields = []

    def narrow(self, images: QuerySet, name: str, value: str) -> QuerySet:
        """Return the unused images."""
        return images.unused()
