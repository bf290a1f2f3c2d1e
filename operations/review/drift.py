"""What somebody changed in the cloud since the last deployment, read from `pulumi preview --refresh --json`.

Such a preview lists each resource twice: first as it was deployed, by the step that reads it, then as it was found.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

LONGEST_VALUE = 100
NOTHING = "nothing"


@dataclass(frozen=True)
class Drift:
    """One resource that is no longer as the program left it."""

    name: str
    type: str
    differences: tuple[str, ...]
    """Each property with its deployed value and the one that was found; empty if the resource is gone."""


def drifts(steps: Sequence[Mapping[str, Any]]) -> list[Drift]:
    """The resources that somebody changed or deleted, by name. It needs the steps with `--show-sames`.

    Inputs are compared: providers put there what they found of a resource's settings. The CLI has masked secrets.
    """
    deployed: dict[str, Mapping[str, Any]] = {
        step["urn"]: step["oldState"] for step in steps if step["op"] == "refresh" and step.get("oldState")
    }
    found: dict[str, Drift] = {}
    for step in steps:
        if step["op"] == "refresh" or step["urn"] in found or not deployed.get(step["urn"], {}).get("custom"):
            continue
        before, now = deployed[step["urn"]], step.get("oldState")
        differences = tuple(_differences(before["inputs"], now["inputs"])) if now else ()
        if differences or not now:
            found[step["urn"]] = Drift(step["urn"].rsplit("::", 1)[1], before["type"], differences)
    return sorted(found.values(), key=lambda drift: (drift.name, drift.type))


def told(drift: Drift) -> Iterator[str]:
    """Lines of a list in Markdown."""
    yield f"- `{drift.name}` ({drift.type}){'' if drift.differences else ' is gone'}"
    for difference in drift.differences:
        yield f"  - {difference}"


def _differences(deployed: Any, found: Any, path: str = "") -> Iterator[str]:
    """Differing leaves, each as `path`: deployed, found."""
    if isinstance(deployed, Mapping) and isinstance(found, Mapping):
        before, now = cast(Mapping[str, Any], deployed), cast(Mapping[str, Any], found)
        for key in sorted({*before, *now} - {"__defaults"}):
            yield from _differences(before.get(key), now.get(key), f"{path}.{key}" if path else key)
    elif deployed != found:
        yield f"`{path}`: {_shown(deployed)} as deployed, {_shown(found)} in the cloud"


def _shown(value: Any) -> str:
    if value is None:
        return NOTHING
    text = json.dumps(value, ensure_ascii=False)
    return f"`{text if len(text) <= LONGEST_VALUE else text[: LONGEST_VALUE - 1] + '…'}`"
