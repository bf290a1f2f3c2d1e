"""Parses Kubernetes' quantities, such as 500m, 8G or 1.5Gi.

kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
"""

import re
from decimal import ROUND_CEILING, Decimal

_SUFFIXES = {
    "n": Decimal("1e-9"), "u": Decimal("1e-6"), "m": Decimal("1e-3"), "": Decimal(1),
    **{letter: Decimal(1000) ** power for power, letter in enumerate("kMGTPE", start=1)},
    **{f"{letter}i": Decimal(1024) ** power for power, letter in enumerate("KMGTPE", start=1)},
}  # fmt: skip
_QUANTITY = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+))(?:[eE]([+-]?\d+)|([a-zA-Z]*))")


def quantity(text: object) -> Decimal:
    """The number that a quantity means. Raises ValueError for text that is no quantity, as
    the API server refuses it."""
    found = _QUANTITY.fullmatch(str(text))
    if not found or (found[3] or "") not in _SUFFIXES:
        raise ValueError(f"{text!r} is no quantity: a number with a suffix such as m, k, M, G, Ki, Mi or Gi")
    return Decimal(found[1]) * (Decimal(10) ** int(found[2]) if found[2] else _SUFFIXES[found[3] or ""])


def millicpu(text: object) -> int:
    """A quantity of CPU in thousandths of a core, rounded up."""
    return _rounded_up(quantity(text) * 1000)


def mib(text: object) -> int:
    """A quantity of memory or disk in MiB, rounded up."""
    return _rounded_up(quantity(text) / 1024**2)


def _rounded_up(number: Decimal) -> int:
    return int(number.to_integral_value(ROUND_CEILING))
