"""Starts the machine's Chromium without a window, for tests of pages."""

import shutil
from collections.abc import Generator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, sync_playwright

QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


@contextmanager
def chromium(purpose: str) -> Generator[Browser]:
    """A browser. The test is skipped if Chromium is not installed; `purpose` completes the message that says so."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        pytest.skip(f"no Chromium on PATH: install it to have the page {purpose}")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=program, headless=True, args=QUIET)
        yield opened
        opened.close()
