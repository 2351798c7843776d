"""Export the blog as a folder of Markdown files, from which `import_markdown` restores the same blog.

Posts are in `posts/`, static pages in `pages/`, each a file with front matter and the unrendered body; images are in
`images/`, and `_data/` describes the images, authors, tags, series and the site itself. `broadsheet.yml` marks the folder as an export. Posts
are written one by one, so memory use does not grow with the blog.

Comments, earlier versions, changes that were saved for later and accounts are not exported; a backup has them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import yaml
from django.conf import settings
from django.core.files.storage import default_storage
from django.db import models
from django.utils.translation import gettext as _
from slugify import slugify

from apps.media import names
from apps.media.models import Image
from apps.posts.models import Author, Post, Series, Tag
from apps.site import exports
from blog_project import addresses

from . import export_fields
from .export_fields import GENERATOR, IMAGES

FORMAT = 1

KEYS: dict[type[models.Model], dict[str, str]] = {
    Post: export_fields.KEYS,
    Author: {
        "name": "name",
        "bio": "bio",
        "website": "website",
        "links": "links",
        "picture": "picture",
        "user": "user",
        "aliases": "aliases",
    },
    Tag: {"slug": "slug", "description": "description", "aliases": "aliases"},
    Series: {"slug": "slug", "description": "description", "aliases": "aliases"},
    Image: {
        "digest": "digest",
        "name": "name",
        "kind": "kind",
        "width": "width",
        "height": "height",
        "size": "size",
        "alt": "alt",
        "credit": "credit",
        "focal_x": "focal_x",
        "focal_y": "focal_y",
        "created_at": "created",
    },
}
"""The keys of exported fields and relations by model. (A test lists the other fields, and why they are left out.)"""

_MEDIA_ADDRESS = re.compile(rf"(?<![\w.-]){addresses.MEDIA}{names.NAME.pattern}")


class Exporter:
    """Exports the blog into one folder."""

    def __init__(self, folder: Path, *, warn: Callable[[str], None]) -> None:
        """`folder` must be empty or missing; `warn` is called with each problem."""
        self.folder, self.warn = folder, warn
        self._files: dict[str, str] = {}
        self._fallbacks: dict[str, str] = {}

    def run(self) -> Iterator[str]:
        """Write all files; yield the name of each post's file after it is written."""
        for name in ("posts", "pages", "_data", IMAGES):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        self._write("broadsheet.yml", _yaml({GENERATOR: FORMAT, "url": settings.SITE_URL}))
        self._write("_data/images.yml", "".join(self._images()))
        self._write("_data/authors.yml", "".join(_yaml({author.slug: self._author(author)}) for author in _authors()))
        for name, model in (("tags", Tag), ("series", Series)):
            self._write(f"_data/{name}.yml", "".join(_yaml({str(row): _named(row)}) for row in _rows(model)))
        if site := exports.exported():
            self._write("_data/site.yml", _yaml(site))
        rows = Post.objects.select_related("translation_of", "cover_image", "series").order_by("pk").with_links()
        for post in rows.prefetch_related("aliases").iterator(chunk_size=20):
            name = f"{post.kind}s/{post.slug}.md"
            self._write(name, f"---\n{_yaml(self._post(post))}---\n\n{self._body(post.body)}\n")
            yield name

    def _write(self, name: str, text: str) -> None:
        with (self.folder / name).open("w", encoding="utf-8", newline="\n") as file:
            file.write(text)

    def _post(self, post: Post) -> dict[str, Any]:
        key = KEYS[Post]
        values = {key[name]: getattr(post, name) for name in export_fields.TEXTS}
        for name in (*export_fields.DATETIMES, "created_at", "updated_at", "trashed_at"):
            values[key[name]] = (value := getattr(post, name)) and value.isoformat()
        values |= {
            key["translation_of"]: post.translation_of and post.translation_of.slug,
            key["series"]: post.series and post.series.title,
            key["series_position"]: post.series_position,
            key["cover_image"]: self._image_path(post.cover_image) if post.cover_image else "",
            key["address_was_public"]: post.address_was_public,
            key["feed_id"]: post.feed_id,
            key["authors"]: [author.slug for author in post.ordered_authors],
            key["tags"]: [tag.name for tag in post.ordered_tags],
            key["aliases"]: sorted(alias.path for alias in post.aliases.all()),
        }
        non_empty = {name: value for name, value in values.items() if value}
        # Other programs know the key `draft`, but no trash.
        is_hidden = post.status == Post.Status.DRAFT or post.trashed_at is not None
        flags = {name: getattr(post, name) for name in export_fields.FLAGS}
        unusual = {key[name]: value for name, value in flags.items() if value != export_fields.default(name)}
        return non_empty | ({"draft": True} if is_hidden else {}) | unusual

    def _author(self, author: Author) -> dict[str, Any]:
        values = {key: getattr(author, name) for name, key in KEYS[Author].items()}
        values["links"] = author.link_list
        values["picture"] = self._image_path(author.picture) if author.picture else ""
        values["user"] = author.user and author.user.get_username()
        values["aliases"] = sorted(alias.slug for alias in author.aliases.all())
        return {key: value for key, value in values.items() if value}

    def _image_path(self, image: Image) -> str:
        return f"../{IMAGES}/{self._files[image.digest]}" if image.digest in self._files else ""

    def _body(self, text: str) -> str:
        def replace(found: re.Match) -> str:
            digest, name = found[1], f"{found[2]}.{found[3]}"
            if digest not in self._files:
                return found[0]
            return f"../{IMAGES}/{self._files[digest]}" + ("" if self._fallbacks[digest] == name else f"#{name}")

        return _MEDIA_ADDRESS.sub(replace, text.replace("\r\n", "\n").strip("\n"))

    def _images(self) -> Iterator[str]:
        """Write the largest file of each image; yield the YAML of each."""
        for image in Image.objects.order_by("pk").iterator():
            stem = slugify(Path(image.name).stem, max_length=60) or "image"
            name = f"{stem}-{image.digest[:12]}.webp"
            widest = max(int(file.partition(".")[0]) for file in image.files)
            try:
                with default_storage.open(f"{image.digest}/{widest}.webp") as source:
                    (self.folder / IMAGES / name).write_bytes(source.read())
            except OSError:
                self.warn(_("The image %s has lost its files; it is left out.") % image.name)
                continue
            self._files[image.digest] = name
            self._fallbacks[image.digest] = image.fallback.partition("/")[2]
            values = {key: getattr(image, field) for field, key in KEYS[Image].items()}
            yield _yaml({name: values | {"created": image.created_at.isoformat()}})


def _authors() -> Iterator[Author]:
    authors = Author.objects.select_related("user", "picture").order_by("pk")
    return authors.prefetch_related("aliases").iterator(chunk_size=500)


def _rows(model: type[Tag] | type[Series]) -> Iterator[Tag | Series]:
    return model.objects.order_by("pk").prefetch_related("aliases").iterator(chunk_size=500)


def _named(row: Tag | Series) -> dict[str, Any]:
    values = {key: getattr(row, name) for name, key in KEYS[type(row)].items()}
    values["aliases"] = sorted(alias.slug for alias in row.aliases.all())
    return {key: value for key, value in values.items() if value}


def _yaml(values: dict[str, Any]) -> str:
    return yaml.safe_dump(values, allow_unicode=True, sort_keys=False, width=1000)
