"""Rules of the AWS Load Balancer Controller: its webhooks, its finalizers, and when targets become healthy."""

from ipaddress import IPv4Network

from rehearsal.cloud.cloud import Cloud, Refused, rule
from rehearsal.cloud.resource import Resource, dig, parts
from rehearsal.rules import security_groups
from rehearsal.rules.ec2 import SUBNET
from rehearsal.rules.eks import ADDON, NODE_GROUP, issuer_of
from rehearsal.rules.eks_nodes import node_end
from rehearsal.rules.elb import BALANCER, LISTENER, TARGET_GROUP
from rehearsal.rules.iam import cannot_take, may, role_of
from rehearsal.rules.kubernetes import DEPLOYMENT, RELEASE, SERVICE
from rehearsal.rules.network_policies import Labels, kept_out

BINDING = "kubernetes:elbv2.k8s.aws/v1beta1:TargetGroupBinding"
CHART = "aws-load-balancer-controller"
SOURCE = "github.com/kubernetes-sigs/aws-load-balancer-controller, "

# AWS calls of pkg/targetgroupbinding: RegisterTargets and DeregisterTargets on the group, the others on everything.
CALLS = (
    "elasticloadbalancing:RegisterTargets",
    "elasticloadbalancing:DeregisterTargets",
    "elasticloadbalancing:DescribeTargetGroups",
    "elasticloadbalancing:DescribeTargetHealth",
    "ec2:DescribeVpcs",
    "ec2:DescribeSecurityGroups",
)


def serving(cloud: Cloud, resource: Resource) -> Resource | None:
    """The controller's release, noting that `resource` relies on it; None if there is none."""
    for release in cloud.all(RELEASE, chart=CHART):
        cloud.relies(resource, release, "the load balancer controller serves its webhooks and finalizers")
        return release
    return None


def unable(cloud: Cloud, resource: Resource, controller: Resource, target_group_arn: str) -> str | None:
    """The reason why the controller cannot register pods in a target group; None if it can."""
    account = parts(dig(controller.inputs, "values.serviceAccount"))
    arn = parts(account.get("annotations")).get("eks.amazonaws.com/role-arn")
    namespace, name = controller.id.split("/")[0], str(account.get("name"))
    if reason := cannot_take(cloud, resource, arn, issuer_of(cloud, controller), namespace, name):
        return reason
    role = role_of(cloud, arn)
    for action in CALLS:
        on = target_group_arn if "isterTargets" in action else "*"
        if role and not may(cloud, resource, role, action, on):
            return f"AccessDenied: {role.name} is not authorized to perform: {action}"
    return None


def unhealthy(cloud: Cloud, resource: Resource, binding: Resource, pods: Labels, port: int) -> str | None:
    """The reason why a binding's targets never become healthy; None if they do. `resource` is what waits for them."""
    namespace = binding.id.split("/")[0]
    controller = serving(cloud, resource)
    if controller is None:
        return "Target.NotRegistered: no load balancer controller runs"
    watched = dig(controller.inputs, "values.watchNamespace")
    if watched and watched != namespace:
        return f"Target.NotRegistered: the load balancer controller watches namespace {watched}, not {namespace}"
    arn = str(binding["spec.targetGroupARN"])
    if reason := unable(cloud, resource, controller, arn):
        return f"Target.NotRegistered: {reason}"
    group = cloud.get(TARGET_GROUP, arn)
    if group is None:
        return f"TargetGroupNotFound: {arn}"
    if (group["targetType"] or "instance") != binding["spec.targetType"]:
        return (
            f"Target.NotRegistered: ValidationError: {group.name} has targets of type {group['targetType']}, not pods"
        )
    if str(group["preserveClientIp"]).lower() == "true":
        return f"Target.FailedHealthChecks: {group.name} hands on clients' addresses, which no NetworkPolicy admits"
    listeners = [
        each
        for each in cloud.all(LISTENER)
        if any(action.get("targetGroupArn") == arn for action in each["defaultActions"] or ())
    ]
    if not listeners:
        return f"Target.NotInUse: no listener forwards to {group.name}"
    cloud.relies(resource, listeners[0], f"before, {group.name} is not in use, and its targets never healthy")
    balancer = cloud.get(BALANCER, listeners[0]["loadBalancerArn"])
    own_port = group["healthCheck.port"]
    checked = int(own_port) if own_port and own_port != "traffic-port" else port
    return _kept_from(cloud, resource, balancer, namespace, pods, checked) if balancer else None


def _kept_from(
    cloud: Cloud, resource: Resource, balancer: Resource, namespace: str, pods: Labels, port: int
) -> str | None:
    where: list[str] = balancer["subnets"] or []
    client = security_groups.end(cloud, balancer.name, balancer["securityGroups"] or [], where)
    for group in cloud.all(NODE_GROUP):
        if reason := security_groups.blocked(cloud, resource, client, node_end(cloud, group), port):
            return f"Target.FailedHealthChecks: {reason}"
    networks = [IPv4Network(subnet["cidrBlock"]) for id_ in where if (subnet := cloud.get(SUBNET, id_))]
    if kept_out(cloud, resource, namespace, pods, port, networks=networks):
        addresses = ", ".join(map(str, networks))
        return f"Target.FailedHealthChecks: no NetworkPolicy admits {balancer.name} ({addresses}) to port {port}"
    return None


