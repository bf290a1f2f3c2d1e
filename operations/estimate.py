"""Shows size and price of a stack from its settings file alone, without a deployment and without a login."""

import json
from typing import Any

from operations.stack import ROOT, StackError
from planning.__main__ import show as show_estimate
from settings.base_file import whole
from settings.model import NAMESPACE, Settings
from settings.reading import read
from settings.stack_file import StackFileError, as_pulumi_hands_over, configuration, of_stack, without_secrets


def settings_of(stack: str) -> Settings:
    """Reads a stack's settings.

    Raises StackError if its file does not exist or is not YAML, and SettingsError if settings in it are wrong.
    """
    without_key = without_secrets(_written(stack), "encrypted")  # the key that decrypts secrets is not known here
    return read(as_pulumi_hands_over(without_key), stack, ROOT)


def settings_tree(stack: str) -> dict[str, Any]:
    """Settings by full key, as the stack's file and the one that it extends have them. Raises StackError if the
    stack's file does not exist or is not YAML."""
    return whole(_written(stack), NAMESPACE, ROOT)


def _written(stack: str) -> dict[str, Any]:
    """Settings by full key, as the stack's own file has them."""
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
