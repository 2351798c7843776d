"""The storage of images in a bucket with the S3 API, for sites with several machines."""

from __future__ import annotations

from typing import Any

from botocore.config import Config
from django.conf import settings
from storages.backends.s3 import S3Storage

from .stores import IMMUTABLE


class BucketStore(S3Storage):
    """Stores files in MEDIA_BUCKET. Pages link to them by MEDIA_URL; the bucket's policy must make them readable."""

    def get_default_settings(self) -> dict[str, Any]:
        """Return the storage options: those of the site's settings, and fixed ones."""
        given = {name: value or None for name, value in settings.MEDIA_BUCKET_OPTIONS.items()}
        client = Config(
            signature_version="s3v4",
            connect_timeout=3,
            read_timeout=10,
            retries={"total_max_attempts": 2},
            # Other servers than Amazon's may not support the newer checksums.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        )
        return super().get_default_settings() | {
            "bucket_name": settings.MEDIA_BUCKET,
            "region_name": given["MEDIA_REGION"],
            "endpoint_url": given["MEDIA_ENDPOINT"],
            "location": given["MEDIA_PREFIX"] or "",
            "access_key": given["MEDIA_ACCESS_KEY"],
            "secret_key": given["MEDIA_SECRET_KEY"],
            "client_config": client,
            "default_acl": None,
            "file_overwrite": True,
            "object_parameters": {"CacheControl": IMMUTABLE},
            "querystring_auth": False,
        }
