"""Predicts how changes that lose no data interrupt users, and which replacements nobody notices."""

import re
from collections.abc import Iterator, Mapping, Sequence

from operations.review import milvus_config
from operations.review.changes import Change
from operations.review.zones import NODES
from policies.rule import UNKNOWN, at

MILVUS = "kubernetes:helm.sh/v3:Release"
MSK = "aws:msk/cluster:Cluster"
LOCK = "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration"
GONE = ("replace", "delete")
STAYING = {
    LOCK: "S3 takes Object Lock off no bucket: what is written there is locked as before, for as long as was set",
}
"""Effects by type of leaving a resource in the cloud."""

HARMLESS = {
    "pulumi:providers:kubernetes": "only the way to the cluster changes, nothing in it",
    "pulumi:providers:aws": "only the way to AWS changes, nothing there",
    "pulumi:providers:random": "nothing is made by it again",
    "pulumi:providers:eks": "nothing is made by it again",
    "kubernetes:batch/v1:Job": "proves Milvus anew: a Job's template can't change",
    "kubernetes:core/v1:ConfigMap": "made anew under another name before the old one goes",
    "kubernetes:core/v1:Secret": "made anew under another name before the old one goes; pods then roll",
    "kubernetes:policy/v1:PodDisruptionBudget": "counts pods; holds nothing",
    "aws:msk/configuration:Configuration": "named by its content: the cluster moves to the new one first",
    "aws:ec2/launchTemplate:LaunchTemplate": "a recipe for nodes; what happens to nodes is said at their group",
    "aws:secretsmanager/secretVersion:SecretVersion": "the secret keeps the earlier version beside it",
    "aws:cloudwatch/metricAlarm:MetricAlarm": "watches; holds nothing",
    "aws:cloudwatch/compositeAlarm:CompositeAlarm": "watches; holds nothing",
    "aws:cloudwatch/dashboard:Dashboard": "shows; holds nothing",
}
"""Types that can be replaced or deleted without anybody noticing, with the reason."""

INTERRUPTED = {
    NODES: "pods of these nodes move to others, one node after the other; each query node loads its segments again",
    "aws:lb/loadBalancer:LoadBalancer": "clients lose their connections, and the address changes unless it has a name"
    " of its own (access.domain)",
    "aws:lb/listener:Listener": "clients are refused until the new one stands: about a minute",
    "aws:lb/targetGroup:TargetGroup": "clients are refused until pods are healthy in the new one: some minutes",
    "kubernetes:elbv2.k8s.aws/v1beta1:TargetGroupBinding": "pods leave the load balancer until the new one is bound",
    "aws:ec2/natGateway:NatGateway": "no way out of its zone for minutes; images are not pulled; its address changes",
    "aws:ec2/eip:Eip": "the address that others know this stack by changes",
    "aws:ec2/securityGroup:SecurityGroup": "connections through it are refused until the new one is on everything",
    "aws:ec2/internetGateway:InternetGateway": "no way in or out for minutes",
    "aws:ec2/routeTable:RouteTable": "no way out for seconds to minutes",
    "aws:ec2/route:Route": "no way out for seconds",
    "aws:ec2/routeTableAssociation:RouteTableAssociation": "no way out for seconds",
    "aws:ec2/vpcEndpoint:VpcEndpoint": "S3 is reached by NAT meanwhile, or not at all without NAT",
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": "new connections are refused for seconds",
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": "new connections are refused for seconds",
    "aws:iam/role:Role": "whoever works by it is denied until the new one is known: seconds to minutes",
    "aws:iam/rolePolicy:RolePolicy": "whoever works by it is denied until the new one is known: seconds",
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": "whoever works by it is denied meanwhile: seconds",
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider": "no pod gets AWS credentials until the new one is trusted",
    "aws:msk/scramSecretAssociation:ScramSecretAssociation": "Milvus can't log in to Kafka until MSK knows its user"
    " again: up to 10 minutes",
    "aws:eks/addon:Addon": "its pods are replaced; DNS or volumes may wait for seconds",
    "kubernetes:networking.k8s.io/v1:NetworkPolicy": "for a moment more, or less, is let in than meant",
    "kubernetes:apps/v1:Deployment": "its pods are replaced",
    "kubernetes:core/v1:Service": "its address inside the cluster changes",
    "aws:cloudwatch/logGroup:LogGroup": "its logs are deleted",
    "aws:s3/bucketVersioning:BucketVersioning": "what Milvus deletes from now on can't be brought back",
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": "only the policy keeps the bucket closed meanwhile",
    "aws:s3/bucketPolicy:BucketPolicy": "plain HTTP is not denied meanwhile",
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": "deleted versions pile up and are paid for",
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": "new objects are"
    " encrypted by S3's own key",
    "aws:secretsmanager/secret:Secret": "its user can no longer log in",
    "random:index/randomPassword:RandomPassword": "its user can no longer log in",
    "aws:secretsmanager/secretPolicy:SecretPolicy": "MSK can't read the secret without it: its user is locked out",
    "aws:appautoscaling/policy:Policy": "Kafka's volumes no longer grow by themselves",
    "aws:appautoscaling/target:Target": "Kafka's volumes no longer grow by themselves",
    "aws:ec2/flowLog:FlowLog": "connections are not logged meanwhile",
    LOCK: "new backups can be deleted at once meanwhile",
    "aws:s3/bucketReplicationConfig:BucketReplicationConfig": "backups are not copied to the other region meanwhile",
    "kubernetes:batch/v1:CronJob": "a run that is due meanwhile is left out",
    "kubernetes:core/v1:ServiceAccount": "its pods get no AWS credentials until the new one is there",
    "aws:ssm/parameter:Parameter": "readers of the contract do not find it until the new one is there: seconds",
    "kubernetes:helm.sh/v3:Release": "what it installed is away until it is installed again",
}
"""Types whose replacement or deletion users notice, with the effect."""

