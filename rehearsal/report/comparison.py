"""Compares a rehearsal with the last one of the same stack."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from rehearsal.report.record import Record

SHOWN_LETTERS = 90
"""Number of characters shown of a long value that differs, around the first difference."""


@dataclass(frozen=True)
class Difference:
    path: str
    old: str
    new: str
    """New value as text; empty if the new rehearsal has none. The same holds for `old`."""


@dataclass(frozen=True)
class Comparison:
    since: Record
    settings: list[Difference] = field(default_factory=list[Difference])
    numbers: list[Difference] = field(default_factory=list[Difference])
    """Differences in the monthly price, and in the minutes that creation and destruction take."""
    added: list[str] = field(default_factory=list[str])
    removed: list[str] = field(default_factory=list[str])
    changed: dict[str, list[Difference]] = field(default_factory=dict[str, list[Difference]])
    """Differences in the inputs of resources that both rehearsals made, by name of the resource."""
    appeared: list[str] = field(default_factory=list[str])
    """Violations that only the new rehearsal found."""
    gone: list[str] = field(default_factory=list[str])
    """Violations that only the last rehearsal found."""
    not_compared: bool = False
    """True if one of the two rehearsals made no resource, so that resources cannot be compared."""

    @property
    def nothing(self) -> bool:
        lists = (self.settings, self.numbers, self.added, self.removed, self.changed, self.appeared, self.gone)
        return not any(lists)


def compare(before: Record, now: Record) -> Comparison:
    numbers = [
        Difference(what, f"{old:,.2f}", f"{new:,.2f}")
        for what, old, new in (
            ("USD a month", before.usd_per_month, now.usd_per_month),
            ("minutes to ready", before.minutes_to_ready, now.minutes_to_ready),
            ("minutes to destroyed", before.minutes_to_destroy, now.minutes_to_destroy),
        )
        if old is not None and new is not None and old != new
    ]
    old, new = before.resources, now.resources
    missing = old is None or new is None
    old, new = old or {}, new or {}
    return Comparison(
        before,
        settings=differences(before.settings, now.settings),
        numbers=numbers,
        added=[] if missing else sorted(new.keys() - old.keys()),
        removed=[] if missing else sorted(old.keys() - new.keys()),
        changed={
            name: found for name in sorted(old.keys() & new.keys()) if (found := differences(old[name], new[name]))
        },
        appeared=[each for each in now.violations if each not in before.violations],
        gone=[each for each in before.violations if each not in now.violations],
        not_compared=missing,
    )


def differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Difference]:
    return [
        Difference(path, *_around(_text(old, path), _text(new, path)))
        for path in sorted({*old, *new})
        if (path in old) != (path in new) or old.get(path) != new.get(path)
    ]


def _text(values: Mapping[str, Any], path: str) -> str:
    return str(values[path]) if path in values else ""


def _around(old: str, new: str) -> tuple[str, str]:
    """Cuts two texts, if they are long, to the part where they begin to differ."""
    same = next((at for at, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new)))
    begin = max(0, same - SHOWN_LETTERS // 3)
    return _cut(old, begin), _cut(new, begin)


def _cut(text: str, begin: int) -> str:
    if len(text) <= SHOWN_LETTERS:
        return text
    shown = text[begin : begin + SHOWN_LETTERS]
    return f"{'…' if begin else ''}{shown}{'…' if begin + SHOWN_LETTERS < len(text) else ''}"
