"""Cuts sections into passages of a size that an embedding model reads whole, at ends of sentences.

Pure functions. Left out: what a token is, which the caller's tokenizer knows.
"""

import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from examples.rag_openai.documents import Document

SENTENCE_END = re.compile(r"""[.!?]["')\]]*\s+|\n+""")
CHARACTERS_A_TOKEN = 10
"""At most. WordPiece makes one token of whatever it does not know, even of a thousand characters without a space."""


@dataclass(frozen=True)
class Passage:
    source: str
    heading: str
    text: str

    @property
    def id(self) -> str:
        """From the content alone: the same passage is the same row, however often it is written."""
        return hashlib.sha256("\0".join((self.source, self.heading, self.text)).encode()).hexdigest()[:32]

    @property
    def embedded(self) -> str:
        """With its heading, since the text often leaves unsaid what it is about."""
        return f"{self.heading}\n{self.text}"


def passages(document: Document, count: Callable[[str], int], limit: int, overlap: int) -> Iterator[Passage]:
    """Passages of at most `limit` tokens, the heading's among them unless it takes more than half; each repeats up to
    `overlap` tokens of the one before."""
    for section in document.sections:
        room = max(limit // 2, limit - count(section.heading))
        for text in cut(section.text, count, room, overlap):
            yield Passage(document.source, section.heading, text)


def cut(text: str, count: Callable[[str], int], limit: int, overlap: int) -> Iterator[str]:
    def size(piece: str) -> int:
        return max(count(piece), -(-len(piece) // CHARACTERS_A_TOKEN))

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
    """Sentences, their white space with them; halved, at a space if there is one, until they fit."""
    ends = [match.end() for match in SENTENCE_END.finditer(text)]
    waiting = [text[start:end] for start, end in zip([0, *ends], [*ends, len(text)], strict=True)][::-1]
    while waiting:
        piece = waiting.pop()
        if size(piece) <= limit or len(piece) == 1:
            yield piece
            continue
        middle = len(piece) // 2
        space = piece.rfind(" ", 1, middle + 1) + 1 or middle
        waiting += [piece[space:], piece[:space]]
