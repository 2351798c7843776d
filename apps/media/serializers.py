"""The API serializers of images."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from apps.api.serializers import ResourceSerializer
from blog_project import addresses

from .models import Image


class RenditionSerializer(serializers.Serializer):
    """One file of an image."""

    address = serializers.SerializerMethodField(help_text=_("Where readers find it."))
    type = serializers.CharField(help_text=_("Its media type."))
    width = serializers.IntegerField(help_text=_("Its width in pixels."))

    def get_address(self, rendition: dict) -> str:
        """Return the absolute URL of the file."""
        address = rendition["address"]
        return addresses.absolute(address) if address.startswith("/") else address


class ImageSerializer(ResourceSerializer):
    """An image: what it shows is fixed, how it is described is not."""

    address = serializers.SerializerMethodField(help_text=_("Where readers find it: in texts, its path is enough."))
    markdown = serializers.CharField(read_only=True, help_text=_("What shows it in a text."))
    renditions = RenditionSerializer(many=True, read_only=True, help_text=_("Its files."))

    class Meta:
        model = Image
        extra_kwargs = {name: {"min_value": 0, "max_value": 1} for name in ("focal_x", "focal_y")}
        fields = [
            "id",
            "address",
            "markdown",
            "name",
            "kind",
            "width",
            "height",
            "size",
            "alt",
            "credit",
            "focal_x",
            "focal_y",
            "renditions",
            "created_at",
            "version",
        ]

    reads = {
        "address": ("digest", "files"),
        "markdown": ("digest", "files", "alt", "name"),
        "renditions": ("digest", "files"),
    }

    def get_address(self, image: Image) -> str:
        """Return the absolute URL by which texts can show the image, wherever the files are."""
        return addresses.absolute(image.address)


class ShownImageSerializer(ImageSerializer):
    """What anybody may know of an image that they see."""

    class Meta(ImageSerializer.Meta):
        fields = ["id", "address", "width", "height", "alt", "credit", "focal_x", "focal_y", "renditions"]

    # Removes the field that ImageSerializer declares.
    markdown = None


class NewImageSerializer(ImageSerializer):
    """An image that is sent: its file, and what describes it."""

    file = serializers.FileField(
        write_only=True, help_text=_("A JPEG, PNG, GIF, WebP or AVIF of at most 25 MB; no animation.")
    )

    class Meta(ImageSerializer.Meta):
        fields = ["file", *ImageSerializer.Meta.fields]
