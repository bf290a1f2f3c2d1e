"""Makes a saved plan one that the engine can keep to: `python -m operations.review.plans plan.json`.

The engine compares each property with the plan. What holds a value that was not known yet then never matches: a
reference to a resource without its id (pulumi#13765), or Kubernetes metadata that get their generated name only once
the namespace is known. `up` would stop there, halfway (seen with pulumi 3.258.0). Such properties are taken as not
known at all. Everything that was known stays a promise: which resources, what happens to each, and its other values.
"""

import json
import sys
from pathlib import Path
from typing import Any

from policies.rule import UNKNOWN

REFERENCE = "5cf8f73096256a8f31e491e813e4eb8e"
"""Marks a reference to a resource in the engine's JSON (pulumi.runtime.rpc)."""


def loosened(plan: dict[str, Any]) -> dict[str, Any]:
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
    file.write_text(json.dumps(loosened(json.loads(file.read_text()))))
