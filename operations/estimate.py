"""Size and price of what a stack's settings ask for, from its file alone: nothing is deployed, nobody logs in."""

import json
from typing import Any

from operations.stack import ROOT, StackError
from planning.__main__ import show as show_estimate
from settings.model import Settings
from settings.reading import read
from settings.stack_file import StackFileError, as_pulumi_hands_over, configuration, of_stack, without_secrets


def settings_of(stack: str) -> Settings:
    """Raises StackError if there is no such file or it is no YAML, SettingsError for what is wrong in it."""
    without_key = without_secrets(settings_tree(stack), "encrypted")  # the key of the stack is not here
    return read(as_pulumi_hands_over(without_key), stack)


def settings_tree(stack: str) -> dict[str, Any]:
    """Full key -> value, as written. Raises StackError if there is no such file, or it is no YAML."""
    try:
        return configuration(of_stack(stack, ROOT))
    except StackFileError as error:
        raise StackError(str(error)) from None


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
