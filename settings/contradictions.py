"""Finds contradictions between settings: keys that exclude each other, need each other, or do not fit in size.

Subjects with many rules have modules of their own: network.py, kafka.py, access.py, tags.py, duplicates.py, quotas.py
and stack_name.py.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from planning import versions
from planning.chart.helm_values import owned_keys
from planning.errors import PlanningError
from settings import access, alarms, backup, bucket, duplicates, kafka, monitoring, network, quotas, stack_name, tags
from settings.problems import Problem

if TYPE_CHECKING:
    from settings.model import Settings

ONLY_FOR = {"embedded": "embedded"} | dict.fromkeys(
    (
        *("region", "protect", "tags", "network", "cluster", "log", "kafka", "bucket", "backup", "milvus", "attu"),
        *("access", "review", "alarms", "monitoring"),
    ),
    "aws",
)
"""Target that a key configures, by key."""


def contradictions(written: Mapping[str, Any], settings: "Settings", stack: str, namespace: str) -> Iterator[Problem]:
    """All contradictions. `written` is what the user wrote, without defaults; `namespace` is the project's name."""
    for key, target in ONLY_FOR.items():
        if key in written and settings.target != target:
            yield Problem(key, f"has no effect with target {settings.target}; remove it or set target: {target}")
    if settings.target == "aws":
        yield from stack_name.problems(stack, namespace, settings)
        yield from tags.problems(settings.tags)
        yield from network.problems(written, settings)
        yield from kafka.problems(written, settings)
        yield from bucket.problems(written, settings)
        yield from access.problems(settings)
        yield from alarms.problems(settings)
        yield from backup.problems(written, settings)
        yield from monitoring.problems(settings)
        yield from duplicates.problems(settings)
        yield from quotas.problems(settings)
        yield from _versions(settings)
        yield from _workload(settings)


def _versions(settings: "Settings") -> Iterator[Problem]:
    findings = versions.check(
        milvus=settings.milvus.version,
        chart=settings.milvus.chart_version,
        kafka=settings.kafka.version or versions.KAFKA,
        kubernetes=settings.cluster.version,
        today=datetime.now(UTC).date(),
    )
    for finding in findings:
        if finding.severity == "error":
            yield Problem(finding.key, f"{finding.value}: {finding.reason}. Use {finding.allowed}. See {finding.link}")
    small = settings.kafka.instance_type == "kafka.t3.small"
    if small and (settings.kafka.version or "").endswith(".kraft"):
        yield Problem(
            "kafka.version", f"{settings.kafka.version}: MSK runs kafka.t3.small without KRaft only; use 3.8.x"
        )
    if keys := owned_keys(settings.milvus.config):
        yield Problem("milvus.config", f"{', '.join(keys)}: this program sets these itself; remove them")
    if unknown := settings.cluster.addon_versions.keys() - versions.KUBERNETES_VERSIONS["1.35"].addons.keys():
        yield Problem(
            "cluster.addonVersions", f"{', '.join(sorted(unknown))}: not an add-on that this program installs"
        )
    if settings.milvus.prefix and "-partition-" in settings.milvus.prefix:
        yield Problem(
            "milvus.prefix", f"{settings.milvus.prefix}: Milvus stops on topics with -partition- (milvus#28675)"
        )


def _workload(settings: "Settings") -> Iterator[Problem]:
    if settings.workload is None:
        yield Problem("workload", "is missing: say how many vectors of which dimension the database must hold")
    elif settings.region and len(settings.zones) in (2, 3):
        try:
            plan = settings.plan()
        except PlanningError as error:
            yield Problem(error.setting, str(error))
        else:
            yield from network.too_small(settings, plan)
            yield from quotas.of_plan(plan)
