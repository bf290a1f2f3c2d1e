"""Finds the changes between old and new inputs, and whether they replace the resource.

All functions are pure. Lists are compared by position, as Pulumi shows them. That AWS treats some lists as sets is left
out, so a program that only reorders such a list is shown as changing it.
"""

import json
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from rehearsal.protocol.wire import Properties, Value, unknown

_PLAIN_KEY = re.compile(r"^[\w$-]+$")


@dataclass(frozen=True)
class Change:
    """One changed property; `old` or `new` is None if it was added or removed."""

    path: str
    """Path of the property as Pulumi writes it, for example `spec.ports[0].port`."""
    old: Value
    new: Value
    replaces: bool

    @property
    def top(self) -> str:
        """The first key of the path."""
        return re.split(r"[.\[]", self.path)[0]


def changes(
    old: Properties, new: Properties, *, ignored: Collection[str] = (), forcing: Collection[str] = ()
) -> list[Change]:
    """All changes, except below the paths in `ignored`. A change below a path in `forcing` replaces the resource, and
    so does a value that is unknown as a whole, where any of its parts would.

    In these paths `*` alone means everything, and `[*]` every item of a list.
    """
    return [
        Change(path, before, after, any(_replaces(rule, path, after) for rule in forcing))
        for path, before, after in _walk("", old, new)
        if not any(_covers(rule, path) for rule in ignored)
    ]


def _walk(path: str, old: Value, new: Value) -> Iterator[tuple[str, Value, Value]]:
    if old == new:
        return
    if isinstance(old, dict) and isinstance(new, dict):
        for key in sorted({*old, *new}):  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType] - JSON
            yield from _walk(_below(path, key), old.get(key), new.get(key))  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType] - JSON
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):  # pyright: ignore[reportUnknownArgumentType] - JSON
        for index, (before, after) in enumerate(zip(old, new, strict=True)):  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType] - JSON
            yield from _walk(f"{path}[{index}]", before, after)
    elif not _same_json(old, new):
        yield path, old, new


def _same_json(old: Value, new: Value) -> bool:
    """Whether two texts are the same JSON. AWS returns policies in another spelling,
    so bridged providers compare JSON."""
    if not (isinstance(old, str) and isinstance(new, str) and old[:1] in ("{", "[") and new[:1] in ("{", "[")):
        return False
    try:
        return json.loads(old) == json.loads(new)
    except ValueError:
        return False


def _below(path: str, key: str) -> str:
    if not path:
        return key
    return f"{path}.{key}" if _PLAIN_KEY.match(key) else f'{path}["{key}"]'


def _replaces(rule: str, path: str, new: Value) -> bool:
    """Whether a change there replaces by this rule of `forcing`, for certain or for all that is known yet."""
    any_item = re.sub(r"\[\d+\]", "[*]", path)
    is_part = rule.startswith((f"{any_item}.", f"{any_item}["))
    return _covers(rule, path) or (is_part and isinstance(new, str) and unknown(new))


def _covers(rule: str, path: str) -> bool:
    """Whether a path is at or below the path of a rule."""
    if rule == "*":
        return True
    pattern = re.escape(rule).replace(r"\[\*\]", r"\[\d+\]")
    return re.match(rf"{pattern}($|[.\[])", path) is not None
