"""Rules of load balancers: their networks, listeners, certificates and target groups."""

from typing import Any

from rehearsal.cloud.cloud import Cloud, Refused, rule
from rehearsal.cloud.resource import Resource
from rehearsal.rules.acm import CERTIFICATE, VALIDATION
from rehearsal.rules.ec2 import INTERNET_GATEWAY, SECURITY_GROUP, SUBNET, way_out

BALANCER = "aws:lb/loadBalancer:LoadBalancer"
TARGET_GROUP = "aws:lb/targetGroup:TargetGroup"
LISTENER = "aws:lb/listener:Listener"
GUIDE = "docs.aws.amazon.com/elasticloadbalancing/latest/"
API = f"{GUIDE}APIReference/"
ENCRYPTED = ("HTTPS", "TLS")


@rule(BALANCER, "before_create", source=f"{API}API_CreateLoadBalancer.html")
def a_balancer_needs_its_network(cloud: Cloud, balancer: Resource) -> None:
    subnets = [cloud.need(balancer, SUBNET, id_) for id_ in balancer["subnets"] or ()]
    for id_ in balancer["securityGroups"] or ():
        cloud.need(balancer, SECURITY_GROUP, id_)
    zones = {subnet["availabilityZone"] for subnet in subnets}
    if balancer.inputs.get("loadBalancerType", "application") == "application" and len(zones) < 2:
        raise Refused(
            "ValidationError: At least two subnets in two different Availability Zones must be specified:"
            f" {balancer.name}"
        )
    if len(zones) < len(subnets):
        raise Refused(
            "InvalidConfigurationRequest: A load balancer cannot be attached to multiple subnets in the same"
            f" Availability Zone: {balancer.name}"
        )


@rule(
    BALANCER,
    "before_create",
    source="docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html",
)
def a_public_balancer_needs_the_internet(cloud: Cloud, balancer: Resource) -> None:
    """AWS itself checks for the gateway only; without the route nobody ever gets an answer."""
    if balancer["internal"]:
        return
    for subnet in (cloud.get(SUBNET, id_) for id_ in balancer["subnets"] or ()):
        if subnet is None or subnet.foreign:
            continue
        gateways = cloud.all(INTERNET_GATEWAY, vpcId=subnet["vpcId"])
        if not gateways:
            raise Refused(f"InvalidSubnet: VPC {subnet['vpcId']} has no internet gateway")
        cloud.relies(balancer, gateways[0], "a public load balancer needs an internet gateway in its VPC")
        route = way_out(cloud, balancer, subnet)
        if route is None or route["gatewayId"] != gateways[0].id:
            raise Refused(f"{balancer.name} answers nobody: {subnet.name} has no route to an internet gateway")


@rule(LISTENER, "before_create", source=f"{API}API_CreateListener.html")
def a_listener_speaks_its_groups_protocol(cloud: Cloud, listener: Resource) -> None:
    cloud.need(
        listener, BALANCER, listener["loadBalancerArn"], "LoadBalancerNotFound: One or more load balancers not found"
    )
    for other in cloud.all(LISTENER, loadBalancerArn=listener["loadBalancerArn"], port=listener["port"]):
        raise Refused(f"DuplicateListener: A listener already exists on this port for this load balancer: {other.name}")
    network = listener["protocol"] in ("TCP", "TLS", "UDP", "TCP_UDP")
    for action in listener["defaultActions"] or ():
        if arn := action.get("targetGroupArn"):
            group = cloud.need(listener, TARGET_GROUP, arn, "TargetGroupNotFound: One or more target groups not found")
            if network != (group["protocol"] in ("TCP", "TLS", "UDP", "TCP_UDP")):
                raise Refused(
                    f"InvalidConfigurationRequest: Listener protocol '{listener['protocol']}' is not supported with a"
                    f" target group with the protocol '{group['protocol']}'"
                )


