"""The places of the desk, in the order of a writer's day: first what is written, last what programs need."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

PAGES, BROKEN_LINKS, SECOND_FACTOR = "pages", "broken links", "second factor"
"""Places that are no model."""
GROUPS = (
    (
        "write",
        gettext_lazy("Write"),
        ("posts.Post", PAGES, "comments.Comment", "media.Image", "posts.Tag", "posts.Series"),
    ),
    ("site", gettext_lazy("Site"), ("site.Site",)),
    ("people", gettext_lazy("People"), ("posts.Author", "auth.User", "auth.Group")),
    (
        "programs",
        gettext_lazy("For programs"),
        ("api.ApiToken", "posts.PostAlias", BROKEN_LINKS, "audit.AuditEntry"),
    ),
    ("account", gettext_lazy("Your account"), (SECOND_FACTOR, "accounts.Session")),
)
"""The groups: a name for styles, the one that is shown, and labels of models or the names above."""


def groups(apps: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return Django's list of apps with the models that the user may see, arranged in our groups.

    A model that no group names is in a last one.
    """
    places = dict(_places(apps))
    named = [(label, name, [places.pop(key) for key in keys if key in places]) for label, name, keys in GROUPS]
    named.append(("other", _("Other"), list(places.values())))
    start = reverse("admin:index")
    return [
        {"name": name, "app_label": label, "app_url": start, "has_module_perms": True, "models": models}
        for label, name, models in named
        if models
    ]


def _places(apps: list[dict[str, Any]]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the places that the user may go to."""
    for model in (model for app in apps for model in app["models"]):
        label = model["model"]._meta.label
        if label == "auth.User" and model["add_url"]:
            # People are invited; an account with a password that somebody else knows is made from the list.
            model = {**model, "add_url": reverse("admin:invite_user")}
        yield label, model
        if label == "posts.Post":
            yield PAGES, _pages(model)
            yield BROKEN_LINKS, _place("BrokenLink", _("Broken links"), reverse("broken_links"))
    yield SECOND_FACTOR, _place("SecondFactor", _("Second factor"), reverse("second_factor"))


def _pages(posts: dict[str, Any]) -> dict[str, Any]:
    """Return the place of static pages: the list of posts, filtered, and a form for a new page."""
    add = posts["add_url"] and f"{posts['add_url']}?kind=page"
    list_url = posts["admin_url"] and f"{posts['admin_url']}?kind__exact=page"
    return {**posts, "name": _("Pages"), "object_name": "Page", "admin_url": list_url, "add_url": add}


def _place(object_name: str, name: str, url: str) -> dict[str, Any]:
    return {"name": name, "object_name": object_name, "admin_url": url, "view_only": True}
