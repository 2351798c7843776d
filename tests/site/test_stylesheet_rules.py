"""What a site's own stylesheet may have, and what is refused with the line and the reason."""

import pytest
from django.core.exceptions import ValidationError

from apps.site import stylesheets


def errors_of(css: str) -> list[str]:
    try:
        stylesheets.check(css)
    except ValidationError as error:
        return error.messages
    return []


@pytest.mark.parametrize(
    "css",
    [
        "",
        "/* nothing */",
        ".story h2 { font-size: 2rem; &:hover { color: teal } }",
        "@media (min-width: 40rem) { .stories { display: grid } }",
        "@layer base { a { color: red } }",
        "@supports (display: grid) { a { color: red } }",
        '@font-face { font-family: Own; src: url("/static/own.woff2") format("woff2") }',
        "body { background: url(/media/paper.png) }",
        ".mark { filter: url(#shadow); width: calc(100% - 2rem) }",
        ':root { --measure: 60ch; content: "@import https://example.org" }',
    ],
)
def test_ordinary_css_is_allowed(css):
    assert errors_of(css) == []


@pytest.mark.parametrize(
    ("css", "said"),
    [
        ('@import "https://example.org/x.css";', "@import is not allowed"),
        ("@IMPORT url(/static/x.css);", "@import is not allowed"),
        ("@\\69mport '/static/x.css';", "@import is not allowed"),
        ("a { background: url(https://example.org/x.png) }", "https://example.org/x.png"),
        ("a { background: u\\72l(//example.org/x.png) }", "//example.org/x.png"),
        ('a { background: url("javascript:alert(1)") }', "javascript:alert(1)"),
        ("a { background: url(data:image/svg+xml,x) }", "data:image/svg"),
        ('a { background: image-set("https://example.org/x.png" 1x) }', "image-set() is not allowed"),
        ("a { width: expression(alert(1)) }", "expression() is not allowed"),
        ("a { width: exp\\72 ession(alert(1)) }", "expression() is not allowed"),
        ("@media print { a { width: expression(1) } }", "expression() is not allowed"),
        ("a { b { --x: expression(1) } }", "expression() is not allowed"),
        ("a { behavior: url(/static/x.htc) }", "“behavior” is not allowed"),
        ("a { color }", "it cannot be read"),
        ("a } b { }", "it cannot be read"),
    ],
)
def test_what_loads_from_elsewhere_or_runs_is_refused(css, said):
    (error,) = errors_of(css)
    assert error.startswith("Line 1: ")
    assert said in error


def test_the_line_of_an_error_is_named():
    (error,) = errors_of("a { color: red }\n\nb { behavior: none }")
    assert error.startswith("Line 3: ")


def test_a_stylesheet_has_at_most_50_kb():
    assert errors_of("a { color: red }" * 3000) == []
    (error,) = errors_of("/* é */" * 7000)
    assert error == "It has 55 KB; a stylesheet has at most 50 KB."


def test_a_hundred_errors_are_not_all_listed():
    assert len(errors_of("a { behavior: x }\n" * 100)) == stylesheets.MAX_LISTED


def test_very_deep_nesting_is_an_error_and_no_crash():
    assert errors_of("a{" * 20000)
