"""Every setting of a stack: typed, documented, checked before any resource is registered. The only reader of config.

Left out: numbers that follow from the workload (planning/ derives them; a setting overrides one), and what an error
looks like (problems.py).
"""

import ipaddress
import json
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from annotated_types import Ge, Le, Len
from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints

from planning.workload import Workload, camel
from problems import Problem, SettingsError, check

NAMESPACE = "milvus-on-aws"
"""The project's name, before the colon of every key."""

Tier = Literal["development", "production"]

TIER_DEFAULTS: Mapping[Tier, Mapping[str, Mapping[str, object]]] = {
    "development": {
        "network": {"nat": "single"},
        "cluster": {"logDays": 7, "deletionProtection": False},
        "kafka": {"logDays": 7},
        "bucket": {"forceDestroy": True},
        "attu": {"exposure": "internal"},
    },
    "production": {
        "network": {"nat": "perZone"},
        "cluster": {"logDays": 90, "deletionProtection": True},
        "kafka": {"logDays": 90},
        "bucket": {"forceDestroy": False},
        "attu": {"exposure": "none"},
    },
}
"""All that the tier decides: defaults, for keys that the stack's settings leave out. Nothing else asks for the tier."""


def _network(text: str) -> str:
    return str(ipaddress.IPv4Network(text))


def _any_but_open(text: str) -> str:
    if text == "0.0.0.0/0":
        raise ValueError("open to the whole internet; name the networks that need it")
    return _network(text)


Cidr = Annotated[str, AfterValidator(_network)]
ClosedCidr = Annotated[str, AfterValidator(_any_but_open)]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z]([-a-z0-9]{0,38}[a-z0-9])?$")]
Zone = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}(-[a-z]+)+-\d[a-z]$")]
LogDays = Literal[1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731]
"""What CloudWatch Logs accepts (PutRetentionPolicy)."""


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

    vpc_id: Annotated[str, StringConstraints(pattern=r"^vpc-[0-9a-f]{8,17}$")]
    """Its id."""
    private_subnet_ids: Annotated[tuple[str, ...], Len(min_length=2)]
    """Subnets for nodes and brokers, in two zones at least, with a way out."""
    public_subnet_ids: tuple[str, ...] = ()
    """Subnets for public load balancers, if any."""


class Network(Section):
    """The VPC."""

    cidr: Cidr = "10.42.0.0/16"
    """Addresses of the VPC: a /16, of which every zone has a fixed slot. A change replaces everything."""
    zones: Annotated[tuple[Zone, ...], Len(max_length=3)] = ()
    """Two or three availability zones by name; the first of the region if not given. Add at the end, never reorder."""
    nat: Literal["none", "single", "perZone"] = "single"
    """NAT gateways: with `single`, the loss of its zone cuts every node off the internet."""
    interface_endpoints: bool = False
    """Private endpoints of the AWS APIs that nodes use; cheaper than NAT from about 200 GB a month."""
    existing: ExistingVpc | None = None
    """Use this VPC instead of making one."""


class AccessEntry(Section):
    """Who may use the Kubernetes API; the deploying identity is an admin already and must not be listed."""

    principal_arn: Annotated[str, StringConstraints(pattern=r"^arn:aws[-a-z]*:iam::\d{12}:(role|user)/.+$")]
    """IAM role or user."""
    policy: Literal["clusterAdmin", "admin", "edit", "view"] = "view"
    """EKS access policy, over the whole cluster."""


class Cluster(Section):
    """The EKS cluster."""

    version: Literal["1.33", "1.34", "1.35", "1.36"] = "1.35"
    """Kubernetes version."""
    service_cidr: Cidr = "172.20.0.0/16"
    """Addresses of Kubernetes Services; must not overlap the VPC. Fixed at creation."""
    public_access_cidrs: tuple[ClosedCidr, ...] = ()
    """Networks that may reach the Kubernetes API from the internet; none: only from inside the VPC."""
    access_entries: dict[Name, AccessEntry] = {}
    """Further identities, by a name of your choice."""
    architecture: Literal["arm64", "x86_64"] = "arm64"
    """Processor of the nodes: Graviton (cheaper) or Intel and AMD."""
    log_days: LogDays = 30
    """Days that control-plane logs are kept."""
    deletion_protection: bool = False
    """EKS refuses to delete the cluster until this is false."""


class Kafka(Section):
    """MSK, the log of Milvus."""

    version: Literal["3.8.x.kraft", "3.9.x.kraft"] = "3.9.x.kraft"
    """Milvus' Kafka client cannot authenticate to Kafka 4 (milvus#52601). Fixed at creation."""
    instance_type: Annotated[str, StringConstraints(pattern=r"^kafka\.[a-z0-9]+\.[a-z0-9]+$")] | None = None
    """Broker type; from the workload if not given."""
    storage_gib: Annotated[int, Ge(1), Le(16384)] | None = None
    """GiB a broker, grows only; from the workload if not given."""
    retention_hours: Annotated[int, Ge(168), Le(8760)] = 168
    """Hours a message is kept: longer than Milvus may ever be down, since it never starts again once messages that it
    has not stored yet have expired (milvus#45210)."""
    active_user: Literal["a", "b"] = "a"
    """SCRAM user that Milvus logs in with; there are two so that a rotation has no gap."""
    log_days: LogDays = 30
    """Days that broker logs are kept."""


class Bucket(Section):
    """The S3 bucket."""

    root_path: Name = "milvus"
    """Prefix of every object. Write-once: Milvus finds no data under another one."""
    force_destroy: bool = False
    """Whether `pulumi destroy` may delete a bucket that holds objects."""


