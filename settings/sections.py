"""The sections of a stack's settings, one class each: keys, limits, defaults, and why. model.py composes them.

Left out: mistakes that no single key shows (contradictions.py).
"""

from typing import Annotated, Any, Literal

from annotated_types import Ge, Le, Len
from pydantic import BaseModel, ConfigDict, SecretStr

from planning import versions
from planning.chart.names import RoleName
from planning.overrides import RoleOverride
from planning.workload import camel
from settings.formats import (
    AccountId,
    AddonVersion,
    CertificateArn,
    Cidr,
    ClientId,
    ClosedCidr,
    ConsumerArn,
    Host,
    LogDays,
    Name,
    Namespace,
    PolicyArn,
    Prefix,
    PrefixListId,
    PrincipalArn,
    Registry,
    SubnetId,
    Url,
    VpcId,
    Zone,
    ZoneId,
)


class Section(BaseModel):
    """Base class of all sections.

    Keys are camelCase in YAML and snake_case in Python; values of a wrong type are refused.
    """

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
    """Settings of target `embedded`, which runs Milvus Lite as a process on this machine, on 127.0.0.1 only."""

    port: Annotated[int, Ge(1024), Le(65535)] = 19530
    """TCP port of the server. Each stack on a machine needs a port of its own."""
    data_dir: Annotated[str, Len(min_length=1)] | None = None
    """Folder of the data, relative to the project; `.local/milvus/<stack>` if not given. A change does not move
    data.
    """
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    """Level of the messages that the server writes into `server.log` beside the data."""
    keep_data: bool = True
    """If true, `pulumi destroy` keeps the data; if false, it deletes them with the server."""


class ExistingVpc(Section):
    """An existing VPC, which this stack uses without tagging, changing or deleting it."""

    vpc_id: VpcId
    """Id of the existing VPC."""
    private_subnet_ids: dict[Zone, SubnetId]
    """Ids, by zone, of subnets for nodes and brokers, in two or three zones, with NAT, a transit gateway or
    endpoints.
    """
    public_subnet_ids: dict[Zone, SubnetId] = {}
    """Ids, by zone, of subnets for public load balancers, if there are any."""


class Network(Section):
    """The VPC."""

    cidr: Cidr = "10.42.0.0/16"
    """Addresses of the VPC, from /16 to /19. Each zone has a fixed part of them. A change replaces everything."""
    zones: tuple[Zone, ...] = ()
    """Two or three availability zones by name, such as eu-west-1a; if not given, two that the account has, in
    production three: AWS is asked at every preview, and before there is an account a table stands in for it
    (a, b, c; in ap-northeast-1 a, c, d). Their order means nothing.
    A zone added later moves no subnet, but replaces Kafka, whose zones MSK fixes at creation: choose all at first."""
    nat: Literal["none", "single", "perZone"] = "single"
    """NAT gateways: with `single`, the loss of its zone cuts every node off the internet; `none` needs
    interfaceEndpoints and all images in ECR, in the stack's region (milvus.registry)."""
    interface_endpoints: bool = False
    """Create private endpoints of the AWS APIs that nodes use; cheaper than NAT from about 200 GB a month."""
    flow_logs: Literal["none", "rejected", "all"] = "rejected"
    """Connections that flow logs contain: none, rejected ones, or all."""
    flow_log_days: LogDays = 30
    """Days for which flow logs are kept."""
    existing: ExistingVpc | None = None
    """Existing VPC to use instead of creating one."""


class AccessEntry(Section):
    """An identity that may use the Kubernetes API.

    The deploying identity is always an admin, and must not be listed.
    """

    principal_arn: PrincipalArn
    """ARN of an IAM role or user, which may be of another account. Each needs an entry of its own."""
    policy: Literal["clusterAdmin", "admin", "edit", "view"] = "view"
    """EKS access policy, which says what the identity may do."""
    namespaces: tuple[Name, ...] = ()
    """Kubernetes namespaces to which the policy is limited; all if not given."""


class Cluster(Section):
    """The EKS cluster."""

    version: str = versions.KUBERNETES
    """Kubernetes version; planning/versions.py lists the supported ones."""
    service_cidr: Cidr = "172.20.0.0/16"
    """Addresses of Kubernetes Services; must not overlap the VPC. Fixed at creation."""
    public_access_cidrs: tuple[ClosedCidr, ...] = ()
    """Networks that may reach the Kubernetes API from the internet. Without any, it is reached only from inside the
    VPC, and Pulumi must run there.
    """
    access_entries: dict[Name, AccessEntry] = {}
    """Identities, by a name of your choice, that may use the Kubernetes API."""
    architectures: Annotated[tuple[Literal["arm64", "x86_64"], ...], Len(min_length=1)] = ("arm64", "x86_64")
    """Processors among which the cheapest nodes are chosen: arm64 is Graviton, x86_64 is Intel and AMD."""
    addon_versions: dict[str, AddonVersion] = {}
    """Versions of EKS add-ons, by the add-on's name, that replace those pinned in planning/versions.py."""
    permissions_boundary: PolicyArn | None = None
    """ARN of the permissions boundary of every role that this program creates. It is a policy of the account, or
    one of AWS' own.
    """
    keep_volumes: bool = False
    """Keep the disks of etcd when their claims are deleted."""
    log_days: LogDays = 30
    """Days for which control-plane logs are kept."""


