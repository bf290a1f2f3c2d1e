# ruff: noqa: RUF001 - punctuation of other scripts
"""Where sentences end, in every script, by Unicode's property Sentence_Break (UAX #29), as the package regex has it.

Left out: words of scripts that write no spaces between them (Thai, Lao, Khmer), for which a dictionary would be needed.
"""

from itertools import pairwise
from typing import Any, cast

import regex

_engine = cast(Any, regex)
END = _engine.compile(
    r"""
      [.!?]+ [\p{SB=Close}--[\p{Ps}\p{Pi}]]* \s+  # these may stand within a word, an address or a number
    | [[\p{SB=STerm}．]--[!?]]+ [\p{SB=Close}--[\p{Ps}\p{Pi}]]* \s*  # 。 ！ ？ । ۔ ። may have no space behind them
    | \n+
    """,
    _engine.VERSION1 | _engine.VERBOSE,
)
PAUSE = _engine.compile(r"\s+|[\p{SB=SContinue}--[\x00-\x7f–—]]\s*", _engine.VERSION1 | _engine.REVERSE)
"""Where a sentence may be cut if it must: at a space, or behind 、 ， ； and so on. It is searched backwards."""
BELONGS_TO_LAST = _engine.compile(r"[\p{GCB=Extend}\p{GCB=SpacingMark}\p{GCB=ZWJ}\p{GCB=V}\p{GCB=T}]", _engine.VERSION1)
MARKS = 32
"""Most marks that a character is expected to carry."""


def sentences(text: str) -> list[str]:
    """The sentences of a text, each with the white space behind it; together they are the text."""
    ends = [0, *(found.end() for found in END.finditer(text)), len(text)]
    return [text[start:end] for start, end in pairwise(ends) if start < end]


def parts(text: str, number: int) -> list[str]:
    """A text in about `number` parts of one length, cut behind a pause where there is one, and within no character."""
    cuts = [0]
    for part in range(1, number):
        near = len(text) * part // number
        if near > cuts[-1]:
            cuts.append(_place(text, cuts[-1], near))
    return [text[start:end] for start, end in zip(cuts, [*cuts[1:], len(text)], strict=True)]


def _place(text: str, start: int, near: int) -> int:
    """The last place up to `near`, and behind `start`, at which a text may be cut."""
    if found := PAUSE.search(text, start + 1, min(near + 1, len(text) - 1)):
        return found.end()
    for place in range(near, max(start, near - MARKS), -1):
        if not BELONGS_TO_LAST.match(text, place) and text[place - 1] != "\u200d":
            return place
    return near
