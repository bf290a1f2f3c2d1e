"""Regions, as botocore's data have them: which partition each is in, and what its host names end in."""

import re
from functools import cache
from typing import Any, cast

import botocore.session  # pyright: ignore[reportMissingTypeStubs] - has none


def partition(region: str) -> str:
    """`aws` for a region that is in none."""
    return _partition(region)["id"]


def dns_suffix(region: str) -> str:
    """`amazonaws.com`, and other endings in some partitions."""
    return _partition(region)["outputs"]["dnsSuffix"]


@cache
def _partition(region: str) -> dict[str, Any]:
    every: list[dict[str, Any]] = cast(Any, botocore.session).get_session().get_data("partitions")["partitions"]
    return next((each for each in every if re.match(each["regionRegex"], region)), every[0])
