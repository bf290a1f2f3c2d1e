"""Kubernetes' quantities with every suffix, and texts that are no quantities."""

import pytest

from planning.quantities import mib, millicpu, quantity


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("500m", 500),
        ("1", 1000),
        ("1.5", 1500),
        ("0.1", 100),
        (2, 2000),
        ("100u", 1),
        ("1k", 1_000_000),
        ("2e3", 2_000_000),
    ],
)
def test_processors_are_counted_in_thousandths(text: object, expected: int) -> None:
    assert millicpu(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("8Gi", 8192),
        ("8G", 7630),
        ("512Mi", 512),
        ("1.5Gi", 1536),
        ("1048576", 1),
        ("1e9", 954),
        ("1Ti", 1_048_576),
        ("1", 1),
    ],
)
def test_memory_is_counted_in_mebibytes_rounded_up(text: object, expected: int) -> None:
    assert mib(text) == expected


@pytest.mark.parametrize("text", ["8GB", "8gi", "", "Gi", "1 Gi", "1e", "0x10", "None"])
def test_what_the_api_server_refuses_is_no_quantity(text: str) -> None:
    with pytest.raises(ValueError, match="is no quantity"):
        quantity(text)
