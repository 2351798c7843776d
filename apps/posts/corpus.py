"""Generates a fake blog of any size, for benchmarks and for tests with many posts. It is reproducible.

Post number n of a seed and a length is always the same, whatever the size of the blog: a blog of a thousand posts is
the beginning of a blog of a million. Dates are spread evenly over the `DAYS` from `FIRST_DAY`, tags by Zipf's law, so
that the first tag has about a third of all posts.

Rendering a million texts would take hours. So only `BODIES` texts are rendered, and each post has one of them and a
last paragraph of its own with a unique word. Posts get all rows that the services write for a new post (HTML, links
with their dates, search documents), except a first version in the history.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import cached_property
from itertools import accumulate, chain
from random import Random

from django.db import transaction

from apps.core import changes, content_state
from apps.markdown import rendering
from apps.site.models import current

from . import services, slugs
from .changes import of_post
from .models import Author, Post, PostAuthor, PostTag, SearchDocument, Tag

BODIES = 200
"""How many different texts are rendered."""
BATCH = 1_000
"""Posts in one transaction."""
FIRST_DAY = datetime(2005, 1, 1, 6, tzinfo=UTC)
DAYS = 7_300
"""The days over which posts are spread: twenty years."""
SOURCE = "made"
"""The prefix of the `source_id` of generated posts."""

_GOLDEN_RATIO = 0.6180339887498949
"""The golden ratio: any number of its multiples modulo 1 is spread evenly."""

# The words from which titles and texts are composed.
_THINGS = """harbour orchard kitchen ledger winter bridge lantern market garden river archive window printer recipe
forest railway engine notebook compiler database keyboard island letter mountain bicycle workshop library
lighthouse village pocket signal pattern compass theatre museum canal cellar balcony festival meadow weather""".split()
_KINDS = """quiet slow small old plain broken early borrowed careful distant patient public second honest late
portable narrow unfinished ordinary northern hidden modest reliable open""".split()
_ACTIVITIES = """repairing reading building measuring describing leaving sharing painting counting finding keeping
teaching testing drawing moving cleaning listening writing cooking planting""".split()
_PLACES = """Lisbon Tromsø Ghent Kyoto Zürich Galway Porto Tartu Bergen Malmö Turin Graz Aarhus Girona Leith
Utrecht Trieste Riga Izmir Oaxaca""".split()
_TITLES = ("The {kind} {thing}", "On {doing} a {kind} {thing}", "Notes from {place}: the {thing}",
           "What a {thing} in {place} taught me", "{doing} the {thing} before {place}", "A {kind} {thing} and a {other}",
           "Why every {thing} needs a {kind} {other}", "Ten years of {doing} in {place}")  # fmt: skip
_SENTENCES = (
    "The {kind} {thing} stood by the {other}, and nobody in {place} thought much of it.",
    "I spent the morning {doing} it, with a {other} on the table and the {thing} in sight.",
    "There is no {kind} way of {doing} a {thing}; there is only the **{other}** that you have.",
    "We asked in {place} for a {thing} that was *{kind}* enough for the {other}.",
    "{doing} takes longer than anybody says, which is why the {other} was still {kind} when we left.",
    "A {thing} like this, as [the notes](https://example.org/{thing}) have it, is {kind} but never a {other}.",
    "By then {name} had written to us about {doing}, the {thing}, and the road to {place}.",
    "If it is {kind}, keep it: the {thing} will outlive the {other} and most of {place}.",
)
_TAGS = [f"{doing.capitalize()} {thing}" for doing in ("Keeping", "Making", "Losing", "Naming") for thing in _THINGS]
_AUTHORS = ("Ada Quill", "Ben Marlow", "Chiara Conti", "Dov Stern", "Elin Strand", "Farid Nasser", "Greta Holm",
            "Hana Mori")  # fmt: skip


class Corpus:
    """The generated posts of one seed, with texts of about `words` words."""

    def __init__(self, *, seed: int, words: int) -> None:
        self.seed, self.words = seed, words
        self._weights = list(accumulate(1 / rank for rank in range(1, len(_TAGS) + 1)))

    def source_id(self, number: int) -> str:
        """Return the unique `source_id` of post `number`."""
        return f"{SOURCE}/{self.seed}/{self.words}/{number:09}"

    def count_existing(self) -> int:
        """Return how many posts of this corpus the database has."""
        own = Post.objects.filter(source_id__gte=self.source_id(0), source_id__lte=self.source_id(10**9 - 1))
        last = own.order_by("-source_id").values_list("source_id", flat=True).first()
        return int(last.rpartition("/")[2]) + 1 if last else 0

    def find_other_corpus(self) -> str:
        """Return the seed and length of another corpus in the database, as `seed/words`, or an empty string."""
        others = Post.objects.filter(source_id__gte=f"{SOURCE}/", source_id__lte=f"{SOURCE}/{'9' * 30}")
        others = others.exclude(source_id__gte=self.source_id(0), source_id__lte=self.source_id(10**9 - 1))
        found = others.values_list("source_id", flat=True).first()
        return found.removeprefix(f"{SOURCE}/").rpartition("/")[0] if found else ""

    def make(self, size: int) -> Iterator[int]:
        """Create the missing posts of the first `size`, in transactions of `BATCH`; yield how many exist."""
        done = self.count_existing()
        while done < size:
            numbers = range(done, min(done + BATCH, size))
            with transaction.atomic():
                posts = self._write(numbers)
                created = [of_post(post, before=None, event=changes.Event.CREATED) for post in posts]
                content_state.bump(*chain.from_iterable(created))
            done = numbers.stop
            yield done

    @cached_property
    def tags(self) -> list[Tag]:
        """The tags, the most used one first. Missing ones are created."""
        return services.tags_named(_TAGS)

    @cached_property
    def authors(self) -> list[Author]:
        """The authors. Missing ones are created."""
        known = {author.name: author for author in Author.objects.filter(name__in=_AUTHORS)}
        return [known.get(name) or services.create_author(name=name) for name in _AUTHORS]

    @cached_property
    def bodies(self) -> list[tuple[str, rendering.Rendered, str]]:
        """The texts, each as Markdown, rendered, and as plain text."""
        sources = [_body(_random(self.seed, "body", number), self.words) for number in range(BODIES)]
        rendered_bodies = [(source, rendering.render(source, {}, current().language)) for source in sources]
        return [(source, rendered, rendering.plain_text(rendered.html)) for source, rendered in rendered_bodies]

    def _write(self, numbers: range) -> list[Post]:
        posts = [self._post(number) for number in numbers]
        Post.objects.bulk_create(posts)
        ids = Post.objects.filter(
            source_id__gte=posts[0].source_id, source_id__lte=posts[-1].source_id
        ).values_list("source_id", "pk")  # fmt: skip
        by_source = dict(ids)  # MySQL does not return the ids of rows from bulk_create.
        tags, authors, documents = [], [], []
        for number, post in zip(numbers, posts, strict=True):
            post.pk = by_source[post.source_id]
            random = _random(self.seed, "links", number)
            chosen = self._choose_tags(random)
            dates = {"listed_at": post.published_at, "changed_at": post.updated_at}
            tags += [PostTag(post=post, tag=tag, **dates) for tag in chosen]
            authors += [
                PostAuthor(post=post, author=author, position=position, **dates)
                for position, author in enumerate(random.sample(self.authors, 2 if random.random() < 0.1 else 1))
            ]
            text = f"{self.bodies[number % BODIES][2]} {_last_paragraph(number)}"
            tag_names = " ".join(tag.name for tag in chosen)
            documents.append(SearchDocument(post=post, title=post.title, tags=tag_names, body=text))
        PostTag.objects.bulk_create(tags)
        PostAuthor.objects.bulk_create(authors)
        SearchDocument.objects.bulk_create(documents)
        return posts

    def _post(self, number: int) -> Post:
        random = _random(self.seed, "post", number)
        title = _filled(random.choice(_TITLES), random)
        source, rendered, _text = self.bodies[number % BODIES]
        last = _last_paragraph(number)
        moment = FIRST_DAY + timedelta(days=DAYS * ((number + 1) * _GOLDEN_RATIO % 1))
        return Post(
            source_id=self.source_id(number),
            slug=f"{slugs.slug_from(title, fallback='post', max_length=180)}-{number}",
            title=title,
            body=f"{source}\n\n{last}\n",
            body_html=f"{rendered.html.rstrip()}\n<p>{last}</p>\n",
            toc_html=rendered.toc_html,
            excerpt=rendered.excerpt,
            word_count=rendered.word_count + len(last.split()),
            lead_image=rendered.lead_image,
            rendered_by=rendering.VERSION,
            status=Post.Status.PUBLISHED,
            published_at=moment,
            created_at=moment,
            updated_at=moment,
            address_was_public=False,
        )

    def _choose_tags(self, random: Random) -> Sequence[Tag]:
        drawn = random.choices(self.tags, cum_weights=self._weights, k=random.choice((1, 2, 2, 3, 4)))
        return list(dict.fromkeys(drawn))


def _random(*parts: object) -> Random:
    """Return a random generator that is seeded with `parts`, so that its values are reproducible."""
    return Random("/".join(map(str, parts)))  # noqa: S311  (nothing secret)


def _choices(random: Random) -> dict[str, str]:
    thing, other = random.sample(_THINGS, 2)
    drawn = {"kind": _KINDS, "doing": _ACTIVITIES, "place": _PLACES}
    return {"thing": thing, "other": other, "name": _name(random)} | {
        key: random.choice(of) for key, of in drawn.items()
    }


def _name(random: Random) -> str:
    """Return a random name of three syllables, so that searches have words that are rare."""
    syllables = ("ba", "ren", "to", "mil", "sa", "vor", "ne", "ket", "lu", "dra", "fi", "gosh")
    return "".join(random.choices(syllables, k=3)).capitalize()


def _filled(pattern: str, random: Random) -> str:
    text = pattern.format(**_choices(random))
    return _capitalised(re.sub(r"\b([Aa]) (?=[aeiou])", r"\1n ", text))


def _capitalised(text: str) -> str:
    return text[:1].upper() + text[1:]


def _sentence(random: Random) -> str:
    return _filled(random.choice(_SENTENCES), random)


def _body(random: Random, words: int) -> str:
    """Return Markdown of about `words` words: paragraphs with headings, lists, code and quotations in between."""
    blocks: list[str] = []
    count = 0
    while count < words:
        paragraph = " ".join(_sentence(random) for _ in range(random.randint(2, 5)))
        blocks.append(paragraph)
        number = len(blocks)
        if number % 7 == 3:
            blocks.append(f"## {_capitalised(random.choice(_ACTIVITIES))} the {random.choice(_THINGS)}")
        elif number % 11 == 5:
            blocks.append("\n".join(f"- {_sentence(random)}" for _ in range(3)))
        elif number % 13 == 6:
            thing = random.choice(_THINGS)
            blocks.append(
                f"```python\ndef open_{thing}(name):\n    return {thing}s.get(name) or {thing}s.new(name)\n```"
            )
        elif number % 17 == 8:
            blocks.append(f"> {_sentence(random)}")
        count = sum(len(block.split()) for block in blocks)
    return "\n\n".join(blocks)


def _last_paragraph(number: int) -> str:
    """Return the last paragraph of a post, with a unique word. It needs no escaping in Markdown or in HTML."""
    return f"This is note n{number:07}x of the ledger."
