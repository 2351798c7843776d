"""The old addresses of a post, so that links to them can be redirected."""

from __future__ import annotations

import re
from datetime import date
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from slugify import slugify

from apps.importing.address_patterns import date_values, expand, replace_placeholders
from apps.importing.dates import DATED_NAME

from .fields import Fields
from .inherited_fields import as_dict
from .site import Site

_JEKYLL_STYLES = {
    "date": "/:categories/:year/:month/:day/:title:output_ext",
    "pretty": "/:categories/:year/:month/:day/:title/",
    "ordinal": "/:categories/:year/:y_day/:title:output_ext",
    "weekdate": "/:categories/:year/W:week/:short_day/:title:output_ext",
    "none": "/:categories/:title:output_ext",
}
_NOT_IN_TITLE = re.compile(r"[^\w\u0300-\u036f.~!$&'()+,;=@]+")
"""What Jekyll replaces by a hyphen (`Jekyll::Utils.slugify`, mode `pretty`)."""


def old_paths(fields: Fields, relative: str, site: Site, generator: str) -> list[str]:
    """Return the public paths (unquoted, with a leading slash) that the generator gave the file at `relative`."""
    if fields.permalink:
        generated = _explicit(fields, fields.permalink, generator)
    else:
        prefix = site.languages.prefix(site.language(relative))
        generated = [prefix + path for path in _BY_GENERATOR[generator](fields, relative, site)]
    folder = PurePosixPath("/", site.content_path(relative)).parent
    entries = [_from_alias(alias, folder, generator) for alias in fields.aliases]
    paths = [site.base_path + path for path in generated] + [form for path in entries for form in _slash_variants(path)]
    return [path for path in dict.fromkeys(paths) if path != "/"]


def _slash_variants(path: str) -> list[str]:
    """Return the path, and if it has neither a trailing slash nor a suffix, also the path with a slash."""
    return [path] if path.endswith("/") or "." in path.rpartition("/")[2] else [path, f"{path}/"]


def _from_alias(alias: str, folder: PurePosixPath, generator: str) -> str:
    path = unquote(urlsplit(alias).path)
    if not path.startswith("/"):
        # In Hugo an alias without a leading slash is relative to the folder of the file.
        path = str(folder / path) + ("/" if path.endswith("/") else "") if generator == "hugo" else f"/{path}"
    return re.sub(r"/{2,}", "/", path)


def _explicit(fields: Fields, permalink: str, generator: str) -> list[str]:
    if generator == "zola":
        # Zola's addresses end with a slash, whatever dots are in them.
        return [f"/{urlsplit(permalink).path.strip('/')}/"]
    if generator == "eleventy":
        return _slash_variants(re.sub(r"(?<=/)index\.html$", "", f"/{urlsplit(permalink).path.lstrip('/')}"))
    template = "/" + _JEKYLL_STYLES.get(permalink, urlsplit(permalink).path or permalink).lstrip("/")
    return [
        form
        for path in _expand_for_dates(template, fields, fields.categories, _file_title(fields))
        for form in _slash_variants(path)
    ]


def _jekyll(fields: Fields, relative: str, site: Site) -> list[str]:
    style = site.config.get("permalink") or "date"
    path = PurePosixPath(site.path_in_site(relative))
    is_post = {"_posts", "_drafts"} & set(path.parts) or DATED_NAME.match(path.stem)
    if site.generator == "jekyll" and not is_post:
        return _jekyll_page(path, str(style), site)
    template = _JEKYLL_STYLES.get(str(style), str(style))
    folders = [name.lower() for name in fields.categories]
    return _expand_for_dates(template, fields, folders, _file_title(fields)) if fields.dates else []


