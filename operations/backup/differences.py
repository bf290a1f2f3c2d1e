"""Says in words where two trees of JSON differ. Lists of objects with names are compared by name, others by value."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeGuard


def differences(what: str, expected: Any, actual: Any, path: str = "") -> list[str]:
    """A sentence for each leaf that differs. Each begins with `what`."""
    if _is_list(expected) and _is_list(actual):
        expected, actual = _by_name(expected), _by_name(actual)
    if _is_mapping(expected) and _is_mapping(actual):
        keys = [*expected, *(key for key in actual if key not in expected)]
        below = ((expected.get(key), actual.get(key), f"{path}.{key}" if path else key) for key in keys)
        return [each for one, other, place in below for each in differences(what, one, other, place)]
    if expected == actual:
        return []
    if expected is None:
        return [f"{what}: {path} is new: {_short(actual)}"]
    return [f"{what}: {path} is {'missing' if actual is None else _short(actual)}, expected {_short(expected)}"]


def _by_name(values: Sequence[Any]) -> dict[str, Any]:
    return {str(each.get("name") or each) if _is_mapping(each) else str(each): each for each in values}


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 80 else f"{text[:80]}..."


def _is_list(value: Any) -> TypeGuard[list[Any]]:
    return isinstance(value, list)


def _is_mapping(value: Any) -> TypeGuard[Mapping[str, Any]]:
    return isinstance(value, Mapping)
