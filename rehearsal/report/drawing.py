"""Lays out the picture of a topology: rows from clients at the top to servers at the bottom, a column for each zone.

All lengths are pixels in the picture's own coordinates, which the browser scales. Left out: colours and fonts
(page.css) and the markup (topology.html).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from textwrap import wrap

from rehearsal.report.topology import Kind, Link, Place, Topology

WIDTH, BOX_HEIGHT, LINE, PADDING, GAP = 1060, 48, 17, 12, 58
LEFT, RIGHT = 4, 804
"""Left and right edge of the VPC's box."""
INSIDE = 22
"""Margin between the VPC's edge and the boxes in it. Arrows that pass by a row run through this margin."""
LABEL = 136
"""Width of a row's label, which stands left of its zones."""
COLUMNS, COLUMNS_END = LEFT + INSIDE + LABEL, RIGHT - INSIDE
"""Left edge of the first zone and right edge of the last."""
ASIDE, ASIDE_WIDTH = 870, 186
"""Left edge and width of the column for everything outside the VPC."""
TOP, FIRST_ROW = 96, 160
"""Upper edges of the VPC's box and of the row of load balancers in it."""
LETTER, BOLD_LETTER = 6.2, 7.3
"""Width of an average letter in normal and in bold text."""
BESIDE = 48
"""Gap between neighbouring boxes of pods, wide enough for an arrow with its port."""
TOGETHER = "\xa0x\xa0"
"""Stands for " x " with spaces that do not break, so that "3 x m7g.large" stays on one line."""
BANDS = ("nodes", "brokers", "endpoints")


@dataclass(frozen=True)
class Box:
    x: float
    y: float
    width: float
    height: float
    look: str
    title: str = ""
    tip: str = ""
    """Full text for the tooltip, because the box may be too small for it."""
    lines: list[str] = field(default_factory=list[str])
    """Lines of text below the title."""


@dataclass(frozen=True)
class Arrow:
    path: str
    label: str
    x: float
    y: float
    tip: str
    look: str = ""


@dataclass
class Drawing:
    height: float
    boxes: list[Box]
    arrows: list[Arrow]


def draw(topology: Topology) -> Drawing:
    return _Layout(topology).drawing()


