"""The only reader of a stack's configuration: everything wrong is said at once, before any resource is registered.

Left out: which values are right (model.py, sections.py, contradictions.py), and how an error reads (problems.py).
"""

import json
from collections.abc import Mapping
from typing import Any

from settings.model import NAMESPACE, TIER_DEFAULTS, Settings
from settings.problems import Problem, SettingsError, check


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
    given = _with_defaults(written)

    def between_keys(settings: Settings) -> list[Problem]:
        from settings.contradictions import contradictions  # loads what plans a deployment; `embedded` needs none

        return list(contradictions(written, settings))

    settings, found = check(Settings, given, between_keys)
    problems += found
    if problems or settings is None:
        raise SettingsError(stack, NAMESPACE, problems)
    return settings


def _with_defaults(written: Mapping[str, Any]) -> dict[str, Any]:
    tier = written.get("tier", "development")
    given = dict(written)
    if written.get("target") != "aws" or tier not in TIER_DEFAULTS:
        return given
    for key, default in TIER_DEFAULTS[tier].items():
        value = given.setdefault(key, default)
        if isinstance(default, dict) and isinstance(value, dict):
            given[key] = {**default, **value}
    return given


def load() -> Settings:
    """The settings of the stack that runs. Raises pulumi.RunError, which the engine shows without a traceback."""
    import pulumi  # here alone: settings are also read by tools that deploy nothing
    from pulumi.runtime.config import CONFIG  # the only listing of all keys: pulumi.Config answers for known ones

    try:
        return read(CONFIG.get(), pulumi.get_stack())
    except SettingsError as error:
        raise pulumi.RunError(str(error)) from None
