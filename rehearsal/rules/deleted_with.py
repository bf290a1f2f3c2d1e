"""Rules for resources that disappear when the resource that contains them is deleted, without a call of their own.

The program may leave their deletion to that, by the option `deletedWith`.
"""

from rehearsal.cloud.cloud import Cloud, rule
from rehearsal.cloud.resource import Resource, dig
from rehearsal.rules import eks, kubernetes, msk, msk_users


@rule(eks.CLUSTER, "after_delete", source="docs.aws.amazon.com/eks/latest/userguide/delete-cluster.html")
def a_cluster_takes_its_addons_and_objects_along(cloud: Cloud, cluster: Resource) -> None:
    """Resources in AWS that controllers created, or would have had to clean up, stay; other rules are about them."""
    for addon in cloud.all(eks.ADDON, clusterName=cluster.id):
        cloud.remove(addon)
    for resource in cloud.resources():
        if resource.server and resource.server == cluster["endpoint"]:
            cloud.remove(resource)


@rule(
    kubernetes.NAMESPACE,
    "after_delete",
    source="kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/",
)
def a_namespace_takes_its_objects_along(cloud: Cloud, namespace: Resource) -> None:
    for resource in cloud.resources():
        if resource.server == namespace.server and dig(resource.inputs, "metadata.namespace") == namespace.id:
            cloud.remove(resource)


@rule(msk.CLUSTER, "after_delete", source="docs.aws.amazon.com/msk/latest/developerguide/msk-delete-cluster.html")
def a_kafka_takes_its_users_along(cloud: Cloud, cluster: Resource) -> None:
    for users in cloud.all(msk_users.USERS, clusterArn=cluster.id):
        cloud.remove(users)
