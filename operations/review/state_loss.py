"""Finds changes that lose data: which resources hold data, what is lost with them, and what to do instead.

It consists of tables and of plain functions over one change. Changes that lose nothing are in disruption.py, and
guard.py reports the result.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple, cast

from operations.review import milvus_config, zones
from operations.review.changes import Change, Preview
from policies.rule import UNKNOWN, at

RELEASE = "kubernetes:helm.sh/v3:Release"
BUCKET = "aws:s3/bucket:Bucket"
MSK = "aws:msk/cluster:Cluster"
BACKUP = "milvus-on-aws:backup:Backup$"
"""Part of the URN of whatever belongs to the backups."""
STORAGE_CLASS = "kubernetes:storage.k8s.io/v1:StorageClass"


class Loss(NamedTuple):
    """Something that one change would lose."""

    causes: tuple[str, ...]
    """Properties that cause the loss, with both values unless they are secret."""
    lost: str
    instead: str


class Holding(NamedTuple):
    """The loss if a resource or a setting is given up, and what to do instead."""

    lost: str
    instead: str


SECOND_STACK = (
    "deploy a second stack with the new setting, copy the data (`make copy FROM=... TO=...`), move the clients, destroy"
    " the first"
    " (docs/backup.md#move-to-a-second-stack)"
)
BACKUPS = Holding(
    "every backup in it, and with them the only way back",
    "keep backup.enabled; with backup.keepOnDestroy the bucket outlives its stack, and whatever else happens",
)
ETCD = Holding("etcd's volumes: Milvus' metadata, without which the objects in S3 mean nothing", SECOND_STACK)
NETWORK = Holding(
    "brokers, nodes and load balancers stand in it: Kafka, and what Milvus has not yet stored", SECOND_STACK
)
HOLDING = {
    BUCKET: Holding("every segment, index and log of Milvus", SECOND_STACK),
    "aws:kms/key:Key": Holding(
        "whatever was encrypted by it can't be read again once its days of grace are over",
        "keep the key; a new one may stand beside it until nothing needs the old one",
    ),
    MSK: Holding(
        "messages that Milvus has not stored yet, and the positions that it goes on from: it does not start again"
        " (milvus#45210)",
        f"undo the change; what MSK can't change in place needs another stack: {SECOND_STACK}",
    ),
    "aws:eks/cluster:Cluster": Holding(f"everything in Kubernetes, {ETCD.lost}", SECOND_STACK),
    "eks:index:Cluster": Holding(f"everything in Kubernetes, {ETCD.lost}", SECOND_STACK),
    "aws:ec2/vpc:Vpc": NETWORK,
    "aws:ec2/subnet:Subnet": NETWORK._replace(
        instead="add zones, never change or drop one that brokers are in (MSK's subnets are fixed at creation); "
        f"otherwise {SECOND_STACK}"
    ),
    "aws:secretsmanager/secret:Secret": Holding(
        "a password that running pods, Kafka or clients still use",
        "rotate: add the new user, move Milvus over, drop the old one (kafka.users, kafka.activeUser), one `up` each",
    ),
    "random:index/randomPassword:RandomPassword": Holding(
        "the password; Milvus keeps the root password of its first start, so a new one locks everybody out",
        "change the root password in Milvus (update_password) first; rotate Kafka's by a second user (kafka.users)",
    ),
    "kubernetes:core/v1:Namespace": ETCD,
    "kubernetes:core/v1:PersistentVolumeClaim": ETCD,
    "kubernetes:core/v1:PersistentVolume": ETCD,
    "kubernetes:apps/v1:StatefulSet": ETCD,
    STORAGE_CLASS: Holding(
        "what etcd's next volume is made by; deleted volumes are perhaps no longer kept",
        "leave this class as it is and give another one another name",
    ),
    RELEASE: ETCD,
}
"""Losses by type, if a resource is deleted or replaced."""
CREDENTIALS = ("aws:secretsmanager/secret:Secret", "random:index/randomPassword:RandomPassword")


def losses(change: Change, preview: Preview) -> Iterator[Loss]:
    """Everything that the change would destroy or make unreachable."""
    of_backups = change.type == BUCKET and BACKUP in change.urn
    holding = BACKUPS if of_backups else HOLDING.get(change.type)
    if change.type == zones.NODES and change.operation != "create":
        yield from _nodes(change, preview)
    if (change.type == RELEASE and change.chart != "milvus") or _is_former_user(change, preview):
        return
    if holding and change.operation in ("delete", "replace") and not change.is_kept:
        yield Loss(change.causes, *holding)
    elif change.operation == "update" and change.type == RELEASE:
        yield from _milvus(change, preview)
    elif change.operation == "update" and change.type == MSK:
        yield from _kafka(change)
    elif change.operation == "update" and change.type == "aws:eks/cluster:Cluster":
        yield from _cluster(change)
    elif change.operation == "update" and change.type == STORAGE_CLASS and change.paths:
        # Kubernetes refuses it: rook#16155, hashicorp/terraform-provider-kubernetes#1965.
        fixed = tuple(path for path in change.paths if not path.startswith(("metadata", "allowVolumeExpansion")))
        if fixed:
            yield Loss(fixed, *HOLDING[STORAGE_CLASS])


def _is_former_user(change: Change, preview: Preview) -> bool:
    """True if a deletion is the last step of a rotation: Milvus' login does not change, so it uses the other user."""
    gone = {
        each.name
        for each in preview.changes
        if each.operation == "delete" and str(at(each.old, "namePrefix")).startswith("AmazonMSK_")
    }
    login = any(each.type == "kubernetes:core/v1:Secret" for each in preview.changes)
    return change.operation == "delete" and change.type in CREDENTIALS and change.name in gone and not login


