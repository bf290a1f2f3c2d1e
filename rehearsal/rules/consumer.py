"""A consumer that reads a stack's contract from SSM and does what it says: what it would find wrong, key by key.

It comes once the contract is whole: its version is written last (components/contract/parameters.py). Each key is judged
by what stands in the cloud, not by what the program meant: a host is right if it leads to a balancer whose listener has
the port and speaks as the contract says, a secret if its user can log in. What each key means is said in
milvus_contract/contract.py. Left out: how a pod inside the cluster connects (milvus.py).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from milvus_contract.contract import Contract, ContractError
from milvus_contract.text import from_text
from rehearsal.cloud.cloud import Cloud, Refused, rule
from rehearsal.cloud.resource import Resource
from rehearsal.rules import msk, security_groups
from rehearsal.rules.acm import CERTIFICATE, RECORD
from rehearsal.rules.ec2 import ASSOCIATION, INTERNET_GATEWAY, SECURITY_GROUP, SUBNET, VPC, way_out
from rehearsal.rules.eks import CLUSTER
from rehearsal.rules.elb import BALANCER, ENCRYPTED, LISTENER, TARGET_GROUP
from rehearsal.rules.iam import role_of
from rehearsal.rules.kubernetes import NAMESPACE, RELEASE
from rehearsal.rules.milvus import PORT, environment, roles, values
from rehearsal.rules.msk_users import associated, credentials
from rehearsal.rules.s3 import BUCKET
from rehearsal.rules.secretsmanager import SECRET

PARAMETER = "aws:ssm/parameter:Parameter"
LAST = "contract_version"
NOBODY = Resource("", "")
"""Stands for a consumer where nothing of the stack waits for what it finds."""
CONTRACT = "milvus_contract/contract.py: what each key means"
ATTU_PORT = 3000
PORTS = {"http": 80, "https": 443}


def parameters(cloud: Cloud, version: Resource) -> dict[str, Resource]:
    """The parameters beside a contract's version, and the version itself, by key."""
    places = [(each.id.rpartition("/"), each) for each in cloud.all(PARAMETER)]
    beside = {key: each for (path, _, key), each in places if path == version.id.rpartition("/")[0]}
    return {**beside, LAST: version}


def contract_of(cloud: Cloud, version: Resource) -> Contract | None:
    """The contract beside its version's parameter; None for any other parameter. Raises Refused if it is none."""
    path, _, key = version.id.rpartition("/")
    if key != LAST or not path.startswith("/milvus/"):
        return None
    texts = {key: str(each["insecureValue"] or each["value"]) for key, each in parameters(cloud, version).items()}
    try:
        return from_text(texts, path)
    except ContractError as error:
        raise Refused(str(error)) from None


def wrong(key: str, value: object, reason: str) -> Refused:
    """What a consumer would say of one key."""
    return Refused(f"the contract's {key} is {value}: {reason}")


def behind(cloud: Cloud, version: Resource, key: str, host: str) -> Resource:
    """The load balancer to which a host leads: its own name, that of a record, or one for which somebody else makes the
    record, which must be in the certificate of a listener. Raises Refused if there is none."""
    for balancer in cloud.all(BALANCER, dnsName=host):
        return balancer
    for record in cloud.all(RECORD, name=host):
        cloud.relies(version, record, f"consumers find no {host} before")
        targets = [*(alias["name"] for alias in record["aliases"] or ()), *(record["records"] or ())]
        for balancer in cloud.all(BALANCER):
            if balancer["dnsName"] in targets:
                return balancer
        raise wrong(
            key, host, f"its record {record.name} leads to {', '.join(map(str, targets))}, which is no balancer"
        )
    for listener in cloud.all(LISTENER):
        if listener["certificateArn"] and _is_named(cloud, host, listener["certificateArn"]):
            return cloud.need(version, BALANCER, listener["loadBalancerArn"])
    raise wrong(key, host, "no load balancer, no record and no listener's certificate has this name")


def _is_named(cloud: Cloud, host: str, certificate_arn: object) -> bool:
    """Whether a certificate names the host; one that the stack did not make is taken to do so."""
    certificate = cloud.get(CERTIFICATE, certificate_arn)
    if certificate is None:
        return True
    return host in (certificate["domainName"], *(certificate["subjectAlternativeNames"] or ()))


@dataclass(frozen=True)
class Address:
    """An address as the contract has it."""

    key: str
    url: str
    host: str
    port: int
    tls: bool


