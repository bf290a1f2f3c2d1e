"""The page and the terminal's end of a rehearsal, on a small made-up one; the page in a real browser."""

import io
import json
import re
import shutil
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright
from rich.console import Console

from planning.timing import clock
from rehearsal.report.charts import CRITICAL, creation
from rehearsal.report.details import Bar, Details, details
from rehearsal.report.page import render
from rehearsal.report.report import Report
from rehearsal.report.terminal import show
from rehearsal.sweep import Sweep

HOSTILE = "<img src=x onerror=alert(1)></script><script>alert(2)</script>"
ESTIMATE = {
    "tier": "development",
    "region": "us-east-1",
    "usd_per_month": 90.5,
    "usd_per_month_low": 80,
    "usd_per_month_high": 101,
    "prices_as_of": "2026-11-21",
    "cost": [
        {"component": "network", "what": "1 NAT gateway", "usd": 30, "low": 30, "high": 30},
        {"component": "network", "what": "NAT traffic", "usd": 10.5, "low": 0, "high": 21},
        {"component": "kafka", "what": "2 x kafka.t3.small", "usd": 50, "low": 50, "high": 50},
    ],
}


def bar(name: str, component: str, start: float, minutes: float, *, critical: bool = False, after: str = "") -> Bar:
    return Bar(name, "aws:ec2/vpc:Vpc", component, start, minutes, after, critical)


def report(name: str = "vpc", **changed: Any) -> Report:
    made = [
        bar(name, "network", 0, 0.5, critical=True),
        bar("tag", "network", 0.5, 0.05, after=name),
        bar("brokers", "kafka", 0.5, 30, critical=True, after=name),
        bar("balancer", "endpoints", 0.5, 3, after=name),
    ]
    outputs = {"vpc_id": name, "subnets": ["a", "b"], "estimate": ESTIMATE}
    content: dict[str, Any] = {
        "resources": 4,
        "minutes_to_ready": 30.5,
        "lower_bound_minutes": 30.2,
        "guide_minutes": 70.5,
        "critical_path": [name, "brokers"],
        "minutes_to_destroy": 9.25,
        "destroy_waits_for": ["brokers"],
        "details": Details(made, [bar("brokers", "kafka", 0, 8)], outputs),
    }
    return Report("dev", **{**content, **changed})


def plain(html: str) -> str:
    """What is to be read, without the library and its data."""
    return unescape(re.sub(r"<[^>]*>", " ", re.sub(r"<(script|style)\b.*?</\1>", " ", html, flags=re.DOTALL)))


def shown(of: Report) -> str:
    console = Console(file=io.StringIO(), width=120)
    show(of, console)
    file = console.file
    assert isinstance(file, io.StringIO)
    return re.sub(r"\s+", " ", file.getvalue())


def test_the_terminal_says_what_a_person_asks_before_deploying() -> None:
    text = shown(report(faults=Sweep(14, 14, {"again": 5, "refresh": 1})))
    assert "ready after 30.5 minutes (at least 30.2, by hand 70.5)" in text
    assert "waits for vpc > brokers" in text
    assert "destroyed after 9.25 minutes" in text
    assert "faults repaired 14 of 14 (again 5 times, refresh 1 times)" in text
    assert "network 2 0.6" in text, "resources, and when the last of them is done"
    assert "network 40.50 30.00 51.00" in text, "items of one component are one line"
    assert "development, us-east-1 90.50 80.00 101.00" in text
    assert "nothing is wrong" in text


def test_a_failed_rehearsal_has_no_timeline_but_says_why_and_by_which_rule() -> None:
    failed = Report("dev", violations=["InvalidVpc: [bold]no\n  rule: a_subnet_has_a_vpc (docs.aws.amazon.com/x.html)"])
    text = shown(failed)
    assert "1. InvalidVpc: [bold]no rule: a_subnet_has_a_vpc (docs.aws.amazon.com/x.html)" in text
    assert "it would fail" in text
    page = render(failed)
    assert "InvalidVpc: [bold]no" in plain(page)
    assert "a subnet has a vpc:" in plain(page)
    assert '<a href="https://docs.aws.amazon.com/x.html" rel="noreferrer">docs.aws.amazon.com/x.html</a>' in page
    assert "plotly" not in page


