"""Rules of Application Auto Scaling, for volumes of Kafka's brokers that grow automatically."""

from rehearsal.cloud.cloud import Cloud, Refused, rule
from rehearsal.cloud.resource import Resource
from rehearsal.rules.msk import CLUSTER, GUIDE

SCALABLE = "aws:appautoscaling/target:Target"
SCALING = "aws:appautoscaling/policy:Policy"


@rule(SCALABLE, "before_create", source=f"{GUIDE}msk-autoexpand.html")
def growing_volumes_are_those_of_a_cluster(cloud: Cloud, target: Resource) -> None:
    if target["serviceNamespace"] != "kafka":
        return
    cluster = cloud.need(
        target, CLUSTER, target["resourceId"], "ValidationException: Unsupported resource: no such MSK cluster"
    )
    if cluster["brokerNodeGroupInfo.instanceType"] == "kafka.t3.small":
        raise Refused("ValidationException: storage of kafka.t3.small does not scale")


@rule(
    SCALING,
    "before_create",
    source="docs.aws.amazon.com/autoscaling/application/APIReference/API_PutScalingPolicy.html",
)
def a_scaling_policy_needs_its_target(cloud: Cloud, policy: Resource) -> None:
    targets = cloud.all(SCALABLE, resourceId=policy["resourceId"], scalableDimension=policy["scalableDimension"])
    if not targets:
        raise Refused(
            "ObjectNotFoundException: No scalable target registered for service namespace:"
            f" {policy['serviceNamespace']}, resource ID: {policy['resourceId']}"
        )
    cloud.relies(policy, targets[0], "a scaling policy needs its target")
