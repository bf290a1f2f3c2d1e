"""Cuts sections at the ends of sentences into passages that an embedding model can read as a whole.

All functions are pure. The caller's tokenizer counts tokens.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from examples.rag_openai.documents import Document
from examples.rag_openai.sentences import parts, sentences

CHARACTERS_A_TOKEN = 10
"""Most characters that count as one token. WordPiece makes one token of everything that it does not know, even of a
thousand characters without a space."""


@dataclass(frozen=True)
class Passage:
    """A passage with its document and the path of its headings."""

    source: str
    heading: str
    text: str

    @property
    def id(self) -> str:
        """Key derived from the content, so that equal passages are one row, however often they are written."""
        return hashlib.sha256("\0".join((self.source, self.heading, self.text)).encode()).hexdigest()[:32]

    @property
    def embedded(self) -> str:
        """The text to embed. It includes the heading, because the text often does not say what it is about."""
        return f"{self.heading}\n{self.text}"


def passages(document: Document, count: Callable[[str], int], limit: int, overlap: int) -> Iterator[Passage]:
    """The passages of a document, of at most `limit` tokens. Each repeats up to `overlap` tokens of the one before.

    The heading's tokens are included, unless they are more than half of the limit.
    """
    for section in document.sections:
        room = max(limit // 2, limit - count(section.heading))
        for text in cut(section.text, count, room, overlap):
            yield Passage(document.source, section.heading, text)


def cut(text: str, count: Callable[[str], int], limit: int, overlap: int) -> Iterator[str]:
    """Pieces of a text, of at most `limit` tokens."""

    def size(piece: str) -> int:
        least = -(-len(piece) // CHARACTERS_A_TOKEN)
        return max(count(piece), least) if least <= limit else least  # counting what is too long anyway takes long

    pieces = list(_pieces(text, size, limit))
    sizes = [size(piece) for piece in pieces]
    start = end = 0
    while end < len(pieces):
        total = sum(sizes[start:end])
        while end < len(pieces) and total + sizes[end] <= limit:
            total += sizes[end]
            end += 1
        if passage := "".join(pieces[start:end]).strip():
            yield passage
        start, carried = end, 0
        following = sizes[end] if end < len(pieces) else 0
        while start and carried + sizes[start - 1] <= min(overlap, limit - following):
            start -= 1
            carried += sizes[start]


def _pieces(text: str, size: Callable[[str], int], limit: int) -> Iterator[str]:
    """Sentences with their trailing white space. Too long ones are cut, at pauses if possible, until they fit."""
    waiting = sentences(text)[::-1]
    while waiting:
        piece = waiting.pop()
        tokens = size(piece)
        if tokens <= limit or len(piece) == 1:
            yield piece
        else:
            waiting += parts(piece, -(-tokens // limit))[::-1]
