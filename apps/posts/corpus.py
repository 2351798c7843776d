"""A made-up blog of any size, the same each time: for measuring, and for trying things on many posts.

Post number n of a seed and a length is always the same, whatever the size of the blog: a blog of a thousand posts is the
beginning of a blog of a million. Dates are spread evenly over `FIRST_DAY` and the `DAYS` after it, tags by Zipf's law,
so that the first of them has about a third of all posts.

Rendering a million texts would take hours. So `BODIES` texts are rendered, and each post has one of them with a last
paragraph of its own, which holds a word that no other post has. Posts get all that the services write of a new post
(HTML, links with their dates, search documents) but a first version in the history: theirs begins with their first
change.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import cached_property
from itertools import accumulate
from random import Random

from django.db import transaction

from apps.core import content_state

from . import rendering, services, slugs
from .models import Author, Post, PostAuthor, PostTag, SearchDocument, Tag

BODIES = 200
"""Texts that are rendered."""
BATCH = 1_000
"""Posts of a transaction."""
FIRST_DAY = datetime(2005, 1, 1, 6, tzinfo=UTC)
DAYS = 7_300
"""Twenty years, in days."""
SOURCE = "made"
"""What `source_id` of a made post begins with."""

_GOLDEN = 0.6180339887498949
"""Its multiples modulo 1 are spread evenly however many one takes."""

# Words of which titles and texts are put together.
_THINGS = """harbour orchard kitchen ledger winter bridge lantern market garden river archive window printer recipe
forest railway engine notebook compiler database keyboard island letter mountain bicycle workshop library
lighthouse village pocket signal pattern compass theatre museum canal cellar balcony festival meadow weather""".split()
_KINDS = """quiet slow small old plain broken early borrowed careful distant patient public second honest late
portable narrow unfinished ordinary northern hidden modest reliable open""".split()
_DOINGS = """repairing reading building measuring describing leaving sharing painting counting finding keeping
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
    """The posts of one seed, with texts of about `words` words."""

    def __init__(self, *, seed: int, words: int) -> None:
        self.seed, self.words = seed, words
        self._weights = list(accumulate(1 / rank for rank in range(1, len(_TAGS) + 1)))

    def source_id(self, number: int) -> str:
        """Return what tells post `number` from all others."""
        return f"{SOURCE}/{self.seed}/{self.words}/{number:09}"

    def made(self) -> int:
        """Return how many of the posts are there."""
        mine = Post.objects.filter(source_id__gte=self.source_id(0), source_id__lte=self.source_id(10**9 - 1))
        last = mine.order_by("-source_id").values_list("source_id", flat=True).first()
        return int(last.rpartition("/")[2]) + 1 if last else 0

    def of_another_kind(self) -> str:
        """Return the seed and length of made posts that are there and not of this corpus, as `seed/words`, or ""."""
        others = Post.objects.filter(source_id__gte=f"{SOURCE}/", source_id__lte=f"{SOURCE}/{'9' * 30}")
        others = others.exclude(source_id__gte=self.source_id(0), source_id__lte=self.source_id(10**9 - 1))
        found = others.values_list("source_id", flat=True).first()
        return found.removeprefix(f"{SOURCE}/").rpartition("/")[0] if found else ""

    def make(self, size: int) -> Iterator[int]:
        """Write what is missing of the first `size` posts, a transaction for each `BATCH`; yield how many are there."""
        done = self.made()
        while done < size:
            numbers = range(done, min(done + BATCH, size))
            with transaction.atomic():
                self._write(numbers)
                content_state.bump()
            done = numbers.stop
            yield done

    @cached_property
    def tags(self) -> list[Tag]:
        """The tags, the most used one first; made where they are missing."""
        return services.tags_named(_TAGS)

    @cached_property
    def authors(self) -> list[Author]:
        """The authors; made where they are missing."""
        known = {author.name: author for author in Author.objects.filter(name__in=_AUTHORS)}
        return [known.get(name) or services.create_author(name=name) for name in _AUTHORS]

    @cached_property
    def bodies(self) -> list[tuple[str, rendering.Rendered, str]]:
        """The texts: Markdown, what was rendered of it, and its plain text."""
        sources = [_body(_dice(self.seed, "body", number), self.words) for number in range(BODIES)]
        made = [(source, rendering.render(source)) for source in sources]
        return [(source, rendered, rendering.plain_text(rendered.html)) for source, rendered in made]

    def _write(self, numbers: range) -> None:
        posts = [self._post(number) for number in numbers]
        Post.objects.bulk_create(posts)
        ids = Post.objects.filter(
            source_id__gte=posts[0].source_id, source_id__lte=posts[-1].source_id
        ).values_list("source_id", "pk")  # fmt: skip
        by_source = dict(ids)  # MySQL does not tell the ids of many new rows.
        tags, authors, documents = [], [], []
        for number, post in zip(numbers, posts, strict=True):
            post.pk = by_source[post.source_id]
            dice = _dice(self.seed, "links", number)
            names = self._some_tags(dice)
            dates = {"listed_at": post.published_at, "changed_at": post.updated_at}
            tags += [PostTag(post=post, tag=tag, **dates) for tag in names]
            authors += [
                PostAuthor(post=post, author=author, position=position, **dates)
                for position, author in enumerate(dice.sample(self.authors, 2 if dice.random() < 0.1 else 1))
            ]
            text = f"{self.bodies[number % BODIES][2]} {_last_words(number)}"
            tag_names = " ".join(tag.name for tag in names)
            documents.append(SearchDocument(post=post, title=post.title, tags=tag_names, body=text))
        PostTag.objects.bulk_create(tags)
        PostAuthor.objects.bulk_create(authors)
        SearchDocument.objects.bulk_create(documents)

    def _post(self, number: int) -> Post:
        dice = _dice(self.seed, "post", number)
        title = _filled(dice.choice(_TITLES), dice)
        source, rendered, _text = self.bodies[number % BODIES]
        last = _last_words(number)
        moment = FIRST_DAY + timedelta(days=DAYS * ((number + 1) * _GOLDEN % 1))
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

    def _some_tags(self, dice: Random) -> Sequence[Tag]:
        drawn = dice.choices(self.tags, cum_weights=self._weights, k=dice.choice((1, 2, 2, 3, 4)))
        return list(dict.fromkeys(drawn))