# Settings by which Milvus finds its data. Its garbage collector deletes what it does not know (milvus#45267).
WRITE_ONCE = Holding(
    "Milvus starts empty under the new one; its garbage collector may delete what it no longer knows (milvus#45267)",
    f"undo the change (milvus.prefix keeps an old name); to move the data: {SECOND_STACK}",
)
QUEUE = Holding(
    "what is in the old queue and not yet stored; positions in metadata point into it (milvus#42798)",
    SECOND_STACK,
)
ETCD_SHAPE = Holding(
    "Kubernetes refuses to change a StatefulSet's volumes, and etcd's members do not follow a changed number of pods:"
    " the release fails halfway, perhaps without a majority",
    "take a snapshot (the CronJob backup-etcd does) and change etcd by its own procedure, or undo the change",
)
QUEUES = ("pulsar", "pulsarv3", "kafka", "woodpecker", "externalKafka", "externalPulsar")


def _milvus(change: Change, preview: Preview) -> Iterator[Loss]:
    for key, danger in milvus_config.dangers(change):
        yield Loss((str(key),), danger.lost, danger.instead)
    before, after = identity(change.old), identity(change.new)
    if at(change.new, "values") == UNKNOWN:
        # Some of the values are known only after the deployment, but the settings contain the prefix.
        after |= {**dict.fromkeys(PREFIXES, configured_prefix(preview)), ROOT_PATH: configured_root_path(preview)}
        made = {each.type for each in preview.changes if each.operation == "create" and BACKUP not in each.urn}
        if BUCKET in made:
            yield Loss((f"bucket: {before[IN_BUCKET]} -> one that this change makes",), *WRITE_ONCE)
        if MSK in made:
            # Its addresses are known only afterwards, and with them all values; that they are others is certain.
            yield Loss((f"message queue: {before['message queue']} -> a Kafka that this change makes",), *QUEUE)
    for key, (_, holding) in IDENTITY.items():
        old, new = before[key], after[key]
        if key == OF_STANDALONE and None in (old, new):
            continue  # roles that become a cluster have it no more; "message queue" holds for both
        if UNKNOWN not in (old, new) and old != new:
            yield Loss((f"{key}: {old} -> {new}",), *holding)
    hosts = [set(str(each["brokers"]).split(",")) for each in (before, after)]
    if UNKNOWN not in hosts[0] | hosts[1] and not hosts[0] & hosts[1]:
        yield Loss(("values.externalKafka.brokerList: no broker of the old cluster",), *QUEUE)


IN_BUCKET, ROOT_PATH = "values.externalS3.bucketName", "values.externalS3.rootPath"
PREFIXES = ("etcd.rootPath", "msgChannel.chanNamePrefix.cluster")
"""Keys of IDENTITY that both hold the setting milvus.prefix (planning/chart/helm_values.py)."""
OF_STANDALONE = "values.standalone.messageQueue"
IDENTITY: Mapping[str, tuple[str, Holding]] = {
    ROOT_PATH: ("values", WRITE_ONCE),
    IN_BUCKET: ("values", WRITE_ONCE),
    "values.externalS3.host": ("values", WRITE_ONCE),
    "values.minio.enabled": ("values", WRITE_ONCE),
    "etcd.rootPath": ("user.yaml", WRITE_ONCE),
    "msgChannel.chanNamePrefix.cluster": ("user.yaml", WRITE_ONCE),
    "common.storageType": ("user.yaml", WRITE_ONCE),
    "mq.type": ("user.yaml", QUEUE),
    "message queue": ("", QUEUE),
    OF_STANDALONE: ("values", QUEUE),
    "values.etcd.enabled": ("values", ETCD),
    "values.etcd.persistence.enabled": ("values", ETCD),
    "values.etcd.persistence.storageClass": ("values", ETCD_SHAPE),
    "values.etcd.persistence.size": ("values", ETCD_SHAPE),
    "values.etcd.replicaCount": ("values", ETCD_SHAPE),
}
"""Settings by which Milvus finds its data: where each is written, and what is lost if it changes."""