ROLLING_KAFKA = ("kafkaVersion", "brokerNodeGroupInfo.instanceType", "configurationInfo", "clientAuthentication")
"""Properties for whose change MSK restarts the brokers one by one
(docs.aws.amazon.com/msk/latest/developerguide/msk-update-broker-type.html)."""
QUIET = re.compile(r"values\.(\w+\.replicas$|etcd\.persistentVolumeClaim|metrics\.serviceMonitor|service\.)")
"""Values of the chart whose change restarts no pod."""
ROLLING_NODES = ("version", "releaseVersion", "launchTemplate", "amiType")
"""Properties for whose change EKS replaces the nodes one by one
(docs.aws.amazon.com/eks/latest/userguide/managed-node-update-behavior.html)."""


def harmless(change: Change) -> str | None:
    """The reason why nobody notices that a resource is replaced or deleted; None if somebody may."""
    return HARMLESS.get(change.type) if change.operation in GONE else None


FOR_GOOD = {
    **dict.fromkeys(
        (
            "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
            "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
        ),
        "what connected by it is refused from then on",
    ),
    **dict.fromkeys(
        (
            "aws:ec2/natGateway:NatGateway",
            "aws:ec2/internetGateway:InternetGateway",
            "aws:ec2/routeTable:RouteTable",
            "aws:ec2/route:Route",
            "aws:ec2/routeTableAssociation:RouteTableAssociation",
        ),
        "what went out by it has no way out from then on",
    ),
    **dict.fromkeys(
        ("aws:iam/role:Role", "aws:iam/rolePolicy:RolePolicy", "aws:iam/rolePolicyAttachment:RolePolicyAttachment"),
        "whoever works by it is denied from then on",
    ),
    **dict.fromkeys(
        (
            "aws:lb/listener:Listener",
            "aws:lb/targetGroup:TargetGroup",
            "kubernetes:elbv2.k8s.aws/v1beta1:TargetGroupBinding",
        ),
        "clients are refused from then on",
    ),
    "aws:lb/loadBalancer:LoadBalancer": "its address is gone, and nobody reaches anything by it",
    "aws:ec2/securityGroup:SecurityGroup": "connections through it are refused from then on",
    "aws:ec2/vpcEndpoint:VpcEndpoint": "AWS is reached by NAT from then on, or not at all without NAT",
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider": "no pod gets AWS credentials from then on",
    "aws:msk/scramSecretAssociation:ScramSecretAssociation": "its users can't log in to Kafka from then on",
    "aws:eks/addon:Addon": "what it does in the cluster, such as DNS, networking or volumes, ends",
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": "only the policy keeps the bucket closed from then on",
    "aws:s3/bucketPolicy:BucketPolicy": "plain HTTP is not denied from then on",
    "aws:ec2/flowLog:FlowLog": "connections are not logged from then on",
    "kubernetes:networking.k8s.io/v1:NetworkPolicy": "what it let in is kept out from then on, or the other way round",
    "aws:s3/bucketReplicationConfig:BucketReplicationConfig": "backups are not copied to another region from then on",
    "kubernetes:batch/v1:CronJob": "what it did by the clock, such as backups, ends",
    "kubernetes:core/v1:ServiceAccount": "its pods get no AWS credentials from then on",
    "kubernetes:helm.sh/v3:Release": "what it installed is gone",
    "kubernetes:apps/v1:Deployment": "its pods are gone",
    "kubernetes:core/v1:Service": "its name and address inside the cluster are gone",
}
"""Effects of a deletion without a replacement, by type, if they differ from those of a replacement."""


def interruptions(change: Change) -> Iterator[str]:
    """Texts about what users would notice of a change."""
    if change.operation in GONE:
        if change.is_kept:
            yield STAYING.get(change.type, "stays in the cloud, but this stack no longer knows of it")
        elif change.type not in HARMLESS:
            if change.operation == "delete" and change.type in FOR_GOOD:
                yield f"deleted, and nothing takes its place: {FOR_GOOD[change.type]}"
                return
            unknown = "nobody has looked yet at what this type holds: read its diff (operations/review/disruption.py)"
            yield INTERRUPTED.get(change.type, unknown)
    elif change.operation == "update":
        yield from _update(change)


