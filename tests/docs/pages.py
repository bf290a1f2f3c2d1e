"""The pages that people read: their headings with GitHub's anchors, and their links."""

import re
from collections.abc import Iterator
from pathlib import Path

from tests.engine import ROOT

DOCS = sorted((ROOT / "docs").rglob("*.md"))
SAMPLES = ROOT / "examples" / "documents"
"""Documents of an invented company, which the retrieval examples answer questions about."""
EXAMPLES = sorted(page for page in (ROOT / "examples").rglob("*.md") if SAMPLES not in page.parents)
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *DOCS, *EXAMPLES]
LINK = re.compile(r"(?<!!)\[[^\]]+\]\(([^)\s]+)\)")


def name(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def prose(page: Path) -> str:
    """Text of a page without fenced blocks."""
    return re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)


def headings(page: Path) -> list[str]:
    return [line.lstrip("#").strip() for line in prose(page).splitlines() if re.match(r"#{1,6} ", line)]


def anchors(page: Path) -> set[str]:
    """Anchors as GitHub makes them: in lower case, with hyphens for spaces, without other punctuation; repeated
    ones get -1.
    """
    found: set[str] = set()
    for heading in headings(page):
        text = LINK.sub(lambda link: link[0].split("](")[0][1:], heading)
        anchor = re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-")
        number = 0
        while (unique := f"{anchor}-{number}" if number else anchor) in found:
            number += 1
        found.add(unique)
    return found


def links(page: Path) -> Iterator[str]:
    """Links of a page to files in this repository."""
    for target in LINK.findall(prose(page)):
        if not re.match(r"https?:|mailto:", target):
            yield target
