"""The form widget for choosing an image in the admin."""

from __future__ import annotations

from django.contrib.admin.widgets import ForeignKeyRawIdWidget
from django.utils.html import format_html

from .models import Image


class ImageChooser(ForeignKeyRawIdWidget):
    """Django's raw id widget with the thumbnail of the chosen image.

    It links to the list of images to choose from. Without JavaScript, users type the id.
    """

    class Media:
        css = {"all": ("media/admin.css",)}

    def label_and_url_for_value(self, value) -> tuple[str, str]:
        """Return the thumbnail with the name as the label, and the URL of the image's page."""
        label, url = super().label_and_url_for_value(value)
        if not url or (image := Image.objects.filter(pk=value).first()) is None:
            return label, url
        # With JavaScript, the form of a post sets the focal point on it.
        markup = '<img class="image-thumbnail" src="{}" alt="" data-id="{}" data-focal-x="{}" data-focal-y="{}">{}'
        return format_html(markup, image.thumbnail, image.pk, image.focal_x, image.focal_y, image), url
