"""Values that stand for somebody's own: networks, names and accounts that documents use and nobody has.

A rehearsal takes them; a deployment that has one was copied from a page, and opens nothing to the people it should.
"""

import ipaddress
import re
from collections.abc import Iterator, Mapping
from typing import Any, cast

from settings.model import Settings
from settings.problems import Problem

NETWORKS = tuple(
    ipaddress.ip_network(network)
    # RFC 5737, RFC 3849, RFC 9637
    for network in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32", "3fff::/20")
)
HOST = re.compile(r"(?:^|[.@/])(example\.(?:com|net|org|edu)|[^./@]+\.(?:example|invalid|test))\.?(?:$|[:/])", re.I)
"""RFC 2606 and RFC 6761."""
ACCOUNTS = ("123456789012", "111122223333", "444455556666", "777788889999", "012345678901", "000000000000")
"""AWS' documentation uses these for account ids."""


def placeholders(settings: Settings | Mapping[str, Any]) -> list[Problem]:
    """Every one of them, each with its key. Takes settings as they are written, too, wrong as they may be."""
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
