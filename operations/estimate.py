"""Size and price of what a stack's settings ask for, from its file alone: nothing is deployed, nobody logs in."""

import json
from typing import Any, cast

import yaml

from operations.stack import ROOT, StackError
from planning.__main__ import show as show_estimate
from settings.model import Settings
from settings.reading import read


def settings_of(stack: str) -> Settings:
    """Raises StackError if there is no such file, SettingsError for what is wrong in it."""
    tree = settings_tree(stack)
    return read(
        {key: value if isinstance(value, str) else json.dumps(opened(value)) for key, value in tree.items()}, stack
    )


def settings_tree(stack: str) -> dict[str, Any]:
    """Full key -> value, as written. Raises StackError if there is no such file."""
    file = ROOT / f"Pulumi.{stack}.yaml"
    if not file.exists():
        known = ", ".join(sorted(path.name.split(".")[1] for path in ROOT.glob("Pulumi.*.yaml")))
        raise StackError(f"there is no {file.name}; stacks with settings here: {known}")
    return yaml.safe_load(file.read_text()).get("config") or {}


def opened(value: Any) -> Any:
    """Without the key of the stack an encrypted value is just some text."""
    if isinstance(value, dict):
        tree = cast(dict[str, Any], value)
        return "encrypted" if set(tree) == {"secure"} else {key: opened(inner) for key, inner in tree.items()}
    return value


def show(stack: str, *, as_json: bool) -> int:
    settings = settings_of(stack)
    if settings.target != "aws":
        raise StackError(f"stack {stack} runs on this machine and costs nothing; try STACK=dev")
    answer = settings.plan()
    if as_json:
        print(json.dumps(answer.to_json(), indent=2))
    else:
        show_estimate(answer)
    return 0
