"""The sections of a stack's settings, one class each: keys, limits, defaults, and why. model.py composes them.

Left out: mistakes that no single key shows (contradictions.py).
"""

from typing import Annotated, Any, Literal

from annotated_types import Ge, Le, Len
from pydantic import BaseModel, ConfigDict, SecretStr, StringConstraints

from planning import versions
from planning.chart.helm_values import PREFIX_PATTERN
from planning.chart.names import RoleName
from planning.overrides import RoleOverride
from planning.workload import camel
from settings.formats import (
    AccountId,
    AddonVersion,
    BrokerType,
    CertificateArn,
    Cidr,
    ClosedCidr,
    Host,
    LogDays,
    Name,
    Namespace,
    PolicyArn,
    PrincipalArn,
    Registry,
    SubnetId,
    Url,
    VpcId,
    Zone,
    ZoneId,
)


class Section(BaseModel):
    """Keys are camelCase in YAML, snake_case in Python; nothing is converted in silence."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        strict=True,
        alias_generator=camel,
        validate_by_name=True,
        validate_by_alias=True,
        use_attribute_docstrings=True,
    )


class Embedded(Section):
    """Target `embedded`: Milvus Lite as a process on this machine, on 127.0.0.1 only."""

    port: Annotated[int, Ge(1024), Le(65535)] = 19530
    """TCP port. Another stack on the same machine needs another one."""
    data_dir: Annotated[str, Len(min_length=1)] | None = None
    """Folder of the data, relative to the project; `.local/milvus/<stack>` if not given. A change moves no data."""
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    """How much the server writes into `server.log` beside the data."""
    keep_data: bool = True
    """Whether `pulumi destroy` leaves the data where they are; false deletes them with the server."""


class ExistingVpc(Section):
    """A VPC that this stack uses and neither tags, changes nor deletes."""

    vpc_id: VpcId
    """Its id."""
    private_subnet_ids: dict[Zone, SubnetId]
    """By zone: subnets for nodes and brokers, in two or three zones, with a way out."""
    public_subnet_ids: dict[Zone, SubnetId] = {}
    """By zone: subnets for public load balancers, if any."""


class Network(Section):
    """The VPC."""

    cidr: Cidr = "10.42.0.0/16"
    """Addresses of the VPC, a /16 to /19, of which every zone has a fixed slot. A change replaces everything."""
    zones: tuple[Zone, ...] = ()
    """Two or three availability zones by name, such as eu-west-1a; if not given, the first two of the region, in
    production three, as a new account has them (a, b, c; in ap-northeast-1 a, c, d).
    A zone added later moves no subnet, but replaces Kafka, whose zones MSK fixes at creation: choose all at first."""
    nat: Literal["none", "single", "perZone"] = "single"
    """NAT gateways: with `single`, the loss of its zone cuts every node off the internet; `none` needs
    interfaceEndpoints and images in a registry inside AWS (milvus.registry)."""
    interface_endpoints: bool = False
    """Private endpoints of the AWS APIs that nodes use; cheaper than NAT from about 200 GB a month."""
    flow_logs: Literal["none", "rejected", "all"] = "rejected"
    """Which connections are logged."""
    flow_log_days: LogDays = 30
    """Days that flow logs are kept."""
    existing: ExistingVpc | None = None
    """Use this VPC instead of making one."""


class AccessEntry(Section):
    """Who may use the Kubernetes API. The deploying identity is an admin already and must not be listed."""

    principal_arn: PrincipalArn
    """IAM role or user, also of another account; one entry for each."""
    policy: Literal["clusterAdmin", "admin", "edit", "view"] = "view"
    """EKS access policy."""
    namespaces: tuple[Name, ...] = ()
    """Where it holds; everywhere if not given."""


class Cluster(Section):
    """The EKS cluster."""

    version: str = versions.KUBERNETES
    """Kubernetes version; planning/versions.py lists those that fit."""
    service_cidr: Cidr = "172.20.0.0/16"
    """Addresses of Kubernetes Services; must not overlap the VPC. Fixed at creation."""
    public_access_cidrs: tuple[ClosedCidr, ...] = ()
    """Networks that may reach the Kubernetes API from the internet; none: only from inside the VPC, from where Pulumi
    must run then."""
    access_entries: dict[Name, AccessEntry] = {}
    """Further identities, by a name of your choice."""
    architectures: Annotated[tuple[Literal["arm64", "x86_64"], ...], Len(min_length=1)] = ("arm64", "x86_64")
    """Processors among which the cheapest nodes are looked for: Graviton, Intel and AMD."""
    addon_versions: dict[str, AddonVersion] = {}
    """EKS add-on -> version, where another one than planning/versions.py pins is wanted."""
    permissions_boundary: PolicyArn | None = None
    """ARN of the boundary of every role that this program makes: a policy of the account, or one of AWS' own."""
    keep_volumes: bool = False
    """Whether disks of etcd outlive their claims."""
    log_days: LogDays = 30
    """Days that control-plane logs are kept."""


