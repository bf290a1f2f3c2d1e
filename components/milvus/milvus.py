"""Milvus on Kubernetes: its namespace, credentials, Helm release, and the probe that proves that it works.

Load balancers, Kafka, bucket and roles are created elsewhere, and passed in as addresses and ARNs.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pulumi
import pulumi_aws as aws
import pulumi_random as random
from pulumi_kubernetes.core import v1 as core
from pulumi_kubernetes.helm import v3 as helm

from components.milvus.availability import disruption_budgets, stop_in_order
from components.milvus.etcd_care import care_for_etcd
from components.milvus.login import KafkaLogin, environment
from components.milvus.probe import prove
from components.order import known_after
from components.pods.access import network_policies
from components.pods.target_binding import Binding, bind
from planning import versions
from planning.chart.helm_values import Etcd, LogLevel, Release, Role, helm_values
from planning.chart.names import MILVUS_PORT, RoleName, fullname

RELEASE_TIMEOUT_SECONDS = 1800
"""How long Milvus may take to become ready. Pulling images of 2 GB, creating volumes, and MSK, which takes minutes to
accept new users, need more than Pulumi's default of 300 s (pulumi-kubernetes#2921)."""
ROOT_PASSWORD_LENGTH = 32
"""Milvus accepts up to 72 characters. Only letters and digits are used, because quotes have become part of a password
before (milvus#41816)."""


@dataclass(frozen=True, kw_only=True)
class MilvusArgs:
    """Plain values decide which resources are created; an Input may be known only after another resource exists."""

    namespace: str
    """Namespace to create. The trust policy of the service account's role must name the same."""
    service_account: str
    roles: Mapping[RoleName, Role]
    """Pods of each role: either `standalone` alone, or all the other roles."""
    etcd: Etcd
    storage_class: pulumi.Input[str]
    """Storage class of etcd's volumes. It must be known only once volumes can be created."""
    region: str
    bucket_name: pulumi.Input[str]
    role_arn: pulumi.Input[str]
    """ARN of the service account's role. It must be known only once the role has its permissions."""
    kafka: KafkaLogin | None
    """None: Woodpecker keeps the write-ahead log in the bucket."""
    prefix: str
    """Prefix of Kafka topics and etcd keys. It must not change after the first start."""
    root_path: str
    """Folder of the objects in the bucket. It must not change, either."""
    strict_zones: bool = False
    """Whether a pod stays pending rather than giving one zone two pods of its role more than another."""
    binding: Binding | None
    """The target group in front of Milvus; None: it can be reached from inside the cluster only."""
    release: str = "milvus"
    version: str = versions.MILVUS
    chart_version: str = versions.CHART
    registry: str = ""
    """Mirror from which all images are pulled; empty: from their publishers."""
    log_level: LogLevel = "info"
    mmap_scalars: bool = False
    """Whether scalar fields are memory-mapped from local disk."""
    config: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Further Milvus configuration; see planning/chart/helm_values.py."""
    monitoring_namespace: str | None = None
    """Namespace whose pods may read metrics on port 9091; None: no namespace may."""
    service_monitor: bool = False
    """Whether to create a ServiceMonitor, which needs the Prometheus operator's CRDs in the cluster."""
    etcd_metrics: bool = False
    """Whether etcd has a port for metrics, which that namespace may read, too."""
    grace_seconds: Mapping[RoleName, int] = field(default_factory=dict[RoleName, int])
    """Longer grace periods by role, as planned (planning/chart/availability.py). They are patched into the Deployments,
    which restarts every pod after the first installation; none: the chart's own remain."""
    defragment_etcd: bool = False
    """Whether a CronJob gives free space in etcd's files back every night."""
    secret_recovery_days: int = 30
    """Days during which a deleted root password can be restored; 0 deletes it, and frees its name, at once."""
    secret_key_arn: pulumi.Input[str] | None = None
    """KMS key of the root password's secret; None: AWS' own key for Secrets Manager."""
    protect: bool = True
    """Whether Pulumi refuses to delete the release, the namespace and the root password."""