def test_a_source_that_is_no_address_is_no_link() -> None:
    page = render(Report("dev", violations=["no\n  rule: r (helm/helm, pkg/action/uninstall.go)"]))
    assert "helm/helm, pkg/action/uninstall.go" in page
    assert "<a " not in page


def test_details_are_not_part_of_the_json() -> None:
    printed = json.loads(report().as_json())
    assert "details" not in printed
    assert {key: printed["faults"][key] for key in ("injected", "converged")} == {"injected": 0, "converged": 0}


def test_names_and_values_cannot_bring_markup_into_the_page() -> None:
    page = render(report(HOSTILE, violations=[HOSTILE]))
    assert HOSTILE not in page
    assert "<img" not in page.replace('"<img', "")  # plotly's own code builds one
    assert "onerror=alert(1)>" not in re.sub(r"<script\b.*?</script>", "", page, flags=re.DOTALL).replace("&gt;", "")


def test_the_chart_leaves_out_what_is_too_short_to_see_unless_everything_waits_for_it() -> None:
    short = [bar("a", "n", 0, 0.1), bar("b", "n", 0, 0.1, critical=True), bar("c", "n", 0.1, 0.3)]
    critical, other = creation(short)["data"]
    assert critical["marker"]["color"] == CRITICAL
    assert critical["y"] == ["b (Vpc)"]
    assert other["y"] == ["c (Vpc)"]


def test_details_come_from_the_state_with_the_component_below_the_stack() -> None:
    prefix = "urn:pulumi:s::p::"
    stack, network = f"{prefix}pulumi:pulumi:Stack::p-s", f"{prefix}x:network:Network::network"
    vpc = f"{prefix}x:network:Network$aws:ec2/vpc:Vpc::vpc"
    state: clock.State = [
        {"urn": stack, "type": "pulumi:pulumi:Stack"},
        {"urn": network, "type": "x:network:Network", "parent": stack},
        {"urn": vpc, "type": "aws:ec2/vpc:Vpc", "parent": network, "custom": True, "inputs": {}},
    ]
    graph = clock.Graph(state)
    found = details(graph, clock.creation(graph), {"estimate": ESTIMATE})
    assert found.made == [Bar("vpc", "aws:ec2/vpc:Vpc", "network", 0, 0.5, "", True)]
    assert found.deleted == [Bar("vpc", "aws:ec2/vpc:Vpc", "network", 0, 0.1, "", True)]
    assert [sum(item["usd"] for item in items) for items in found.costs.values()] == [40.5, 50]


# --- in a browser

QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


@pytest.fixture
def browser() -> Iterator[Browser]:
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("no Chromium on PATH: install it to have the page clicked through")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=program, headless=True, args=QUIET)
        yield opened
        opened.close()


def test_the_page_opens_and_folds_in_a_browser_without_any_request(browser: Browser, tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    file.write_text(render(report(HOSTILE, violations=[f"no\n  rule: r ({HOSTILE})"])))
    page = browser.new_page()
    asked: list[str] = []
    wrong: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: wrong.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("dialog", lambda dialog: wrong.append(dialog.message))
    page.goto(file.as_uri())

    assert page.locator("#creation .trace.bars").count() == 2
    page.locator("#creation .bars .point").nth(1).hover(force=True)
    assert "from minute 0.5 to 30.5" in (page.locator("#creation .hovertext").text_content(timeout=60_000) or "")
    page.locator("#creation .legendtoggle").last.click()
    page.locator("#creation .trace.bars").nth(1).wait_for(state="detached", timeout=60_000)

    for section, hidden in (("components", "balancer"), ("cost", "NAT traffic")):
        cell = page.locator(f"#{section} td", has_text=hidden)
        assert not cell.is_visible()
        for fold in page.locator(f"#{section} summary").all():
            fold.click()
        assert cell.is_visible()
    page.locator("nav a", has_text="outputs").click()
    assert page.url.endswith("#outputs")
    assert page.locator("#outputs td", has_text="a, b").is_visible()
    assert page.locator("#outputs td", has_text=HOSTILE).is_visible(), "as text"
    assert asked == [file.as_uri()]
    assert wrong == []