class Kafka(Section):
    """MSK, the log of Milvus."""

    version: str | None = None
    """Milvus' Kafka client cannot authenticate to Kafka 4 (milvus#52601). From the broker type if not given:
    3.9.x.kraft, or 3.8.x for kafka.t3.small, which MSK runs without KRaft only. Fixed at creation."""
    instance_type: BrokerType | None = None
    """Standard broker type, kafka.t3.small, kafka.m7g.* or kafka.m5.*; from the workload if not given."""
    brokers_per_zone: Annotated[int, Ge(1), Le(10)] | None = None
    """Brokers in each zone; from the workload if not given."""
    storage_gib: Annotated[int, Ge(1), Le(16384)] | None = None
    """GiB a broker, grows only; from the workload if not given."""
    max_storage_gib: Annotated[int, Ge(1), Le(16384)] | None = None
    """Up to which disks grow by themselves; fixed size if not given."""
    retention_hours: Annotated[int, Ge(168), Le(8760)] = 168
    """Hours a message is kept: longer than Milvus may ever be down, since it never starts again once messages that it
    has not stored yet have expired (milvus#45210)."""
    users: Annotated[tuple[Literal["a", "b"], ...], Len(min_length=1, max_length=2)] = ("a",)
    """SCRAM users that exist. A rotation adds the other one, moves activeUser over, and drops the first: no gap."""
    active_user: Literal["a", "b"] = "a"
    """SCRAM user that Milvus logs in with."""
    open_monitoring: bool = False
    """Prometheus metrics of the brokers, for the nodes."""
    log_days: LogDays = 30
    """Days that broker logs are kept."""


class Bucket(Section):
    """The S3 bucket."""

    customer_key: bool = False
    """Encrypt by a KMS key of this stack instead of S3's own."""
    keep_deleted_days: Annotated[int, Ge(0), Le(365)] = 7
    """Days that what Milvus deleted or overwrote can be brought back; 0 keeps no versions."""
    force_destroy: bool = False
    """Whether `pulumi destroy` may delete a bucket that holds objects."""


class Milvus(Section):
    """The Helm release."""

    version: str = versions.MILVUS
    """Milvus image; planning/versions.py lists those that fit, and known bad ones."""
    chart_version: str = versions.CHART
    """Chart of zilliztech/milvus-helm."""
    namespace: Namespace = "milvus"
    """Kubernetes namespace, made for Milvus alone and deleted with the stack."""
    prefix: Annotated[str, StringConstraints(pattern=f"^{PREFIX_PATTERN}$")] | None = None
    """Of Kafka topics, S3 objects and etcd keys; `milvus-<stack>` if not given. Write-once: Milvus finds no data under
    another one, and its garbage collector may delete what it does not know (milvus#45267)."""
    roles: dict[RoleName, RoleOverride] = {}
    """Replicas, cpu and memory of a role, where they shall not follow from the workload; nodes and price do."""
    log_level: Literal["debug", "info", "warn", "error"] = "info"
    """Log level of every role."""
    config: dict[str, Any] = {}
    """More of Milvus' own configuration (milvus.yaml), such as quotaAndLimits."""
    registry: Registry = ""
    """A mirror of Docker Hub's images as host[:port][/path], such as an ECR pull-through cache; Docker Hub if not
    given."""
    stop_in_order: bool = False
    """Longer grace periods for searches without interruption during upgrades; rolls all pods once when switched on."""
    monitoring_namespace: Name | None = None
    """Namespace whose pods may read metrics on port 9091; nobody if not given."""
    service_monitor: bool = False
    """Make a ServiceMonitor; needs the Prometheus operator's CRDs in the cluster."""


class Oidc(Section):
    """A login before Attu, by the load balancer."""

    issuer: Url
    authorization_endpoint: Url
    token_endpoint: Url
    user_info_endpoint: Url
    client_id: Annotated[str, StringConstraints(pattern=r"^\S+$")]
    client_secret: SecretStr
    """Set it with `make pulumi ARGS="config set --secret --path milvus-on-aws:attu.oidc.clientSecret"` and STACK."""


class Attu(Section):
    """The web console."""

    exposure: Literal["none", "internal", "public"] = "none"
    """Who reaches it: nobody (a port-forward does), the VPC, or `access.clientCidrs` over the internet by HTTPS."""
    behind: Literal["alb", "nlb"] = "alb"
    """A load balancer of its own, or port 3000 of Milvus' (cheaper; without a login)."""
    oidc: Oidc | None = None
    """A login in front of it; needs a certificate or a domain."""


class Domain(Section):
    """Names that clients connect to; TLS needs them, since no certificate names a load balancer's own address."""

    zone_id: ZoneId | None = None
    """Route 53 zone in which records for the names are made and, without certificateArn, a certificate for them.
    Without it the records are yours to make, pointing to the load balancers (output nlb_arn)."""
    milvus: Host
    """Name of the Milvus endpoint."""
    attu: Host | None = None
    """Name of Attu's endpoint. Needed where Attu has HTTPS on a load balancer of its own."""


class Access(Section):
    """Who may reach the endpoints, and which account the stack belongs to."""

    account_ids: tuple[AccountId, ...] = ()
    """AWS accounts this stack may be deployed to; with other credentials nothing happens. Quote them in YAML."""
    public: bool = False
    """Whether the Milvus endpoint has a public address; then `clientCidrs` must say for whom."""
    client_cidrs: tuple[Cidr, ...] = ()
    """Networks that may connect, beside members of the client security group."""
    open_to_the_world: bool = False
    """Must be true to have `0.0.0.0/0` in `clientCidrs`."""
    certificate_arn: CertificateArn | None = None
    """ACM certificate, in the stack's region, that names the hosts in `domain`: Milvus then speaks TLS to its
    clients."""
    domain: Domain | None = None
    """Names of the endpoints, with a certificate of their own unless certificateArn gives one. Needed with
    certificateArn."""
    idle_timeout_seconds: Annotated[int, Ge(60), Le(6000)] = 350
    """After which the load balancer forgets a silent connection: above 60, as pymilvus pings once a minute."""
