"""Rules about encryption, of stored data and of connections."""

from collections.abc import Iterator, Sequence

from policies.documents import denies_plain_transport, document
from policies.rule import UNKNOWN, Resource, at, items, on, rule, stack_rule

LISTENER = "aws:lb/listener:Listener"
BALANCER = "aws:lb/loadBalancer:LoadBalancer"
TLS_POLICIES = ("ELBSecurityPolicy-TLS13-1-2-", "ELBSecurityPolicy-TLS13-1-3-", "ELBSecurityPolicy-FS-1-2-")
"""Prefixes of the names of policies with TLS 1.2 or better
(docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html)."""


@rule(
    "kafka-encrypted",
    "aws:msk/cluster:Cluster",
    why="Everything that Milvus ever wrote passes through Kafka.",
    source="docs.aws.amazon.com/msk/latest/developerguide/msk-encryption.html",
    fix="encryptionInfo: clientBroker TLS, inCluster true, and a KMS key of the stack.",
)
def kafka_encrypted(resource: Resource) -> Iterator[str]:
    if (mode := at(resource.inputs, "encryptionInfo.encryptionInTransit.clientBroker")) not in ("TLS", UNKNOWN):
        yield f"clients may speak {mode or 'plain text'} to the brokers"
    if at(resource.inputs, "encryptionInfo.encryptionInTransit.inCluster") is False:
        yield "brokers speak plain text among each other"
    if not at(resource.inputs, "encryptionInfo.encryptionAtRestKmsKeyArn"):
        yield "volumes are not encrypted by a key of this stack"


@rule(
    "disks-encrypted",
    "aws:ec2/launchTemplate:LaunchTemplate",
    "aws:ebs/volume:Volume",
    "kubernetes:storage.k8s.io/v1:StorageClass",
    why="Nodes cache segments on their disks, etcd keeps the metadata on its volumes.",
    source="docs.aws.amazon.com/ebs/latest/userguide/ebs-encryption.html",
    fix="encrypted: true on every block device, volume and StorageClass.",
)
def disks_encrypted(resource: Resource) -> Iterator[str]:
    if resource.type == "aws:ebs/volume:Volume":
        if not on(at(resource.inputs, "encrypted")):
            yield "the volume is not encrypted"
    elif resource.type == "aws:ec2/launchTemplate:LaunchTemplate":
        devices = at(resource.inputs, "blockDeviceMappings")
        if devices != UNKNOWN and not items(devices):
            yield "the root disk is left to the AMI, whose disks are not encrypted"
        for device in items(devices):
            if at(device, "ebs") is not None and not on(at(device, "ebs.encrypted")):
                yield f"disk {at(device, 'deviceName')} is not encrypted"
    elif at(resource.inputs, "provisioner") == "ebs.csi.aws.com" and not on(
        at(resource.inputs, "parameters.encrypted")
    ):
        yield "its volumes are not encrypted"


@rule(
    "kubernetes-secrets-encrypted",
    "aws:eks/cluster:Cluster",
    why="Kubernetes Secrets hold the passwords of Kafka and of Milvus' root.",
    source="docs.aws.amazon.com/eks/latest/userguide/enable-kms.html",
    fix="encryptionConfig with resources [secrets] and a KMS key.",
)
def kubernetes_secrets_encrypted(resource: Resource) -> Iterator[str]:
    config = at(resource.inputs, "encryptionConfig")
    resources = at(resource.inputs, "encryptionConfig.resources")
    if config != UNKNOWN and resources != UNKNOWN and "secrets" not in items(resources):
        yield "Secrets in its etcd are not encrypted by a key of this stack"


@rule(
    "keys-rotated",
    "aws:kms/key:Key",
    why="A key that never changes can be used on everything that was ever encrypted by it.",
    source="docs.aws.amazon.com/kms/latest/developerguide/rotate-keys.html",
    fix="enableKeyRotation: true.",
)
def keys_rotated(resource: Resource) -> Iterator[str]:
    if not on(at(resource.inputs, "enableKeyRotation")):
        yield "the key is not rotated"


@rule(
    "topics-encrypted",
    "aws:sns/topic:Topic",
    why="CloudWatch's alarms are lost, without an error, at a topic with SNS' own key.",
    source="docs.aws.amazon.com/sns/latest/dg/sns-key-management.html",
    fix="kmsMasterKeyId: a key whose policy lets cloudwatch.amazonaws.com decrypt and generate data keys.",
)
def topics_encrypted(resource: Resource) -> Iterator[str]:
    key = at(resource.inputs, "kmsMasterKeyId")
    if not key:
        yield "messages are not encrypted by a key of this stack"
    elif str(key).endswith("alias/aws/sns"):
        yield "SNS' own key does not admit CloudWatch"


@rule(
    "bucket-transport",
    "aws:s3/bucketPolicy:BucketPolicy",
    why="S3 also answers plain HTTP.",
    source="docs.aws.amazon.com/AmazonS3/latest/userguide/security-best-practices.html",
    fix="a statement that denies s3:* where aws:SecureTransport is false.",
)
def bucket_transport(resource: Resource) -> Iterator[str]:
    policy = document(at(resource.inputs, "policy"))
    if policy is not None and not denies_plain_transport(policy):
        yield "plain HTTP is not denied"


@rule(
    "tls-policy",
    LISTENER,
    why="The balancers' default policy still takes TLS 1.0.",
    source="docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html",
    fix=f"sslPolicy that begins with one of {', '.join(TLS_POLICIES)}.",
)
def tls_policy(resource: Resource) -> Iterator[str]:
    policy = at(resource.inputs, "sslPolicy")
    encrypted = at(resource.inputs, "protocol") in ("TLS", "HTTPS")
    if encrypted and policy != UNKNOWN and not str(policy).startswith(TLS_POLICIES):
        yield f"TLS policy {policy}: older than TLS 1.2 or not known here"


@stack_rule(
    "public-listeners-encrypted",
    LISTENER,
    why="Milvus' users log in with name and password in every request.",
    source="milvus.io/docs/tls.md",
    fix="a certificate (access.certificateArn or access.domain), or an internal load balancer.",
)
def public_listeners_encrypted(resources: Sequence[Resource]) -> Iterator[tuple[Resource, str]]:
    public = {each.urn for each in resources if each.type == BALANCER and is_public(each)}
    for each in resources:
        if each.type != LISTENER or not each.depends_on & public:
            continue
        protocol, actions = at(each.inputs, "protocol"), items(at(each.inputs, "defaultActions"))
        redirects = bool(actions) and all(at(action, "type") == "redirect" for action in actions)
        if protocol not in ("TLS", "HTTPS", UNKNOWN) and not redirects:
            yield each, f"a public load balancer takes {protocol} on port {at(each.inputs, 'port')}"


def is_public(balancer: Resource) -> bool:
    """True if a load balancer faces the internet, which is AWS' default."""
    return not on(at(balancer.inputs, "internal"))


RULES = (
    kafka_encrypted,
    disks_encrypted,
    kubernetes_secrets_encrypted,
    keys_rotated,
    topics_encrypted,
    bucket_transport,
    tls_policy,
    public_listeners_encrypted,
)