def follow(cloud: Cloud, address: Address, balancer: Resource, pods_port: int) -> None:
    """Raises Refused if no listener has the address's port, speaks as it says, and leads to this port of pods."""
    listeners = cloud.all(LISTENER, loadBalancerArn=balancer.id, port=address.port)
    if not listeners:
        raise wrong(address.key, address.url, f"{balancer.name} has no listener on port {address.port}")
    listener = listeners[0]
    encrypted = listener["protocol"] in ENCRYPTED
    if encrypted != address.tls:
        speaks = "speaks TLS" if encrypted else "speaks no TLS"
        raise wrong(address.key, address.url, f"the listener {listener.name} {speaks} on port {address.port}")
    own_name = address.host == balancer["dnsName"]
    if encrypted and (own_name or not _is_named(cloud, address.host, listener["certificateArn"])):
        raise wrong(address.key, address.url, f"the certificate of {listener.name} does not name {address.host}")
    groups = [cloud.get(TARGET_GROUP, action.get("targetGroupArn")) for action in listener["defaultActions"] or ()]
    ports = [group["port"] for group in groups if group]
    if pods_port not in ports:
        raise wrong(address.key, address.url, f"{listener.name} leads to ports {ports} of pods, not to {pods_port}")


@rule(PARAMETER, "ready", source=CONTRACT)
def a_consumer_reaches_milvus(cloud: Cloud, version: Resource) -> None:
    contract = contract_of(cloud, version)
    if contract is None:
        return
    host, port, tls = contract.milvus_host, contract.milvus_port, contract.milvus_tls
    if not host or not port or tls is None or not contract.milvus_uri:
        raise wrong("milvus_uri", contract.milvus_uri, "a consumer on AWS gets host, port, TLS and address")
    expected = f"{'https' if tls else 'http'}://{host}:{port}"
    if contract.milvus_uri != expected:
        raise wrong("milvus_uri", contract.milvus_uri, f"milvus_host, milvus_port and milvus_tls say {expected}")
    balancer = behind(cloud, version, "milvus_host", host)
    follow(cloud, Address("milvus_uri", contract.milvus_uri, host, port, tls), balancer, PORT)
    if contract.nlb_arn != balancer.id:
        raise wrong("nlb_arn", contract.nlb_arn, f"milvus_host leads to {balancer.name} ({balancer.id})")


@rule(PARAMETER, "ready", source=CONTRACT)
def a_consumer_is_let_in(cloud: Cloud, version: Resource) -> None:
    """As a member of the client security group, in each private subnet."""
    contract = contract_of(cloud, version)
    balancer = cloud.get(BALANCER, contract.nlb_arn) if contract else None
    if contract is None or balancer is None:
        return
    group = cloud.get(SECURITY_GROUP, contract.client_security_group_id)
    if group is None or group["vpcId"] != contract.vpc_id:
        raise wrong("client_security_group_id", contract.client_security_group_id, f"no group of {contract.vpc_id}")
    client = security_groups.end(cloud, "a consumer", [group.id], contract.private_subnet_ids or [])
    server = security_groups.end(cloud, balancer.name, balancer["securityGroups"] or [], balancer["subnets"] or [])
    if reason := security_groups.blocked(cloud, NOBODY, client, server, contract.milvus_port or 0):
        raise wrong("client_security_group_id", group.id, f"connection timed out: {reason}")


@rule(PARAMETER, "ready", source=CONTRACT)
def a_consumer_finds_private_subnets(cloud: Cloud, version: Resource) -> None:
    contract = contract_of(cloud, version)
    if contract is None:
        return
    if cloud.get(VPC, contract.vpc_id) is None:
        raise wrong("vpc_id", contract.vpc_id, "no such VPC")
    if not contract.private_subnet_ids:
        raise wrong("private_subnet_ids", contract.private_subnet_ids, "there are none")
    gateways = {each.id for each in cloud.all(INTERNET_GATEWAY)}
    for id_ in contract.private_subnet_ids:
        subnet = cloud.get(SUBNET, id_)
        if subnet is None or subnet["vpcId"] != contract.vpc_id:
            raise wrong("private_subnet_ids", id_, f"no subnet of {contract.vpc_id}")
        direct = [each for each in _routes(cloud, subnet) if each["gatewayId"] in gateways]
        if direct:
            raise wrong("private_subnet_ids", id_, f"{subnet.name} is public: its way out is {direct[0].name}")


def _routes(cloud: Cloud, subnet: Resource) -> list[Resource]:
    """A subnet's own default route, if it leads to a gateway directly."""
    own = way_out(cloud, NOBODY, subnet)
    tables = {each["routeTableId"] for each in cloud.all(ASSOCIATION, subnetId=subnet.id)}
    return [own] if own and own["routeTableId"] in tables else []


@rule(
    PARAMETER,
    "ready",
    source="docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-su-create.html (StringList)",
)
def a_consumer_reads_lists_as_lists(cloud: Cloud, version: Resource) -> None:
    """CloudFormation and the CDK read a list from a StringList, and take a String with commas for one value."""
    contract = contract_of(cloud, version)
    for key, parameter in parameters(cloud, version).items() if contract else ():
        several = isinstance(getattr(contract, key, None), list | tuple)
        if several != (parameter["type"] == "StringList"):
            raise wrong(key, parameter.id, f"its type is {parameter['type']}")


