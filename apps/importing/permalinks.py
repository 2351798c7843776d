"""The old addresses of a post, so that links to them can be redirected."""

from __future__ import annotations

import re
from datetime import date, datetime
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from slugify import slugify

from .fields import Fields
from .site import Site

_JEKYLL_STYLES = {
    "date": "/:categories/:year/:month/:day/:title:output_ext",
    "pretty": "/:categories/:year/:month/:day/:title/",
    "ordinal": "/:categories/:year/:y_day/:title:output_ext",
    "weekdate": "/:categories/:year/W:week/:short_day/:title:output_ext",
    "none": "/:categories/:title:output_ext",
}


def old_paths(fields: Fields, relative: str, site: Site, generator: str) -> list[str]:
    """Return the public paths (unquoted, with a leading slash) that the generator gave the file at `relative`."""
    generated = (
        _explicit(fields, fields.permalink) if fields.permalink else _BY_GENERATOR[generator](fields, relative, site)
    )
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


def _explicit(fields: Fields, permalink: str) -> list[str]:
    template = "/" + _JEKYLL_STYLES.get(permalink, urlsplit(permalink).path or permalink).lstrip("/")
    return [
        form
        for path in _expand_for_dates(template, fields, fields.categories, _file_title(fields))
        for form in _slash_variants(path)
    ]


def _jekyll(fields: Fields, relative: str, site: Site) -> list[str]:
    style = site.config.get("permalink") or "date"
    template = _JEKYLL_STYLES.get(str(style), str(style))
    folders = [name.lower() for name in fields.categories]
    return _expand_for_dates(template, fields, folders, _file_title(fields)) if fields.dates else []


def _hugo(fields: Fields, relative: str, site: Site) -> list[str]:
    folders = list(_folders(site.content_path(relative)))
    patterns = site.config.get("permalinks") or {}
    pattern = (patterns.get("page") or patterns).get(folders[0]) if folders else None
    if isinstance(pattern, str):
        return _expand_for_dates(pattern.rstrip("/") + "/", fields, folders, slugify(fields.title))
    names = dict.fromkeys([fields.slug, fields.name, PurePosixPath(relative).stem])
    return [_folder_path([*folders, name]) for name in names if name != "index"]


def _by_folder(fields: Fields, relative: str, site: Site) -> list[str]:
    return [_folder_path([*_folders(site.content_path(relative)), fields.slug])]


_BY_GENERATOR = {
    "jekyll": _jekyll,
    "hugo": _hugo,
    "zola": _by_folder,
    "eleventy": _by_folder,
    "none": lambda fields, relative, site: [],
}


def _folders(path: str) -> tuple[str, ...]:
    """Return the folders of a file's address, without the folder of a bundle (`name/index.md`)."""
    parts = PurePosixPath(path).parts[:-1]
    return parts[:-1] if PurePosixPath(path).stem == "index" and parts else parts


def _folder_path(segments: list[str]) -> str:
    return "/" + "/".join(segment.strip().replace(" ", "-").lower() for segment in segments) + "/"


def _file_title(fields: Fields) -> str:
    """Return Jekyll's `:title`: the slug of the front matter, else the file's name unchanged."""
    return fields.name if fields.slug == slugify(fields.name) else fields.slug


def _expand_for_dates(template: str, fields: Fields, folders: list[str], title: str) -> list[str]:
    """Return the template's paths, one for each date that the address may contain."""
    return list(dict.fromkeys(_expand(template, fields, folders, title, day) for day in fields.dates or [None]))


def expand(template: str, values: dict[str, str], published_at: datetime | None) -> str:
    """Return a template with its placeholders replaced; those of dates only if `published_at` is given."""
    return _replace_placeholders(template, values | (_date_values(published_at.date()) if published_at else {}))


def _expand(template: str, fields: Fields, folders: list[str], title: str, day: date | None) -> str:
    published_at = fields.published_at
    values = {
        "categories": "/".join(folders),
        "slugified_categories": "/".join(slugify(name) for name in folders),
        "sections": "/".join(folders),
        "section": folders[0] if folders else "",
        "title": title,
        "slug": fields.slug,
        "name": fields.name,
        "basename": fields.name,
        "filename": fields.name,
        "contentbasename": fields.name,
        "slugorfilename": fields.slug,
        "slugorcontentbasename": fields.slug,
        "output_ext": ".html",
        "collection": "posts",
        **(_date_values(day) if day else {}),
        **(
            {"hour": f"{published_at:%H}", "minute": f"{published_at:%M}", "second": f"{published_at:%S}"}
            if published_at
            else {}
        ),
    }
    return _replace_placeholders(template, values)


def _replace_placeholders(template: str, values: dict[str, str]) -> str:
    path = re.sub(r":([a-z_]+)", lambda found: _placeholder_value(found[1], values), template)
    return re.sub(r"/{2,}", "/", path if path.startswith("/") else f"/{path}")


def _placeholder_value(name: str, values: dict[str, str]) -> str:
    """Return the value of the longest known placeholder at the start of `name`, followed by the rest of `name`."""
    for end in range(len(name), 0, -1):
        if name[:end] in values:
            return values[name[:end]] + name[end:]
    return f":{name}"


def _date_values(day: date) -> dict[str, str]:
    return {
        "year": f"{day:%Y}",
        "short_year": f"{day:%y}",
        "month": f"{day:%m}",
        "i_month": str(day.month),
        "monthname": f"{day:%B}".lower(),
        "short_month": f"{day:%b}",
        "long_month": f"{day:%B}",
        "day": f"{day:%d}",
        "i_day": str(day.day),
        "y_day": f"{day:%j}",
        "yearday": str(int(f"{day:%j}")),
        "week": f"{day:%V}",
        "short_day": f"{day:%a}",
        "long_day": f"{day:%A}",
        "weekday": str(day.isoweekday() % 7),
    }
