"""The commands of the documentation: lines of fenced blocks without a language, or of language `console`."""

import re
from collections.abc import Iterator

from tests.engine import ROOT

PAGES = [
    "README.md",
    *(str(path.relative_to(ROOT)) for folder in ("docs", "examples") for path in sorted((ROOT / folder).rglob("*.md"))),
]
BLOCK = re.compile(r"^( *)```(\w*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)


def commands(page: str) -> Iterator[str]:
    """Commands of a page as they are typed, without prompt and trailing comment."""
    for indent, language, body in BLOCK.findall((ROOT / page).read_text(encoding="utf-8")):
        lines = [line.removeprefix(indent) for line in body.replace("\\\n", "").splitlines()]
        if language == "console":
            lines = [line.removeprefix("$ ") for line in lines if line.startswith("$ ")]
        elif language:
            continue
        yield from (typed for line in lines if (typed := re.sub(r"\s{2,}#.*$", "", line).strip()))