def _jekyll_page(path: PurePosixPath, style: str, site: Site) -> list[str]:
    """Return the address of a page, or of a document of a collection, which is where its file is."""
    collection = path.parts[0][1:] if path.parts[0].startswith("_") else ""
    where = PurePosixPath(collection, *path.parts[1:]) if collection else path
    options = as_dict(site.config.get("collections")).get(collection) if collection else {}
    pattern = str(options.get("permalink") or "") if isinstance(options, dict) else ""
    if pattern:
        below = str(PurePosixPath(*path.parts[1:]).with_suffix(""))
        values = {"collection": collection, "path": below, "name": path.stem, "title": path.stem, "output_ext": ".html"}
        return [expand(pattern, values, None)]
    address = f"/{where.with_suffix('')}"
    return [f"{address}/"] if style == "pretty" or style.endswith("/") else [f"{address}.html"]


def _hugo(fields: Fields, relative: str, site: Site) -> list[str]:
    path = site.content_path(relative)
    folders = list(_folders(path))
    table = site.languages.tables.get(site.language(relative), {})
    patterns = as_dict(table.get("permalinks") or site.config.get("permalinks"))
    pattern = as_dict(patterns.get("page") or patterns).get(folders[0]) if folders else None
    title = slugify(fields.title)
    if isinstance(pattern, str):
        # Hugo's `:slug` without a field is made of the title; older versions took the file's name.
        slugs = [fields.slug] if fields.values.get("slug") else [title or fields.slug, fields.slug]
        template = pattern.rstrip("/") + "/"
        paths = [path for slug in slugs for path in _expand_for_dates(template, fields, folders, title, slug)]
        return list(dict.fromkeys(paths))
    names = dict.fromkeys([fields.slug, fields.name, PurePosixPath(path).stem])
    paths = [_folder_path([*folders, name]) for name in names if name != "index"]
    is_ugly = str(site.config.get("uglyURLs")).lower() == "true"
    return [f"{path.rstrip('/')}.html" for path in paths] if is_ugly else paths


def _zola(fields: Fields, relative: str, site: Site) -> list[str]:
    return [_folder_path([*_folders(site.content_path(relative)), fields.slug])]


def _eleventy(fields: Fields, relative: str, site: Site) -> list[str]:
    return ["/" + "/".join([*_folders(site.content_path(relative)), fields.name]) + "/"]


_BY_GENERATOR = {
    "jekyll": _jekyll,
    "hugo": _hugo,
    "zola": _zola,
    "eleventy": _eleventy,
    "none": lambda fields, relative, site: [],
}


def _folders(path: str) -> tuple[str, ...]:
    """Return the folders of a file's address, without the folder of a bundle (`name/index.md`)."""
    parts = PurePosixPath(path).parts[:-1]
    return parts[:-1] if PurePosixPath(path).stem == "index" and parts else parts


def _folder_path(segments: list[str]) -> str:
    return "/" + "/".join(segment.strip().replace(" ", "-").lower() for segment in segments) + "/"


def _file_title(fields: Fields) -> str:
    """Return Jekyll's `:title`: the slug of the front matter, else the file's name, both as in an address."""
    title = fields.name if fields.slug == slugify(fields.name) else fields.slug
    return _NOT_IN_TITLE.sub("-", title).strip("-")


def _expand_for_dates(
    template: str, fields: Fields, folders: list[str], title: str, slug: str | None = None
) -> list[str]:
    """Return the template's paths, one for each date that the address may contain."""
    days, slug = fields.dates or [None], fields.slug if slug is None else slug
    return list(dict.fromkeys(_expand(template, fields, folders, title, day, slug) for day in days))


def _expand(template: str, fields: Fields, folders: list[str], title: str, day: date | None, slug: str) -> str:
    published_at = fields.published_at
    values = {
        "categories": "/".join(folders),
        "slugified_categories": "/".join(slugify(name) for name in folders),
        "sections": "/".join(folders),
        "section": folders[0] if folders else "",
        "title": title,
        "slug": slug,
        "name": fields.name,
        "basename": fields.name,
        "filename": fields.name,
        "contentbasename": fields.name,
        "slugorfilename": fields.slug,
        "slugorcontentbasename": fields.slug,
        "output_ext": ".html",
        "collection": "posts",
        **(date_values(day) if day else {}),
        **(
            {"hour": f"{published_at:%H}", "minute": f"{published_at:%M}", "second": f"{published_at:%S}"}
            if published_at
            else {}
        ),
    }
    return replace_placeholders(template, values)
