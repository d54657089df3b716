from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.mail_layout import BadMarkup, check_links, lay_out, links_in
from campaigns.merge_fields import BadField

FOOT = ("Bright Smiles", "1 Main St, South Bend, IN 46601")


ALLOWED = {"html", "head", "meta", "body", "div", "p", "h1", "h2", "ul", "li", "br", "strong", "a"}


def tags_of(html: str) -> tuple[set[str], list[str]]:
    """Every tag a browser would see, and every address linked to."""
    tags: set[str] = set()
    links: list[str] = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            tags.add(tag)
            links.extend(value or "" for name, value in attrs if name in {"href", "src"})
            assert not any(name.startswith("on") for name, _ in attrs)

    Reader().feed(html)
    return tags, links


def test_the_few_signs_become_the_few_tags() -> None:
    made = lay_out(
        "# Hello {{ first_name }}\n\nOne **bold**\ntwo\n\n- a\n- [book](https://a.example/x)", "B", FOOT
    )
    plain = re.sub(r' (style|class|rel)="[^"]*"', "", made.html)
    assert "<h1>Hello {{ first_name }}</h1>" in plain
    assert "<p>One <strong>bold</strong><br>two</p>" in plain
    assert '<ul><li>a</li><li><a href="https://a.example/x">book</a></li></ul>' in plain
    assert made.text.startswith(
        "Hello {{ first_name }}\n\nOne bold\ntwo\n\n- a\n- book (https://a.example/x)\n"
    )


def test_the_footer_carries_name_address_and_unsubscribe_link_in_both_forms() -> None:
    made = lay_out("Hello", "Bright Smiles", FOOT)
    for line in FOOT:
        assert line in made.text
        assert line in made.html
    assert "Unsubscribe: {{ unsubscribe_url }}" in made.text
    assert 'href="{{ unsubscribe_url }}"' in made.html


@pytest.mark.parametrize(
    "words",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<style>.foot{display:none}</style>",
        "</div></body><!--",
        "&lt;script&gt;",
        '<a href="javascript:alert(1)">x</a>',
        "# <svg/onload=alert(1)>",
        "- <b onclick=x>",
        "**<i>**",
        "[<b>](https://a.example)",
    ],
)
def test_html_in_the_words_is_shown_not_obeyed(words: str) -> None:
    made = lay_out(words, "B", FOOT)
    tags, links = tags_of(made.html)
    assert tags <= ALLOWED
    assert [link for link in links if link != "{{ unsubscribe_url }}"] in ([], ["https://a.example"])
    assert "Unsubscribe</a>" in made.html


@pytest.mark.parametrize(
    "target",
    [
        "http://a.example",
        "javascript:alert(1)",
        "data:text/html,x",
        "//a.example",
        "https://",
        "https://user:pw@a.example",
        "https://a\\b.example",
        "https://nohost",
        "https://a.example/{{ first_name }}",
        "",
        "https://[::1",
        "https://[::ffff:127.0.0.1]/",
        "https://%2f%2fevil.example",
    ],
)
def test_a_link_that_must_not_be_sent_is_refused_with_a_sentence(target: str) -> None:
    with pytest.raises(BadMarkup) as refused:
        check_links(f"Book [here]({target}) now")
    assert refused.value.position == 5
    assert refused.value.says.endswith(".")


def test_bare_addresses_are_links_and_keep_their_full_stop_outside() -> None:
    assert links_in("See https://a.example/b?c=1.") == [(4, "https://a.example/b?c=1")]
    with pytest.raises(BadMarkup):
        check_links("See http://a.example")


def test_an_author_cannot_write_the_unsubscribe_link() -> None:
    with pytest.raises(BadField):
        lay_out("{{ unsubscribe_url }}", "B", FOOT)


def test_a_mail_loads_nothing_from_elsewhere() -> None:
    html = lay_out("Hello https://a.example", "B", FOOT).html
    assert not re.search(r"<(img|link|script|iframe|style)|@import|url\(", html)


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=200))
def test_whatever_is_written_the_page_stays_whole_and_holds_no_foreign_tag(words: str) -> None:
    try:
        made = lay_out(words, "B", FOOT)
    except (BadField, BadMarkup):
        return
    tags, links = tags_of(made.html)
    assert tags <= ALLOWED
    assert links[-1] == "{{ unsubscribe_url }}"
    assert all(link.startswith("https://") for link in links[:-1])
