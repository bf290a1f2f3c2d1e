"""Partition and DNS suffix of each region, from botocore's data."""

import re
from functools import cache
from typing import Any, cast

import botocore.session  # pyright: ignore[reportMissingTypeStubs] - has none


def partition(region: str) -> str:
    """Partition of a region; `aws` if the region is unknown."""
    return _partition(region)["id"]


def dns_suffix(region: str) -> str:
    """End of host names in a region: `amazonaws.com`, or another one in some partitions."""
    return _partition(region)["outputs"]["dnsSuffix"]


@cache
def _partition(region: str) -> dict[str, Any]:
    every: list[dict[str, Any]] = cast(Any, botocore.session).get_session().get_data("partitions")["partitions"]
    return next((each for each in every if re.match(each["regionRegex"], region)), every[0])
