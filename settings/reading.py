"""Reads a stack's configuration, and reports all mistakes at once, before any resource is registered.

Left out: which values are valid (model.py, sections.py, contradictions.py), and the text of errors (problems.py).
"""

import difflib
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from settings import base_file
from settings.model import NAMESPACE, TIER_DEFAULTS, Settings
from settings.problems import Problem, SettingsError, check
from settings.stack_file import as_pulumi_hands_over

TEXTS = ("target", "tier", "region", "extends")
"""Settings that are plain text, and no JSON."""
GO_TIME = re.compile(r"(\d{4}-\d\d-\d\d)( \d\d:\d\d:\d\d(\.\d+)?) [-+]\d{4} (UTC|[-+]\d{4})")
"""A time as Go prints it, in which the Pulumi CLI is written."""


def read(config: Mapping[str, str], stack: str, folder: Path = base_file.PROJECT) -> Settings:
    """Reads the raw configuration of a stack: texts by full key (`milvus-on-aws:tier`), with objects as JSON.

    A file that it extends is in `folder`. Raises SettingsError, which lists every mistake.
    """
    layers, problems = base_file.layers(_tree(config), NAMESPACE, folder)
    written = layers.joined
    problems += [*_elsewhere(config), *_times(written)]

    def between_keys(settings: Settings) -> list[Problem]:
        from settings.contradictions import contradictions  # only here: it imports the planning

        return list(contradictions(written, settings, stack, NAMESPACE))

    settings, found = check(Settings, _with_defaults(written), between_keys)
    problems += found
    if problems or settings is None:
        raise SettingsError(stack, NAMESPACE, problems, layers.file, layers.comes_from_base)
    return settings


def resolved(config: Mapping[str, str], folder: Path = base_file.PROJECT) -> dict[str, str]:
    """A stack's raw configuration with what it extends written into it, for readers that are not where the file is.

    What can't be read, such as masked secrets, stays as it is; what is wrong stays for read() to tell.
    """
    own = _tree(config)
    layers, problems = base_file.layers(own, NAMESPACE, folder)
    if problems or not layers.file:
        return dict(config)
    names = {name: f"{NAMESPACE}:{name}" for name in layers.joined if name != base_file.KEY}
    texts = as_pulumi_hands_over({key: layers.joined[name] for name, key in names.items()})
    unread = {key: text for key, text in config.items() if key.partition(":")[2] not in own}
    return {**texts, **unread}


def _tree(config: Mapping[str, str]) -> dict[str, Any]:
    """The values of our namespace by name."""
    tree: dict[str, Any] = {}
    for key, text in sorted(config.items()):
        namespace, _, name = key.partition(":")
        if namespace != NAMESPACE:
            continue
        try:
            tree[name] = text if name in TEXTS else json.loads(text)
        except ValueError:
            tree[name] = text  # which the model refuses where it wants something else
    return tree


def _elsewhere(config: Mapping[str, str]) -> list[Problem]:
    """Problems with keys of other namespaces, which nothing would read."""
    problems: list[Problem] = []
    region = config.get(f"{NAMESPACE}:region")
    for key, value in sorted(config.items()):
        namespace, _, name = key.partition(":")
        if region and (name == "profile" or (name == "region" and value != region)) and namespace == "aws":
            makes = f"the program makes its own AWS provider, in {NAMESPACE}:region ({region})"
            problems.append(
                Problem(key, f"{value} has no effect: {makes} with the environment's AWS_PROFILE; remove it")
            )
        elif namespace != NAMESPACE and difflib.get_close_matches(namespace, [NAMESPACE], cutoff=0.8):
            problems.append(Problem(key, f"nothing reads it; did you mean {NAMESPACE}:{name}?"))
    return problems


def _times(value: Any, path: str = "") -> list[Problem]:
    """Problems with times, which YAML makes of unquoted dates. The program gets a text that nobody has written."""
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
    """Settings of the running stack. Raises pulumi.RunError, which the engine shows without a traceback."""
    import pulumi  # only here: tools that deploy nothing also read settings
    from pulumi.runtime.config import CONFIG  # the only list of all keys; pulumi.Config knows single keys

    try:
        return read(CONFIG.get(), pulumi.get_stack())
    except SettingsError as error:
        raise pulumi.RunError(str(error)) from None
