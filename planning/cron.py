"""Reads the schedules of CronJobs, as Kubernetes does: when they run, and how long nothing runs between.

Kubernetes reads them by github.com/robfig/cron, ParseStandard. Left out: its macros (`@daily`) and time zones, which
Kubernetes takes in a field of their own.
"""

import calendar
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

MONTHS = {name.lower(): number for number, name in enumerate(calendar.month_abbr) if name}
DAYS = {name: number for number, name in enumerate(("sun", "mon", "tue", "wed", "thu", "fri", "sat"))}
FIELDS: tuple[tuple[str, int, int, dict[str, int]], ...] = (
    ("minute", 0, 59, {}),
    ("hour", 0, 23, {}),
    ("day of the month", 1, 31, {}),
    ("month", 1, 12, MONTHS),
    ("day of the week", 0, 6, DAYS),
)
"""Name, least and greatest value, and the names of values, of each of the five fields."""
CYCLE = date(2024, 1, 1), date(2032, 1, 2)
"""Days that are looked at: two leap years and each day of the week on each date of most months among them."""
DAY_MINUTES = 24 * 60


@dataclass(frozen=True)
class Schedule:
    """When something runs."""

    longest_gap_minutes: int
    """The longest time between two runs."""
    shortest_gap_minutes: int
    """The shortest time between two runs."""
    runs_a_day: float
    """The number of runs a day, on average."""


def parse(text: str) -> Schedule:
    """The schedule that a text means. Raises ValueError, which says what is wrong, for a text that means none."""
    parts = text.split()
    if len(parts) != len(FIELDS):
        names = ", ".join(name for name, *_ in FIELDS)
        raise ValueError(f"it has {len(parts)} fields; five are needed ({names}), such as 0 3 * * *")
    minutes, hours, dates, months, weekdays = (_values(part, *field) for part, field in zip(parts, FIELDS, strict=True))
    # If both the day of the month and that of the week are limited, either is enough.
    either = not _any(parts[2]) and not _any(parts[4])
    first, last = CYCLE
    days: list[int] = []
    for number in range((last - first).days):
        day = first + timedelta(days=number)
        fits = day.day in dates, day.isoweekday() % 7 in weekdays
        if day.month in months and (any(fits) if either else all(fits)):
            days.append(number)
    if len(days) < 2:
        raise ValueError("there is no such day")
    times = sorted(hour * 60 + minute for hour in hours for minute in minutes)
    between_days = [(later - day) * DAY_MINUTES + times[0] - times[-1] for day, later in pairwise(days)]
    gaps = [*between_days, *(later - time for time, later in pairwise(times))]
    return Schedule(max(gaps), min(gaps), len(days) * len(times) / (last - first).days)


def _any(part: str) -> bool:
    """Whether a field limits nothing: a step does, even if it begins with a star."""
    return any(each in ("*", "?", "*/1", "?/1") for each in part.split(","))


def _values(part: str, name: str, least: int, greatest: int, names: dict[str, int]) -> set[int]:
    """All values that one field means."""

    def number(word: str) -> int:
        value = names.get(word.lower(), int(word) if word.isascii() and word.isdecimal() else None)
        if value is None or not least <= value <= greatest:
            raise ValueError(f"{part} is no {name}: {least} to {greatest}")
        return value

    found: set[int] = set()
    for each in part.split(","):
        span, slash, step = each.partition("/")
        first, dash, last = span.partition("-")
        if slash and not (step.isascii() and step.isdecimal() and int(step)):
            raise ValueError(f"{part} is no {name}: the step after / is a number from 1")
        if span in ("*", "?"):
            low, high = least, greatest
        else:
            low = number(first)
            high = number(last) if dash else greatest if slash else low
        if low > high:
            raise ValueError(f"{part} is no {name}: {first} comes after {last}")
        found |= set(range(low, high + 1, int(step or 1)))
    return found
