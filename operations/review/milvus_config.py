"""Finds the keys of Milvus' own configuration (user.yaml) that an update changes, and which changes are dangerous.

Both values of a key are shown. They contain no secrets, because passwords reach pods by their environment. Left out:
keys by which Milvus finds its data, which state_loss.py judges.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, cast

from operations.review.changes import Change
from policies.rule import UNKNOWN, at

MOST_KEYS = 10
"""Most keys that a finding names. The diff shows the others."""


class Danger(NamedTuple):
    """The danger of changing a key: in which way the change is dangerous, what it loses, and what to do instead."""

    changes: tuple[str, ...]
    """Ways of change that are dangerous: `lower`, `higher`, `off`, `on` or `any`."""
    lost: str
    instead: str


DANGERS: Mapping[str, Danger] = {
    # milvus.io/docs/configure_rootcoord.md: Milvus creates channels at its first start, and all collections share them.
    "rootCoord.dmlChannelNum": Danger(
        ("lower",),
        "collections whose channels are no longer there can't be written or loaded",
        "leave the number as it is, or raise it",
    ),
    "rootCoord.maxPartitionNum": Danger(
        ("lower",), "collections with more partitions get no new ones", "leave the number as it is, or raise it"
    ),
    # milvus.io/docs/configure_datacoord.md#dataCoordgc
    "dataCoord.gc.dropTolerance": Danger(
        ("lower",),
        "what was dropped is deleted from S3 sooner, perhaps while a backup copies it",
        "leave it, or raise it",
    ),
    "dataCoord.gc.missingTolerance": Danger(
        ("lower",),
        "files that metadata does not know yet are taken for garbage, and deleted from S3",
        "leave it, or raise it",
    ),
    "dataCoord.enableGarbageCollection": Danger(
        ("off",), "nothing is deleted from S3 any more, and is paid for", "switch it off for a backup only"
    ),
    # milvus.io/docs/authenticate.md
    "common.security.authorizationEnabled": Danger(
        ("off",), "everybody who reaches Milvus reads and deletes everything, without a password", "leave it on"
    ),
    # milvus.io/docs/configure_quotaandlimits.md
    "quotaAndLimits.limitWriting.forceDeny": Danger(("on",), "every insert and delete is refused", "leave it off"),
    "quotaAndLimits.limitReading.forceDeny": Danger(("on",), "every search and query is refused", "leave it off"),
    # milvus.io/docs/configure_proxy.md: stored collections remain, but cannot be written or changed any more.
    "proxy.maxFieldNum": Danger(
        ("lower",), "collections with more fields can't be made again", "leave it, or raise it"
    ),
    "proxy.maxDimension": Danger(
        ("lower",), "collections of more dimensions can't be made again", "leave it, or raise it"
    ),
}
"""Dangers by key. They also hold for the keys below it."""


class Changed(NamedTuple):
    key: str
    old: Any
    """Value before the change; None if the key is new."""
    new: Any
    """Value after the change; None if the key is deleted, so that Milvus' default holds again."""

    def __str__(self) -> str:
        if self.old is None:
            return f"{self.key}: set to {_text(self.new)}"
        if self.new is None:
            return f"{self.key}: {_text(self.old)} -> Milvus' default (deleted)"
        return f"{self.key}: {_text(self.old)} -> {_text(self.new)}"

    @property
    def ways(self) -> set[str]:
        """Ways in which the value changed. For a deleted key all are possible."""
        ways = {"any"}
        old, new = _number(self.old), _number(self.new)
        if old is not None and new is not None and old != new:
            ways.add("lower" if new < old else "higher")
        switches = {False: "off", True: "on"}
        if isinstance(self.new, bool):
            ways.add(switches[self.new])
        return ways


def changed(change: Change) -> list[Changed]:
    """Keys of user.yaml that differ, sorted. Empty if one side is not known yet or is not JSON."""
    try:
        old, new = (_flat(_configuration(inputs)) for inputs in (change.old, change.new))
    except ValueError:
        return []
    return [
        Changed(key, old.get(key), new.get(key))
        for key in sorted(old.keys() | new.keys())
        if old.get(key) != new.get(key)
    ]


def dangers(change: Change) -> Iterator[tuple[Changed, Danger]]:
    """Changed keys that endanger data or availability, with their dangers."""
    for each in changed(change):
        for key, danger in DANGERS.items():
            if (each.key == key or each.key.startswith(f"{key}.")) and each.ways & set(danger.changes):
                yield each, danger


def _configuration(inputs: Mapping[str, Any]) -> Any:
    files = at(inputs, "values.extraConfigFiles")
    text = cast(Mapping[str, Any], files).get("user.yaml") if isinstance(files, Mapping) else files
    if text == UNKNOWN:
        raise ValueError("not known before it is deployed")
    return json.loads(text or "{}")


def _flat(tree: Any, above: str = "") -> dict[str, Any]:
    if not isinstance(tree, dict) or not tree:
        return {above: tree} if above else {}
    found: dict[str, Any] = {}
    for key, value in cast(dict[str, Any], tree).items():
        found |= _flat(value, f"{above}.{key}" if above else key)
    return found


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _text(value: Any) -> str:
    return json.dumps(value) if isinstance(value, bool | list | dict) else str(value)
