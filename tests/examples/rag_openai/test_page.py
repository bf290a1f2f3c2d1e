"""The web page that the command `serve` serves, in a real browser."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.browser import chromium
from tests.engine import ROOT, free_port
from tests.examples.rag_openai.model_server import ModelServer

HOSTILE = '<img src=x onerror="alert(1)"><script>alert(2)</script>'


@pytest.fixture
def address(tmp_path: Path, environment: dict[str, str]) -> Iterator[str]:
    """Address of the page, for a collection that contains an injection. The documents are indexed as by `make rag`."""
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "a.md").write_text(f"# Backups {HOSTILE}\n\nNightly copies are kept three weeks. {HOSTILE}\n")
    (folder / "b.md").write_text("# Tea\n\nFour minutes.\n")
    port = free_port()
    serve = ["serve", "--open", "--index", str(folder), "--port", str(port)]
    command = [sys.executable, "-m", "examples.rag_openai", *serve]
    with subprocess.Popen(command, cwd=ROOT, env={**os.environ, **environment}, stderr=subprocess.DEVNULL) as server:
        try:
            for _ in range(6000):
                with socket.socket() as probe:
                    if probe.connect_ex(("127.0.0.1", port)) == 0:
                        break
                assert server.poll() is None
                time.sleep(0.05)
            yield f"http://127.0.0.1:{port}/"
        finally:
            server.terminate()


@pytest.fixture
def browser() -> Iterator[Browser]:
    with chromium("clicked through") as opened:
        yield opened


def watched(browser: Browser) -> tuple[Page, list[str], list[str]]:
    """A page, what it requested and what went wrong in it."""
    page = browser.new_page()
    asked: list[str] = []
    wrong: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: wrong.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("dialog", lambda dialog: wrong.append(dialog.message))
    return page, asked, wrong


def test_a_question_is_answered_with_its_passages_and_markup_stays_text(
    address: str, browser: Browser, model: ModelServer
) -> None:
    page, asked, wrong = watched(browser)
    page.goto(address)
    page.get_by_label("Question").fill(f"How long are nightly copies kept? {HOSTILE}")
    page.get_by_role("button", name="Ask").click()
    assert "Nightly copies are kept three weeks. [1]" in page.locator("#answer").inner_text()
    page.get_by_role("link", name="[1]").first.click()
    assert page.url.endswith("#passage-1")
    assert page.locator("#origin").inner_text().startswith("Extractive answer: ")
    first = page.locator("li").first
    assert f"Backups {HOSTILE}" in first.inner_text()
    assert f"three weeks. {HOSTILE}" in first.locator(".text").inner_text()
    scores = [float(score) for score in page.locator(".score").all_inner_texts()]
    assert scores == sorted(scores, reverse=True)
    assert 0 < scores[0] <= 1
    assert page.get_by_label("Question").input_value().endswith(HOSTILE)
    assert [url for url in asked if not url.startswith((address, "data:"))] == []
    assert wrong == []

    model.fail_with = [500]
    page.get_by_role("button", name="Ask").click()
    assert "answers 500" in page.get_by_role("alert").inner_text()


def status(address: str, headers: dict[str, str]) -> tuple[int, str]:
    request = urllib.request.Request(address, headers=headers)  # noqa: S310 - the page of this test
    try:
        with urllib.request.urlopen(request, timeout=300) as answer:  # noqa: S310 - as above
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def test_other_machines_and_other_pages_can_neither_read_nor_ask(address: str, model: ModelServer) -> None:
    port = f"{int(address.rstrip('/').rpartition(':')[2]):04X}"
    sockets = Path("/proc/net/tcp").read_text(encoding="utf-8") + Path("/proc/net/tcp6").read_text(encoding="utf-8")
    listening = [line.split()[1] for line in sockets.splitlines() if f":{port} " in line and " 0A " in line]
    assert listening == [f"0100007F:{port}"], "127.0.0.1 alone"

    before = len(model.embedded)
    assert status(address, {"Host": "evil.example"})[0] == 400
    code, text = status(f"{address}?question=copies", {"Sec-Fetch-Site": "cross-site"})
    assert code == 200
    assert 'value="copies"' in text
    assert 'id="answer"' not in text
    assert len(model.embedded) == before
    assert 'id="answer"' in status(f"{address}?question=copies", {})[1]