class _Layout:
    def __init__(self, topology: Topology) -> None:
        self._topology = topology
        self._at: dict[str, Box] = {}
        self._kinds: dict[str, Kind] = {place.name: place.kind for place in topology.places}
        self._boxes: list[Box] = []
        self._zone_width = (COLUMNS_END - COLUMNS) / max(1, len(topology.zones))

    def drawing(self) -> Drawing:
        topology = self._topology
        pods, balancers = self._ordered_pods(), topology.of_kind("balancer")
        bottom = FIRST_ROW + (BOX_HEIGHT + GAP if balancers else 0)
        for band in (each for kind in BANDS for each in topology.of_kind(kind)):
            bottom = self._band(band, bottom, pods) + GAP
            pods = []
        bottom -= GAP - INSIDE - LINE
        self._above(balancers, FIRST_ROW, {each.name: [topology.behind.get(each.name, "")] for each in balancers})
        self._aside(topology.of_kind("outside"), bottom)
        self._sources()
        arrows = [self._arrow(link, number) for number, link in enumerate(self._drawn())]
        return Drawing(bottom + 8, [*self._frame(bottom), *self._boxes], arrows)

    def _ordered_pods(self) -> list[Place]:
        """Pods from left to right: clients stand left of the servers that they connect to."""
        names = {pod.name for pod in self._topology.of_kind("pods")}
        depth = dict.fromkeys(names, 0)
        for _ in names:
            for link in self._topology.links:
                if link.source in names and link.target in names:
                    depth[link.target] = min(len(names), max(depth[link.target], depth[link.source] + 1))
        return sorted(self._topology.of_kind("pods"), key=lambda pod: (depth[pod.name], pod.name))

    def _drawn(self) -> Iterator[Link]:
        """Links to draw. One from a load balancer to the nodes ends at the pods that its target group is bound to."""
        for link in self._topology.links:
            behind = self._topology.behind.get(link.source, "")
            at_pods = self._kinds.get(link.target) == "nodes" and behind in self._at
            target = behind if at_pods else link.target
            if link.source in self._at and target in self._at:
                yield Link(link.source, target, link.ports, link.by)

    # --- boxes

    def _frame(self, bottom: float) -> Iterator[Box]:
        yield Box(LEFT, TOP, RIGHT - LEFT, bottom - TOP, "vpc", f"VPC {self._topology.network}")
        ways_out = {zone for place in self._topology.of_kind("outside") for zone in place.zones}
        for number, zone in enumerate(self._topology.zones):
            title = f"{zone}, NAT gateway" if zone in ways_out else zone
            x = COLUMNS + number * self._zone_width
            yield Box(x + 4, TOP + 30, self._zone_width - 8, bottom - TOP - 40, "zone", title)

    def _box(self, place: Place, x: float, y: float, width: float, height: float = BOX_HEIGHT) -> None:
        text_width = LABEL if place.kind in BANDS else width
        lines = wrap(place.detail.replace(" x ", TOGETHER), int(text_width / LETTER) - 2)
        title, tip = _fit(place.name, text_width - 16, BOLD_LETTER), f"{place.name}: {place.detail}"
        box = Box(x, y, width, height, place.kind, title, tip, lines[: int((height - 26) / LINE)])
        self._at[place.name] = box
        self._boxes.append(box)

    def _above(self, places: Sequence[Place], y: float, targets: Mapping[str, Sequence[str]]) -> None:
        """Places a row of boxes, each as close above the first of its targets as its neighbours allow."""

        def middle(place: Place) -> float:
            return next((_middle(self._at[each]) for each in targets[place.name] if each in self._at), COLUMNS_END)

        width = min(226, (COLUMNS_END - COLUMNS) / max(1, len(places)) - 16)
        ordered = sorted(places, key=lambda place: (middle(place), place.name))
        lefts: list[float] = []
        for place in ordered:
            earliest = lefts[-1] + width + 16 if lefts else COLUMNS + 14
            lefts.append(max(earliest, middle(place) - width / 2))
        for number in range(len(lefts) - 1, -1, -1):
            latest = (lefts[number + 1] - 16 if number + 1 < len(lefts) else COLUMNS_END - 14) - width
            lefts[number] = min(lefts[number], latest)
        for place, left in zip(ordered, lefts, strict=True):
            self._box(place, left, y, width)

    def _pods(self, places: Sequence[Place], y: float) -> float:
        """Places pods side by side, each as wide as its text if there is room for all, and returns their height."""
        wanted = [max(110, len(place.detail) * LETTER + 20) for place in places]
        room = COLUMNS_END - COLUMNS - 28 - BESIDE * (len(places) - 1)
        if (over := sum(wanted) - room) > 0:
            wanted[wanted.index(max(wanted))] -= over
        height = BOX_HEIGHT + (LINE if over > 0 else 0)
        left = COLUMNS + 14
        for place, width in zip(places, wanted, strict=True):
            width += max(0, -over) / len(places)
            self._box(place, left, y, width, height)
            left += width + BESIDE
        return height

    def _band(self, place: Place, y: float, pods: Sequence[Place]) -> float:
        """Places a row that spans all zones, with one cell for each zone, and returns the row's lower edge."""
        lines = max((len(here) for here in place.zones.values()), default=0)
        own = len(self._boxes)
        cells = y + PADDING + (self._pods(pods, y + PADDING) + PADDING if pods else 0)
        height = max(cells - y + LINE * lines + 2 * PADDING, 82)
        self._box(place, LEFT + INSIDE, y, RIGHT - LEFT - 2 * INSIDE, height)
        self._boxes.insert(own, self._boxes.pop())  # drawn before its pods, so that they lie on top
        for zone, here in place.zones.items():
            x = COLUMNS + self._topology.zones.index(zone) * self._zone_width
            texts = [_fit(each, self._zone_width - 36, LETTER) for each in here]
            height_of_cell = y + height - PADDING - cells
            self._boxes.append(Box(x + 14, cells, self._zone_width - 28, height_of_cell, "cell", tip=zone, lines=texts))
        return y + height

    def _aside(self, places: Sequence[Place], bottom: float) -> None:
        step = (bottom - FIRST_ROW - BOX_HEIGHT) / max(1, len(places) - 1)
        for number, place in enumerate(places):
            self._box(place, ASIDE, FIRST_ROW + number * min(step, 140), ASIDE_WIDTH)

    def _sources(self) -> None:
        sources = self._topology.of_kind("source")
        targets = {
            source.name: [link.target for link in self._topology.links if link.source == source.name]
            for source in sources
        }
        outer = [each for each in sources if all(self._outside(to) for to in targets[each.name])]
        self._above([each for each in sources if each not in outer], 12, targets)
        for number, place in enumerate(outer):
            self._box(place, ASIDE, 12 + number * 4, ASIDE_WIDTH)

    def _outside(self, name: str) -> bool:
        return self._kinds.get(name) == "outside"

    # --- arrows

    def _arrow(self, link: Link, number: int) -> Arrow:
        a, b = self._at[link.source], self._at[link.target]
        tip = f"{link.source} to {link.target}, port {link.ports}: {link.by}"
        if "pods" in (a.look, b.look) and a.look == b.look:
            return self._sideways(a, b, link, tip)
        if self._outside(link.target) and a.look != "source":
            return self._out(a, b, link, tip)
        if b.y < a.y:  # it leads back up, beside the arrow that comes down
            x = b.x + b.width - 22
            return Arrow(f"M{x:g} {a.y:g} V{b.y + b.height:g}", link.ports, x + 8, a.y - 8, tip, "back")
        passes = any(a.y + a.height < other.y < b.y - GAP for other in self._at.values() if other.look in BANDS)
        if passes and b.look in BANDS and a.look in (*BANDS, "source"):
            x = LEFT + 10 + 4 * (number % 3)
            path = f"M{a.x:g} {a.y + a.height - 14:g} H{x:g} V{b.y + 16:g} H{b.x:g}"
            return Arrow(path, link.ports, x + 6, b.y + 8, tip)
        start, finish = a.y + a.height, b.y
        x1, x2 = (_middle(a, b), _middle(a, b)) if b.look in BANDS and a.look in BANDS else (_middle(a), _middle(b))
        if b.look in BANDS and a.look not in BANDS:
            x2 = x1
        half = (start + finish) / 2
        return Arrow(f"M{x1:g} {start:g} C{x1:g} {half:g} {x2:g} {half:g} {x2:g} {finish:g}", link.ports,
                     (x1 + x2) / 2 + 8, half + 4, tip)  # fmt: skip

    def _sideways(self, a: Box, b: Box, link: Link, tip: str) -> Arrow:
        y = a.y + a.height / 2
        x1, x2 = (a.x + a.width, b.x) if a.x < b.x else (a.x, b.x + b.width)
        between = [each for each in self._at.values() if each.look == "pods" and min(x1, x2) < each.x < max(x1, x2) - 1]
        if between or a.x > b.x:
            over = a.y - 9
            x1, x2 = a.x + a.width / 2, b.x + b.width / 2
            return Arrow(f"M{x1:g} {a.y:g} V{over:g} H{x2:g} V{b.y:g}", link.ports, (x1 + x2) / 2, over - 3, tip)
        return Arrow(f"M{x1:g} {y:g} H{x2:g}", link.ports, (x1 + x2) / 2, y - 7, tip, "short")

    def _out(self, a: Box, b: Box, link: Link, tip: str) -> Arrow:
        """An arrow from the right edge of a row into the column beside the VPC."""
        targets = [each for each in self._at.values() if each.look == "outside"]
        x1, x2 = a.x + a.width, b.x
        y1 = a.y + (targets.index(b) + 1) * a.height / (len(targets) + 1)
        y2 = b.y + b.height / 2
        half = (x1 + x2) / 2
        return Arrow(
            f"M{x1:g} {y1:g} C{half:g} {y1:g} {half:g} {y2:g} {x2:g} {y2:g}", link.ports, x2 - 34, y2 - 10, tip
        )


def _middle(*boxes: Box) -> float:
    return sum(box.x + box.width / 2 for box in boxes) / len(boxes)


def _fit(text: str, width: float, letter: float) -> str:
    room = int(width / letter)
    return text if len(text) <= room else f"{text[: room - 1]}…"
