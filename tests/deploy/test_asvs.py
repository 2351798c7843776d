"""docs/asvs.md says of each requirement yes, partly, no or does not apply, counts right, and names what exists."""

import re
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "asvs.md").read_text()
ROWS = re.findall(r"^\| (\d+\.\d+\.\d+) \| ([12]) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", PAGE, re.MULTILINE)


def listed(heading: str) -> list[str]:
    """Return the numbers that the summary lists under a heading."""
    return re.findall(r"(\d+\.\d+\.\d+)\s", re.search(rf"\*\*{heading}\*\*: (.*?)\n\n", PAGE, re.DOTALL)[1])


def test_the_summary_counts_the_answers():
    counts = Counter((answer, level) for _number, level, _what, answer, _why in ROWS)
    for answer in ("yes", "partly", "no", "does not apply"):
        first, second = counts[answer, "1"], counts[answer, "2"]
        assert f"| {answer} | {first} | {second} | {first + second} |" in PAGE
    # ASVS 5.0.0 has 70 requirements of level 1, and 183 of level 2.
    assert f"| in all | 70 | 183 | {len(ROWS)} |" in PAGE


def test_each_requirement_has_one_row_with_a_reason():
    numbers = Counter(number for number, *_rest in ROWS)
    assert set(numbers.values()) == {1}
    assert all(what.strip() and why.strip() for _number, _level, what, _answer, why in ROWS)


def test_the_summary_lists_every_no_and_partly():
    for heading, answer in (("No", "no"), ("Partly", "partly")):
        assert listed(heading) == [number for number, _level, _what, given, _why in ROWS if given == answer]


def test_whatever_the_page_names_exists():
    named = set(re.findall(r"`((?:apps|blog_project|tests|benchmarks)/[\w/.]+)`", PAGE))
    assert {path for path in named if not (ROOT / path).exists()} == set()
    for page, anchor in re.findall(r"\]\(([\w/.-]+\.md)(?:#([\w-]+))?\)", PAGE):
        headings = re.findall(r"^#+ (.*)$", (ROOT / "docs" / page).read_text(), re.MULTILINE)
        assert not anchor or anchor in {re.sub(r"[^\w -]", "", text.lower()).replace(" ", "-") for text in headings}
