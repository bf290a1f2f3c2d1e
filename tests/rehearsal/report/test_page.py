"""The page for a small invented report: its content, the order of its sections, and its look in a browser."""

import re
from collections.abc import Iterator
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from rehearsal.report.comparison import compare
from rehearsal.report.details import Bar
from rehearsal.report.page import render
from rehearsal.report.report import Report
from rehearsal.report.timeline import timeline
from tests.browser import chromium
from tests.rehearsal.report.reports import ESTIMATE, bar, recorded, report

HOSTILE = "<img src=x onerror=alert(1)></script><script>alert(2)</script>"
LONG = "kafka-" + "a" * 300
VIOLATION = "InvalidVpc: [bold]no\n  rule: a_subnet_has_a_vpc (docs.aws.amazon.com/x.html)"
LOADING = {"img", "script", "link", "iframe", "object", "embed", "video", "audio", "source", "image", "use", "base"}


def page_of(of: Report, before: Report | None = None) -> str:
    now = recorded(of)
    return render(of, now, compare(recorded(before), now) if before else None)


def plain(html: str) -> str:
    """The page's readable text, on one line."""
    body = re.sub(r"<(style|head)\b.*?</\1>", " ", html, flags=re.DOTALL)
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]*>", " ", body)))


class Tags(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def in_order(text: str, *parts: str) -> bool:
    """Each after the one before; ValueError names one that is missing there."""
    at = 0
    for part in parts:
        at = text.index(part, at) + len(part)
    return True


def test_the_verdict_comes_first_then_what_changed_then_what_was_rehearsed() -> None:
    text = plain(page_of(report(), report(minutes_to_ready=29)))
    assert in_order(
        text, "Nothing is wrong", "30 min to ready", "What changed since the last rehearsal",
        "minutes to ready 29.00 30.50", "What was rehearsed",
        "2026-11-26 09:30+00:00", "abc1234 fix(kafka): a longer name (with uncommitted changes)",
        "milvus-on-aws:tier development", "Size and cost, beside the guides", "Who connects to whom", "On the way up",
        "On the way down", "The contract",
    )  # fmt: skip


def test_why_it_would_fail_stands_directly_below_that_it_would_and_no_minutes_beside_it() -> None:
    text = plain(page_of(report(violations=[VIOLATION, "left after destroy: a bucket"])))
    verdict = text[: text.index("What changed")]
    assert in_order(
        verdict, "It would fail: 2 reasons", "InvalidVpc: [bold]no", "a subnet has a vpc:", "left after destroy"
    )
    assert "min" not in verdict.replace("Rehearsal of stack dev", "")
    assert "Ready in minute" not in text
    assert "It would fail: 1 reason " in plain(page_of(report(violations=["no"])))


def test_a_rehearsal_that_ended_at_its_preview_has_a_page() -> None:
    page = page_of(Report("dev", violations=[VIOLATION]))
    assert "InvalidVpc: [bold]no" in plain(page)
    assert '<a href="https://docs.aws.amazon.com/x.html" rel="noreferrer">docs.aws.amazon.com/x.html</a>' in page
    assert "On the way up" not in page


def test_a_source_that_is_no_address_is_no_link() -> None:
    page = page_of(Report("dev", violations=["no\n  rule: r (helm/helm, pkg/action/uninstall.go)"]))
    assert "helm/helm, pkg/action/uninstall.go" in page
    assert "<a " not in page


def test_the_first_rehearsal_and_one_without_changes_say_so() -> None:
    assert "This is the first rehearsal of this stack" in plain(page_of(report()))
    assert "Resources are not compared" in plain(page_of(report(), report()))


def test_the_guides_topology_stands_beside_by_the_same_prices() -> None:
    text = plain(page_of(report()))
    assert "this stack 90.50 USD a month; 80.00 to 101.00 by use the guides 1,512.02 USD a month" in text
    assert in_order(text, "kafka 2 x kafka.t3.small 50.00 50.00 3 x kafka.m7g.large", "total 90.50 1,512.02")
    elsewhere = plain(page_of(report(estimate=ESTIMATE | {"region": "nowhere-1"})))
    assert "90.50 USD" in elsewhere
    assert "1,512.02" not in elsewhere


def test_the_page_is_small_and_asks_for_nothing() -> None:
    page = page_of(report())
    assert len(page.encode()) < 300_000
    tags = Tags(page).found
    assert LOADING.isdisjoint(tag for tag, _ in tags)
    assert [attributes for _, attributes in tags if {"src", "srcset", "xlink:href"} & attributes.keys()] == []
    assert "@import" not in page
    assert set(re.findall(r"url\(([^)]*)\)", page)) == {"#head"}
    assert "default-src 'none'" in page


def test_names_and_values_cannot_bring_markup_into_the_page() -> None:
    page = page_of(report(HOSTILE, violations=[HOSTILE]), report())
    assert {"img", "script"}.isdisjoint(tag for tag, _ in Tags(page).found)
    assert HOSTILE in plain(page)


def test_pictures_have_a_title_and_tables_have_headers() -> None:
    page = page_of(report())
    topology = re.search(r'<svg class="topology".*?</svg>', page, re.DOTALL)
    assert topology
    assert "sg-clients connects to nlb, port 19530." in topology.group()
    assert '<title id="topology-title">Who connects to whom</title>' in topology.group()
    for table in re.findall(r"<table.*?</table>", page, re.DOTALL):
        assert '<th scope="col"' in table
        assert '<th scope="row"' in table


def test_the_timeline_leaves_out_what_is_too_short_to_see_unless_everything_waits_for_it() -> None:
    short = [bar("a", "n", 0, 0.1), bar("b", "n", 0, 0.1, critical=True), bar("c", "n", 0.1, 0.3)]
    found = timeline(short)
    assert [row.bar.name for row in found.rows] == ["b", "c"]
    assert found.hidden == 1
    assert [(row.left, row.width) for row in found.rows] == [(0, 25), (25, 75)]
    assert timeline([Bar("kafka", "t", "c", 0, 47, "", True)]).ticks[:2] == [(0, 0), (10, 21.28)]


# --- in a browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium("looked at") as opened:
        yield opened


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("violations", [[], [LONG, VIOLATION]])
def test_a_phone_shows_the_page_without_scrolling_sideways(
    browser: Browser, tmp_path: Path, scheme: str, violations: list[str]
) -> None:
    file = tmp_path / "page.html"
    file.write_text(page_of(report(LONG, violations=violations), report(HOSTILE)))
    page = browser.new_page(viewport={"width": 390, "height": 844}, color_scheme=scheme)  # pyright: ignore[reportArgumentType]
    page.goto(file.as_uri())
    for fold in page.locator("summary").all():
        fold.click()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    # Luminance of what is behind the page and of its letters, 0 to 255.
    behind, letters = page.evaluate(
        "[['backgroundColor', document.documentElement], ['color', document.body]]"
        ".map(([key, of]) => getComputedStyle(of)[key].match(/\\d+/g).slice(0, 3).reduce((a, b) => +a + +b) / 3)"
    )
    assert (behind < 60 < 200 < letters) if scheme == "dark" else (letters < 60 < 200 < behind)
    page.close()


def test_the_page_opens_folds_and_filters_without_any_request_or_script(browser: Browser, tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    file.write_text(page_of(report(HOSTILE, violations=[f"no\n  rule: r ({HOSTILE})"])))
    page = browser.new_context(java_script_enabled=False).new_page()
    asked: list[str] = []
    wrong: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: wrong.append(message.text) if message.type in ("error", "warning") else None)
    page.on("dialog", lambda dialog: wrong.append(dialog.message))
    page.goto(file.as_uri())

    rows = page.locator("#creation .timeline tbody tr")
    assert [row.is_visible() for row in rows.all()] == [True, True, True]
    page.locator("#critical-only").check()
    assert [row.is_visible() for row in rows.all()] == [True, False, True]
    hidden = page.locator("#creation details td", has_text="aws:ec2/vpc:Vpc").first
    assert not hidden.is_visible()
    page.locator("#creation summary").first.click()
    assert hidden.is_visible()
    assert page.locator("#outputs td", has_text=HOSTILE).is_visible(), "as text"
    assert asked == [file.as_uri()]
    assert wrong == []
