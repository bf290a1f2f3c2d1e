"""Reads documents (Markdown, HTML and plain text, in UTF-8) and cuts them at their headings.

PDF and office files are left out; they have to be converted first.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

from markdown_it import MarkdownIt

from examples.rag_openai import RagError

MARKDOWN, HTML, TEXT = {".md", ".markdown"}, {".html", ".htm"}, {".txt"}
SUFFIXES = MARKDOWN | HTML | TEXT
HEADING_CHARACTERS = 200
"""Longest heading. A longer one is a paragraph that Markdown takes for a heading because a
line of dashes follows it."""
FRONT_MATTER = re.compile(r"\A---\n.*?^---\n", re.DOTALL | re.MULTILINE)


class DocumentError(RagError):
    """Files can't be read; the message names all of them."""


@dataclass(frozen=True)
class Section:
    """The text below one heading. `heading` is the path of headings, such as `Backups > Schedule`."""

    heading: str
    text: str


@dataclass(frozen=True)
class Document:
    """A document. `source` is the folder's name and the file's path in it, which do not depend
    on where the folder is."""

    source: str
    sections: list[Section]


@dataclass(frozen=True)
class Loaded:
    """Loaded documents. `root` is the prefix of the sources of all documents in the folder; a single
    file is its own root."""

    root: str
    documents: list[Document]
    skipped: list[str]


def load(path: Path, max_file_mib: int) -> Loaded:
    """The documents of a folder, or of one file. Files of other kinds are skipped, and hidden files ignored.

    Raises DocumentError if there is no document, or if any of them is too large or no text, because half of a folder is
    of no use.
    """
    path = path.resolve()
    if path.is_dir():
        root, files = f"{path.name}/", sorted(file for file in path.rglob("*") if _visible(file, path))
        wanted = [file for file in files if file.suffix.lower() in SUFFIXES]
    elif path.exists():
        root, files = f"{path.parent.name}/{path.name}", [path]
        wanted = [path] if path.suffix.lower() in SUFFIXES else []
    else:
        raise DocumentError(f"{path} does not exist")
    if not wanted:
        raise DocumentError(f"{path} holds no document: the kinds read are {', '.join(sorted(SUFFIXES))}")
    base = path if path.is_dir() else path.parent
    documents: list[Document] = []
    problems: list[str] = []
    for file in wanted:
        try:
            documents.append(Document(f"{base.name}/{file.relative_to(base).as_posix()}", _read(file, max_file_mib)))
        except (OSError, DocumentError) as error:
            problems.append(f"{file}: {error.strerror if isinstance(error, OSError) else error}")
    if problems:
        raise DocumentError("\n".join(problems))
    return Loaded(root, documents, [file.name for file in files if file not in wanted])


def _visible(file: Path, folder: Path) -> bool:
    return not any(part.startswith(".") for part in file.relative_to(folder).parts) and not file.is_dir()


def _read(file: Path, max_file_mib: int) -> list[Section]:
    """The sections of a file. Raises DocumentError if it is too large or no text."""
    mib = file.stat().st_size / 2**20
    if mib > max_file_mib:
        raise DocumentError(f"{mib:.0f} MiB, the limit is {max_file_mib}: split it, or raise RAG_MAX_FILE_MIB")
    try:
        text = file.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise DocumentError(f"no UTF-8 text (byte {error.start}): convert it, or move it out of the folder") from None
    if "\0" in text:
        raise DocumentError("a binary file: move it out of the folder")
    suffix = file.suffix.lower()
    parts = markdown(text) if suffix in MARKDOWN else html(text) if suffix in HTML else [(1, "", text)]
    return list(_sections(parts))


Part = tuple[int, str, str]
"""A heading's level from 1 on, its words, and the text up to the next heading."""


def _sections(parts: Iterable[Part]) -> Iterator[Section]:
    """Sections with the whole path of headings, without those that have no text."""
    path: list[tuple[int, str]] = []
    for level, words, text in parts:
        is_heading = len(words) <= HEADING_CHARACTERS
        heading, text = (words, text) if is_heading else ("", f"{words}\n{text}")
        path = [*(above for above in path if above[0] < level), (level, heading)]
        if stripped := text.strip():
            yield Section(" > ".join(above for _, above in path if above), stripped)


def markdown(text: str) -> list[Part]:
    """The parts of a Markdown text. Its headings are those of CommonMark, so that a # in a block of code is none."""
    text = FRONT_MATTER.sub("", text, count=1)
    lines = text.splitlines()
    tokens = MarkdownIt("commonmark").parse(text)
    found = [
        (token.map[0], token.map[1], int(token.tag[1]), tokens[place + 1].content)
        for place, token in enumerate(tokens)
        if token.type == "heading_open" and token.map and token.level == 0
    ]
    ends = [begin for begin, *_ in found] + [len(lines)]
    parts = [
        (level, heading, "\n".join(lines[end : ends[place + 1]]))
        for place, (_, end, level, heading) in enumerate(found)
    ]
    return [(1, "", "\n".join(lines[: ends[0]])), *parts]


def html(text: str) -> list[Part]:
    """The parts of an HTML text."""
    reader = _Html()
    reader.feed(text)
    reader.close()
    return reader.parts()


class _Html(HTMLParser):
    """Collects the text that a browser would show."""

    UNSEEN = {"script", "style", "template", "noscript", "title"}
    INLINE = re.compile("a|abbr|b|code|em|i|kbd|mark|q|s|small|span|strong|sub|sup|u")
    HEADING = re.compile("h[1-6]")

    def __init__(self) -> None:
        super().__init__()
        self._parts: list[tuple[int, list[str], list[str]]] = [(1, [], [])]
        self._unseen = 0
        self._in_heading = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in self.UNSEEN:
            self._unseen += 1
        elif self.HEADING.fullmatch(tag):
            self._parts.append((int(tag[1]), [], []))
            self._in_heading = True
        elif not self.INLINE.fullmatch(tag):
            self._add("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in self.UNSEEN:
            self._unseen = max(0, self._unseen - 1)
        elif self.HEADING.fullmatch(tag):
            self._in_heading = False

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self._add(re.sub(r"\s+", " ", data))

    def _add(self, text: str) -> None:
        _, heading, body = self._parts[-1]
        (heading if self._in_heading else body).append(text)

    def parts(self) -> list[Part]:
        return [
            (level, " ".join("".join(heading).split()), re.sub(r" *\n\s*", "\n", "".join(text)))
            for level, heading, text in self._parts
        ]