@rule(LISTENER, "before_create", source=f"{API}API_CreateListener.html")
def only_encrypted_listeners_have_certificates(cloud: Cloud, listener: Resource) -> None:
    encrypted = listener["protocol"] in ENCRYPTED
    if encrypted and not listener["certificateArn"]:
        raise Refused(f"ValidationError: A certificate must be specified for {listener['protocol']} listeners")
    if not encrypted and (listener["certificateArn"] or listener["sslPolicy"]):
        raise Refused(
            f"ValidationError: A certificate or an SSL policy cannot be specified for {listener['protocol']} listeners"
        )
    if listener["protocol"] != "TCP" and listener["tcpIdleTimeoutSeconds"]:
        raise Refused(
            f"InvalidConfigurationRequest: tcp.idle_timeout.seconds is not supported for {listener['protocol']}"
            " listeners"
        )


@rule(LISTENER, "before_create", source=f"{GUIDE}application/rule-action-types.html")
def a_listeners_actions_come_in_order(cloud: Cloud, listener: Resource) -> None:
    """A login before a forward is no login if the forward may come first."""
    actions: list[dict[str, Any]] = listener["defaultActions"] or []
    orders: list[int] = [action.get("order") or number for number, action in enumerate(actions, 1)]
    if len(set(orders)) < len(orders):
        raise Refused(f"ValidationError: Actions of {listener.name} have the same order: {orders}")
    kinds = dict(zip(orders, (action.get("type") for action in actions), strict=True))
    if kinds and (last := kinds[max(kinds)]) not in ("forward", "redirect", "fixed-response"):
        raise Refused(
            f"ValidationError: The last action of {listener.name} must be forward, redirect or fixed-response,"
            f" not {last}"
        )


@rule(LISTENER, "before_create", source="docs.aws.amazon.com/acm/latest/userguide/acm-services.html")
def a_listeners_certificate_is_issued(cloud: Cloud, listener: Resource) -> None:
    certificate = cloud.get(CERTIFICATE, listener["certificateArn"])
    for validation in cloud.all(VALIDATION, certificateArn=listener["certificateArn"]):
        cloud.relies(listener, validation, "a pending certificate is refused")
    if certificate and certificate["status"] != "ISSUED":
        raise Refused(
            f"UnsupportedCertificate: The certificate '{certificate.id}' must have a fully-qualified domain name, a"
            f" supported signature, and a supported key size: {certificate.name} is {certificate['status']}"
        )


@rule(TARGET_GROUP, "before_create", source=f"{API}API_CreateTargetGroup.html")
def a_health_check_suits_its_group(cloud: Cloud, group: Resource) -> None:
    network = group["protocol"] in ("TCP", "TLS", "UDP", "TCP_UDP")
    protocol = group["healthCheck.protocol"] or ("TCP" if network else "HTTP")
    if not network and protocol == "TCP":
        raise Refused("ValidationError: Health check protocol 'TCP' is not supported for application load balancers")
    if protocol == "TCP" and (group["healthCheck.path"] or group["healthCheck.matcher"]):
        raise Refused("ValidationError: Health check path and matcher are not supported for the protocol TCP")


@rule(
    TARGET_GROUP,
    "before_create",
    source=f"{GUIDE}network/edit-target-group-attributes.html (connection termination on deregistration)",
)
def clients_of_a_stopped_target_are_told(cloud: Cloud, group: Resource) -> None:
    """Pods are deleted by rolling updates. Without termination a gRPC client keeps its connection to one that is gone,
    and every call waits for a timeout.
    """
    if group["protocol"] in ("TCP", "TLS") and group["targetType"] == "ip" and not group["connectionTermination"]:
        raise Refused(f"{group.name}: connections to pods that are gone stay open: connectionTermination is not true")


@rule(BALANCER, "before_delete", source=f"{API}API_DeleteLoadBalancer.html")
def a_protected_balancer_stays(cloud: Cloud, balancer: Resource) -> None:
    if balancer["enableDeletionProtection"]:
        raise Refused(
            f"OperationNotPermitted: Load balancer '{balancer.id}' cannot be deleted because deletion protection is"
            " enabled"
        )


@rule(TARGET_GROUP, "before_delete", source=f"{API}API_DeleteTargetGroup.html")
def a_target_group_in_use_stays(cloud: Cloud, group: Resource) -> None:
    for listener in cloud.all(LISTENER):
        if any(action.get("targetGroupArn") == group.id for action in listener["defaultActions"] or ()):
            raise Refused(
                f"ResourceInUse: Target group '{group.id}' is currently in use by a listener or a rule: {listener.name}"
            )