class Milvus(Section):
    """The Helm release of Milvus."""

    version: str = versions.MILVUS
    """Version of the Milvus image; planning/versions.py lists supported versions, and versions with known problems."""
    chart_version: str = versions.CHART
    """Version of the Helm chart, from zilliztech/milvus-helm."""
    namespace: Namespace = "milvus"
    """Kubernetes namespace, which is created for Milvus only, and deleted with the stack."""
    prefix: Prefix | None = None
    """Prefix of the names of Kafka topics, S3 objects and etcd keys; `milvus-<stack>` if not given. Never change
    it: Milvus would not find its data, and its garbage collector may delete what it does not know (milvus#45267).
    """
    roles: dict[RoleName, RoleOverride] = {}
    """Replicas, CPU and memory of single roles, instead of those planned for the workload. Nodes and price follow."""
    log_level: Literal["debug", "info", "warn", "error"] = "info"
    """Log level of all Milvus roles."""
    config: dict[str, Any] = {}
    """Further configuration of Milvus (milvus.yaml), such as quotaAndLimits."""
    registry: Registry = ""
    """A mirror of all images as host[:port][/path], such as ECR; docs/adopting.md lists what it must hold. From Docker
    Hub and public.ecr.aws if not given."""
    stop_in_order: bool = False
    """Give pods longer to stop, so that upgrades do not interrupt searches. Switching it on restarts all pods once."""
    defragment_etcd: bool = False
    """Every night give etcd's free space back, member by member: its files never shrink, and are full at 4 GiB."""
    monitoring_namespace: Name | None = None
    """Namespace whose pods may read metrics on port 9091. If not given, no pods may."""
    service_monitor: bool = False
    """Create a ServiceMonitor, which needs the Prometheus operator's CRDs in the cluster."""


class Review(Section):
    """What `make review` and `make plan` stop, until somebody allows it by name."""

    max_monthly_usd_change: Annotated[float, Ge(0)] = 2000
    """USD a month by which a change may make the stack dearer or cheaper, as planned (`make estimate`). What goes
    beyond is stopped until `ALLOW=review.maxMonthlyUsdChange` says that it is meant."""


class Oidc(Section):
    """A login that the load balancer demands before it forwards requests to Attu."""

    issuer: Url
    authorization_endpoint: Url
    token_endpoint: Url
    user_info_endpoint: Url
    client_id: ClientId
    client_secret: SecretStr
    """Secret of the client. Set it with `make pulumi ARGS="config set --secret --path
    milvus-on-aws:attu.oidc.clientSecret"` and STACK.
    """


class Attu(Section):
    """Attu, the web console."""

    exposure: Literal["none", "internal", "public"] = "none"
    """Who can reach Attu: `none` means nobody without a port-forward, `internal` the VPC, and `public`
    `access.clientCidrs` over the internet by HTTPS.
    """
    behind: Literal["alb", "nlb"] = "alb"
    """Load balancer in front of Attu: `alb` is one of its own; `nlb` is port 3000 of Milvus', which is cheaper but
    has no login.
    """
    oidc: Oidc | None = None
    """Login in front of Attu, which needs a certificate or a domain."""


class Domain(Section):
    """Names that clients connect to. TLS needs them, because no certificate contains a load balancer's own name."""

    zone_id: ZoneId | None = None
    """Route 53 zone in which records for the names are created and, without certificateArn, a certificate. If not
    given, you create records that point to the load balancers (output nlb_arn).
    """
    milvus: Host
    """Name of Milvus' endpoint."""
    attu: Host | None = None
    """Name of Attu's endpoint. It is needed if Attu has HTTPS on a load balancer of its own."""


class PrivateLink(Section):
    """An endpoint service of AWS PrivateLink, by which VPCs without a route to this one connect. Consumers pay it."""

    principals: Annotated[tuple[ConsumerArn, ...], Len(min_length=1)]
    """ARNs of those who may connect: accounts as arn:aws:iam::111122223333:root, or single roles and users."""
    acceptance_required: bool = False
    """Whether each connection waits until somebody accepts it."""
    private_dns: bool = False
    """Let consumers reach Milvus by `domain.milvus`, which its certificate names. A record in the zone proves to AWS
    that the name is yours.
    """


class Access(Section):
    """Access to the endpoints, and the AWS account that the stack belongs to."""

    account_ids: tuple[AccountId, ...] = ()
    """AWS accounts to which this stack may be deployed. Credentials of others are refused. Quote the ids in YAML."""
    public: bool = False
    """Give Milvus' endpoint a public address, which only `clientCidrs` and `clientPrefixLists` can reach."""
    client_cidrs: tuple[Cidr, ...] = ()
    """Networks that may connect, in addition to members of the client security group."""
    client_prefix_lists: tuple[PrefixListId, ...] = ()
    """Ids of managed prefix lists whose networks may connect, too. Each list takes as many rules of a security group as
    it may have entries (60 in all, unless the account's quota is raised).
    """
    open_to_the_world: bool = False
    """Must be true if `clientCidrs` or a prefix list contains `0.0.0.0/0`."""
    certificate_arn: CertificateArn | None = None
    """ARN of an ACM certificate in the stack's region with the names in `domain`. Clients then connect by TLS."""
    domain: Domain | None = None
    """Names of the endpoints. They get a certificate of their own unless certificateArn gives one, which needs them."""
    private_link: PrivateLink | None = None
    """Offer Milvus to other VPCs and accounts by AWS PrivateLink. `clientCidrs` do not apply to them."""
    idle_timeout_seconds: Annotated[int, Ge(60), Le(6000)] = 350
    """Seconds after which the load balancer drops an idle connection. Choose more than 60, because pymilvus pings
    once a minute.
    """

    @property
    def clients(self) -> tuple[str, ...]:
        """Networks and prefix lists that may connect."""
        return (*self.client_cidrs, *self.client_prefix_lists)
