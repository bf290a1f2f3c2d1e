"""EKS: control plane, nodes, add-ons, the default StorageClass, and the provider for everything in Kubernetes.

The control plane is pulumi-eks' component; nodes, add-ons and access entries are ours, so that what must outlive what
is an edge of the graph. No aws-auth ConfigMap (authentication mode API), no security groups besides the one EKS makes.
The machine that deploys needs the AWS CLI: pulumi-eks looks for it at every preview, the kubeconfig calls it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import pulumi
import pulumi_aws as aws
import pulumi_eks as eks
import pulumi_kubernetes as k8s

from components.cluster.addons import BEFORE_NODES, IDENTITIES, ON_NODES, addon
from components.cluster.nodes import NodeGroup, node_group, node_role
from components.identity.encryption_key import encryption_key
from components.identity.service_role import service_role
from components.identity.workload_identity import WorkloadIdentity, WorkloadIdentityArgs
from planning.regions import partition

LOG_TYPES = ("api", "audit", "authenticator", "controllerManager", "scheduler")
STORAGE_CLASS = "gp3"

# docs.aws.amazon.com/eks/latest/userguide/access-policy-permissions.html
ACCESS_POLICIES = {
    "clusterAdmin": "AmazonEKSClusterAdminPolicy",
    "admin": "AmazonEKSAdminPolicy",
    "edit": "AmazonEKSEditPolicy",
    "view": "AmazonEKSViewPolicy",
}
AccessPolicy = Literal["clusterAdmin", "admin", "edit", "view"]


@dataclass(frozen=True, kw_only=True)
class AccessEntry:
    """A role that may use the cluster. Not the one that deploys: EKS makes it an admin itself, and a second entry is a
    409 (terraform-aws-modules/terraform-aws-eks#2968).
    """

    principal_arn: str
    policy: AccessPolicy
    namespaces: tuple[str, ...] = ()
    """Where the policy holds; empty: everywhere."""


@dataclass(frozen=True, kw_only=True)
class ClusterArgs:
    region: str
    cluster_name: str
    """Plain, since log group and Helm values need it before EKS answers."""
    version: str
    vpc_id: pulumi.Input[str]
    subnet_ids: Mapping[str, pulumi.Input[str]]
    """By zone: where EKS puts its own network interfaces."""
    node_subnet_ids: Mapping[str, pulumi.Input[str]]
    service_cidr: str
    public_access_cidrs: tuple[str, ...]
    """Who reaches the API server from outside the VPC; empty: nobody, and the deploying machine must be inside."""
    access_entries: Mapping[str, AccessEntry] = field(default_factory=dict[str, AccessEntry])
    node_groups: tuple[NodeGroup, ...]
    addon_versions: Mapping[str, str]
    log_retention_days: int = 30
    keep_volumes: bool
    """Whether a disk outlives its claim (reclaim policy Retain)."""
    tags: Mapping[str, str]
    """For machines and disks, which EKS makes and the provider's default tags do not reach."""
    permissions_boundary: pulumi.Input[str] | None = None
    """For every role."""
    deletion_protection: bool
    """EKS itself refuses to delete the cluster."""
    protect: bool

    def __post_init__(self) -> None:
        if "0.0.0.0/0" in self.public_access_cidrs:
            raise ValueError("the API server would be open to 0.0.0.0/0: name the networks that may reach it")
        if missing := {*BEFORE_NODES, *ON_NODES} ^ set(self.addon_versions):
            raise ValueError(f"add-on versions are missing or unknown: {', '.join(sorted(missing))}")


class Cluster(pulumi.ComponentResource):
    cluster_name: pulumi.Output[str]
    """Known once the control plane answers."""
    security_group_id: pulumi.Output[str]
    """Nodes, pods and control plane are in it."""
    oidc_provider_arn: pulumi.Output[str]
    oidc_issuer: pulumi.Output[str]
    storage_class: pulumi.Output[str]
    control_plane: pulumi.Resource
    """What takes along whatever is only in the cluster: for `deleted_with`."""
    kubernetes: k8s.Provider
    """For everything in the cluster: works once nodes and add-ons run, and until what goes by it is gone."""

    def __init__(self, name: str, args: ClusterArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("milvus-on-aws:cluster:Cluster", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)

        self.control_plane = control_plane = self._control_plane(name, args)
        # The name, known when the cluster is: every resource with it waits, without the whole resource being fetched.
        self.cluster_name = control_plane.cluster_security_group_id.apply(lambda _: args.cluster_name)
        self.security_group_id = control_plane.cluster_security_group_id
        self.oidc_issuer = control_plane.oidc_issuer
        # Our own, without thumbprints (IAM finds them itself): pulumi-eks would open a TLS connection for one.
        # docs.aws.amazon.com/IAM/latest/APIReference/API_CreateOpenIDConnectProvider.html
        issuer = aws.iam.OpenIdConnectProvider(
            f"{name}-oidc", url=control_plane.oidc_provider_url, client_id_lists=["sts.amazonaws.com"], opts=child
        )
        self.oidc_provider_arn = issuer.arn

        entries = self._access_entries(name, args)
        network = [self._addon(name, each, args) for each in BEFORE_NODES]
        role_arn = node_role(f"{name}-node", args.region, args.permissions_boundary, self)
        nodes = [
            node_group(
                name,
                group,
                cluster_name=self.cluster_name,
                version=args.version,
                role_arn=role_arn,
                subnet_ids=args.node_subnet_ids,
                tags=args.tags,
                needs=network,
                parent=self,
            )
            for group in args.node_groups
        ]
        addons = [self._addon(name, each, args, nodes) for each in ON_NODES]
        self.kubernetes = k8s.Provider(
            f"{name}-kubernetes",
            kubeconfig=control_plane.kubeconfig_json,
            enable_server_side_apply=True,
            # Nothing may go on in Kubernetes without nodes, disk driver and the deployer's own entry, nor may any of
            # them go before it: a claim deleted after the driver leaves its disk behind (eksctl-io/eksctl#274).
            opts=pulumi.ResourceOptions(parent=self, depends_on=[*entries, *nodes, *addons]),
        )
        storage_class = k8s.storage.v1.StorageClass(
            f"{name}-storage-class",
            metadata={
                "name": STORAGE_CLASS,
                "annotations": {"storageclass.kubernetes.io/is-default-class": "true"},
            },
            provisioner="ebs.csi.aws.com",
            parameters={"type": "gp3", "encrypted": "true"},
            volume_binding_mode="WaitForFirstConsumer",  # the disk in the zone of its pod
            reclaim_policy="Retain" if args.keep_volumes else "Delete",
            allow_volume_expansion=True,
            opts=pulumi.ResourceOptions(
                parent=self,
                provider=self.kubernetes,
                # Kubernetes refuses to change them ("updates to reclaimPolicy are forbidden"), which the provider does
                # not know. Volumes keep what they were made with.
                replace_on_changes=["reclaimPolicy", "volumeBindingMode"],
                delete_before_replace=True,
            ),
        )
        self.storage_class = storage_class.metadata.apply(lambda metadata: str(metadata.name))
        self.register_outputs(
            {
                "cluster_name": self.cluster_name,
                "security_group_id": self.security_group_id,
                "oidc_provider_arn": self.oidc_provider_arn,
                "oidc_issuer": self.oidc_issuer,
                "storage_class": self.storage_class,
            }
        )

    def _control_plane(self, name: str, args: ClusterArgs) -> eks.Cluster:
        logs = aws.cloudwatch.LogGroup(
            f"{name}-logs",
            # EKS writes here and nowhere else. docs.aws.amazon.com/eks/latest/userguide/control-plane-logs.html
            name=f"/aws/eks/{args.cluster_name}/cluster",
            retention_in_days=args.log_retention_days,
            opts=pulumi.ResourceOptions(parent=self),
        )
        key = encryption_key(
            f"{name}-secrets",
            "Kubernetes Secrets in EKS",
            pulumi.ResourceOptions(parent=self, protect=args.protect),
        )
        # Our own: pulumi-eks' one has no permissions boundary.
        role, attached = service_role(
            f"{name}-eks",
            "EKS: manage the cluster",
            "eks.amazonaws.com",
            ["AmazonEKSClusterPolicy"],
            region=args.region,
            permissions_boundary=args.permissions_boundary,
            parent=self,
        )
        return eks.Cluster(
            name,
            service_role=role,
            name=args.cluster_name,
            version=args.version,
            vpc_id=args.vpc_id,
            private_subnet_ids=list(args.subnet_ids.values()),
            kubernetes_service_ip_address_range=args.service_cidr,
            endpoint_private_access=True,
            endpoint_public_access=bool(args.public_access_cidrs),
            public_access_cidrs=list(args.public_access_cidrs) or None,
            authentication_mode=eks.AuthenticationMode.API,
            encryption_config_key_arn=key.arn,
            enabled_cluster_log_types=list(LOG_TYPES),
            # After standard support a cluster costs six times as much a month, unless it is upgraded by AWS then.
            # docs.aws.amazon.com/eks/latest/userguide/view-upgrade-policy.html
            upgrade_policy=aws.eks.ClusterUpgradePolicyArgs(support_type="STANDARD"),
            deletion_protection=args.deletion_protection,
            skip_default_node_group=True,
            create_instance_role=False,
            # The group that EKS makes is what managed nodes are in; pulumi-eks' two would be empty.
            skip_default_security_groups=True,
            bootstrap_self_managed_addons=False,
            use_default_vpc_cni=True,  # "the default one", that is: pulumi-eks shall not make one
            kube_proxy_addon_options=eks.KubeProxyAddonOptionsArgs(enabled=False),
            coredns_addon_options=eks.CoreDnsAddonOptionsArgs(enabled=False),
            opts=pulumi.ResourceOptions(
                parent=self,
                protect=args.protect,
                # Logging into a group that does not exist, EKS makes it: kept for ever, and in the way of ours. A
                # role without its policy is refused, and needed until the network interfaces are gone.
                depends_on=[logs, *attached],
            ),
        )

    def _addon(
        self, name: str, addon_name: str, args: ClusterArgs, needs: list[aws.eks.NodeGroup] | None = None
    ) -> aws.eks.Addon:
        role_arn = None
        if identity := IDENTITIES.get(addon_name):
            role_arn = WorkloadIdentity(
                f"{name}-{addon_name}",
                WorkloadIdentityArgs(
                    oidc_provider_arn=self.oidc_provider_arn,
                    oidc_issuer=self.oidc_issuer,
                    namespace="kube-system",
                    service_account=identity.name,
                    managed_policy_arns=(f"arn:{partition(args.region)}:iam::aws:policy/{identity.managed_policy}",),
                    permissions_boundary=args.permissions_boundary,
                ),
                pulumi.ResourceOptions(parent=self),
            ).role_arn
        return addon(
            name,
            addon_name,
            version=args.addon_versions[addon_name],
            cluster_name=self.cluster_name,
            tags=args.tags,
            role_arn=role_arn,
            needs=needs or [],
            cluster=self.control_plane,
            parent=self,
        )

    def _access_entries(self, name: str, args: ClusterArgs) -> list[pulumi.Resource]:
        child = pulumi.ResourceOptions(parent=self)
        made: list[pulumi.Resource] = []
        for key, entry in args.access_entries.items():
            access = aws.eks.AccessEntry(
                f"{name}-access-{key}", cluster_name=self.cluster_name, principal_arn=entry.principal_arn, opts=child
            )
            association = aws.eks.AccessPolicyAssociation(
                f"{name}-access-{key}",
                cluster_name=self.cluster_name,
                principal_arn=access.principal_arn,
                policy_arn=f"arn:{partition(args.region)}:eks::aws:cluster-access-policy/{ACCESS_POLICIES[entry.policy]}",
                access_scope={"type": "namespace", "namespaces": entry.namespaces}
                if entry.namespaces
                else {"type": "cluster"},
                opts=child,
            )
            made += [access, association]
        return made
