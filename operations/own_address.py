"""Asks AWS for this machine's address as the internet sees it. Left out: addresses behind which it reaches a VPC."""

import ipaddress
import urllib.request

URL = "https://checkip.amazonaws.com/"
SECONDS = 3


def own_address() -> str | None:
    """The address; None if nobody answers, or something else than an address comes back."""
    try:
        with urllib.request.urlopen(URL, timeout=SECONDS) as answer:
            return str(ipaddress.ip_address(answer.read(64).decode().strip()))
    except (OSError, ValueError):
        return None