def _dice(*what: object) -> Random:
    """Return dice that fall the same way each time, for each of the things that they are thrown for."""
    return Random("/".join(map(str, what)))  # noqa: S311


def _choices(dice: Random) -> dict[str, str]:
    thing, other = dice.sample(_THINGS, 2)
    drawn = {"kind": _KINDS, "doing": _DOINGS, "place": _PLACES}
    return {"thing": thing, "other": other, "name": _name(dice)} | {key: dice.choice(of) for key, of in drawn.items()}


def _name(dice: Random) -> str:
    """Return a name that few texts have."""
    syllables = ("ba", "ren", "to", "mil", "sa", "vor", "ne", "ket", "lu", "dra", "fi", "gosh")
    return "".join(dice.choices(syllables, k=3)).capitalize()


def _filled(pattern: str, dice: Random) -> str:
    text = pattern.format(**_choices(dice))
    return _capital(re.sub(r"\b([Aa]) (?=[aeiou])", r"\1n ", text))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _sentence(dice: Random) -> str:
    return _filled(dice.choice(_SENTENCES), dice)


def _body(dice: Random, words: int) -> str:
    """Return Markdown of about `words` words: paragraphs under headings, with a list, a quotation and code in between."""
    blocks: list[str] = []
    count = 0
    while count < words:
        paragraph = " ".join(_sentence(dice) for _ in range(dice.randint(2, 5)))
        blocks.append(paragraph)
        number = len(blocks)
        if number % 7 == 3:
            blocks.append(f"## {_capital(dice.choice(_DOINGS))} the {dice.choice(_THINGS)}")
        elif number % 11 == 5:
            blocks.append("\n".join(f"- {_sentence(dice)}" for _ in range(3)))
        elif number % 13 == 6:
            thing = dice.choice(_THINGS)
            blocks.append(
                f"```python\ndef open_{thing}(name):\n    return {thing}s.get(name) or {thing}s.new(name)\n```"
            )
        elif number % 17 == 8:
            blocks.append(f"> {_sentence(dice)}")
        count = sum(len(block.split()) for block in blocks)
    return "\n\n".join(blocks)


def _last_words(number: int) -> str:
    """Return the sentence that is the post's own. It needs no escaping in Markdown or in HTML."""
    return f"This is note n{number:07}x of the ledger."
