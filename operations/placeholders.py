"""Finds placeholders in settings: networks, names and accounts that documentation uses as examples and nobody owns.

A rehearsal accepts them. In a deployment they mean that settings were copied from documentation, so that access is not
open to the people who need it.
"""

import ipaddress
import re
from collections.abc import Iterator, Mapping
from typing import Any, cast

from settings.model import Settings
from settings.problems import Problem

NETWORKS = tuple(
    ipaddress.ip_network(network)
    # Networks for documentation: RFC 5737, RFC 3849, RFC 9637
    for network in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32", "3fff::/20")
)
HOST = re.compile(r"(?:^|[.@/])(example\.(?:com|net|org|edu)|[^./@]+\.(?:example|invalid|test))\.?(?:$|[:/])", re.I)
"""Domain names that are reserved for documentation and tests (RFC 2606, RFC 6761)."""
ACCOUNTS = ("123456789012", "111122223333", "444455556666", "777788889999", "012345678901", "000000000000")
"""Account ids in the examples of AWS' documentation."""


def placeholders(settings: Settings | Mapping[str, Any]) -> list[Problem]:
    """All placeholders with their keys. Settings may also be given as they are written, even if some are wrong."""
    tree = settings.model_dump(mode="json", by_alias=True) if isinstance(settings, Settings) else settings
    return [Problem(key, f"{text} {reason}") for key, text in _texts("", tree) if (reason := _reason(text))]


def _texts(path: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, each in cast(Mapping[str, Any], value).items():
            yield from _texts(f"{path}.{key}".lstrip("."), each)
    elif isinstance(value, list):
        for index, each in enumerate(cast(list[Any], value)):
            yield from _texts(f"{path}[{index}]", each)
    elif isinstance(value, str):
        yield path, value


def _reason(text: str) -> str:
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        pass
    else:
        known = [each for each in NETWORKS if each.version == network.version and each.overlaps(network)]
        narrow = [each for each in known if network.prefixlen >= each.prefixlen]
        return f"stands in documents for a network ({narrow[0]}): write your own" if narrow else ""
    if found := HOST.search(text):
        return f"stands in documents for a name ({found[1]}): write your own"
    accounts = [each for each in ACCOUNTS if re.search(rf"(?<!\d){each}(?!\d)", text)]
    return f"stands in documents for an account ({accounts[0]}): write your own" if accounts else ""
