"""Folders of random documents: none ends in a traceback, no text is lost, and what is left out is named.

The same folders in every run. `make test` tries 200 documents, `make test-all` 2,000 others.
"""

import os
import random
from pathlib import Path

import pytest

from examples.rag_openai.documents import SUFFIXES, DocumentError, Loaded, load
from examples.rag_openai.passages import Passage, passages

DOCUMENTS_A_FOLDER = 20
SEPARATORS = [*"\n\r\f\v\x1c\x1d\x1e\x85\u2028\u2029\t ", "\r\n", "\n\n", "\n\n\n"]
MARKDOWN = [
    "---\n",
    "***\n\n",
    "\n# ",
    "\n###### ",
    "\n- ",
    "\n> ",
    "\n```\n",
    "\n    ",
    "\n===\n",
    "\n---\n",
    "a: b\n",
    "[",
    "](",
    "<b>",
    "</div>",
    "<!-- -->",
    "|",
    "`",
    "**",
    "\\",
    "&amp;",
    "\n1. ",
    "![x](y)",
    "\ufeff",
    "。",
    "\u200d",
    "😀",
]
HTML = [
    "<p>",
    "</p>",
    "<h1>",
    "</h1>",
    "<h6>",
    "<br/>",
    "<![ns::x]>",
    "<![CDATA[x]]>",
    "<!DOCTYPE x>",
    "<!x>",
    "<?php x ?>",
    "</x>",
    "<div a='>'>",
    "<table><td>",
    "<script>var x = '<p>'</script>",
    "<style>p{}</style>",
    "<template>x</template>",
    "<title>x</title>",
    "&lt;",
    "&#0;",
    "&#xD800;",
    "&nosuch;",
    ">",
    "<>",
    "< p>",
    "<!---->",
    "<!-->",
    "</ >",
]
NAMES = [
    b"plan",
    b"plan.md",
    b"caf\xe9",
    "größe".encode(),
    b"a b",
    b"%41",
    b"-rf",
    b"new\nline",
    b"\x1b[31m",
    b"x" * 200,
    b"'\"",
    "\u202etxt".encode(),
    b"\xed\xa0\x80",
    b"x..",
    b"CON",
    b"[1]",
]
RUBBISH = [b"\xff\xfe\x00", b"\0", b"\xed\xa0\x80", b"caf\xe9", b"\x80" * 9, b"PK\x03\x04", b"\xf8\x88\x80\x80\x80"]


def words(chance: random.Random, between: list[str], shown: list[str]) -> str:
    """Text with words that must be found again."""
    parts: list[str] = []
    for _ in range(chance.randrange(12)):
        parts += chance.choices(SEPARATORS + between, k=chance.randrange(4))
        shown.append(f"word{chance.randrange(10**9)}")
        parts += [chance.choice(" \n"), shown[-1], chance.choice([" ", "\n", ". ", "。"])]
    return "".join(parts)


def document(chance: random.Random, suffix: str) -> tuple[bytes, list[str]]:
    """The content of a file, and the words that are seen in it."""
    shown: list[str] = []
    kind = chance.randrange(8)
    if kind == 0:
        return chance.randbytes(chance.choice([0, 1, 7, 300])), []
    between = HTML if suffix.startswith(".htm") else MARKDOWN if suffix.startswith(".m") else ["\ufeff"]
    text = words(chance, between, shown)
    if kind == 1:
        return text.encode() + chance.choice(RUBBISH), []
    if kind == 2:
        return text.encode(chance.choice(["utf-16", "utf-32", "utf-7", "utf-8-sig"])), []
    if kind == 3:
        return (text * 3000)[: chance.choice([50_000, 1_100_000])].encode(), []
    return text.encode(), shown


def write(folder: Path, chance: random.Random) -> tuple[dict[str, list[str]], set[str]]:
    """Fills a folder; returns the words of its documents by their path, and the links that lead out or nowhere."""
    shown: dict[str, list[str]] = {}
    links: set[str] = set()
    for number in range(DOCUMENTS_A_FOLDER):
        suffix = chance.choice([*sorted(SUFFIXES), ".MD", ".pdf", ""])
        name = os.fsdecode(chance.choice(NAMES)) + str(number) + suffix
        below = folder / chance.choice(["", "sub", "sub/plan.md", os.fsdecode(b"caf\xe9")])
        below.mkdir(parents=True, exist_ok=True)
        path = below / name
        match chance.randrange(12):
            case 0:
                goal = chance.choice(["/etc/passwd", "..", name, "nowhere.md", "/dev/zero", "../../../secret.md"])
                path.symlink_to(goal)
                links.add(str(path.relative_to(folder)))
            case 1:
                os.mkfifo(path)
            case _:
                content, seen = document(chance, suffix.lower())
                path.write_bytes(content)
                if suffix.lower() in SUFFIXES:
                    shown[str(path.relative_to(folder))] = seen
    return shown, links


def expected(loaded: Loaded, folder: Path) -> set[str]:
    """All paths that a run has told about."""
    told = {document.source for document in loaded.documents} | loaded.left_out.keys()
    return {source.removeprefix(f"{folder.name}/") for source in told}


def check(folder: Path, chance: random.Random) -> None:
    shown, links = write(folder, chance)
    try:
        loaded = load(folder, 1)
    except DocumentError:
        assert shown == {} or all(words == [] for words in shown.values())
        return
    told = expected(loaded, folder)
    for path, seen in shown.items():
        assert path in told
        source = f"{folder.name}/{path}"
        found: list[Passage] = [
            passage
            for each in loaded.documents
            if each.source == source
            for passage in passages(each, lambda text: len(text) // 4, 220, 40)
        ]
        text = "\n".join(f"{passage.heading}\n{passage.text}" for passage in found)
        assert source in loaded.left_out or [word for word in seen if word not in text] == [], path
        assert all(len(passage.text) <= 2200 and passage.id for passage in found)
    for link in links:
        if Path(link).suffix.lower() in SUFFIXES and not Path(link).name.startswith("."):
            assert link in told
    for each in loaded.documents:
        assert (folder / each.source.removeprefix(f"{folder.name}/")).resolve().is_relative_to(folder.resolve())
        each.source.encode()


@pytest.mark.parametrize("seed", range(10))
def test_no_folder_ends_in_a_traceback_and_no_text_is_lost(tmp_path: Path, seed: int) -> None:
    check(tmp_path / "docs", random.Random(seed))  # noqa: S311 - the same in every run


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(10, 110))
def test_no_folder_of_many_ends_in_a_traceback_and_no_text_is_lost(tmp_path: Path, seed: int) -> None:
    check(tmp_path / "docs", random.Random(seed))  # noqa: S311 - the same in every run
