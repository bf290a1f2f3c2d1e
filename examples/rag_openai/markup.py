"""Takes Markdown and HTML apart at their headings, without losing what CommonMark or a browser would show."""

import re
from html.parser import HTMLParser

import yaml
from markdown_it import MarkdownIt

Part = tuple[int, str, str]
"""A heading's level from 1 on, its words, and the text up to the next heading."""

FRONT_MATTER = re.compile(r"---[ \t]*\n(.*?)^(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
COMMENT = re.compile(r"<!--(?:-?>|.*?--!?>)", re.DOTALL)
END_OF_RAW = re.compile(r"</(script|style)[\t\n\f\r /][^>]*>", re.IGNORECASE)
"""Ends of raw text that the library overlooks in some versions of Python, such as `</script/>`."""
FRONT_MATTER_CHARACTERS = 20_000
"""Longest front matter: what is longer is text, and parsing it as YAML would take long."""


def normalised(text: str) -> str:
    """The text with the line ends of CommonMark: a line feed, a carriage return, or both."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def markdown(text: str) -> list[Part]:
    """The parts of a Markdown text. Its headings are those of CommonMark, so that a # in a block of code is none."""
    text = without_front_matter(text)
    lines = text.split("\n")  # as the parser counts them: str.splitlines() knows eight more ends of a line
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


def without_front_matter(text: str) -> str:
    """The text behind its front matter, which is a YAML mapping between two lines of dashes.

    Anything else between two such lines is text between two rules.
    """
    found = FRONT_MATTER.match(text, 0, FRONT_MATTER_CHARACTERS)
    try:
        node: object = yaml.compose(found[1], yaml.SafeLoader) if found else None
    except (yaml.YAMLError, RecursionError):
        return text
    return text[found.end() :] if found and isinstance(node, yaml.MappingNode) else text


def html(text: str) -> list[Part]:
    """The parts of an HTML text."""
    reader = _Html()
    reader.feed(END_OF_RAW.sub(r"</\1>", text))
    reader.close()
    return reader.parts()


class _Html(HTMLParser):
    """Collects the text that a browser would show."""

    UNSEEN = {"script", "style", "template", "noscript", "title", "iframe", "noembed", "noframes"}
    FOREIGN = {"svg", "math"}
    INLINE = re.compile("a|abbr|b|code|em|i|kbd|mark|q|s|small|span|strong|sub|sup|u")
    HEADING = re.compile("h[1-6]")

    def __init__(self) -> None:
        super().__init__()
        self._parts: list[tuple[int, list[str], list[str]]] = [(1, [], [])]
        self._unseen: list[str] = []
        self._foreign: list[int] = []
        """For each open element of XML's kind, how many unseen elements were open around it."""
        self._in_heading = False

    def parse_marked_section(self, i: int, report: int = 1) -> int:
        """Takes `<![...]>` for a comment, as browsers do; the library fails on those that it does not know."""
        return self.parse_bogus_comment(i)

    def parse_comment(self, i: int, report: bool = True) -> int:
        """Ends a comment where browsers end it: `<!-->` and `<!--->` are whole, and `--!>` is an end, too."""
        found = COMMENT.match(self.rawdata, i)
        return found.end() if found else super().parse_comment(i, report)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in self.FOREIGN:
            self._foreign.append(len(self._unseen))
        if tag in self.UNSEEN:
            self._unseen.append(tag)
        elif self._unseen:
            return
        elif self.HEADING.fullmatch(tag):
            self._parts.append((int(tag[1]), [], []))
            self._in_heading = True
        elif not self.INLINE.fullmatch(tag):
            self._add("\n")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if self._foreign:  # elsewhere a browser ignores the slash of <script/>
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self.FOREIGN and self._foreign:
            del self._unseen[self._foreign.pop() :]  # whatever was left open in it
        if tag in self._unseen:
            while self._unseen.pop() != tag:
                pass
        elif self.HEADING.fullmatch(tag):
            self._in_heading = False
        elif not self._unseen and not self.INLINE.fullmatch(tag):
            self._add("\n")

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
