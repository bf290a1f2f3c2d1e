"""The only reader of a stack's configuration: everything wrong is said at once, before any resource is registered.

Left out: which values are right (model.py, sections.py, contradictions.py), and how an error reads (problems.py).
"""

import json
import re
from collections.abc import Mapping
from typing import Any, cast

from settings.model import NAMESPACE, TIER_DEFAULTS, Settings
from settings.problems import Problem, SettingsError, check

GO_TIME = re.compile(r"(\d{4}-\d\d-\d\d)( \d\d:\d\d:\d\d(\.\d+)?) [-+]\d{4} (UTC|[-+]\d{4})")
"""How Go, in which the Pulumi CLI is written, prints a time."""


def read(config: Mapping[str, str], stack: str) -> Settings:
    """Settings from the raw configuration of a stack: full key (`milvus-on-aws:tier`) -> text, objects as JSON.

    Raises SettingsError, which lists every mistake.
    """
    written: dict[str, Any] = {}
    problems: list[Problem] = []
    for key, text in sorted(config.items()):
        namespace, _, name = key.partition(":")
        if namespace != NAMESPACE:
            continue
        try:
            written[name] = text if name in ("target", "tier", "region") else json.loads(text)
        except ValueError:
            problems.append(Problem(name, f"{text!r} is no object; write its keys below it, indented"))
    problems += _times(written)

    def between_keys(settings: Settings) -> list[Problem]:
        from settings.contradictions import contradictions  # loads what plans a deployment; `embedded` needs none

        return list(contradictions(written, settings, stack, NAMESPACE))

    settings, found = check(Settings, _with_defaults(written), between_keys)
    problems += found
    if problems or settings is None:
        raise SettingsError(stack, NAMESPACE, problems)
    return settings


def _times(value: Any, path: str = "") -> list[Problem]:
    """YAML makes a time of an unquoted date, which reaches the program as text that nobody wrote."""
    if isinstance(value, dict):
        tree = cast(dict[str, Any], value)
        return [problem for key, each in tree.items() for problem in _times(each, f"{path}.{key}" if path else key)]
    if isinstance(value, list):
        return [problem for n, each in enumerate(cast(list[Any], value)) for problem in _times(each, f"{path}[{n}]")]
    if isinstance(value, str) and (match := GO_TIME.fullmatch(value)):
        written = match[1] if match[2] == " 00:00:00" else value
        return [Problem(path, f'{value} is what YAML makes of a date without quotes; write "{written}"')]
    return []


def _with_defaults(written: Mapping[str, Any]) -> dict[str, Any]:
    tier = written.get("tier", "development")
    values = dict(written)
    if written.get("target") != "aws" or tier not in TIER_DEFAULTS:
        return values
    for key, default in TIER_DEFAULTS[tier].items():
        value = values.setdefault(key, default)
        if isinstance(default, dict) and isinstance(value, dict):
            values[key] = {**default, **value}
    return values


def load() -> Settings:
    """The settings of the stack that runs. Raises pulumi.RunError, which the engine shows without a traceback."""
    import pulumi  # here alone: settings are also read by tools that deploy nothing
    from pulumi.runtime.config import CONFIG  # the only listing of all keys: pulumi.Config answers for known ones

    try:
        return read(CONFIG.get(), pulumi.get_stack())
    except SettingsError as error:
        raise pulumi.RunError(str(error)) from None