@rule(PARAMETER, "ready", source=CONTRACT)
def a_consumer_logs_in(cloud: Cloud, version: Resource) -> None:
    """With the secrets that the contract names: root's in Milvus, and Milvus' own user's in Kafka."""
    contract = contract_of(cloud, version)
    for release in cloud.all(RELEASE, chart="milvus") if contract else ():
        variables = environment(cloud, release, roles(release)[0])
        root = {"username": "root", "password": variables.get("COMMON_SECURITY_DEFAULTROOTPASSWORD")}
        user = {"username": variables.get("KAFKA_SASLUSERNAME"), "password": variables.get("KAFKA_SASLPASSWORD")}
        _holds(cloud, "milvus_auth_secret_arn", contract and contract.milvus_auth_secret_arn, root)
        if values(release, "externalKafka.enabled") is False:
            for key in ("kafka_bootstrap_servers", "kafka_secret_arn"):
                if there := getattr(contract, key):
                    raise wrong(key, there, "Milvus has no Kafka")
            continue
        _holds(cloud, "kafka_secret_arn", contract and contract.kafka_secret_arn, user)
        clusters = cloud.all(msk.CLUSTER, bootstrapBrokersSaslScram=contract and contract.kafka_bootstrap_servers)
        if not clusters:
            raise wrong(
                "kafka_bootstrap_servers",
                contract and contract.kafka_bootstrap_servers,
                "no cluster has these SASL/SCRAM listeners",
            )
        if contract and contract.kafka_secret_arn not in [arn for _, arn in associated(cloud, clusters[0])]:
            raise wrong("kafka_secret_arn", contract.kafka_secret_arn, f"{clusters[0].name} does not know its user")


def _holds(cloud: Cloud, key: str, arn: object, expected: Mapping[str, Any]) -> None:
    """Raises Refused, without any secret in it, if a secret does not hold what a login takes."""
    if cloud.get(SECRET, arn) is None:
        raise wrong(key, arn, "Secrets Manager can't find the specified secret")
    held = credentials(cloud, str(arn))
    if held.get("username") != expected["username"]:
        raise wrong(key, arn, f"it holds user {held.get('username')}, not {expected['username']}")
    if held.get("password") != expected["password"]:
        raise wrong(key, arn, f"the password of {expected['username']} is another one")


@rule(PARAMETER, "ready", source=CONTRACT)
def a_consumer_finds_what_the_stack_runs_on(cloud: Cloud, version: Resource) -> None:
    """Cluster, namespace, bucket and region: for kubectl, alarms and backups."""
    contract = contract_of(cloud, version)
    for release in cloud.all(RELEASE, chart="milvus") if contract else ():
        if contract is None or contract.target != "aws":
            raise wrong("target", contract and contract.target, "Milvus runs on AWS")
        clusters = [each.id for each in cloud.all(CLUSTER, endpoint=release.server)]
        if contract.cluster_name not in clusters:
            raise wrong("cluster_name", contract.cluster_name, f"Milvus runs in {', '.join(clusters)}")
        namespace = release.id.split("/")[0]
        if contract.namespace != namespace or cloud.get(NAMESPACE, contract.namespace) is None:
            raise wrong("namespace", contract.namespace, f"Milvus runs in {namespace}")
        bucket = values(release, "externalS3.bucketName")
        if contract.bucket_name != bucket or cloud.get(BUCKET, contract.bucket_name) is None:
            raise wrong("bucket_name", contract.bucket_name, f"Milvus keeps its data in {bucket}")
        if contract.aws_region != version.region:
            raise wrong("aws_region", contract.aws_region, f"everything is in {version.region}")


@rule(PARAMETER, "ready", source=CONTRACT)
def who_restores_finds_backups_and_roles(cloud: Cloud, version: Resource) -> None:
    contract = contract_of(cloud, version)
    if contract is None:
        return
    for key in ("backup_bucket_name", "backup_copy_bucket_name"):
        name: str | None = getattr(contract, key)
        if name and (name == contract.bucket_name or cloud.get(BUCKET, name) is None):
            raise wrong(key, name, "no bucket of backups has this name")
    for key in ("backup_role_arn", "restore_role_arn"):
        arn: str | None = getattr(contract, key)
        if arn and role_of(cloud, arn) is None:
            raise wrong(key, arn, "no such role")


@rule(PARAMETER, "ready", source=CONTRACT)
def a_consumer_opens_attu(cloud: Cloud, version: Resource) -> None:
    contract = contract_of(cloud, version)
    if contract is None or contract.attu_url is None:
        return
    url = urlsplit(contract.attu_url)
    host, port = url.hostname or "", url.port or PORTS.get(url.scheme, 0)
    address = Address("attu_url", contract.attu_url, host, port, url.scheme == "https")
    follow(cloud, address, behind(cloud, version, "attu_url", host), ATTU_PORT)
