"""The AWS Load Balancer Controller, used only to register Milvus' pods in target groups that Pulumi created.

It creates no load balancers, listeners, security groups or rules, so that deleting those never waits for a controller.
It ignores Services and Ingresses. Its policy has six actions, where upstream's has eighty. Helm does not upgrade CRDs:
a new chart version with new CRDs needs `kubectl apply -k` of its `crds` folder first.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as k8s

from components.identity.policy import allow, document
from components.identity.workload_identity import WorkloadIdentity, WorkloadIdentityArgs
from planning.images import LOAD_BALANCER_CONTROLLER as IMAGE

CHART = "aws-load-balancer-controller"
REPOSITORY = "https://aws.github.io/eks-charts"
NAMESPACE = "kube-system"
SERVICE_ACCOUNT = "aws-load-balancer-controller"


@dataclass(frozen=True, kw_only=True)
class LoadBalancerControllerArgs:
    chart_version: str
    region: str
    cluster_name: str
    vpc_id: pulumi.Input[str]
    oidc_provider_arn: pulumi.Input[str]
    oidc_issuer: pulumi.Input[str]
    watch_namespace: str
    """The only namespace whose TargetGroupBindings the controller handles."""
    target_group_arns: Sequence[pulumi.Input[str]]
    """ARNs of target groups, or patterns of them. A pattern still matches the old group after a replacement, from which
    the pods must be deregistered."""
    replicas: int
    registry: str = ""
    """Mirror from which the image is pulled; empty: from AWS' public registry."""
    cluster: pulumi.Resource
    """The EKS cluster, with which the controller is deleted. By then its bindings have been deleted."""
    permissions_boundary: pulumi.Input[str] | None = None


class LoadBalancerController(pulumi.ComponentResource):
    ready: pulumi.Output[str]
    """Id of the Helm release, known once the controller runs. Bindings must depend on it: creating one calls the
    controller's webhook, and deleting one waits for the controller to remove its finalizer."""

    def __init__(self, name: str, args: LoadBalancerControllerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("milvus-on-aws:load_balancer_controller:LoadBalancerController", name, None, opts)
        identity = WorkloadIdentity(
            f"{name}-identity",
            WorkloadIdentityArgs(
                oidc_provider_arn=args.oidc_provider_arn,
                oidc_issuer=args.oidc_issuer,
                namespace=NAMESPACE,
                service_account=SERVICE_ACCOUNT,
                policies={"bind": pulumi.Output.all(*args.target_group_arns).apply(binding_policy)},
                permissions_boundary=args.permissions_boundary,
            ),
            pulumi.ResourceOptions(parent=self),
        )
        # A Release and not a Chart: the templates contain a certificate for the webhook, which every rendering would
        # create anew.
        release = k8s.helm.v3.Release(
            f"{name}-release",
            name=CHART,
            chart=CHART,
            version=args.chart_version,
            namespace=NAMESPACE,
            repository_opts={"repo": REPOSITORY},
            timeout=1200,  # seconds; Helm's default of 300 is too short while nodes still pull images
            values={
                "clusterName": args.cluster_name,
                "region": args.region,
                "vpcId": args.vpc_id,  # set like the region, because pods cannot reach the instance metadata
                "replicaCount": args.replicas,
                "image": {"repository": IMAGE.name(args.registry), "tag": IMAGE.tag},
                "resources": {"requests": {"cpu": "100m", "memory": "128Mi"}, "limits": {"memory": "256Mi"}},
                "watchNamespace": args.watch_namespace,
                # It calls AWS only, whose names the VPC's resolver has: it need not wait for CoreDNS.
                "dnsPolicy": "Default",
                "serviceAccount": {
                    "name": SERVICE_ACCOUNT,
                    "annotations": {"eks.amazonaws.com/role-arn": identity.role_arn},
                },
                # This webhook has failurePolicy Fail: with it no Service of the cluster can be created while the
                # controller is down, "no endpoints available for service aws-load-balancer-webhook-service" (LBC#4140).
                "enableServiceMutatorWebhook": False,
                "keepTLSSecret": True,  # the webhook's certificate outlives an upgrade
                "createIngressClassResource": False,
                "ingressClassParams": {"create": False},
                "enableShield": False,
                "enableWaf": False,
                "enableWafv2": False,
                "enableBackendSecurityGroup": False,
                "controllerConfig": {
                    "featureGates": {
                        "EnableServiceController": False,
                        "NLBGatewayAPI": False,
                        "ALBGatewayAPI": False,
                        "GatewayListenerSet": False,
                    }
                },
                # The webhook for Ingresses would block every Ingress of the cluster in the same way.
                "webhookConfig": {"disableIngressValidation": True},
                "podDisruptionBudget": {"maxUnavailable": 1} if args.replicas > 1 else {},
            },
            opts=pulumi.ResourceOptions(
                parent=self, custom_timeouts=pulumi.CustomTimeouts(delete="20m"), deleted_with=args.cluster
            ),
        )
        self.ready = release.id
        self.register_outputs({"ready": self.ready})


def binding_policy(target_group_arns: Sequence[str]) -> str:
    """IAM policy with every AWS call that a TargetGroupBinding with `ip` targets and no `networking` causes.

    The calls were read from v3.5.0's source. Writing is limited to our target groups; the other actions cannot be
    limited to resources.
    """
    return document(
        allow(
            "PutPodsIntoOurTargetGroups",
            # pkg/targetgroupbinding/targets_manager.go: RegisterTargets, DeregisterTargets
            ["elasticloadbalancing:DeregisterTargets", "elasticloadbalancing:RegisterTargets"],
            target_group_arns,
        ),
        allow(
            "SeeTargetGroupsAndTheirTargets",
            [
                # webhooks/elbv2/targetgroup_helper.go: compares type, VPC and protocol for each new binding
                "elasticloadbalancing:DescribeTargetGroups",
                # pkg/targetgroupbinding/targets_manager.go: ListTargets, for which readiness gates wait
                "elasticloadbalancing:DescribeTargetHealth",
            ],
            "*",
        ),
        allow(
            "SeeTheNetwork",
            [
                # pkg/networking/vpc_info_provider.go: checks before each registration that a pod's address is the VPC's
                "ec2:DescribeVpcs",
                # pkg/networking/networking_manager.go, gcIngressPermissionsFromUnusedEndpointSGs: looks for rules of
                # its own to revoke, even if no binding has `networking`. If this is denied, every binding fails, and
                # its finalizer blocks a destroy for ever. It finds no rules, so it needs no permission to revoke any.
                "ec2:DescribeSecurityGroups",
            ],
            "*",
        ),
    )
