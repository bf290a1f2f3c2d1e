"""Functions that read the guard's findings, for both files of its tests."""

from operations.review.guard import Finding


def stopped(found: list[Finding]) -> set[tuple[str, str]]:
    """Name and cause of what is stopped."""
    return {(each.change.name, cause) for each in found if each.verdict == "stopped" for cause in each.causes or ("",)}
