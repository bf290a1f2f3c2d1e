"""AWS Load Balancer Controller, for one thing only: it puts Milvus' pods into target groups that Pulumi made.

It makes no load balancers, listeners, security groups or rules, so that none of those waits for a controller when it is
destroyed: Services and Ingresses are none of its business. Its policy has six actions, where upstream's has eighty.
Helm does not upgrade CRDs: a new chart version with new CRDs needs `kubectl apply -k` of its `crds` folder first.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as k8s

from components.identity.policy import allow, document
from components.identity.workload_identity import WorkloadIdentity, WorkloadIdentityArgs

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
    """The only namespace whose bindings it serves."""
    target_group_arns: Sequence[pulumi.Input[str]]
    """ARNs, or patterns of them; a pattern still fits a replaced target group, which pods have to be taken from."""
    replicas: int
    cluster: pulumi.Resource
    """What takes the controller along on destroy: until then its bindings are gone."""
    permissions_boundary: pulumi.Input[str] | None = None


class LoadBalancerController(pulumi.ComponentResource):
    ready: pulumi.Output[str]
    """Known once it serves. Bindings need it: their webhook when they are made, their finalizer when they go."""

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
        # A Release, not a Chart: Helm makes the webhook's certificate, anew at every rendering of templates.
        release = k8s.helm.v3.Release(
            f"{name}-release",
            name=CHART,
            chart=CHART,
            version=args.chart_version,
            namespace=NAMESPACE,
            repository_opts={"repo": REPOSITORY},
            timeout=1200,  # seconds; Helm's 300 are too few where nodes still pull images
            values={
                "clusterName": args.cluster_name,
                "region": args.region,
                "vpcId": args.vpc_id,  # both given: with IMDS at one hop the pods cannot ask for them
                "replicaCount": args.replicas,
                "resources": {"requests": {"cpu": "100m", "memory": "128Mi"}, "limits": {"memory": "256Mi"}},
                "watchNamespace": args.watch_namespace,
                "serviceAccount": {
                    "name": SERVICE_ACCOUNT,
                    "annotations": {"eks.amazonaws.com/role-arn": identity.role_arn},
                },
                # With it every Service of the cluster needs this controller to be created, by failurePolicy Fail:
                # "no endpoints available for service aws-load-balancer-webhook-service" (LBC#4140).
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
                # Its webhook for Ingresses, too, stands before every Ingress of the cluster.
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
    """Every AWS call on the way of a TargetGroupBinding with `ip` targets and no `networking`, read in v3.5.0's source.

    Writing is limited to our target groups; AWS knows no resources for the rest.
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
                # webhooks/elbv2/targetgroup_helper.go: at each new binding, type, VPC and protocol are compared
                "elasticloadbalancing:DescribeTargetGroups",
                # pkg/targetgroupbinding/targets_manager.go: ListTargets; readiness gates wait for it
                "elasticloadbalancing:DescribeTargetHealth",
            ],
            "*",
        ),
        allow(
            "SeeTheNetwork",
            [
                # pkg/networking/vpc_info_provider.go: before each registration, whether a pod's address is the VPC's
                "ec2:DescribeVpcs",
                # pkg/networking/networking_manager.go, gcIngressPermissionsFromUnusedEndpointSGs: looks for rules of
                # its own to revoke, even where no binding has `networking`. Denied, each binding fails, and its
                # finalizer keeps a destroy waiting for ever. It finds none, hence needs no right to revoke.
                "ec2:DescribeSecurityGroups",
            ],
            "*",
        ),
    )
