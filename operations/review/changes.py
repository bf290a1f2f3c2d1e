"""Reads from `pulumi preview --json` which resources change, and by which of their properties. It judges nothing."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any, Literal

from operations.review.drift import Drift, drifts
from operations.stack import StackError
from settings.reading import resolved

STACK = "pulumi:pulumi:Stack"
OWN_PRICE = "milvus-on-aws:usd_per_month"
"""Key that previews.py adds to a preview: Preview.own_usd_per_month."""
DRIFTS = "milvus-on-aws:drifts"
"""Key that `load` adds to a preview: Preview.drifts."""
Operation = Literal["create", "update", "replace", "delete"]
OPERATIONS: Mapping[str, Operation] = {
    "create": "create",
    "update": "update",
    "replace": "replace",
    "create-replacement": "replace",
    "delete-replaced": "replace",
    "delete": "delete",
}


@dataclass(frozen=True, kw_only=True)
class Change:
    """The operation that the engine would perform on one resource."""

    operation: Operation
    urn: str
    type: str
    paths: tuple[str, ...]
    """Properties that differ."""
    causes: tuple[str, ...]
    """Those properties that force the replacement; all of them for an operation that is no replacement."""
    old: Mapping[str, Any]
    """Inputs of the deployed resource. The CLI has masked secrets."""
    new: Mapping[str, Any]
    """Inputs after the change."""
    was_protected: bool
    is_protected: bool
    is_kept: bool
    """True if the resource stays in the cloud although it leaves the stack (retainOnDelete)."""
    reads: frozenset[str] = frozenset()
    """URNs of the resources whose outputs its inputs are made of."""

    @property
    def name(self) -> str:
        """Name of the resource in the program."""
        return self.urn.rsplit("::", 1)[1]

    @property
    def chart(self) -> str:
        """Chart of a Helm release; empty for other resources."""
        return str((self.new or self.old).get("chart", ""))


@dataclass(frozen=True)
class Preview:
    """Everything that a review uses of one preview."""

    stack: str
    changes: list[Change]
    unprotected: list[Change]
    """Resources that the change makes unprotected, even if nothing else about them changes."""
    errors: list[str]
    """Errors because of which the preview did not reach its end."""
    config: Mapping[str, str]
    """The stack's settings by full key, with those of a file that they extend."""
    outputs: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """The stack's outputs as they were deployed; empty for a stack that was never deployed."""
    own_usd_per_month: float | None = None
    """What the program that made this preview plans to cost, if previews.py asked it."""
    drifts: Sequence[Drift] = ()
    """What somebody changed in the cloud, if the preview looked (`--refresh`)."""
    steps: Sequence[Mapping[str, Any]] = ()
    """What the preview lists, as it is written there: with `--show-sames` what stays as it is, too."""

    @property
    def failed_early(self) -> bool:
        """True if resources may be missing.

        After policy violations alone none is missing, because they fail the preview at its end, with this one message.
        """
        return any(each != "error: preview failed" for each in self.errors)


def load(file: Path) -> dict[str, Any]:
    """The content of a file that `pulumi preview --json` wrote. Raises StackError if the file is something else."""
    try:
        content: Any = json.loads(file.read_text(encoding="utf-8"))
        content[DRIFTS] = drifts(content["steps"])
        # With --refresh each resource has another step, which reads it and changes nothing.
        content["steps"] = [step for step in content["steps"] if step["op"] != "refresh"]
        parse(content)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise StackError(
            f"{file} can't be read as a preview ({error}); make one: "
            f"make -s pulumi STACK=dev ARGS='preview --json' > {file.name}"
        ) from error
    return content


def read_preview(file: Path) -> Preview:
    """Reads the preview in a file. Raises StackError if the file does not contain one."""
    return parse(load(file))


def parse(preview: Mapping[str, Any]) -> Preview:
    """The preview in the content of a file."""
    changes: dict[str, Change] = {}
    unprotected: list[Change] = []
    outputs: Mapping[str, Any] = {}
    for step in preview["steps"]:
        old: Mapping[str, Any] = step.get("oldState") or {}
        new: Mapping[str, Any] = step.get("newState") or {}
        if (new or old)["type"] == STACK:
            outputs = old.get("outputs") or {}
        if not (new or old).get("custom"):
            continue  # only its children exist in a cloud, not a component itself
        change = _change(step, old, new)
        if step["op"] in OPERATIONS:
            changes.setdefault(change.urn, change)
        if change.was_protected and new and not change.is_protected:
            unprotected.append(change)
    diagnostics: list[dict[str, str]] = preview.get("diagnostics") or []
    errors = [each["message"].strip() for each in diagnostics if each.get("severity") == "error"]
    stack = preview["steps"][0]["urn"].split("::")[0].rpartition(":")[2] if preview["steps"] else ""
    config = resolved(preview.get("config") or {})
    own = preview.get(OWN_PRICE)
    drifted = preview.get(DRIFTS, ())
    return Preview(stack, list(changes.values()), unprotected, errors, config, outputs, own, drifted, preview["steps"])


def _change(step: Mapping[str, Any], old: Mapping[str, Any], new: Mapping[str, Any]) -> Change:
    detailed: Mapping[str, Any] = step.get("detailedDiff") or {}
    paths = tuple(detailed) or tuple(step.get("diffReasons") or ())
    by_property: Mapping[str, list[str]] = new.get("propertyDependencies") or {}
    replacing = tuple(path for path, how in detailed.items() if how["kind"].endswith("-replace"))
    return Change(
        operation=OPERATIONS.get(step["op"], "update"),
        urn=step["urn"],
        type=(new or old)["type"],
        paths=paths,
        causes=replacing or tuple(step.get("replaceReasons") or ()) or paths,
        old=old.get("inputs") or {},
        new=new.get("inputs") or {},
        was_protected=bool(old.get("protect")),
        is_protected=bool(new.get("protect")),
        is_kept=bool(old.get("retainOnDelete")),
        reads=frozenset(chain.from_iterable(by_property.values())),
    )
