"""Pictures that the site itself shows, as its logo or for shares, are not deleted."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext as _

from .models import Site


def refuse_deletion(sender: type, instance: Any, **kwargs: Any) -> None:
    """Raise ValidationError if an image, which is about to be deleted, is one that the site shows."""
    digest = instance.digest
    if Site.objects.filter(
        Q(logo__contains=digest) | Q(logo_dark__contains=digest) | Q(share_image__contains=digest)
    ).exists():
        raise ValidationError(_("The site shows it. Choose another picture in the site's settings first."))
