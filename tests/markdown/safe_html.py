"""What the renderer's HTML must not contain, checked with an HTML5 parser, as browsers parse it."""

import re

import html5lib

from apps.markdown.rendering.markup import ATTRIBUTES, TAGS

URLS = ("href", "src", "cite", "poster")
SCHEMES = ("", "http", "https", "mailto", "tel")


def assert_safe(html: str) -> None:
    """Fail if an HTML5 parser finds elements, attributes or URLs that are not allowed."""
    for element in html5lib.parseFragment(html, treebuilder="etree", namespaceHTMLElements=False).iter():
        if element.tag == "DOCUMENT_FRAGMENT":
            continue
        assert element.tag in TAGS
        for name, value in element.attrib.items():
            assert name == "class" or name in ATTRIBUTES[element.tag]
            if name in URLS:
                assert scheme_of(value) in SCHEMES, value
            if name == "srcset":
                assert {scheme_of(candidate) for candidate in value.split(",")} <= {"", "http", "https"}, value


def scheme_of(address: str) -> str:
    """Return the scheme of an address as browsers read it (URL Standard, 4.4): without tabs, newlines and what is around it."""
    stripped = re.sub("[\t\n\r]", "", address).strip("".join(map(chr, range(33))))
    found = re.match("([A-Za-z][A-Za-z0-9+.-]*):", stripped)
    return found[1].lower() if found else ""
