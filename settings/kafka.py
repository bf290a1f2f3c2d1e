"""The sections about Milvus' write-ahead log, on Kafka or in the bucket, and their contradictions."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal

from annotated_types import Ge, Le, Len

from planning import versions
from planning.log import LogKind
from settings.arns import SECRET, misplaced
from settings.formats import Authorities, Broker, BrokerType, LogDays, SecretArn, SecurityGroupId
from settings.problems import Problem
from settings.sections import Section

if TYPE_CHECKING:
    from settings.model import Settings


class Log(Section):
    """Milvus' write-ahead log, which holds what is inserted until it is stored in segments."""

    kind: LogKind = "kafka"
    """`kafka` is an MSK cluster; `woodpecker` is Milvus' own log in the bucket, without brokers: cheaper and sooner
    there, but writes take longer. Fixed at creation (docs/log.md says how a running stack moves).
    """


class ExistingKafka(Section):
    """Kafka that is there, on MSK or elsewhere, which this stack uses without tagging, changing or deleting it."""

    bootstrap: Annotated[tuple[Broker, ...], Len(min_length=1, max_length=60)]
    """Addresses of its SASL/SCRAM listeners, host:port. They speak TLS."""
    secret_arn: SecretArn
    """ARN of the secret in Secrets Manager with Milvus' user, as JSON: `username` and `password` (SCRAM-SHA-512). Who
    deploys must be able to read it.
    """
    ca_certificate: Authorities | None = None
    """Certificate of the authority that issued the brokers' certificates, as PEM; if not given, a public one. Several
    one after the other are all trusted, by which an authority is changed without a gap.
    """
    security_group_id: SecurityGroupId | None = None
    """Security group of the brokers, if they are in a VPC of this account: at each preview, its rules must admit the
    subnets of the nodes.
    """


class Kafka(Section):
    """The MSK cluster, in which Milvus keeps its write-ahead log."""

    version: str | None = None
    """Milvus' Kafka client cannot authenticate to Kafka 4 (milvus#52601). From the broker type if not given:
    3.9.x.kraft, or 3.8.x for kafka.t3.small, which MSK runs without KRaft only; a running cluster then keeps what it
    has."""
    instance_type: BrokerType | None = None
    """Standard broker type: kafka.t3.small, kafka.m7g.* or kafka.m5.*. It follows from the workload if not given."""
    brokers_per_zone: Annotated[int, Ge(1), Le(10)] | None = None
    """Number of brokers in each zone. It follows from the workload if not given."""
    storage_gib: Annotated[int, Ge(1), Le(16384)] | None = None
    """Disk of each broker in GiB, which can only grow. It follows from the workload if not given."""
    max_storage_gib: Annotated[int, Ge(1), Le(16384)] | None = None
    """Size in GiB up to which MSK enlarges a broker's disk by itself. Disks have a fixed size if not given."""
    retention_hours: Annotated[int, Ge(168), Le(8760)] = 168
    """Hours for which messages are kept. They must exceed every downtime of Milvus, which cannot start again once
    messages that it has not stored yet have expired (milvus#45210).
    """
    users: Annotated[tuple[Literal["a", "b"], ...], Len(min_length=1, max_length=2)] = ("a",)
    """SCRAM users that exist. To rotate credentials without a gap, add the other user, set activeUser to it, and
    then remove the first.
    """
    active_user: Literal["a", "b"] = "a"
    """SCRAM user that Milvus logs in with."""
    open_monitoring: bool = False
    """Let nodes read Prometheus metrics of the brokers."""
    log_days: LogDays = 30
    """Days for which broker logs are kept."""
    existing: ExistingKafka | None = None
    """Kafka to use instead of making an MSK cluster (docs/adopting.md). Fixed at creation."""


def problems(written: Mapping[str, Any], settings: "Settings") -> Iterator[Problem]:
    """The contradictions about the log. `written` is what the user wrote, without defaults."""
    if settings.log.kind == "woodpecker":
        yield from _woodpecker(written, settings)
    elif settings.kafka.existing:
        yield from _existing(written, settings)
    else:
        yield from _msk(settings)


def _woodpecker(written: Mapping[str, Any], settings: "Settings") -> Iterator[Problem]:
    for key in written.get("kafka") or ():
        yield Problem(f"kafka.{key}", "has no effect with log.kind woodpecker, which has no brokers; remove it")
    if reason := versions.without_woodpecker(settings.milvus.version):
        yield Problem("milvus.version", reason)


def _existing(written: Mapping[str, Any], settings: "Settings") -> Iterator[Problem]:
    existing = settings.kafka.existing
    for key in written.get("kafka") or ():
        if key != "existing":
            yield Problem(f"kafka.{key}", "has no effect with kafka.existing, which nobody changes here; remove it")
    if existing is None or settings.region is None:
        return
    if reason := misplaced(existing.secret_arn, SECRET, settings.region, settings.access.account_ids):
        yield Problem("kafka.existing.secretArn", reason)


def _msk(settings: "Settings") -> Iterator[Problem]:
    kafka = settings.kafka
    if kafka.active_user not in kafka.users:
        yield Problem(
            "kafka.activeUser", f"{kafka.active_user} is not among kafka.users ({', '.join(kafka.users)}); add it"
        )
    if kafka.max_storage_gib and kafka.storage_gib and kafka.max_storage_gib < kafka.storage_gib:
        yield Problem(
            "kafka.maxStorageGib",
            f"{kafka.max_storage_gib} is less than kafka.storageGib {kafka.storage_gib}; raise it",
        )
    if kafka.instance_type == "kafka.t3.small" and settings.tier == "production":
        yield Problem("kafka.instanceType", "kafka.t3.small: burstable, for trying things; production needs m5 or m7g")
    if kafka.instance_type == "kafka.t3.small" and kafka.max_storage_gib:
        yield Problem("kafka.maxStorageGib", "has no effect on kafka.t3.small, whose storage MSK does not scale")
