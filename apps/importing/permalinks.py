"""Where a post used to be, so that links to it still work."""

from __future__ import annotations

import re
from datetime import date, datetime
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from slugify import slugify

from .fields import Fields, bare_name
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
    made = _explicit(fields, fields.permalink) if fields.permalink else _BY_GENERATOR[generator](fields, relative, site)
    folder = PurePosixPath("/", site.content_path(relative)).parent
    listed = [_from_alias(alias, folder, generator) for alias in fields.aliases]
    paths = [site.base_path + path for path in made] + [form for path in listed for form in _forms(path)]
    return [path for path in dict.fromkeys(paths) if path != "/"]


def _forms(path: str) -> list[str]:
    """Return an address that was written down, and with its final slash where it has neither slash nor suffix."""
    return [path] if path.endswith("/") or "." in path.rpartition("/")[2] else [path, f"{path}/"]


def _from_alias(alias: str, folder: PurePosixPath, generator: str) -> str:
    path = unquote(urlsplit(alias).path)
    if not path.startswith("/"):
        # Hugo reads an alias without a leading slash from the folder of the file.
        path = str(folder / path) + ("/" if path.endswith("/") else "") if generator == "hugo" else f"/{path}"
    return re.sub(r"/{2,}", "/", path)


def _explicit(fields: Fields, permalink: str) -> list[str]:
    template = "/" + _JEKYLL_STYLES.get(permalink, urlsplit(permalink).path or permalink).lstrip("/")
    return [form for path in _dated(template, fields, fields.categories, _file_title(fields)) for form in _forms(path)]


def _jekyll(fields: Fields, relative: str, site: Site) -> list[str]:
    style = site.config.get("permalink") or "date"
    template = _JEKYLL_STYLES.get(str(style), str(style))
    folders = [name.lower() for name in fields.categories]
    return _dated(template, fields, folders, _file_title(fields)) if fields.days else []


def _hugo(fields: Fields, relative: str, site: Site) -> list[str]:
    folders = list(_folders(site.content_path(relative)))
    patterns = site.config.get("permalinks") or {}
    pattern = (patterns.get("page") or patterns).get(folders[0]) if folders else None
    if isinstance(pattern, str):
        return _dated(pattern.rstrip("/") + "/", fields, folders, slugify(fields.title))
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
    """Return the folders of a file's address; a bundle (`name/index.md`) is its own last segment."""
    parts = PurePosixPath(path).parts[:-1]
    return parts[:-1] if PurePosixPath(path).stem == "index" and parts else parts


def _folder_path(segments: list[str]) -> str:
    return "/" + "/".join(segment.strip().replace(" ", "-").lower() for segment in segments) + "/"


def _file_title(fields: Fields) -> str:
    """Return what Jekyll calls `:title`: the front matter's slug, else the file's name as it is written."""
    return fields.name if fields.slug == slugify(fields.name) else fields.slug


def _dated(template: str, fields: Fields, folders: list[str], title: str) -> list[str]:
    """Fill in a template's placeholders, for each day that the post may have had."""
    return list(dict.fromkeys(_fill(template, fields, folders, title, day) for day in fields.days or [None]))


def filled(template: str, values: dict[str, str], moment: datetime | None) -> str:
    """Return a template with its placeholders filled in; those of a date where there is one."""
    return _replaced(template, values | (_parts(moment.date()) if moment else {}))


def _fill(template: str, fields: Fields, folders: list[str], title: str, day: date | None) -> str:
    moment = fields.published_at
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
        **(_parts(day) if day else {}),
        **({"hour": f"{moment:%H}", "minute": f"{moment:%M}", "second": f"{moment:%S}"} if moment else {}),
    }
    return _replaced(template, values)


def _replaced(template: str, values: dict[str, str]) -> str:
    path = re.sub(r":([a-z_]+)", lambda found: _longest(found[1], values), template)
    return re.sub(r"/{2,}", "/", path if path.startswith("/") else f"/{path}")


def _longest(name: str, values: dict[str, str]) -> str:
    """Return the value of a placeholder; of `title_x`, that of `title` and then `_x`."""
    for end in range(len(name), 0, -1):
        if name[:end] in values:
            return values[name[:end]] + name[end:]
    return f":{name}"


def _parts(day: date) -> dict[str, str]:
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


def file_names(relative: str) -> list[str]:
    """Return the names that a `post_url` may call a file by: with and without its date and folders."""
    path = PurePosixPath(relative)
    stem = str(path.with_suffix(""))
    below_posts = stem.rpartition("_posts/")[2]
    return list(dict.fromkeys([stem, below_posts, path.stem, bare_name(relative)[0]]))
