"""Where the files of images are when several machines serve them: in a bucket that speaks S3."""

from __future__ import annotations

from typing import Any

from botocore.config import Config
from storages.backends.s3 import S3Storage

from .stores import IMMUTABLE


class BucketStore(S3Storage):
    """Files in MEDIA_BUCKET. Its policy says who reads them; pages name them by MEDIA_URL and need no key."""

    def get_default_settings(self) -> dict[str, Any]:
        """Return what is the same for every bucket: none of it is read from variables of other names."""
        client = Config(
            signature_version="s3v4",
            connect_timeout=3,
            read_timeout=10,
            retries={"total_max_attempts": 2},
            # Only Amazon's own servers are sure to know the newer checksums.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        )
        return super().get_default_settings() | {
            "client_config": client,
            "default_acl": None,
            "file_overwrite": True,
            "object_parameters": {"CacheControl": IMMUTABLE},
            "querystring_auth": False,
        }