def identity(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """The values of IDENTITY in a release's inputs, with its brokers; UNKNOWN for values that are not known yet."""
    files = at(inputs, "values.extraConfigFiles")
    text = cast(Mapping[str, str], files).get("user.yaml") if isinstance(files, Mapping) else files
    user: Any = UNKNOWN if text == UNKNOWN else json.loads(text or "{}")
    enabled = {queue: at(inputs, f"values.{queue}.enabled") for queue in QUEUES}
    queues = (
        UNKNOWN if UNKNOWN in enabled.values() else ", ".join(queue for queue in QUEUES if enabled[queue]) or "none"
    )
    sources = {"values": inputs, "user.yaml": user}
    found = {key: at(sources[where], key) for key, (where, _) in IDENTITY.items() if where}
    return {**found, "message queue": queues, "brokers": at(inputs, "values.externalKafka.brokerList")}


def configured_prefix(preview: Preview) -> str:
    """The prefix as arguments/milvus.py sets it; UNKNOWN if the settings are encrypted."""
    written = _written(preview, "milvus")
    return UNKNOWN if written is None else written.get("prefix") or f"milvus-{preview.stack}"


def configured_root_path(preview: Preview) -> str:
    """The folder of Milvus' objects as arguments/milvus.py sets it; UNKNOWN if the settings are encrypted."""
    written = _written(preview, "bucket")
    if written is None:
        return UNKNOWN
    return at(written, "existing.prefix") or configured_prefix(preview)


def _written(preview: Preview, section: str) -> Mapping[str, Any] | None:
    """A section of the settings; None if it is encrypted."""
    try:
        return json.loads(preview.config.get(f"milvus-on-aws:{section}", "{}"))
    except ValueError:
        return None


def _kafka(change: Change) -> Iterator[Loss]:
    def both(path: str) -> Sequence[Any]:
        values = at(change.old, path), at(change.new, path)
        return values if UNKNOWN not in values and None not in values else (0, 0)

    def told(path: str) -> tuple[str]:
        return (f"{path}: {at(change.old, path)} -> {at(change.new, path)}",)

    old, new = (str(each) for each in both("kafkaVersion"))
    if _numbers(new) < _numbers(old) or old.endswith(".kraft") != new.endswith(".kraft"):
        # docs.aws.amazon.com/msk/latest/developerguide/version-upgrades.html
        yield Loss(
            told("kafkaVersion"),
            "MSK neither downgrades a cluster nor moves one between ZooKeeper and KRaft: it refuses, or it is replaced",
            HOLDING[MSK].instead,
        )
    size, brokers = "brokerNodeGroupInfo.storageInfo.ebsStorageInfo.volumeSize", "numberOfBrokerNodes"
    if both(size)[1] < both(size)[0]:
        # docs.aws.amazon.com/msk/latest/developerguide/msk-update-storage.html
        yield Loss(
            told(size), "MSK's volumes never shrink: it refuses, with the rest of the update half done", "undo it"
        )
    if both(brokers)[1] < both(brokers)[0]:
        # docs.aws.amazon.com/msk/latest/developerguide/msk-remove-broker.html
        yield Loss(
            told(brokers),
            "the partitions on the brokers that go, unless they were moved before",
            "move their partitions first (kafka-reassign-partitions), then allow the change by name",
        )


def _nodes(change: Change, preview: Preview) -> Iterator[Loss]:
    emptied = zones.emptied(preview.steps, change.urn)
    if emptied is None:
        return
    places = ", ".join(emptied.places)
    lost = (
        f"{places}: no nodes are left there for etcd's pods, whose volumes can't leave their zone: they stay pending"
        " (volume node affinity conflict), and Milvus stops once it has no majority of them"
    )
    if not emptied.certain:
        lost = f"{lost}; this preview does not list what stays as it is: make it with --show-sames to know"
    yield Loss(
        change.causes,
        lost,
        "keep the zones of nodes (network.zones); a subnet that is no more than another one of the same zone may be"
        f" allowed by the group's name; to leave a zone: {SECOND_STACK}",
    )


def _cluster(change: Change) -> Iterator[Loss]:
    """Updates that EKS refuses: docs.aws.amazon.com/eks/latest/userguide/update-cluster.html."""
    versions = at(change.old, "version"), at(change.new, "version")
    old, new = (_numbers(str(version)) for version in versions)
    if len(old) != 2 or len(new) != 2 or old == new:
        return
    causes = (f"version: {versions[0]} -> {versions[1]}",)
    if new < old:
        yield Loss(
            causes,
            "EKS never takes a cluster back to an older version: it refuses, with the rest of the update half done",
            "undo the change",
        )
    elif new > (old[0], old[1] + 1):
        yield Loss(
            causes,
            "EKS upgrades one minor version at a time: it refuses, with the rest of the update half done",
            f"set cluster.version to {old[0]}.{old[1] + 1} and deploy it, then the next one, one `up` each",
        )


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdecimal())
