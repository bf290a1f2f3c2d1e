"""Brings a recorded cloud into a form that is equal for two rehearsals of the same program.

Ids, addresses and random suffixes, which every rehearsal invents anew, are replaced by the names of the resources that
they belong to. Secrets are left out.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, cast

from rehearsal.cloud.cloud import Cloud
from rehearsal.cloud.resource import Resource
from rehearsal.protocol.wire import type_of
from rehearsal.secrets import WHERE_SECRETS_BELONG

Inputs = dict[str, dict[str, Any]]
"""Values of inputs, first by name and type of the resource, then by the input's path."""
SHORTEST_COMPUTED = 12
"""Shortest output, in characters, that is taken for an address or ARN. Anything shorter is a word or a number."""
_DIGEST = re.compile(r"\b[0-9a-fA-F]{32,}\b")
_COUNTED_SUFFIX = re.compile(r"\d{20,}")
"""The provider appends 26 digits to names that are given as a prefix."""
_SUFFIX = re.compile(r"(?<=\w)-[0-9a-f]{7,8}\b")
"""Pulumi appends 7 or 8 hexadecimal digits to every other name."""


class Settled:
    """The inputs of one cloud, and texts about it, with invented values replaced."""

    def __init__(self, cloud: Cloud, secrets: Sequence[str]) -> None:
        self._secrets = secrets
        resources = sorted(cloud.resources(), key=lambda each: (each.urn, each.key))
        self._known = _invented(resources)
        pieces = [re.escape(value) for value in sorted(self._known, key=len, reverse=True)]
        self._invented = re.compile("|".join(pieces)) if pieces else None
        self.inputs: Inputs = {
            f"{each.name} ({type_of(each.urn)})": {}
            if each.type in WHERE_SECRETS_BELONG
            else {self.text(path): self._value(value) for path, value in flat(each.inputs)}
            for each in resources
            if each.urn
        }
        """Inputs of every resource of the program."""

    def _value(self, value: Any) -> Any:
        return self.text(value) if isinstance(value, str) else value

    def text(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, "********")
        if self._invented:
            text = self._invented.sub(lambda found: self._known[found.group()], text)
        return _SUFFIX.sub("", _COUNTED_SUFFIX.sub("", _DIGEST.sub("<digest>", text)))


def _invented(resources: Sequence[Resource]) -> dict[str, str]:
    """Replacements for ids and computed outputs, by the invented value."""
    computed: dict[str, str] = {}
    owners = Counter[str]()
    for each in resources:
        given = {value for _, value in flat(each.inputs)}
        found = {
            value: f"<{each.name if each.urn else each.owner.split('=')[0]} {path.rpartition('.')[2]}>"
            for path, value in flat(each.outputs)
            if isinstance(value, str) and len(value) >= SHORTEST_COMPUTED and value not in given
        }
        owners.update(found.keys())
        computed |= found
    of_resources = {
        each.id: f"<{each.name if each.urn else each.owner.split('=')[0]}>"
        for each in resources
        if len(each.id) >= SHORTEST_COMPUTED and (each.urn or each.owner)
    }
    return {value: token for value, token in computed.items() if owners[value] == 1} | of_resources


def flat(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Path and value of every leaf. An empty object or list is a leaf, too, with its text as the value."""
    if not isinstance(value, dict | list):
        yield path, value
        return
    inside = cast(dict[str, Any] | list[Any], value)
    if not inside:
        yield path, str(inside)
    for key, each in inside.items() if isinstance(inside, dict) else enumerate(inside):
        yield from flat(each, f"{path}.{key}" if path else str(key))
