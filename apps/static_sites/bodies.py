"""Convert the body of a file to the blog's Markdown: templates, shortcodes, HTML, links, pictures."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any

from django.utils.translation import gettext as _

from apps.importing.pictures import Pictures
from apps.importing.problems import Warn
from apps.importing.report import Article, Subject
from apps.markdown.conversion import from_html
from apps.posts.models import Post, PostAlias
from blog_project import addresses

from . import bare_addresses, eleventy, kramdown, liquid, markdown_cleanup, markdown_embeds, shortcodes
from .fields import Fields
from .front_matter import Source
from .link_resolver import LinkResolver
from .site import Site
from .source_files import SUFFIXES, is_html

_OWN_PAGES = re.compile(
    r"/(?:(?:tags|authors)/[^/]+/)?(?:feed\.(?:atom|rss|json))?|/(?:search|archive|tags|api)/.*|/sitemap\.xml|/robots\.txt"
    r"|/favicon\.ico|/media/[0-9a-f]{64}/.*"
)
"""The addresses that this blog has beside those of its posts."""
_PAGES = (*SUFFIXES, ".php", ".aspx", ".asp", "")
"""The suffixes of addresses that are pages and no files."""


class BodyConverter:
    """Converts the bodies of one site's files."""

    def __init__(self, site: Site, links: LinkResolver, pictures: Pictures) -> None:
        self.site, self.links, self.pictures = site, links, pictures
        self.liquid = liquid.Liquid(site.root, site.sources, site.config, site.base_path, links.file_address)
        self.eleventy = eleventy.Eleventy(site)

    def convert(self, source: Source, read: Fields, article: Article, generator: str, old_path: str) -> str:
        """Return the Markdown of a body; what does not come along is told in the article's warnings."""
        relative = article.origin
        warn = partial(article.warn, subject=Subject.CONTENT)
        text = markdown_cleanup.strip_marks(source.body)
        text = self._evaluate(text, source, read, article, generator, warn)
        resolve = self._resolver(source, article, old_path)

        def line_of(piece: str) -> int:
            place = source.body.find(piece.strip().split("\n")[0])
            return source.body_line + source.body.count("\n", 0, place) if place >= 0 else source.body_line

        def replace_html(text: str, mask: object = None) -> str:
            return markdown_embeds.replace_html(text, line_of, warn)

        if is_html(relative):
            text = markdown_cleanup.without_unresolved(text, warn)
            soup = from_html.parse_html(markdown_cleanup.strip_marks(replace_html(text)))
            return from_html.to_markdown(soup, resolve).strip("\n")
        steps = [replace_html]
        if generator == "jekyll" and str(self.site.config.get("markdown") or "kramdown").lower().startswith("kramdown"):
            text = kramdown.with_escaped_pipes(text)
            steps.append(lambda text, mask: kramdown.convert(text, mask=mask, line_of=line_of, warn=warn))
        elif generator in ("hugo", "zola", "eleventy"):
            steps.append(lambda text, mask: kramdown.math_as_code(text, mask=mask, line_of=line_of, warn=warn))
        if generator in ("hugo", "none"):
            steps.append(lambda text, mask: bare_addresses.link(text))
        text = markdown_cleanup.finish(text, resolve=resolve, warn=warn, kramdown=generator != "none", steps=steps)
        return text.strip("\n")

    def address(self, read: Fields, relative: str, warn: Callable[[int, str], None]) -> str:
        """Return the address in a file's `permalink` where it is a template (of Eleventy), or empty if it is unknown."""
        unknown: list[str] = []
        text = eleventy.as_liquid(read.permalink)
        address = self.liquid.render(
            text,
            {**read.values, **self.eleventy.page(read, relative)},
            first_line=1,
            warn=lambda line, message: unknown.append(message),
            **self.eleventy.variables(read, relative),
        )
        if markdown_cleanup.UNRESOLVED in address or unknown:
            warn(1, _("its old address (%s) is not known: a part of it is set elsewhere") % read.permalink)
            return ""
        return address.strip()

    def _evaluate(self, text: str, source: Source, read: Fields, article: Article, generator: str, warn: Warn) -> str:
        """Return the text with its templates or shortcodes evaluated."""
        given = {"first_line": source.body_line, "warn": warn}
        if generator in ("jekyll", "eleventy") and liquid.has_markup(text):
            page = self._page_variables(source, read, article)
            if generator == "jekyll":
                return self.liquid.render(text, page, **given)
            page |= self.eleventy.page(read, article.origin)
            variables = self.eleventy.variables(read, article.origin)
            template = eleventy.as_liquid(text, nunjucks=self.site.uses_nunjucks(article.origin))
            return self.liquid.render(template, page, **given, **variables)
        if generator in ("hugo", "zola") and shortcodes.has_markup(text):

            def find(name: str) -> str | None:
                beside = self.links.file_address(name, beside=article.origin)
                return beside or self.links.file_address(name)

            converter = shortcodes.Shortcodes(find, **given, parameters=read.values)
            return converter.hugo(text) if generator == "hugo" else converter.zola(text)
        return text

    def _page_variables(self, source: Source, read: Fields, article: Article) -> dict[str, Any]:
        """Return the values of Liquid's variable `page`."""
        relative, slug = article.origin, article.values["slug"]
        return {
            **read.values,
            **source.typed,
            "title": read.title,
            "date": read.published_at,
            "slug": slug,
            "url": addresses.post(slug),
            "path": relative,
            "name": relative.rpartition("/")[2],
            "tags": read.tags,
            "categories": read.categories,
        }

    def _resolver(self, source: Source, article: Article, old_path: str) -> Callable[[str], str | None]:
        """Return a function that returns the new address of a link or a picture, or None after telling why not."""
        relative = article.origin
        folder = (self.site.folder / relative).parent

        def resolve(target: str) -> str | None:
            if address := self.links.resolve(target, beside=relative, old_path=old_path):
                return address
            path = self.pictures.local_path(target)
            if not path or markdown_cleanup.UNRESOLVED in target or _OWN_PAGES.fullmatch(path):
                return None
            place = source.body.find(target)
            line = source.body_line + source.body.count("\n", 0, place) if place >= 0 else source.body_line
            file = self._file(path, folder, old_path)
            if file and (picture := self.pictures.find(file.name, beside=file.parent)):
                image = self.pictures.store(picture, lambda _line, message: article.warn(line, message))
                return image and image.address
            suffix = PurePosixPath(path).suffix.lower()
            if file and suffix not in SUFFIXES:
                article.warn(
                    line, _("%s is no picture and not kept here: its address will not answer") % target, Subject.CONTENT
                )
            elif suffix not in _PAGES and not re.fullmatch(r"\.\d+", suffix):
                article.warn(line, target, Subject.PICTURE)
            elif not self._has_page(path):
                article.warn(line, target, Subject.LINK)
            return None

        return resolve

    def _file(self, path: str, folder: Path, old_path: str) -> Path | None:
        """Return the file that a path in a text refers to: beside the text, or from the address of its page."""
        if file := self.pictures.find_file(path, beside=folder):
            return file
        full = self.links.full_path(path, old_path)
        return self.pictures.find_file(full) if full.startswith("/") else None

    def _has_page(self, path: str) -> bool:
        """Return whether a path of the old site leads to a post of this blog, by its address or a former one."""
        slug = path.strip("/")
        if not slug or self.links.has_slug(slug):
            return True
        return Post.objects.filter(slug=slug).exists() or PostAlias.objects.filter(path=path).exists()
