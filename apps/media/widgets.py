"""Choosing an image in forms of the admin."""

from __future__ import annotations

from django.contrib.admin.widgets import ForeignKeyRawIdWidget
from django.utils.html import format_html

from .models import Image


class ImageChooser(ForeignKeyRawIdWidget):
    """The number of an image, the way to the list to choose it from (or to add one), and what is chosen, small.

    The stock widget, which works without JavaScript: then one types the number.
    """

    class Media:
        css = {"all": ("media/admin.css",)}

    def label_and_url_for_value(self, value) -> tuple[str, str]:
        """Return the picture with its name as what leads to its page."""
        label, url = super().label_and_url_for_value(value)
        if not url or (image := Image.objects.filter(pk=value).first()) is None:
            return label, url
        picture = format_html('<img class="image-thumbnail" src="{}" alt="">{}', image.thumbnail, image)
        return picture, url
