"""Measure what hostile Markdown costs the renderer, at three lengths, and how long it keeps other threads waiting.

    DEBUG=1 python -m benchmarks.hostile_markdown [PART OF A NAME [LENGTH]]

For each pattern: the processor seconds at a quarter, a half and the whole of LENGTH (the limit of a body), their growth when the
length doubles (2 is linear, 4 is quadratic), and the longest time for which no other thread could run. "refused" means
that the text exceeds the renderer's limits; that time counts too.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise

import django

LENGTH = 1_000_000
"""Characters of the longest texts: the limit of a body."""
MOST_GAP = 0.5
"""Seconds for which the renderer may keep the interpreter without a break."""

Pattern = Callable[[int], str]


def fill(piece: str, before: str = "", after: str = "") -> Pattern:
    """Return a pattern that repeats a piece of text."""
    return lambda length: before + piece * ((length - len(before + after)) // len(piece)) + after


def halves(first: str, second: str, middle: str = "") -> Pattern:
    """Return a pattern of many of one piece and then as many of another."""
    return lambda length: (
        first * (length // (len(first) + len(second))) + middle + second * (length // (len(first) + len(second)))
    )


def counted(piece: str, before: str = "", after: str = "") -> Pattern:
    """Return a pattern that repeats a piece with a number in it."""
    return lambda length: before + "".join(piece.format(number) for number in range(length // (len(piece) + 3))) + after


def staircase(piece: str) -> Pattern:
    """Return a pattern of lines that are each indented by two blanks more than the last."""
    return lambda length: "".join("  " * level + piece for level in range(int(length**0.5)))


def growing(mark: str, between: str = " ") -> Pattern:
    """Return a pattern of ever longer runs of a mark."""
    return lambda length: between.join(mark * number for number in range(1, int((2 * length) ** 0.5)))


def table(columns: int) -> Pattern:
    """Return a table of so many columns."""
    return fill("|a" * columns + "|\n", "|a" * columns + "|\n" + "|-" * columns + "|\n")


PATTERNS: dict[str, Pattern] = {
    "prose": fill("The quick brown fox jumps over the *lazy* dog, and goes [home](/a) to its den for the night.\n\n"),
    "brackets": fill("["),
    "closed brackets": halves("[", "]"),
    "brackets, a word each": halves("[a ", "]"),
    "links in links": halves("[", "](x)"),
    "open links": fill("[a]("),
    "open addresses": fill("[a](<b"),
    "open titles": fill('[a](b "c'),
    "open titles in parentheses": fill("[a](b (c"),
    "open titles in two quotes": fill("[a](b \"c [a](b 'c "),
    "parentheses in an address": fill("[a](" + "(" * 30),
    "links": fill("[a](b) "),
    "links of one paragraph and reference": fill("[a] ", after="\n\n[a]: b"),
    "references without a definition": fill("[a][b] ", "[x]: y\n\n"),
    "references, nested": halves("[", "][a]", "a"),
    "definitions": counted("[a{}]: b\n"),
    "definitions of one name": fill("[a]: b\n"),
    "definitions with titles": counted("[a{}]: b 'c'\n"),
    "definitions with open titles": fill("[a]: b 'c\n"),
    "definitions, broken": fill("[a]: <b\n"),
    "definition with a long label": lambda length: f"[{'a' * length}]: b\n",
    "open labels": fill("[a\n"),
    "images": fill("!["),
    "images in images": halves("![", "](x)"),
    "stars": fill("*"),
    "open stars": fill("*a "),
    "closing stars": fill("a* "),
    "stars both ways": fill("*a*b"),
    "stars and underscores": fill("*_"),
    "stars and underscores, words": fill("*a _a "),
    "stars, then underscores": halves("*a ", "_a "),
    "emphasis in emphasis": halves("*a ", " a*"),
    "strong in strong": halves("**a ", " a**"),
    "runs of three": fill("***a **b *c "),
    "tildes": fill("~"),
    "open strikes": fill("~~a "),
    "strikes and stars": fill("~~*a "),
    "growing stars": growing("*", " a "),
    "growing backticks": growing("`"),
    "backticks": fill("`"),
    "open code": fill("`a "),
    "code": fill("`a` "),
    "two lengths of code": fill("`a ``b "),
    "entities": fill("&amp;"),
    "open entities": fill("&"),
    "entities, decimal": fill("&#35;"),
    "backslashes": fill("\\"),
    "escapes": fill("\\*"),
    "breaks": fill("a  \n"),
    "breaks by backslash": fill("a\\\n"),
    "blanks": fill(" ", "a", "b"),
    "trailing blanks": fill("a" + " " * 200 + "\n"),
    "tabs": fill("\t"),
    "empty lines": fill("\n"),
    "one long line": fill("a"),
    "long line of words": fill("a "),
    "one paragraph": fill("a\n"),
    "quotes": fill(">"),
    "quotes of lines": fill("> a\n"),
    "quotes, lazy": fill("b\n", ">" * 39 + "a\n"),
    "quotes, nested and flat": fill(">" * 30 + "a\n"),
    "quotes and lists": fill("> - "),
    "lists": fill("- a\n"),
    "numbered lists": fill("1. a\n"),
    "lists, loose": fill("- a\n\n"),
    "lists on a line": fill("- "),
    "lists, a staircase": staircase("- a\n"),
    "lists of two marks": fill("- a\n* b\n"),
    "empty items": fill("-\n"),
    "list with a long item": fill("  a\n", "- "),
    "list with blank lines": fill("  a\n\n\n\n\n", "- "),
    "tasks": fill("- [ ] a\n"),
    "wide table": lambda length: "|a" * (length // 4) + "\n" + "|-" * (length // 4) + "\n",
    "long table": table(2),
    "table of 100 columns": table(100),
    "table with empty cells": fill("a\n", "|a" * 500 + "|\n" + "|-" * 500 + "|\n"),
    "pipes": fill("|"),
    "lines of pipes": fill("|a\n"),
    "table without a head": fill("|-|-|\n"),
    "escaped pipes": fill("\\|", "a|b\n-|-\n"),
    "footnotes": counted("[^a{}] ", after="\n\n[^a1]: x"),
    "many uses of a footnote": fill("[^a] ", after="\n\n[^a]: x"),
    "definitions of footnotes": counted("[^a{}]: x\n"),
    "footnotes and definitions": lambda length: (
        "".join(f"[^{number}] " for number in range(length // 24))
        + "\n\n"
        + "".join(f"[^{number}]: x\n" for number in range(length // 24))
    ),
    "open footnotes": fill("[^", "[^a]: x\n\n"),
    "footnotes in footnotes": fill("[^a]: ", after="x\n"),
    "footnotes, long": fill("    a\n\n", "[^a]\n\n[^a]: b\n\n"),
    "admonitions": fill("!!! note\n    a\n"),
    "admonitions, a staircase": lambda length: "".join(
        "    " * level + "!!! note\n" for level in range(int((length / 2) ** 0.5))
    ),
    "alerts": fill("> [!NOTE]\n> a\n\n"),
    "definition lists": fill("a\n: b\n\n"),
    "definitions, nested": fill(": "),
    "terms": fill("a\n\n: b\n"),
    "headings": fill("# a\n"),
    "headings of one text": fill("## section\n\n"),
    "headings underlined": fill("a\n=\n"),
    "heading of many lines": fill("a\n", after="=\n"),
    "heading, long": fill("a", "# "),
    "closing hashes": fill(" #", "# a"),
    "rules": fill("***\n"),
    "almost rules": fill("* * * * * * * * * * a\n"),
    "rules, long": fill("* "),
    "fences": fill("```\na\n```\n"),
    "open fences": fill("```\n"),
    "fences of tildes": fill("~~~\n"),
    "fences, ever longer": growing("`", "\n"),
    "fences of a language": fill("```python\nx\n```\n"),
    "indented code": fill("    a\n"),
    "attributes": fill("{a=b}", "![a](b)"),
    "open attributes": fill("![a](b){"),
    "attributes, many": fill("a=b ", "![a](b){", "}"),
    "attributes of pictures": fill("![a](b){width=1} "),
    "comments": fill("<!--"),
    "comments, closed": fill("<!-- a -->"),
    "comments in a paragraph": fill("a <!-- "),
    "comments in a paragraph, closed once": fill("a <!-- ", after="-->"),
    "declarations": fill("a <!A "),
    "instructions": fill("a <? "),
    "cdata": fill("a <![CDATA[ "),
    "cdata, closed once": fill("a <![CDATA[ ", after="]]>"),
    "elements": fill("<b>"),
    "elements in a paragraph": fill("a <b>"),
    "elements, closed": halves("<b>", "</b>"),
    "elements, blocks": fill("<div>\n\n"),
    "elements of a paragraph each": fill("<b>a\n\n"),
    "ends of elements": fill("a </b>"),
    "open tags": fill("a <b "),
    "open attributes of tags": fill('a <b c="'),
    "one tag of many attributes": fill(" a=b", "a <b", ">"),
    "one tag of many attributes, open": fill(" a=b", "a <b", ""),
    "tag with a long name": fill("a", "b <", ">"),
    "less than": fill("<"),
    "less than, words": fill("a < b "),
    "scripts": fill("<script>"),
    "scripts in a paragraph": fill("a <script>"),
    "styles and scripts": fill("a <style><script>"),
    "select": fill("<table><tr><td>"),
    "cells": fill("<td>"),
    "lists of elements": fill("<ul><li>"),
    "headings of elements": fill("<h2>x"),
    "links of elements": fill("<a href=x>y"),
    "ids": counted("<p id=a{}>"),
    "one id": fill("<p id=a>"),
    "pictures of elements": fill("<img src=a>"),
    "autolinks": fill("<http://a.b>"),
    "mail addresses": fill("<a@b.c>"),
    "bare addresses": fill("http://a.b "),
    "bare addresses without blanks": fill("http://a.b/"),
    "bare addresses, broken": fill("http:// "),
    "bare addresses, nothing but schemes": fill("http://"),
    "bare addresses of many names": fill("a.", "http://", "_"),
    "bare addresses with brackets": fill("(", "http://a.b/"),
    "bare addresses with open brackets": fill("http://a.b/((((([[[[[ "),
    "bare addresses with quotes": fill("http://a.b/\"'\"' "),
    "bare address, long": fill("a", "http://a.b/"),
    "bare address, not ASCII": fill("é", "http://a.b/"),
    "bare addresses after words": fill("a", "", " http://a.b"),
    "bare addresses in links": fill("[http://a.b "),
    "embeds in lines": fill("https://vimeo.com/1\n"),
    "embeds in paragraphs": fill("https://vimeo.com/1\n\n"),
    "embeds of frames": fill("<iframe src=//vimeo.com/1>"),
    "embeds, almost": fill("https://youtube.com/watch?" + "v=&" * 150 + "\n"),
    "open autolinks": fill("<http://a"),
    "mail address, long": fill("a", "<", "@b.c>"),
    "mail address, long host": fill("a.", "<a@", "c>"),
    "address with many escapes": fill("%20", "[a](", ")"),
    "address, not ASCII": fill("é", "[a](", ")"),
    "addresses, long": fill("[a](" + "é" * 1900 + ") "),
    "host, not ASCII": fill("é.", "[a](http://", ")"),
    "control characters": fill("\0"),
    "emoji": fill("\U0001f600"),
    "combining marks": fill("\u0301", "a"),
    "heading of combining marks": fill("\u0301", "# a"),
    "headings of combining marks": fill("# a\u0301\u0327\n"),
    "Chinese": fill("\u4e2d"),
    "Chinese in emphasis": fill("*\u4e2d*\u3002"),
}
CODE: dict[str, tuple[str, str]] = {
    "java": ("java", "a\n"),
    "python": ("python", "'"),
    "python, strings": ("python", '"""'),
    "javascript": ("javascript", "/"),
    "javascript, templates": ("javascript", "`${"),
    "html": ("html", "<"),
    "php": ("php", "<?php "),
    "css": ("css", "a{"),
    "json": ("json", "{"),
    "yaml": ("yaml", "- "),
    "perl": ("perl", "s{"),
    "ruby": ("ruby", "%q{"),
    "bash": ("bash", "$("),
    "sql": ("sql", "/*"),
    "rust": ("rust", "/*"),
    "haskell": ("haskell", "{-"),
    "latex": ("latex", "\\"),
    "markdown": ("markdown", "*"),
    "rst": ("rst", "`"),
    "diff": ("diff", "+"),
    "console": ("console", "$ "),
    "lua": ("lua", "[["),
    "c++": ("c++", 'R"'),
    "erlang": ("erlang", "'"),
    "swift": ("swift", "\\("),
}
PATTERNS |= {
    f"code: {name}, {kind}": (
        lambda length, language=language, piece=piece, end=end: (
            f"```{language}\n"
            + (piece * (400 // len(piece)) + end) * (min(length, 49_000) // (400 + len(end)))
            + "\n```\n"
        )
    )
    for name, (language, piece) in CODE.items()
    for kind, end in (("lines", "\n"), ("empty lines", "\n\n\n\n\n\n\n\n"))
}


@contextmanager
def longest_gap() -> Iterator[list[float]]:
    """Measure for how long a second thread could not run, in the block; the list gets the longest gap in seconds."""
    gaps, is_over = [0.0], threading.Event()

    def watch() -> None:
        last = time.perf_counter()
        while not is_over.is_set():
            time.sleep(0.001)
            now = time.perf_counter()
            gaps[0], last = max(gaps[0], now - last), now

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield gaps
    finally:
        is_over.set()
        thread.join()


def measure(text: str) -> tuple[float, float, bool]:
    """Render a text; return the processor seconds, the longest gap, and whether it was refused."""
    from apps.markdown import rendering

    is_refused = False
    with longest_gap() as gaps:
        start = time.thread_time()
        try:
            rendering.render(text)
        except rendering.TooComplex:
            is_refused = True
        seconds = time.thread_time() - start
    return seconds, gaps[0], is_refused


def main() -> None:
    """Print a line for each pattern, the most expensive first. Exits with 1 if a gap is longer than MOST_GAP."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "blog_project.settings")
    os.environ.setdefault("SECRET_KEY", "only-for-measurements")
    os.environ.setdefault("ROLE", "all")
    django.setup()
    wanted, length, *_others = [*sys.argv[1:], *("", LENGTH)[len(sys.argv[1:]) :], ""]
    rows = []
    for name, pattern in PATTERNS.items():
        if wanted not in name:
            continue
        seconds, gaps, refused = zip(*(measure(pattern(int(length) // part)) for part in (4, 2, 1)), strict=True)
        growth = " ".join(f"{later / max(before, 0.001):4.1f}" for before, later in pairwise(seconds))
        marks = " ".join("refused" if one else "-" for one in refused)
        rows.append((seconds[-1], max(gaps), f"{name:40} {growth} {marks}", seconds))
        print(f"{name}: {max(seconds):.2f} s", file=sys.stderr, flush=True)
    for _last, gap, text, seconds in sorted(rows, key=lambda row: -max(row[3])):
        print(f"{' '.join(f'{one:6.2f}' for one in seconds)}  gap {gap:5.2f}  {text}")
    sys.exit(any(gap > MOST_GAP for _last, gap, _text, _seconds in rows))


if __name__ == "__main__":
    main()
