"""Loosens a saved plan so that the engine can keep to it: `.venv/bin/python -m operations.review.plans plan.json`.

The engine compares each property with the plan. A property with a part that was not known yet never matches: a
reference to a resource without its id (pulumi#13765), or Kubernetes metadata that get their generated name only when
the namespace is known. `up` would then stop halfway (seen with pulumi 3.258.0). Such properties are marked as unknown
as a whole. The engine still keeps to everything else: which resources change, how, and all other values.
"""

import json
import sys
from pathlib import Path
from typing import Any

from policies.rule import UNKNOWN

REFERENCE = "5cf8f73096256a8f31e491e813e4eb8e"
"""Marks a reference to a resource in the engine's JSON (pulumi.runtime.rpc)."""


def loosened(plan: dict[str, Any]) -> dict[str, Any]:
    """The plan with each property that has unknown parts marked as unknown as a whole."""
    for resource in plan["resourcePlans"].values():
        goal: dict[str, dict[str, dict[str, Any]]] = resource.get("goal", {})
        for part in (goal.get("inputDiff", {}), goal.get("outputDiff", {})):
            for values in (part.get("adds", {}), part.get("updates", {})):
                values.update({key: UNKNOWN for key, value in values.items() if _is_open(json.dumps(value))})
    return plan


def _is_open(text: str) -> bool:
    return UNKNOWN in text or REFERENCE in text


if __name__ == "__main__":
    file = Path(sys.argv[1])
    file.write_text(json.dumps(loosened(json.loads(file.read_text(encoding="utf-8")))), encoding="utf-8")
