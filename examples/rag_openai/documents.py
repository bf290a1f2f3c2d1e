"""Reads documents (Markdown, HTML and plain text, in UTF-8) and cuts them at their headings.

A document that can't be read stops no other: it is left out, and named with the reason. PDF and office files have to be
converted first. What is on a page is left to markup.py.
"""

import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from examples.rag_openai import RagError
from examples.rag_openai.markup import Part, html, markdown, normalised

MARKDOWN, HTML, TEXT = {".md", ".markdown"}, {".html", ".htm"}, {".txt"}
SUFFIXES = MARKDOWN | HTML | TEXT
HEADING_CHARACTERS = 200
"""Longest heading. A longer one is a paragraph that Markdown takes for a heading because a
line of dashes follows it."""


class DocumentError(RagError):
    """Nothing can be read; the message names every file and its reason."""


class OutsideError(DocumentError):
    """A link leads out of the folder."""


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
    """Loaded documents."""

    root: str
    """Source of the file, or of the folder, which then ends in a slash."""
    documents: list[Document]
    left_out: dict[str, str]
    """Reason why a document or a folder was not read, by its source."""
    unread: set[str]
    """Those of them that may hold text: their passages from an earlier run stay, for they may still be right."""
    skipped: list[str]
    """Paths of files of other kinds."""

    def covers(self, source: str) -> bool:
        """Whether this run decides what the collection holds of a source."""
        inside = source.startswith(self.root) if self.root.endswith("/") else source == self.root
        return inside and not any(source == each or source.startswith(f"{each}/") for each in self.unread)


def load(path: Path, max_file_mib: int) -> Loaded:
    """The documents of a folder, or of one file. Files of other kinds are skipped, hidden files and folders ignored.

    Raises DocumentError if no document has any text.
    """
    try:
        path = path.resolve(strict=True)
    except (OSError, RuntimeError, ValueError) as error:  # a link to itself is a RuntimeError up to Python 3.12
        reason = "does not exist" if isinstance(error, FileNotFoundError) else f"can't be read: {_reason(error)}"
        raise DocumentError(f"{_printable(str(path))} {reason}") from None
    base = path if path.is_dir() else path.parent
    root = f"{base.name}/" if path.is_dir() else f"{base.name}/{path.name}"
    documents: list[Document] = []
    left_out: dict[str, str] = {}
    settled: set[str] = set()  # sources that are known to have no text here
    skipped: list[str] = []
    for file in _files(path, left_out, settled) if path.is_dir() else [path]:
        source = f"{base.name}/{file.relative_to(base).as_posix()}"
        if file.suffix.lower() not in SUFFIXES:
            skipped.append(_printable(file.relative_to(base).as_posix()))
            continue
        try:
            sections = _read(file, base, max_file_mib)
            if sections:
                documents.append(Document(_encodable(source), sections))
            else:
                left_out[source] = "has no text"
                settled.add(source)  # it was read: what it held before is gone
        except Exception as error:  # whatever a document does to a parser, it must not stop the others
            left_out[source] = _reason(error)
            if isinstance(error, OutsideError):
                settled.add(source)
    if not documents:
        kinds = f"{_printable(str(path))} holds no document: the kinds read are {', '.join(sorted(SUFFIXES))}"
        raise DocumentError("\n".join(named(left_out)) or kinds)
    return Loaded(root, documents, left_out, left_out.keys() - settled, skipped)


def named(left_out: dict[str, str]) -> list[str]:
    """One line for each document that was left out."""
    return [f"{_printable(source)}: {reason}" for source, reason in left_out.items()]


def _reason(error: Exception) -> str:
    if isinstance(error, DocumentError):
        return str(error)
    if isinstance(error, OSError):
        return error.strerror or type(error).__name__
    return f"can't be taken apart ({type(error).__name__}): convert it to .txt"


def _printable(text: str) -> str:
    """A path with bytes that are no text shown as \\x, and without what could steer a terminal."""
    readable = os.fsencode(text).decode(errors="backslashreplace")
    return "".join(each if each.isprintable() else repr(each)[1:-1] for each in readable)


def _encodable(source: str) -> str:
    """The source. Raises DocumentError if it can't be stored, for a name may be any bytes."""
    try:
        source.encode()
    except UnicodeEncodeError:
        raise DocumentError("its name is no UTF-8: rename it") from None
    return source


def _files(folder: Path, left_out: dict[str, str], settled: set[str]) -> Iterator[Path]:
    """All files that are not hidden, in the order of their paths. Folders that can't be read are left out."""

    def fail(error: OSError) -> None:
        where = Path(error.filename).relative_to(folder)
        left_out[f"{folder.name}/{where.as_posix()}".removesuffix("/.")] = error.strerror or str(error)

    found: list[Path] = []
    for place, folders, files in os.walk(folder, onerror=fail):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in folders:
            if Path(place, name).is_symlink():
                source = f"{folder.name}/{Path(place, name).relative_to(folder).as_posix()}"
                left_out[source] = "a link to a folder, which is not followed: index that folder itself"
                settled.add(source)
        found += [Path(place, name) for name in files if not name.startswith(".")]
    yield from sorted(found)


def _read(file: Path, base: Path, max_file_mib: int) -> list[Section]:
    """The sections of a file. Raises DocumentError if it is no file inside of the folder, too large, or no text."""
    target = file.resolve(strict=True)
    if not target.is_relative_to(base):
        raise OutsideError("a link that leads out of the folder: index what it leads to")
    if not stat.S_ISREG(target.stat().st_mode):
        raise DocumentError("no file, but a pipe, socket or device")
    with target.open("rb") as opened:
        content = opened.read((max_file_mib << 20) + 1)
    if len(content) > max_file_mib << 20:
        mib = target.stat().st_size / 2**20
        raise DocumentError(f"{mib:.0f} MiB, the limit is {max_file_mib}: split it, or raise RAG_MAX_FILE_MIB")
    try:
        text = normalised(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise DocumentError(f"no UTF-8 text (byte {error.start}): convert it, or move it out of the folder") from None
    if "\0" in text:
        raise DocumentError("a binary file: move it out of the folder")
    suffix = file.suffix.lower()
    parts = markdown(text) if suffix in MARKDOWN else html(text) if suffix in HTML else [(1, "", text)]
    return list(_sections(parts))


def _sections(parts: Iterable[Part]) -> Iterator[Section]:
    """Sections with the whole path of headings. A heading with nothing below it is text of the one above."""
    path: list[tuple[int, str]] = []
    parts = list(parts)
    following = [level for level, _, _ in parts[1:]] + [0]
    for (level, words, text), after in zip(parts, following, strict=True):
        is_heading = len(words) <= HEADING_CHARACTERS and (text.strip() or after > level)
        heading, text = (words, text) if is_heading else ("", f"{words}\n{text}")
        path = [*(above for above in path if above[0] < level), (level, heading)]
        if stripped := text.strip():
            yield Section(" > ".join(above for _, above in path if above), stripped)
