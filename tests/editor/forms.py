"""Reading the fields of a form from a page, as a browser would submit them."""

from __future__ import annotations

import html5lib

HTML = "{http://www.w3.org/1999/xhtml}"


def fields_of(response, form_id: str) -> dict[str, list[str]]:
    """Return the fields that a browser would submit for the form with this id, by name, if nothing is changed in it."""
    page = html5lib.parse(response.content.decode())
    (form,) = [form for form in page.iter(f"{HTML}form") if form.get("id") == form_id]
    descendants = [element for element in form.iter() if element.get("form") in (None, form_id)]
    associated = [element for element in page.iter() if element.get("form") == form_id]
    fields: dict[str, list[str]] = {}
    for element in descendants + associated:
        name = element.get("name")
        if name:
            for value in _values(element):
                fields.setdefault(name, []).append(value)
    return fields


def _values(element) -> list[str]:
    kind = element.tag.removeprefix(HTML)
    if kind == "textarea":
        # The parser drops the first line break of a textarea, as browsers do.
        return ["".join(element.itertext())]
    if kind == "select":
        options = list(element.iter(f"{HTML}option"))
        chosen = [option.get("value") for option in options if option.get("selected") is not None]
        return chosen if element.get("multiple") is not None else chosen or [o.get("value") for o in options[:1]]
    if kind != "input" or element.get("type") in ("submit", "button", "reset"):
        return []
    if element.get("type") in ("checkbox", "radio") and element.get("checked") is None:
        return []
    return [element.get("value") or ("on" if element.get("type") == "checkbox" else "")]