class Milvus(pulumi.ComponentResource):
    namespace: pulumi.Output[str]
    """Known once the namespace exists, long before Milvus is ready: other pods in it need not wait for Milvus."""
    service: pulumi.Output[str]
    """Name of the Service that answers on port 19530."""
    root_secret: pulumi.Output[str]
    """Name of the Kubernetes Secret with root's `password`."""
    ready: pulumi.Output[str]
    """Id of the probe's Job, known once the probe has passed."""
    proof: pulumi.Resource
    """The probe's Job, for what comes after it: with `ready` among its inputs, every new release would change it."""
    auth_secret_arn: pulumi.Output[str]
    """Secret with root's `username` and `password` in Secrets Manager, known once the probe has passed."""

    def __init__(self, name: str, args: MilvusArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("milvus-on-aws:milvus:Milvus", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        kept = pulumi.ResourceOptions(parent=self, protect=args.protect)
        service, front = fullname(args.release), "standalone" if "standalone" in args.roles else "proxy"

        password = random.RandomPassword(f"{name}-root", length=ROOT_PASSWORD_LENGTH, special=False, opts=kept)
        vault = aws.secretsmanager.Secret(
            f"{name}-root",
            description="Root user of Milvus",
            kms_key_id=args.secret_key_arn,
            recovery_window_in_days=args.secret_recovery_days,
            opts=kept,
        )
        login = password.result.apply(lambda value: json.dumps({"username": "root", "password": value}))
        stored = aws.secretsmanager.SecretVersion(f"{name}-root", secret_id=vault.id, secret_string=login, opts=child)

        namespace = core.Namespace(
            f"{name}-namespace",
            metadata={
                "name": args.namespace,
                "labels": {
                    # Pods become ready only when the load balancer has found them healthy.
                    "elbv2.k8s.aws/pod-readiness-gate-inject": "enabled",
                    "pod-security.kubernetes.io/enforce": "baseline",
                },
            },
            opts=kept,
        )
        inside = namespace.metadata.name
        # Deleting the namespace deletes these objects, with fewer calls and fewer levels in the engine's order.
        within = pulumi.ResourceOptions(parent=self, deleted_with=namespace)
        # Secrets have generated names: changed credentials create a new Secret, whose name in the values restarts the
        # pods, and the old Secret is deleted only after that.
        kafka = args.kafka and core.Secret(
            f"{name}-kafka",
            metadata={"namespace": inside},
            string_data=args.kafka.secret_data,
            opts=within,
        )
        root = core.Secret(
            f"{name}-root", metadata={"namespace": inside}, string_data={"password": password.result}, opts=within
        )

        policies = network_policies(
            name,
            inside,
            release=args.release,
            front=front,
            balancer_cidrs=args.binding.load_balancer_cidrs if args.binding else [],
            monitoring_namespace=args.monitoring_namespace,
            etcd_metrics=args.etcd_metrics,
            opts=within,
        )
        disruption_budgets(name, inside, args.release, args.roles, args.etcd, within)
        bindings = (
            [bind(f"{name}-milvus", args.binding, namespace=inside, service=service, port=MILVUS_PORT, opts=child)]
            if args.binding
            else []
        )

        values = self._values(args, kafka and kafka.metadata.name, root.metadata.name, password.result)
        release = helm.Release(
            f"{name}-release",
            name=args.release,
            namespace=inside,
            chart="milvus",
            version=args.chart_version,
            repository_opts={"repo": versions.CHART_REPOSITORY},
            values=values,
            timeout=RELEASE_TIMEOUT_SECONDS,
            # A failed release is kept, so that it can be examined and rolled back: with Helm's own clean-up nothing was
            # left to find (pulumi-kubernetes#2054).
            atomic=False,
            skip_await=False,
            max_history=5,
            opts=pulumi.ResourceOptions(
                parent=self,
                protect=args.protect,
                # Policies come first, because port 9091 must not be open even for the first minute. Bindings come
                # first, because only pods created after theirs get a readiness gate; on destroy the pods are
                # deregistered before the binding is deleted.
                depends_on=[*policies, *bindings],
                # Kubernetes refuses to change a StatefulSet's volumes: etcd's stay as large as they were made, however
                # much is stored. etcd keeps 4 GiB at most (the chart's ETCD_QUOTA_BACKEND_BYTES).
                ignore_changes=["values.etcd.persistence.size"],
                custom_timeouts=pulumi.CustomTimeouts(delete="30m"),
            ),
        )
        revision = values.apply(lambda given: hashlib.sha256(json.dumps(given, sort_keys=True).encode()).hexdigest())
        patches = stop_in_order(
            name,
            inside,
            args.release,
            args.grace_seconds,
            revision,
            pulumi.ResourceOptions(parent=self, depends_on=release),
        )
        proof = prove(
            f"{name}-probe",
            inside,
            service=service,
            port=MILVUS_PORT,
            registry=args.registry,
            password={"name": root.metadata.name, "key": "password"},
            revision=revision,
            within=within,
            # The Service's name alone is no dependency: it resolves before its pods answer.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[release, *patches], deleted_with=namespace),
        )

        if args.defragment_etcd:
            care_for_etcd(f"{name}-etcd-care", inside, release=args.release, registry=args.registry, opts=within)

        self.namespace = inside.apply(str)
        self.root_secret = root.metadata.name.apply(str)
        self.service = pulumi.Output.from_input(service)
        self.proof, self.ready = proof, proof.id
        self.auth_secret_arn = known_after(vault.arn, stored.id, self.ready)
        self.register_outputs(
            {output: getattr(self, output) for output in type(self).__annotations__}  # exactly what is declared above
        )

    def _values(
        self,
        args: MilvusArgs,
        kafka_secret: pulumi.Input[str] | None,
        root_secret: pulumi.Input[str],
        root_password: pulumi.Input[str],
    ) -> pulumi.Output[dict[str, Any]]:
        """The chart's values, known once everything that they name exists."""
        login = (args.kafka.username, args.kafka.password) if args.kafka else ()
        credentials = pulumi.Output.all(*login, root_password).apply(
            lambda parts: hashlib.sha256("\0".join(parts).encode()).hexdigest()
        )
        return pulumi.Output.all(
            bucket_name=args.bucket_name,
            brokers=args.kafka and args.kafka.bootstrap_servers,
            role_arn=args.role_arn,
            storage_class=args.storage_class,
            kafka_secret=kafka_secret,
            root_secret=root_secret,
            # A hash of 32 random characters reveals nothing. Marked as secret, it would hide every diff of the values.
            credentials=pulumi.Output.unsecret(credentials),
        ).apply(
            lambda known: helm_values(
                Release(
                    name=args.release,
                    roles=args.roles,
                    etcd=args.etcd,
                    storage_class=known["storage_class"],
                    region=args.region,
                    bucket_name=known["bucket_name"],
                    kafka_bootstrap_servers=known["brokers"],
                    kafka_ca_secret=known["kafka_secret"] if args.kafka and args.kafka.ca_certificate else None,
                    role_arn=known["role_arn"],
                    service_account=args.service_account,
                    prefix=args.prefix,
                    root_path=args.root_path,
                    environment=environment(known["root_secret"], known["kafka_secret"]),
                    credentials_hash=known["credentials"],
                    strict_zones=args.strict_zones,
                    milvus_version=args.version,
                    registry=args.registry,
                    log_level=args.log_level,
                    mmap_scalars=args.mmap_scalars,
                    service_monitor=args.service_monitor,
                    etcd_metrics=args.etcd_metrics,
                    config=args.config,
                )
            )
        )
