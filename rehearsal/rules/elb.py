"""Load balancers: target groups in use, deletion protection."""

from rehearsal.cloud import Cloud, Refused, Thing, rule
from rehearsal.rules.ec2 import SECURITY_GROUP, SUBNET

BALANCER = "aws:lb/loadBalancer:LoadBalancer"
TARGET_GROUP = "aws:lb/targetGroup:TargetGroup"
LISTENER = "aws:lb/listener:Listener"
API = "docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/"


@rule(BALANCER, "before_create", source=f"{API}API_CreateLoadBalancer.html")
def a_balancer_needs_its_network(cloud: Cloud, balancer: Thing) -> None:
    subnets = [cloud.need(balancer, SUBNET, id_) for id_ in balancer["subnets"] or ()]
    for id_ in balancer["securityGroups"] or ():
        cloud.need(balancer, SECURITY_GROUP, id_)
    zones = {subnet["availabilityZone"] for subnet in subnets}
    if balancer.inputs.get("loadBalancerType", "application") == "application" and len(zones) < 2:
        raise Refused(
            "ValidationError: At least two subnets in two different Availability Zones must be specified:"
            f" {balancer.name}"
        )


@rule(BALANCER, "before_delete", source=f"{API}API_DeleteLoadBalancer.html")
def a_protected_balancer_stays(cloud: Cloud, balancer: Thing) -> None:
    if balancer["enableDeletionProtection"]:
        raise Refused(
            f"OperationNotPermitted: Load balancer '{balancer.id}' cannot be deleted because deletion protection is"
            " enabled"
        )


@rule(TARGET_GROUP, "before_delete", source=f"{API}API_DeleteTargetGroup.html")
def a_target_group_in_use_stays(cloud: Cloud, group: Thing) -> None:
    for listener in cloud.all(LISTENER):
        if any(action.get("targetGroupArn") == group.id for action in listener["defaultActions"] or ()):
            raise Refused(
                f"ResourceInUse: Target group '{group.id}' is currently in use by a listener or a rule: {listener.name}"
            )