def _update(change: Change) -> Iterator[str]:
    if change.type == MILVUS and change.chart == "milvus":
        yield from _milvus(change)
    elif change.type == MSK and touches(change, ROLLING_KAFKA):
        yield "brokers restart one by one, 10 to 15 minutes each; Milvus goes on, with some slower writes"
    elif change.type == NODES and touches(change, ROLLING_NODES):
        yield INTERRUPTED[NODES]
    elif change.type == NODES and _smaller(change.old, change.new, "scalingConfig.desiredSize"):
        yield "nodes are taken away; their pods move, or wait if the others have no room"
    elif change.type == "aws:eks/cluster:Cluster" and "version" in change.paths:
        yield "the control plane is upgraded, 10 minutes and more, and never back; pods run on"
    elif change.type == "aws:lb/listener:Listener" and {"port", "protocol"} & set(change.paths):
        yield "clients must connect by another port or protocol (TLS or not) from that moment on"
    elif change.type == "aws:eks/addon:Addon" and "addonVersion" in change.paths:
        yield INTERRUPTED[change.type]
    elif change.type == "aws:s3/bucket:Bucket" and "forceDestroy" in _turned(change, to=True):
        yield "from then on a destroy deletes the bucket with all its objects"
    elif change.type == LOCK and _smaller(change.old, change.new, "rule.defaultRetention.days"):
        yield "new backups are locked for fewer days; those that are locked stay so until their own time"
    elif change.type == "aws:eks/cluster:Cluster" and "deletionProtection" in _turned(change, to=False):
        yield "from then on EKS lets the cluster be deleted"


def _turned(change: Change, *, to: bool) -> set[str]:
    """Paths of the properties that the change sets to `to`."""
    return {path for path in change.paths if at(change.new, path) is to}


def _milvus(change: Change) -> Iterator[str]:
    if not change.paths:
        return
    if at(change.new, "values") == UNKNOWN:
        yield "the new values are known only once deployed: pods may restart, role by role"
        return
    kept = "values.etcd.persistentVolumeClaimRetentionPolicy.whenDeleted"
    if kept in change.paths and at(change.new, kept) == "Delete":
        yield "from then on etcd's volumes go with the release"
    if versions := _older(change):
        yield f"Milvus goes back from {versions[0]} to {versions[1]}, which may not read what the newer one wrote"
    if keys := milvus_config.changed(change):
        named = "; ".join(map(str, keys[: milvus_config.MOST_KEYS]))
        more = f" and {len(keys) - milvus_config.MOST_KEYS} more" if len(keys) > milvus_config.MOST_KEYS else ""
        yield f"Milvus' configuration changes: {named}{more}"
    if any(path.startswith("values.cluster") for path in change.paths):
        yield "standalone and cluster are other pods: all of them stop, and Milvus is away for minutes"
    elif any(not QUIET.match(path) for path in change.paths):
        yield "pods restart role by role; with one replica of a role Milvus is away for a minute or two"
    elif any(_smaller(change.old, change.new, path) for path in change.paths):
        yield "pods are taken away; what they hold moves to the others first"


def _older(change: Change) -> tuple[str, str] | None:
    """Milvus' version before and after, if the one after is older."""
    old, new = (str(at(inputs, "values.image.all.tag")) for inputs in (change.old, change.new))
    numbers = [tuple(map(int, re.findall(r"\d+", version))) for version in (old, new)]
    return (old, new) if all(len(each) >= 3 for each in numbers) and numbers[1] < numbers[0] else None


def _retention(inputs: Mapping[str, object]) -> int | None:
    """Hours for which Kafka keeps messages under a configuration of MSK."""
    found = re.search(r"^log\.retention\.hours\s*=\s*(\d+)", str(at(inputs, "serverProperties")), re.MULTILINE)
    return int(found[1]) if found else None


def expiring(changes: Sequence[Change]) -> Iterator[tuple[Change, str]]:
    """Changes that shorten Kafka's retention, with the messages that they delete.

    The name of an MSK configuration depends on its content, so a change creates a new one and deletes the old one.
    """
    configurations = [change for change in changes if change.type == "aws:msk/configuration:Configuration"]
    before = [hours for change in configurations if (hours := _retention(change.old))]
    after = [(hours, change) for change in configurations if (hours := _retention(change.new))]
    for hours, change in after:
        if before and hours < max(before):
            yield (
                change,
                f"messages older than {hours} hours expire, which were kept for {max(before)}: what Milvus has not"
                " stored of them is lost (milvus#45210)",
            )


def touches(change: Change, properties: tuple[str, ...]) -> bool:
    """Whether a change is about one of these properties or a part of one."""
    return any(re.split(r"[.\[]", path)[0] in properties or path.startswith(properties) for path in change.paths)


def _smaller(old: Mapping[str, object], new: Mapping[str, object], path: str) -> bool:
    before, after = at(old, path), at(new, path)
    return isinstance(before, int | float) and isinstance(after, int | float) and after < before
