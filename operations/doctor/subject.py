"""The stack that is examined: its settings, plan and state, and the account that it is, or would be, in."""

from dataclasses import dataclass, field
from functools import cached_property
from threading import Lock
from typing import Any

from operations.destroyable import stack_outputs
from operations.doctor.check import SkipError
from operations.kubernetes import Kubernetes, of_cluster
from planning.deployment import TIERS
from planning.estimate import Estimate
from planning.protection import resources
from planning.regions import NO_CONTROL_PLANE, chosen_zones, partition
from settings.model import Settings

CONNECT_SECONDS, READ_SECONDS = 3, 6
"""Limits for one call. With one more try a service that is silent costs its check 12 s, not a minute each."""


class Clients:
    """boto3's clients of one session, each made once: that takes a tenth of a second, and one thread at a time."""

    def __init__(self, session: Any) -> None:
        self.session = session
        self._lock = Lock()
        self._made: dict[tuple[str, str], Any] = {}

    def get(self, service: str, region: str) -> Any:
        from botocore.config import Config

        quickly = Config(
            connect_timeout=CONNECT_SECONDS,
            read_timeout=READ_SECONDS,
            retries={"total_max_attempts": 2, "mode": "standard"},
        )
        with self._lock:
            if (service, region) not in self._made:
                self._made[service, region] = self.session.client(service, region_name=region, config=quickly)
            return self._made[service, region]


@dataclass(frozen=True)
class Subject:
    """A stack. Every method may be called from several threads."""

    stack: str
    settings: Settings
    clients: Clients
    state: dict[str, Any] = field(default_factory=dict[str, Any])
    """The exported state; empty for a stack that was never deployed."""
    kubernetes: Kubernetes | None = None
    """The cluster's API server, if it is known otherwise than by EKS."""

    @property
    def name(self) -> str:
        """Name of the EKS cluster."""
        return self.settings.cluster_name(self.stack)

    @property
    def tags(self) -> dict[str, str]:
        return self.settings.tags_of(self.stack)

    @property
    def region(self) -> str:
        return str(self.settings.region)

    @property
    def global_region(self) -> str:
        """Region of this partition that every account has, and whose endpoints know all others."""
        return "us-gov-west-1" if partition(self.region) == "aws-us-gov" else "us-east-1"

    @property
    def outputs(self) -> dict[str, Any]:
        return stack_outputs(self.state)

    def client(self, service: str, region: str | None = None) -> Any:
        return self.clients.get(service, region or self.region)

    def all(self, service: str, operation: str, key: str, **parameters: Any) -> list[dict[str, Any]]:
        """The items of all pages of a listing."""
        client = self.client(service)
        if not client.can_paginate(operation):
            return list(getattr(client, operation)(**parameters)[key])
        return [each for page in client.get_paginator(operation).paginate(**parameters) for each in page[key]]

    def names(self, service: str, operation: str, key: str, **parameters: Any) -> list[str]:
        """The same, of a listing of names."""
        return [str(each) for each in self.all(service, operation, key, **parameters)]

    def made(self, kind: str) -> list[dict[str, Any]]:
        """The stack's resources of a Pulumi type."""
        return [each for each in resources(self.state) if each["type"] == kind and not each.get("delete")]

    def ids(self, kind: str) -> list[str]:
        """AWS' ids of the stack's resources of a Pulumi type."""
        return [str(each["id"]) for each in self.made(kind) if each.get("id")]

    @property
    def namespace(self) -> str:
        """Kubernetes namespace of Milvus."""
        return str(self.outputs.get("namespace") or self.settings.milvus.namespace)

    @cached_property
    def pods(self) -> list[dict[str, Any]]:
        """All pods in that namespace, by one look for all checks. Raises KubernetesError."""
        return self.api.items(f"/api/v1/namespaces/{self.namespace}/pods")

    @cached_property
    def caller(self) -> dict[str, str]:
        return self.client("sts").get_caller_identity()

    @cached_property
    def zones(self) -> tuple[str, ...]:
        """The zones that the program takes in this account (arguments/account.py chooses them likewise)."""
        settings = self.settings
        if settings.network.existing or settings.network.zones:
            return settings.zones
        there = [each["ZoneName"] for each in self.account_zones if each["ZoneId"] not in NO_CONTROL_PLANE]
        return chosen_zones(self.region, TIERS[settings.tier].zones, there)

    @cached_property
    def account_zones(self) -> list[dict[str, Any]]:
        """Availability zones that the account has."""
        kinds = [{"Name": "zone-type", "Values": ["availability-zone"]}, {"Name": "state", "Values": ["available"]}]
        return self.client("ec2").describe_availability_zones(Filters=kinds)["AvailabilityZones"]

    @cached_property
    def plan(self) -> Estimate:
        """What is planned, in the settings' own zones: the same numbers as in the account's."""
        return self.settings.plan()

    @cached_property
    def cluster(self) -> dict[str, Any]:
        """EKS' description of the cluster. Raises ClientError."""
        return self.client("eks").describe_cluster(name=self.name)["cluster"]

    @cached_property
    def api(self) -> Kubernetes:
        """The cluster's API server. Raises SkipError if the cluster has none yet."""
        if self.kubernetes:
            return self.kubernetes
        if "endpoint" not in self.cluster:
            raise SkipError("the cluster has no API server yet")
        return of_cluster(self.clients.session, self.region, self.cluster, Kubernetes)
