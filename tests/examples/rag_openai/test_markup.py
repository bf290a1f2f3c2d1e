"""Text that a browser or CommonMark shows is found, whatever stands around it, and in linear time."""

import time

import pytest

from examples.rag_openai.markup import Part, html, markdown

HTML = [
    ("<title>a<b>c</title><p>seen</p>", "seen"),
    ("<select><option>one<option>two</select>", "one two"),
    ("<script><!-- <script>x</script> --></script><p>after", "after"),
    ("<template><p>x</template><p>after", "after"),
    ("<p>before<style>p{}</style><p>after", "before after"),
    ("<p>AT&ampT &copy 2020 &notin x</p>", "AT&T © 2020"),
    ("<p>a\x00b</p><p>c", "c"),
    ("<p>a<![CDATA[x]]>b</p>", "a b"),
    ("<svg><title>tip</title><text>label</text></svg><p>z", "label z"),
    ("<svg><style>x{}</style></svg><p>z", "z"),
    ("<svg><script/></svg><p>z", "z"),
    ("<script/>hidden</script><p>z", "z"),
    ("<p>a</p foo='>'>b", "a b"),
    ("<a title='x>y'>link</a> text", "link text"),
    ("<p>1 < 2 and 3 > 2</p>", "1 < 2 and 3 > 2"),
    ("<p>a <", "a <"),
    ("<p>a <b", "a"),
    ("<p>x &lt;script&gt; y</p>", "x <script> y"),
    ("<h1>A<h2>B</h2></h1><p>c", "A B c"),
    ("<iframe><p>hid</iframe><p>after", "after"),
    ("<noframes><p>hid</noframes><p>after", "after"),
    ("<!DOCTYPE html [ <!ENTITY x 'y'> ]><p>after", "after"),
    ("<?php echo '>'; ?><p>after", "after"),
    ("<h1>A<p>text", "A text"),
    ("<pre>a\n  b\n</pre>", "a b"),
    ("<p>a</p><svg><title>x</svg><p>after", "after"),
    ("<math><mi>x</mi></math> done", "x done"),
    ("<style>a</styl></style><p>z", "z"),
    ("<!-- a --!><p>z", "z"),
    ("<p>a</p><x-y:z>q</x-y:z>", "q"),
    ("</script></style><p>z", "z"),
    ("<script>var a='</template>'</script><p>z", "z"),
    ("<template><template></template>hid</template><p>z", "z"),
    ("<p>a<script>hid", "a"),
    ("<p\x0cclass=x>z", "z"),
    ("<p>a<template>b", "a"),
    ("<noscript><style>x</style></noscript><p>z", "z"),
    ("<script>x</script/><p>z", "z"),
    ("a</br>b", "a b"),
]
"""Pages, and words that a browser shows of them. Words with `hid` are those that it does not show."""
MARKDOWN = [
    ("A\n===\ntext", "A text"),
    ("<div>\n# no\n</div>\n\n# H\nx", "no H x"),
    ("[a]: http://x 'title'\n\ntext", "text"),
    ("a\x00b", "b"),
    ("\ufeff---\na: 1\n---\ntext", "text"),
    ("---\r\na: 1\r\n---\r\ntext", "text"),
    ("+++\na=1\n+++\ntext", "text"),
    ("---\n- a\n---\ntext", "a text"),
    ("---\n---\ntext", "text"),
    ("---\na: 1\n...\ntext", "text"),
    ("---\na: 1\n\ntext", "text"),
    ("---\n\ta: 1\n---\ntext", "text"),
    ("---\na: &a [x,x]\nb: &b [*a,*a]\nc: [*b,*b]\n---\ntext", "text"),
    ("- # H\n  x", "H x"),
    ("> # H\n> x", "H x"),
    ("|a|b|\n|-|-|\n|c|d|", "c d"),
    ("\\# no\n\n# yes\nz", "# no yes z"),
    ("# <b>x</b> y\nz", "x z"),
    ("# 👩\u200d👩\u200d👧\ntext", "text"),
    ("&copy; text", "text"),
]
"""Texts, and words that CommonMark shows of them. Front matter is left out."""
LONG_HTML = [
    "<div>" * 20_000 + "deep",
    f"<p title='{'x' * 200_000}'>deep",
    "<" * 5_000 + "deep",
    "<svg>" * 5_000 + "deep",
]
LONG_MARKDOWN = [
    ">" * 3_000 + " deep",
    "word " * 300_000 + "deep",
    "x" * 300_000 + "deep",
    "`" * 50_000 + "deep",
    "[" * 20_000 + "deep",
]
SECONDS = 20
"""Quiet, each takes less than one; quadratic time would take minutes."""


def words(parts: list[Part]) -> list[str]:
    return " ".join(f"{heading} {text}" for _, heading, text in parts).split()


@pytest.mark.parametrize(("page", "shown"), HTML)
def test_what_a_browser_shows_of_a_page_is_found(page: str, shown: str) -> None:
    found = words(html(page))
    assert [word for word in shown.split() if not any(word in each for each in found)] == []
    assert [word for word in found if "hid" in word] == []


@pytest.mark.parametrize(("text", "shown"), MARKDOWN)
def test_what_commonmark_shows_of_a_text_is_found(text: str, shown: str) -> None:
    found = words(markdown(text))
    assert [word for word in shown.split() if not any(word in each for each in found)] == []


@pytest.mark.parametrize("page", LONG_HTML, ids=lambda page: page[:9])
def test_no_page_takes_long(page: str) -> None:
    began = time.monotonic()
    assert "deep" in words(html(page))[-1]
    assert time.monotonic() - began < SECONDS


@pytest.mark.parametrize("text", LONG_MARKDOWN, ids=lambda text: text[:5])
def test_no_text_takes_long(text: str) -> None:
    began = time.monotonic()
    assert "deep" in words(markdown(text))[-1]
    assert time.monotonic() - began < SECONDS
