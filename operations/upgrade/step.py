"""Which version of Milvus may follow which, and in which order its roles follow. Pure; rolling.py does it."""

from collections.abc import Collection, Sequence
from datetime import date

from operations.stack import StackError
from planning import versions
from planning.chart.names import RoleName

ORDER: tuple[RoleName, ...] = ("mixCoordinator", "streamingNode", "queryNode", "dataNode", "proxy")
"""Order in which Milvus' own operator upgrades the roles within 2.6 (milvus-operator: dependency_graph.go). Another one
has blocked all of them (milvus#42492). Downgrades go the other way (its docs/administration/upgrade.md)."""
Version = tuple[int, int, int]


def parsed(version: str) -> Version:
    """The numbers in a version, such as 2.6.20 or v2.6.20. Raises StackError."""
    parts = version.removeprefix("v").split(".")
    if len(parts) != 3 or not all(part.isdecimal() for part in parts):
        raise StackError(f"TO={version}: expected a version of Milvus with three numbers, such as {versions.MILVUS}")
    return int(parts[0]), int(parts[1]), int(parts[2])


def refusal(running: str, to: str) -> str | None:
    """Why pods of version `running` can't be replaced by those of version `to`; None if they can."""
    old, new = parsed(running), parsed(to)
    if new[0] > old[0]:
        return (
            f"TO={to}: there is no way back from {new[0]}.0, but by a restore of a backup (milvus#51788). It is reached"
            " from 2.6.20 or later, after a backup that was verified (docs/backup.md), and this program does not"
            " deploy it yet"
        )
    if new[:2] < old[:2]:
        return (
            f"TO={to}: Milvus runs {running}, and an older minor version does not read what a newer one has written;"
            " restore a backup into a second stack (docs/backup.md)"
        )
    if new[1] > old[1] + 1:
        following = f"{old[0]}.{old[1] + 1}"
        return f"TO={to}: Milvus runs {running}, and is upgraded one minor version at a time: {following} is next"
    return None


def check(running: Collection[str], to: str, today: date) -> None:
    """Raises StackError if one of the versions that run can't be replaced, or the new one is not to be deployed."""
    parsed(to)
    for each in sorted(running, key=parsed):
        if reason := refusal(each, to):
            raise StackError(reason)
    problems = versions.check(
        milvus=to.removeprefix("v"),
        chart=versions.CHART,
        kafka=versions.KAFKA,
        kubernetes=versions.KUBERNETES,
        today=today,
    )
    for problem in problems:
        if problem.key == "milvus.version" and problem.severity == "error":
            raise StackError(f"TO={to}: {problem.reason}. Use {problem.allowed}. See {problem.link}")


def order(running: Collection[str], to: str) -> Sequence[RoleName]:
    """The order of the roles: backwards if one of them runs a newer version than it will."""
    back = any(parsed(each) > parsed(to) for each in running)
    return tuple(reversed(ORDER)) if back else ORDER
