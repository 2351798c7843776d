"""The API viewsets of images, one for each operation. All policy is on the base class."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from rest_framework.parsers import BaseParser, MultiPartParser
from rest_framework.request import Request

from apps.api.exceptions import Busy
from apps.api.parsers import StrictJSONParser
from apps.api.permissions import ResourcePermissions
from apps.api.viewsets import CreateMixin, DeleteMixin, ReadMixin, ResourceViewSet, UpdateMixin
from blog_project.roles import Operation

from . import services
from .filters import ImageFilter
from .models import Image
from .serializers import ImageSerializer, NewImageSerializer


class ImagePermissions(ResourcePermissions):
    """Require the right to view images for all actions except OPTIONS: unused images are not public."""

    def has_permission(self, request: Request, view: ResourceViewSet) -> bool:
        """Return whether the user may perform the action. Raises InsufficientScope."""
        return super().has_permission(request, view) and (
            request.method == "OPTIONS" or request.user.has_perm("media.view_image")
        )


class ImageViewSetBase(ResourceViewSet):
    """Images of posts."""

    resource = "images"
    queryset = Image.objects.order_by("-id")
    serializer_class = ImageSerializer
    permission_classes = [ImagePermissions]
    filterset_class = ImageFilter
    public_operations = frozenset()
    delete_conflict = "A post shows it."

    def get_serializer_class(self) -> type:
        """Return the serializer with the file for a new image, the usual one otherwise."""
        return NewImageSerializer if self.action == "create" else super().get_serializer_class()

    def get_parsers(self) -> list[BaseParser]:
        """Parse a multipart form for a new image, JSON otherwise."""
        is_new = self.request is not None and self.request.method == "POST"
        return [MultiPartParser() if is_new else StrictJSONParser()]

    def may_change(self, image: Image) -> bool:
        """Return whether the user is an editor or has uploaded the image."""
        return image.is_editable_by(self.request.user)


class ImageCreateViewSet(CreateMixin, ImageViewSetBase):
    """Creates images; for a file that exists already, returns the existing image."""

    @staticmethod
    def create_service(**fields: Any) -> Image:
        """Create an image. Raises Busy if it cannot be stored, and `heavy_work.Busy`."""
        try:
            return services.create_image(**fields)
        except services.StorageFailed:
            raise Busy(_("The picture could not be stored. Try again.")) from None


class ImageReadViewSet(ReadMixin, ImageViewSetBase):
    """Lists and shows images."""


class ImageUpdateViewSet(UpdateMixin, ImageViewSetBase):
    """Changes how images are described."""

    update_service = staticmethod(services.update_image)


class ImageDeleteViewSet(DeleteMixin, ImageViewSetBase):
    """Deletes images that neither a post nor an author shows."""

    delete_service = staticmethod(services.delete_image)


RESOURCES = {
    ImageViewSetBase: {
        Operation.CREATE: ImageCreateViewSet,
        Operation.READ: ImageReadViewSet,
        Operation.UPDATE: ImageUpdateViewSet,
        Operation.DELETE: ImageDeleteViewSet,
    },
}
"""The viewset of each operation, by the base class of the resource."""
