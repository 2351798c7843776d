"""The posts of a Jekyll site look after the import as they did before: `structure` compares them with what Jekyll builds."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.static_sites import structure

pytestmark = [pytest.mark.any_database, pytest.mark.django_db, pytest.mark.slow]

TEXTS = {
    "emphasis": """a*b*c _d_ e_f_g **h** ***i*** *j **k** l* `m*n*` 4*5*6 snake_case_name __o__(p) **「q」**r **(s)**t *u*, **v**.
“*w*” ~~x~~ y<sub>2</sub> z \\*no\\* <b>bold</b>ly""",
    "blocks": """Setext
======

Para with two spaces\x20\x20
and a break\\\\
or so.

> quote
> > deeper

1. one
2. two
   - nested

   para in two

3. three

* a

* b
{: .tight}

- [ ] to do
- [x] done

***

    indented *code*

~~~ ruby
def x; "{{ y }}" end
~~~

``` text
a  b
```""".replace("{{ y }}", "y"),
    "attributes": """## Head {#own-id}

A para.
{: .lead #para}

A [link](/x){:target="_blank" .big} and *this*{: .red}.

| a | b |
|---|--:|
| 1 | 2 |
{: .wide}

![alt](https://pic.example/a.png){: width="40"}

{:toc}""",
    "definitions": """The HTML and *the HTML* in `HTML`.[^1] More.[^note]

*[HTML]: Hyper Text

Term
: Definition one
: Definition **two**

[^1]: A note with *emphasis*.

[^note]: Another.

    With a second paragraph.

A [reference][r], [another] and <https://auto.example/x_y_z>.

[r]: https://one.example/ "Title"
[another]: https://two.example/""",
    "html": """<div class="note" markdown="1">
Some *Markdown* in HTML.

- a list
</div>

<div>
Not *Markdown* here.
</div>

<details><summary>More</summary><p>Less</p></details>

Text with <span markdown="1">*inline*</span> HTML, <kbd>Ctrl</kbd> and a <!-- comment --> comment.

<table><tr><td>1</td><td>a|b</td></tr></table>""",
    "below html": """<p>A paragraph, *not*</p>
below *yes*

<div>x</div>
below *y* <b>z</b>
and more
<div>z</div>
again *z*

<hr>
below *a line*

<img src="https://pic.example/b.png" alt="B">
text *beside*

<table><tr><td>1</td></tr></table>
Table: *one*""",
    "tables": """| a | b |
| c | d |

| Code | Text |
|------|:----:|
| `a|b` | ``c|d`` and `e` |

    | `in|code` |

1) no list
2) nor this""",
    "cjk": """**重要：**请看。*注意*！「**強調**」は**「ここ」**です。**Note:**文字 **（括弧）**後 한국어**(강조)**는 **"따옴표"**입니다
*「斜」*体 é*à*è **«fr»**x **(a)**, **b:** x *(i)*j""",
    "ends": """* a

^

* b

    code
^
    more

> one

^

> two""",
    "liquid": """{% assign names = "a,b" | split: "," %}{% for name in names %}
- {{ name | upcase }}
{% endfor %}

{% highlight ruby %}
puts "*x*"
{% endhighlight %}

{% raw %}`{{ site.title }}` and {{ this }}{% endraw %}, {{ "1 < 2" | escape }}.

[the other]({% post_url 2020-01-01-blocks %}), {{ "/x/" | relative_url }}""",
    "words": """日本語の*強調*です。**太字**は、「**引用**」。Zoë's café – “quotes”, 'single' -- dash ... dots & entities: &copy; &lt;b&gt;

1986\\. A year. \\# No heading. + no list
http://bare.example/ www.bare.example""",
}


def test_posts_have_the_structure_that_jekyll_gives_them(tmp_path):
    folder, work = tmp_path / "old", tmp_path / "work"
    work.mkdir()
    write(folder)
    assert {slug: found for slug, found in structure.compare(folder, work) if found} == {}


def write(folder: Path) -> None:
    """Write a site with one post for each text."""
    (folder / "_posts").mkdir(parents=True)
    (folder / "_config.yml").write_text(f"url: {structure.ADDRESS}\n")
    for name, text in TEXTS.items():
        (folder / "_posts" / f"2020-01-01-{name}.md").write_text(f"---\ntitle: {name.title()}\n---\n{text}\n")
