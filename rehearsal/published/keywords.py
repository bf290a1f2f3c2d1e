"""Keywords of the data beside this file that JSON Schema lacks, in the form of the jsonschema library's.

Left out: keywords of CloudFormation's schemas, and values that the engine does not know yet (dialect.py).
"""

import math
from collections.abc import Iterator, Mapping
from ipaddress import ip_network
from itertools import pairwise
from typing import Any, cast

from jsonschema import ValidationError

from rehearsal.cloud.resource import dig, parts
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
        if float(str(low)) > float(str(high)):
            yield ValidationError(f"{name} {low} is greater than {following} {high}", path=[name])


def product(_validator: Any, limit: Mapping[str, Any], instance: Any, _schema: Any) -> Iterator[ValidationError]:
    """A keyword of related.yaml: the greatest product of some properties."""
    factors = [instance.get(name) for name in limit["of"]] if is_object(instance) else []
    if factors and all(_is_number(each) for each in factors):
        made = math.prod(float(str(each)) for each in factors)
        if made > limit["most"]:
            product = f"{' x '.join(limit['of'])} = {made:.0f}"
            yield ValidationError(f"{product}; AWS takes at most {limit['most']}", path=[limit["of"][0]])


def text(_validator: Any, wanted: bool, instance: Any, _schema: Any) -> Iterator[ValidationError]:
    """A keyword of kubernetes.yaml: text alone, where CloudFormation would take a number for it."""
    if wanted and not isinstance(instance, str):
        yield ValidationError(f"{instance!r} is no text; quote it")


def max_total(_validator: Any, limit: int, instance: Any, _schema: Any) -> Iterator[ValidationError]:
    """A keyword of kubernetes.yaml: the greatest size of all keys and values together, in bytes."""
    size = sum(len(f"{key}{value}".encode()) for key, value in instance.items()) if is_object(instance) else 0
    if size > limit:
        yield ValidationError(f"{size} bytes; at most {limit}")


def within(_validator: Any, names: Mapping[str, str], instance: Any, _schema: Any) -> Iterator[ValidationError]:
    """A keyword of kubernetes.yaml: networks in a list that must lie in another network."""
    for inner in parts(instance).get(names["items"]) or ():
        try:
            around = ip_network(str(parts(instance)[names["of"]]))
            inside = ip_network(str(inner))
            fits = inside.version == around.version and inside.subnet_of(cast(Any, around))
        except ValueError:
            fits = False
        if not fits:
            yield ValidationError(f"{inner} does not lie in {parts(instance)[names['of']]}", path=[names["items"]])


CLASSES = ("STANDARD_IA", "INTELLIGENT_TIERING", "ONEZONE_IA", "GLACIER_IR", "GLACIER", "DEEP_ARCHIVE")
"""Storage classes of S3 from the top of its waterfall to the bottom."""


def before_end(_validator: Any, names: Mapping[str, str], instance: Any, _schema: Any) -> Iterator[ValidationError]:
    """A keyword of related.yaml: days of S3's transitions, which lead down, one after the other, to the expiration."""
    listed = dig(instance, names["list"])
    moves = [parts(each) for each in listed if _is_number(parts(each).get(names["days"]))] if is_list(listed) else []
    end = dig(instance, names["end"])
    for first, then in pairwise(sorted(moves, key=lambda each: float(str(each[names["days"]])))):
        above, below = first.get("storageClass"), then.get("storageClass")
        if above in CLASSES and below in CLASSES and CLASSES.index(above) >= CLASSES.index(below):
            yield ValidationError(f"after {above} nothing moves to {below}", path=[names["list"]])
        days = float(str(then[names["days"]])) - float(str(first[names["days"]]))
        if above in ("STANDARD_IA", "ONEZONE_IA") and days < 30:
            yield ValidationError(f"{days:.0f} days in {above}; AWS takes at least 30", path=[names["list"]])
    for each in moves if _is_number(end) else ():
        if float(str(each[names["days"]])) >= float(str(end)):
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
    "maxTotal": max_total,
    "ordered": ordered,
    "product": product,
    "text": text,
    "within": within,
}