def wait_for_targets(cloud: Cloud, resource: Resource, service: str, pods: Labels, port: int) -> None:
    """Raises Refused if the pods behind a Service's bindings never become healthy, and so never ready."""
    namespace = resource.id.split("/")[0]
    for binding in cloud.all(BINDING):
        if binding.id.split("/")[0] == namespace and dig(binding.inputs, "spec.serviceRef.name") == service:
            cloud.relies(resource, binding, "pods that do not find their binding get no readiness gate")
            asked = dig(binding.inputs, "spec.serviceRef.port")
            reason = (
                f"Target.NotRegistered: service {service} has no port {asked}"
                if asked != port
                else unhealthy(cloud, resource, binding, pods, port)
            )
            if reason:
                raise Refused(
                    f"{resource.id}: timed out waiting for the condition: readiness gate"
                    f" target-health.elbv2.k8s.aws of {binding.name}: {reason}"
                )


@rule(RELEASE, "ready", source="kubernetes.io/docs/concepts/services-networking/dns-pod-service/#pod-s-dns-policy")
def the_controller_finds_names(cloud: Cloud, controller: Resource) -> None:
    """By its node's resolver, or by CoreDNS, which must run then."""
    if controller["chart"] != CHART or dig(controller.inputs, "values.dnsPolicy") == "Default":
        return
    for addon in cloud.all(ADDON, addonName="coredns"):
        cloud.relies(controller, addon, "it finds no AWS API without CoreDNS")
        return
    raise Refused(f"release {controller.id}: lookup sts: no such host: the cluster has no coredns")


@rule(BINDING, "before_create", source=f"{SOURCE}webhooks/elbv2/targetgroupbinding_mutator.go")
def a_bindings_webhook_needs_the_controller(cloud: Cloud, binding: Resource) -> None:
    calling = 'failed calling webhook "mtargetgroupbinding.elbv2.k8s.aws"'
    controller = serving(cloud, binding)
    if controller is None:
        raise Refused(f'{calling}: no endpoints available for service "aws-load-balancer-webhook-service"')
    arn = str(dig(binding.inputs, "spec.targetGroupARN"))
    cloud.need(
        binding, TARGET_GROUP, arn, f"{calling}: TargetGroupNotFound: One or more target groups not found: {arn}"
    )


@rule(BINDING, "before_delete", source=f"{SOURCE}controllers/elbv2/targetgroupbinding_controller.go")
def a_bindings_finalizer_needs_the_controller(cloud: Cloud, binding: Resource) -> None:
    """The controller removes the pods from the target group, for which it needs its role and nodes to run on."""
    controller = next(iter(cloud.all(RELEASE, chart=CHART)), None)
    reason = (
        "no load balancer controller runs"
        if controller is None
        else unable(cloud, binding, controller, str(dig(binding.inputs, "spec.targetGroupARN")))
        or (None if cloud.all(NODE_GROUP) else "the load balancer controller has no nodes")
    )
    if reason:
        raise Refused(
            f"timed out waiting to be Ready: {binding.id} stays with its finalizer elbv2.k8s.aws/resources: {reason}"
        )


@rule(BINDING, "ready", source=f"{SOURCE}docs/deploy/pod_readiness_gate.md")
def a_binding_comes_before_its_pods(cloud: Cloud, binding: Resource) -> None:
    namespace, service = binding.id.split("/")[0], dig(binding.inputs, "spec.serviceRef.name")
    for resource in (*cloud.all(RELEASE, chart="milvus", name=service), *cloud.all(DEPLOYMENT)):
        named = resource.type == RELEASE or f"{namespace}/{service}" == _service_of(cloud, resource)
        if named and resource.id.split("/")[0] == namespace:
            cloud.relies(resource, binding, "pods that do not find their binding get no readiness gate")


@rule(SERVICE, "before_create", source="github.com/kubernetes-sigs/aws-load-balancer-controller/issues/4140")
@rule(RELEASE, "before_create", source="github.com/kubernetes-sigs/aws-load-balancer-controller/issues/4140")
def services_wait_for_the_webhook_that_sees_them(cloud: Cloud, resource: Resource) -> None:
    """With `enableServiceMutatorWebhook`, which is on by default, a webhook with
    failurePolicy Fail sees every Service."""
    if resource.type == RELEASE and resource["chart"] == CHART:
        if dig(resource.inputs, "values.enableServiceMutatorWebhook") is not False:
            for other in (*cloud.all(SERVICE), *cloud.all(RELEASE)):
                cloud.relies(other, resource, "no Service is created while the controller's webhook is not served")
        return
    for controller in cloud.all(RELEASE, chart=CHART):
        if dig(controller.inputs, "values.enableServiceMutatorWebhook") is not False:
            cloud.relies(resource, controller, "no Service is created while the controller's webhook is not served")


@rule(DEPLOYMENT, "ready", source=f"{SOURCE}docs/deploy/pod_readiness_gate.md")
def a_deployments_targets_become_healthy(cloud: Cloud, deployment: Resource) -> None:
    if name := _service_of(cloud, deployment):
        service = cloud.get(SERVICE, name)
        ports = dig(service.inputs, "spec.ports") if service else None
        if ports:
            labels: dict[str, str] = dig(deployment.inputs, "spec.template.metadata.labels") or {}
            wait_for_targets(cloud, deployment, name.split("/")[1], labels, ports[0]["port"])


def _service_of(cloud: Cloud, deployment: Resource) -> str | None:
    """Id of the Service that selects a Deployment's pods; None if there is none."""
    labels: dict[str, str] = dig(deployment.inputs, "spec.template.metadata.labels") or {}
    for service in cloud.all(SERVICE):
        selector: dict[str, str] = dig(service.inputs, "spec.selector") or {}
        if selector and selector.items() <= labels.items() and service.id.split("/")[0] == deployment.id.split("/")[0]:
            return service.id
    return None
