"""A site for looking at the layout: pictures of several shapes, titles of all lengths, several languages, every element.

`SEED` fills an empty site. The states of lists (as many posts as wanted, with covers here and there) are made from its
front page in the browser by `ARRANGE`, because a server has one front page at a time.
"""

SEED = r'''
from io import BytesIO

from django.core.files.base import ContentFile
from PIL import Image as Drawing, ImageDraw

from apps.media.services import create_image
from apps.posts import services


def picture(width, height, colour, name):
    drawing = Drawing.new("RGB", (width, height), colour)
    ImageDraw.Draw(drawing).ellipse((width // 5, height // 5, width // 2, height // 2), "#e9d8a6")
    content = BytesIO()
    drawing.save(content, "JPEG", quality=60)
    return create_image(by=None, file=ContentFile(content.getvalue(), name=name), alt="A disc", credit="Alice Adams")


images = [picture(1500, 1000, "#34596b", "wide.jpg"), picture(700, 1050, "#6b4034", "tall.jpg"),
          picture(1800, 600, "#4a6b34", "strip.jpg")]
authors = [services.create_author(name=name, bio="Writes about gardens and harbours.")
           for name in ("Alice Adams", "Bob Brown", "Øyvind Østergård-Krasnohorská")]
tags = [services.create_tag(name=name, description="What grows.") for name in ("Gardens", "Harbours", "Notes")]
one = services.create_tag(name="One")
TITLES = [
    "Harbour lights",
    "The pier opens again on Sunday, after eleven years of repairs and two of waiting",
    "Why",
    "A report on the state of the harbour, its cranes, its boats, its people, and what the council intends to do about "
    "all of them before the winter of next year",
    "Nothing you type is lost",
    "Ein Wintermorgen am Hafen",
]
SUMMARIES = ["One sentence.", "", "What was rebuilt, what it cost, and who paid. Three views from the other side of the "
             "water, where nobody was asked, and one from the ferry, which sails on as if nothing had happened."]
LONG = """
A paragraph with a [link](https://example.org/), `code`, *emphasis*, **weight**, <kbd>Ctrl</kbd>, <abbr title="a">UTC</abbr>,
version 2.0.10 and a note.[^{0}] "Quoted", he said, and it's 1--2 pages -- no more...

## Part {0} of the report

{1}

### Detail {0}

> A quotation that goes on for more than one line, so that one sees how its lines are set beneath each other.

| Port | Boats | Since |
|---|--:|--:|
| Aalborg | 1,200 | 1990 |
| Łódź | 0 | 2006 |

```python
def a_function_with_a_very_long_name(and_an_argument_with_a_long_name, another_argument_with_a_long_name): pass
```

!!! warning
    Careful.

Term
: Meaning

1. First
2. Second

[^{0}]: A note of some length, which stands beside the text where there is room for it.
"""
words = "word " * 120
plain = f"![A disc]({images[0].address} \"What it shows.\")"
wide = f"![A disc]({images[0].address} \"A wide picture.\"){{.wide}}"
full = f"![A disc]({images[2].address} \"From edge to edge.\"){{.full}}"
gallery = "\n".join(f"![A disc]({image.address} \"Picture {number}\")" for number, image in enumerate(images * 2))
common = dict(by=None, status="published", tags=tags)
for number in range(30):
    services.create_post(title=TITLES[number % 6] + ("" if number < 6 else f" {number}"), slug=f"post-{number}",
        summary=SUMMARIES[number % 3], body="A short text. " * 5, cover_image=images[number % 3],
        authors=authors[: 1 + number % 3], **common)
services.create_post(title="Only one of its tag", slug="one", body="Text.", by=None, status="published", tags=[one])
texts = [("long", LONG.format(1, plain) + LONG.format(2, words) + LONG.format(3, words) + LONG.format(4, words) + words),
         ("pictures", LONG.format(1, wide) + LONG.format(2, full) + LONG.format(3, gallery) + words)]
for slug, body in texts:
    services.create_post(title=TITLES[1], slug=slug, summary=SUMMARIES[2], body=body, authors=authors[:2],
        cover_image=images[0], **common)
services.create_post(title="Without a cover", slug="bare", body=texts[0][1], authors=authors[:1], **common)
for language, title, text in [
    ("ar", "أضواء الميناء تعود بعد أحد عشر عاما من الإصلاح", "هذه فقرة باللغة العربية مع [رابط](https://example.org/) و `code` داخل السطر. " * 8),
    ("he", "לקרוא מימין לשמאל", "זוהי פסקה בעברית. " * 20),
    ("ja", "縦のものを横に、港の灯り", "吾輩は猫である。*名前*はまだ無い。" * 20),
    ("zh-Hans", "港口的灯光在修复十一年之后再次亮起", "这是一段中文。" * 30),
    ("el", "Τα φώτα του λιμανιού", "Μια παράγραφος στα ελληνικά. " * 12),
    ("ru", "Огни гавани снова горят", "Абзац по-русски, с тире - и словами. " * 12),
]:
    services.create_post(title=title, slug=language.lower(), language=language, summary=text[:90], body=text,
        cover_image=images[0], authors=authors, **common)
services.create_post(title="About", kind="page", slug="about", body="A page.", by=None, status="published")
'''

PATHS = (
    "/ /long/ /pictures/ /bare/ /post-3/ /ar/ /he/ /ja/ /zh-hans/ /el/ /ru/ /about/ /tags/ /tags/gardens/ /tags/one/"
    " /authors/alice-adams/ /archive/ /search/ /search/?q=text /search/?q=nothingatall /nope/x"
).split()

ARRANGE = """
([front, number, covers]) => {
    const list = document.querySelector(".stories");
    list.closest(".front").className = `front front-${front} front-first`;
    list.classList.toggle("lead", front === "paper");
    [...list.children].forEach((story, index) => {
        if (index >= number) story.remove();
        else if (!{all: true, none: false, odd: index % 2, first: !index, rest: index, mixed: index % 3 !== 1}[covers])
            story.querySelector(".story-cover")?.remove();
    });
}
"""
"""A script that shows a list as the front page `front`, with `number` posts, of which those of `covers` have a picture."""
FRONTS = ("paper", "list", "grid")
COVERS = ("all", "none", "odd", "first", "rest", "mixed")
