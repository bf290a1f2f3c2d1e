"""Helm: what the charts used here need in order to become ready."""

from rehearsal.cloud import Cloud, Refused, Thing, dig, rule
from rehearsal.rules import msk, s3
from rehearsal.rules.eks import NODE_GROUP

RELEASE = "kubernetes:helm.sh/v3:Release"


@rule(RELEASE, "ready", source="helm.sh/docs/intro/using_helm/ (--wait)")
def pods_need_nodes(cloud: Cloud, release: Thing) -> None:
    groups = cloud.all(NODE_GROUP)
    if not groups:
        raise Refused(f"release {release.id}: timed out waiting for the condition: no nodes available to schedule pods")
    for group in groups:
        cloud.relies(release, group, "pods need nodes")


@rule(RELEASE, "ready", source="docs.aws.amazon.com/msk/latest/developerguide/msk-password.html")
def milvus_needs_users_in_its_kafka(cloud: Cloud, release: Thing) -> None:
    brokers = dig(release.inputs, "values.externalKafka.brokerList")
    if release["chart"] != "milvus" or not brokers:
        return
    clusters = cloud.all(msk.CLUSTER, bootstrapBrokersSaslScram=brokers)
    if not clusters:
        raise Refused(f"release {release.id}: timed out waiting for the condition: no Kafka answers at {brokers}")
    cloud.relies(release, clusters[0], "Milvus needs its Kafka")
    users = cloud.all(msk.USERS, clusterArn=clusters[0].id)
    if not users:
        raise Refused(f"release {release.id}: SASL authentication error: Kafka knows no users")
    for each in users:
        cloud.relies(release, each, "Milvus logs into Kafka")


@rule(RELEASE, "ready", source="milvus.io/docs/deploy_s3.md")
def milvus_writes_into_its_bucket(cloud: Cloud, release: Thing) -> None:
    name = dig(release.inputs, "values.externalS3.bucketName")
    if release["chart"] != "milvus" or not name:
        return
    bucket = cloud.need(release, s3.BUCKET, name, f"release {release.id}: the bucket {name} does not exist")
    s3.write_objects(cloud, bucket)
