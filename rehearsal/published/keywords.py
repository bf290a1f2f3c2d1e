"""Keywords of documented.yaml and related.yaml that JSON Schema lacks, in the form of the jsonschema library's.

Left out: keywords of CloudFormation's schemas, and values that the engine does not know yet (dialect.py).
"""

import math
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

from jsonschema import ValidationError

from rehearsal.protocol.wire import UNKNOWNS, is_list, is_object


def max_bytes(_validator: Any, limit: int, instance: Any, _schema: Any) -> Iterator[ValidationError]:
    """A keyword of documented.yaml: the longest text, in bytes."""
    if isinstance(instance, str) and len(instance.encode()) > limit:
        yield ValidationError(f"{len(instance.encode())} bytes; AWS takes at most {limit}")


def max_non_space(_validator: Any, limit: int, instance: Any, _schema: Any) -> Iterator[ValidationError]:
    """A keyword of documented.yaml: the longest text, in characters, without white space, which IAM does not count."""
    if isinstance(instance, str) and len("".join(instance.split())) > limit:
        yield ValidationError(f"{len(''.join(instance.split()))} characters; AWS takes at most {limit}")


def distinct_names(_validator: Any, wanted: bool, instance: Any, _schema: Any) -> Iterator[ValidationError]:
    """A keyword of documented.yaml: names must differ in more than their case."""
    if wanted and is_object(instance) and len({name.lower() for name in instance}) < len(instance):
        yield ValidationError("two names differ in their case alone")


def ordered(_validator: Any, names: list[str], instance: Any, _schema: Any) -> Iterator[ValidationError]:
    """A keyword of related.yaml: numbers that never fall from one property to the next."""
    given = [(name, instance[name]) for name in names if is_object(instance) and _is_number(instance.get(name))]
    for (name, low), (following, high) in pairwise(given):
        if float(low) > float(high):
            yield ValidationError(f"{name} {low} is greater than {following} {high}", path=[name])


def product(_validator: Any, limit: Mapping[str, Any], instance: Any, _schema: Any) -> Iterator[ValidationError]:
    """A keyword of related.yaml: the greatest product of some properties."""
    factors = [instance.get(name) for name in limit["of"]] if is_object(instance) else []
    if factors and all(_is_number(each) for each in factors):
        made = math.prod(float(each) for each in factors)
        if made > limit["most"]:
            product = f"{' x '.join(limit['of'])} = {made:.0f}"
            yield ValidationError(f"{product}; AWS takes at most {limit['most']}", path=[limit["of"][0]])


CLASSES = ("STANDARD_IA", "INTELLIGENT_TIERING", "ONEZONE_IA", "GLACIER_IR", "GLACIER", "DEEP_ARCHIVE")
"""Storage classes of S3 from the top of its waterfall to the bottom."""


def before_end(_validator: Any, names: Mapping[str, str], instance: Any, _schema: Any) -> Iterator[ValidationError]:
    """A keyword of related.yaml: days of S3's transitions, which lead down, one after the other, to the expiration."""
    moves = instance.get(names["list"]) if is_object(instance) else None
    moves = [each for each in moves if _is_number(each.get(names["days"]))] if is_list(moves) else []
    end: Any = instance
    for step in names["end"].split("."):
        end = end.get(step) if isinstance(end, dict) else None  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType] - JSON
    for first, then in pairwise(sorted(moves, key=lambda each: float(each[names["days"]]))):
        above, below = first.get("storageClass"), then.get("storageClass")
        if above in CLASSES and below in CLASSES and CLASSES.index(above) >= CLASSES.index(below):
            yield ValidationError(f"after {above} nothing moves to {below}", path=[names["list"]])
        days = float(then[names["days"]]) - float(first[names["days"]])
        if above in ("STANDARD_IA", "ONEZONE_IA") and days < 30:
            yield ValidationError(f"{days:.0f} days in {above}; AWS takes at least 30", path=[names["list"]])
    for each in moves if _is_number(end) else ():
        if float(each[names["days"]]) >= float(end):
            last = f"{names['days']} {each[names['days']]} is not before {names['end']} {end}"
            yield ValidationError(last, path=[names["list"]])


def _is_number(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, str | int | float) or value in UNKNOWNS:
        return False
    try:
        return math.isfinite(float(value))
    except ValueError:
        return False


KEYWORDS = {
    "beforeEnd": before_end,
    "distinctNames": distinct_names,
    "maxBytes": max_bytes,
    "maxNonSpace": max_non_space,
    "ordered": ordered,
    "product": product,
}