class Milvus(Section):
    """The Helm release."""

    namespace: Name = "milvus"
    """Kubernetes namespace."""
    log_level: Literal["debug", "info", "warn", "error"] = "info"
    """Log level of every role."""


class Attu(Section):
    """The web console."""

    exposure: Literal["none", "internal", "public"] = "none"
    """Who reaches it: nobody (a port-forward does), the VPC, or `access.clientCidrs` over the internet."""


class Access(Section):
    """Who may reach the endpoints, and which account the stack belongs to."""

    account_ids: tuple[Annotated[str, StringConstraints(pattern=r"^\d{12}$")], ...] = ()
    """AWS accounts this stack may be deployed to; with other credentials nothing happens. Quote them in YAML."""
    public: bool = False
    """Whether the Milvus endpoint has a public address; then `clientCidrs` must say for whom."""
    client_cidrs: tuple[Cidr, ...] = ()
    """Networks that may connect, beside members of the client security group."""
    open_to_the_world: bool = False
    """Must be true to have `0.0.0.0/0` in `clientCidrs`."""
    certificate_arn: Annotated[str, StringConstraints(pattern=r"^arn:aws[-a-z]*:acm:.+$")] | None = None
    """ACM certificate of the endpoints: Milvus then speaks TLS to its clients."""


class Settings(Section):
    """What `Pulumi.<stack>.yaml` says under `milvus-on-aws:`."""

    target: Literal["aws", "embedded"]
    """Where Milvus runs: on AWS, or as a process on this machine."""
    tier: Tier = "development"
    """Defaults: cheap and easy to destroy, or highly available and protected."""
    workload: Workload | None = None
    """What the database must hold: from it follow sizes and price. Needed for target `aws`."""
    embedded: Embedded = Embedded()
    network: Network = Network()
    cluster: Cluster = Cluster()
    kafka: Kafka = Kafka()
    bucket: Bucket = Bucket()
    milvus: Milvus = Milvus()
    attu: Attu = Attu()
    access: Access = Access()


ONLY_FOR = {"embedded": "embedded"} | dict.fromkeys(
    ("network", "cluster", "kafka", "bucket", "milvus", "attu", "access"), "aws"
)
"""Section -> the target that it configures."""


def contradictions(given: Mapping[str, Any], settings: Settings) -> list[Problem]:
    """Mistakes that no single key shows."""
    problems: list[Problem] = []

    def refuse(key: str, why: str) -> None:
        problems.append(Problem(key, why))

    for section, target in ONLY_FOR.items():
        if section in given and settings.target != target:
            refuse(section, f"has no effect with target {settings.target}; remove it or set target: {target}")
    if settings.target == "embedded":
        return problems
    if settings.workload is None:
        refuse("workload", "is missing: say how many vectors of which dimension the database must hold")
    network, access = settings.network, settings.access
    if len(network.zones) == 1 or len(set(network.zones)) < len(network.zones):
        refuse("network.zones", f"{', '.join(network.zones)}: name two or three different zones (EKS needs two)")
    if ipaddress.ip_network(network.cidr).overlaps(ipaddress.ip_network(settings.cluster.service_cidr)):
        refuse(
            "network.cidr", f"{network.cidr} overlaps cluster.serviceCidr {settings.cluster.service_cidr}; change one"
        )
    if settings.tier == "production" and network.nat == "single" and not network.existing:
        refuse("network.nat", "single: production survives the loss of a zone; use perZone or none")
    if network.existing and {"cidr", "zones", "nat"} & given["network"].keys():
        refuse("network.existing", "is there, so cidr, zones and nat of a new VPC have no effect; remove them")
    if "0.0.0.0/0" in access.client_cidrs and not access.open_to_the_world:
        refuse(
            "access.clientCidrs",
            "0.0.0.0/0 opens the database to everybody; name networks, or set openToTheWorld: true",
        )
    if access.public and not access.client_cidrs:
        refuse("access.public", "true needs access.clientCidrs: the networks that may connect")
    if settings.attu.exposure == "public" and not access.client_cidrs:
        refuse("attu.exposure", "public needs access.clientCidrs: the networks that may connect")
    return problems


def read(config: Mapping[str, str], stack: str) -> Settings:
    """Settings from the raw configuration of a stack: full key (`milvus-on-aws:tier`) -> text, objects as JSON.

    Raises SettingsError, which lists every mistake.
    """
    given: dict[str, Any] = {}
    problems: list[Problem] = []
    for key, text in sorted(config.items()):
        namespace, _, name = key.partition(":")
        if namespace != NAMESPACE:
            continue
        try:
            given[name] = text if name in ("target", "tier") else json.loads(text)
        except ValueError:
            problems.append(Problem(name, f"{text!r} is no object; write its keys below it, indented"))
    tier = given.get("tier", "development")
    if given.get("target") == "aws" and tier in TIER_DEFAULTS:
        for section, defaults in TIER_DEFAULTS[tier].items():
            if isinstance(given.setdefault(section, {}), dict):
                given[section] = {**defaults, **given[section]}
    settings, found = check(Settings, given, contradictions)
    problems += found
    if problems or settings is None:
        raise SettingsError(stack, NAMESPACE, problems)
    return settings


def load() -> Settings:
    """The settings of the stack that runs. Raises SettingsError."""
    import pulumi  # here alone: settings are also read by tools that deploy nothing
    from pulumi.runtime.config import CONFIG  # the only listing of all keys: pulumi.Config answers for known ones

    return read(CONFIG.get(), pulumi.get_stack())
