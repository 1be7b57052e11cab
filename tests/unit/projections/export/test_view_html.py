"""The tree that pages are written from: nothing in a text becomes markup, and nothing leads out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html
from support.view import words

from projections.export.view.chart import Bar, chart
from projections.export.view.html import el, paragraphs, text_of, visible, written


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ("]]> --> </style>", "]]&gt; --&gt; &lt;/style&gt;"),
        ("\" onmouseover='x'", "&quot; onmouseover=&#39;x&#39;"),
        ("&amp; &#60;", "&amp;amp; &amp;#60;"),
    ],
)
def test_text_is_escaped_in_content_and_in_attributes(text: str, expected: str) -> None:
    assert written(el("p", text)) == f"<p>{expected}</p>\n"
    assert written(el("span", title=text)) == f'<span title="{expected}"></span>'


@pytest.mark.parametrize(
    ("char", "shown"),
    [
        ("\u202e", "[U+202E]"),
        ("\u2066", "[U+2066]"),
        ("\u00ad", "[U+00AD]"),
        ("\u200b", "[U+200B]"),
        ("\x00", "[U+0000]"),
        ("\x1b", "[U+001B]"),
        ("\r", "[U+000D]"),
        ("\u2028", "[U+2028]"),
        ("\ue000", "[U+E000]"),
        ("\ufffe", "[U+FFFE]"),
        ("\U0001ffff", "[U+1FFFF]"),
        ("\ud800", "[U+D800]"),
    ],
)
def test_what_a_browser_would_obey_or_hide_is_shown_by_its_number(char: str, shown: str) -> None:
    assert visible(f"a{char}b") == f"a{shown}b"
    page = written(el("p", f"a{char}b"))
    assert page == f'<p>a<span class="zeichen">{shown}</span>b</p>\n'
    assert page.encode()


def test_plain_spaces_line_breaks_and_letters_of_all_scripts_stay() -> None:
    text = "Größe „ja“ – § 28a\n\u00a0漢字 😀 שלום"
    assert visible(text) == text
    assert visible("a\r\nb\tc") == "a\nb c"


@given(st.text())
def test_whatever_the_text_a_parser_reads_back_what_is_shown(text: str) -> None:
    node = html.fragment_fromstring(written(el("p", text)))
    assert node.text_content() == visible(text)
    assert {child.tag for child in node} <= {"span"}


@pytest.mark.parametrize(
    "href",
    [
        "javascript:alert(1)",
        "https://example.invalid/",
        "//example.invalid",
        "/etc/passwd",
        "../index.html",
        "../dokumente/../x",
        "a b",
        "data:text/html,x",
        "",
        "#a b",
        "#",
    ],
)
def test_a_link_that_leads_out_of_the_export_is_refused(href: str) -> None:
    with pytest.raises(ValueError, match="place inside the export"):
        el("a", "x", href=href)


@pytest.mark.parametrize("href", ["#eintrag-3", "index.html", "vorlage-1.html#a", "../dokumente/x.pdf"])
def test_places_inside_the_export_are_taken(href: str) -> None:
    assert f'href="{href}"' in written(el("a", "x", href=href))


@pytest.mark.parametrize("tag", ["script", "iframe", "img", "form", "object", "link"])
def test_an_element_that_runs_or_loads_something_is_refused(tag: str) -> None:
    with pytest.raises(ValueError, match="may have"):
        el(tag)


@pytest.mark.parametrize("name", ["onclick", "style", "src", "srcdoc", "formaction"])
def test_an_attribute_that_runs_or_loads_something_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="may have"):
        el("p", **{name: "x"})


def test_paragraphs_keep_line_breaks_and_drop_empty_ones() -> None:
    made = "".join(written(one) for one in paragraphs("eins\nzwei\n\n \n\ndrei\n"))
    assert made == "<p>eins<br>zwei</p>\n<p>drei</p>\n"


def test_a_node_that_is_no_text_is_refused() -> None:
    with pytest.raises(TypeError, match="expected a text"):
        written(3)
    with pytest.raises(TypeError, match="expected a text"):
        text_of(3)


# -- charts ---------------------------------------------------------------------------------------


def test_a_chart_has_title_description_and_bars_by_number() -> None:
    bars = [Bar(label="dafür", count=24, look="ja"), Bar(label="dagegen", count=12, look="nein")]
    made = html.fragment_fromstring(written(chart(bars, key="d", title="Stimmen", description="24 dafür, 12 dagegen.")))
    assert (made.get("role"), made.get("aria-labelledby")) == ("img", "d-t d-d")
    assert [words(node) for node in made.iter("title", "desc")] == ["Stimmen", "24 dafür, 12 dagegen."]
    wide = [int(node.get("width") or "") for node in made.iter("rect")]
    assert wide == [200, 100]


def test_no_vote_has_no_bar_and_one_vote_of_many_has_one() -> None:
    bars = [
        Bar(label="a", count=0, look="ja"),
        Bar(label="b", count=1, look="ja"),
        Bar(label="c", count=9000, look="ja"),
    ]
    made = html.fragment_fromstring(written(chart(bars, key="d", title="t", description="d")))
    assert [node.get("width") for node in made.iter("rect")] == ["0", "1", "200"]


def test_a_hostile_label_stays_text_and_is_cut() -> None:
    bar = Bar(label="<script>" + "x" * 40, count=1, look="ja")
    made = written(chart([bar], key="d", title="t", description="d"))
    assert "<script" not in made
    assert "&lt;script&gt;xxxxxx…" in made
