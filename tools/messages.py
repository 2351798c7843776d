"""`make messages`: extract the translatable strings from code and templates, and compile the translations.

Works without GNU gettext. The catalogues are `blog_project/locale/<language>/LC_MESSAGES/django.po`; `make messages
NEW=fr` adds a language. Untranslated strings are listed, and shown in English by the blog.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from babel.messages import Catalog, mofile, pofile
from babel.messages.extract import extract
from django.conf import settings
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
LOCALE = ROOT / "blog_project" / "locale"
_MESSAGE, _PLURAL, _CONTEXT, _CONTEXT_PLURAL = None, (1, 2), ((1, "c"), 2), ((1, "c"), 2, 3)
_FUNCTIONS = {"gettext": _MESSAGE, "ngettext": _PLURAL, "pgettext": _CONTEXT, "npgettext": _CONTEXT_PLURAL}
KEYWORDS = {"_": _MESSAGE, "gettext_noop": _MESSAGE} | {
    f"{name}{suffix}": arguments for name, arguments in _FUNCTIONS.items() for suffix in ("", "_lazy")
}
"""babel's keyword specifications: which arguments of each function are message, plural and context."""


def collected() -> Catalog:
    """Return a catalogue of all translatable strings, with the files that contain them."""
    catalog = Catalog(project="Broadsheet", charset="utf-8")
    for path in sorted([*ROOT.glob("apps/**/*"), *ROOT.glob("blog_project/**/*")]):
        name = path.relative_to(ROOT).as_posix()
        for message, context in _texts(path):
            catalog.add(message, locations=[(name, None)], context=context)
    return catalog


def _texts(path: Path) -> Iterator[tuple[str | tuple[str, str], str | None]]:
    if path.suffix == ".py":
        source = path.read_text()
    elif "templates" in path.parts and path.suffix in (".html", ".txt", ".xml"):
        # In parentheses, because templatize returns code with arbitrary indentation.
        source = f"({templatize(path.read_text())}\n)"
    else:
        return
    found = extract("python", io.BytesIO(source.encode()), keywords=KEYWORDS, options={"encoding": "utf-8"})
    for _line, message, _comments, context in found:
        yield message, context


def path_of(language: str) -> Path:
    """Return the path of a language's catalogue."""
    return LOCALE / language / "LC_MESSAGES" / "django.po"


def stored(language: str) -> Catalog:
    """Read a language's catalogue; return an empty one if the file does not exist."""
    path = path_of(language)
    if not path.exists():
        return Catalog(locale=language)
    with path.open("rb") as file:
        return pofile.read_po(file, locale=language)


def updated(language: str) -> Catalog:
    """Return a language's catalogue with the current strings: translations are kept, unused strings removed."""
    old, new = stored(language), Catalog(locale=language, project="Broadsheet", charset="utf-8", fuzzy=False)
    for message in collected():
        if message.id:
            existing = old.get(message.id, message.context)
            files = [(name, None) for name in sorted({name for name, _line in message.locations})]
            new.add(message.id, existing.string if existing else None, files, message.flags, context=message.context)
    return new


def missing(catalog: Catalog) -> list[str]:
    """Return the strings without a translation."""
    return [_first(message.id) for message in catalog if message.id and not all(_strings(message))]


def _strings(message) -> tuple[str, ...]:
    return message.string if isinstance(message.string, tuple) else (message.string,)


def _first(text: str | tuple[str, str]) -> str:
    return text if isinstance(text, str) else text[0]


def written(catalog: Catalog) -> bytes:
    """Return the content of a catalogue's .po file: sorted by message, without dates and line numbers."""
    file = io.BytesIO()
    pofile.write_po(file, catalog, width=100, omit_header=True, sort_output=True)
    plurals = f'"Plural-Forms: {catalog.plural_forms}\\n"\n'
    header = f'msgid ""\nmsgstr ""\n"Language: {catalog.locale}\\n"\n"Content-Type: text/plain; charset=UTF-8\\n"\n'
    return (header + plurals + "\n").encode() + file.getvalue()


def compiled(catalog: Catalog) -> bytes:
    """Return the content of a catalogue's .mo file, which Django reads."""
    file = io.BytesIO()
    catalog.creation_date = catalog.revision_date = datetime(2000, 1, 1, tzinfo=UTC)  # Reproducible output.
    mofile.write_mo(file, catalog)
    return file.getvalue()


def main(languages: list[str]) -> None:
    """Update and compile the catalogues of these languages and of all existing ones."""
    settings.configure(USE_I18N=False)
    for language in sorted({*languages, *(path.name for path in LOCALE.iterdir())}):
        catalog = updated(language)
        path_of(language).parent.mkdir(parents=True, exist_ok=True)
        path_of(language).write_bytes(written(catalog))
        path_of(language).with_suffix(".mo").write_bytes(compiled(stored(language)))
        print(f"{language}: {len(catalog)} texts, {len(missing(catalog))} without a translation")
        for text in missing(catalog):
            print(f"  {text}")


if __name__ == "__main__":
    main([name for name in sys.argv[1:] if name])
