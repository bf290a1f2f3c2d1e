"""Settings that several stacks share: `milvus-on-aws:extends: base.yaml` in a stack's file names a file that has them.

The name is a setting, since Pulumi hands the program nothing of a stack's file but its configuration; so `pulumi up`, a
rehearsal, an estimate, a review and `make new` all find the same file, beside Pulumi.yaml. It is written as a stack's
own file is, and what the stack says itself goes before: sections are joined key by key, other values replaced. Left
out: secrets, which belong to one stack's key, and bases of bases.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from settings.problems import Problem, steps
from settings.stack_file import StackFileError, configuration, without_secrets

KEY = "extends"
OF_ONE_STACK = (KEY, "target", "tier", "access.openToTheWorld")
"""Keys that stand in a stack's own file only: what the policies judge by, and what nobody should have unawares."""
NAME = re.compile(r"(?!Pulumi\.)[\w-][\w.-]*\.ya?ml")
ENCRYPTED = "an encrypted value"
PROJECT = Path(__file__).parent.parent
"""Folder of Pulumi.yaml, and of the files that stacks extend."""


@dataclass(frozen=True)
class Layers:
    """What a stack's own file says, and what the file says that it extends: trees without the namespace."""

    own: Mapping[str, Any]
    base: Mapping[str, Any] = field(default_factory=dict[str, Any])
    file: str = ""
    """Name of the file that is extended; empty if none is."""

    @property
    def joined(self) -> dict[str, Any]:
        return joined(self.base, self.own)

    def comes_from_base(self, key: str) -> bool:
        """Whether what a problem's key names was written in the extended file: as much of it as is written at all."""
        return _depth(self.base, steps(key)) > _depth(self.own, steps(key))


def layers(own: Mapping[str, Any], namespace: str, folder: Path) -> tuple[Layers, list[Problem]]:
    """The stack's own settings and those it extends, and what is wrong with how it does."""
    name = own.get(KEY)
    if name is None:
        return Layers(own), []
    if not isinstance(name, str) or not NAME.fullmatch(name):
        return Layers(own), [
            Problem(
                KEY, f"{json.dumps(name)} is not allowed: a file beside Pulumi.yaml, such as base.yaml, and no stack's"
            )
        ]
    if not (folder / name).is_file():
        return Layers(own), [Problem(KEY, f"there is no {name} beside Pulumi.yaml; write it there, or remove extends")]
    try:
        written = configuration(folder / name)
    except StackFileError as error:
        return Layers(own), [Problem(KEY, str(error))]
    problems: list[Problem] = []
    base: dict[str, Any] = {}
    for full, value in written.items():
        space, _, key = full.partition(":")
        if space != namespace:
            problems.append(Problem(KEY, f"{name} has {full}, which Pulumi reads in a stack's own file only; move it"))
        elif without_secrets(value, ENCRYPTED) != value:
            problems.append(
                Problem(KEY, f"{name} has an encrypted value in {full}: its key is one stack's; move it into its file")
            )
        else:
            base[key] = value
    for key in OF_ONE_STACK:
        if _depth(base, steps(key)) == len(steps(key)):
            problems.append(Problem(KEY, f"{name} has {key}, which every stack says itself; move it into their files"))
    return Layers(own, base, name), problems


def whole(written: Mapping[str, Any], namespace: str, folder: Path = PROJECT) -> dict[str, Any]:
    """Full key -> value of a stack's file and the one that it extends, right or wrong."""
    own = {key.partition(":")[2]: value for key, value in written.items() if key.startswith(f"{namespace}:")}
    found, _ = layers(own, namespace, folder)
    return {**written, **{f"{namespace}:{key}": value for key, value in found.joined.items()}}


def joined(base: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """Both trees as one, `own` before `base` in everything that both say."""
    both = {**base, **own}
    for key in base.keys() & own.keys():
        if isinstance(base[key], dict) and isinstance(own[key], dict):
            both[key] = joined(cast(dict[str, Any], base[key]), cast(dict[str, Any], own[key]))
    return both


def _depth(tree: Any, path: list[str]) -> int:
    """How many steps of a path are written in a tree."""
    if path and isinstance(tree, dict) and path[0] in (inner := cast(dict[str, Any], tree)):
        return 1 + _depth(inner[path[0]], path[1:])
    return 0
