"""The EKS cluster: control plane, nodes, add-ons, the default StorageClass, and the provider for Kubernetes objects.

The control plane is pulumi-eks' component. Nodes, add-ons and access entries are declared here, so that the graph says
which of them must outlive others. There is no aws-auth ConfigMap (authentication mode API), and no security group
beside the one that EKS creates. The machine that deploys needs the AWS CLI: pulumi-eks looks for it at every preview,
and the kubeconfig calls it.
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
from components.order import known_after
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
    """A role that may use the cluster. The deploying role must not be listed: EKS itself makes it an administrator, and
    answers 409 to a second entry (terraform-aws-modules/terraform-aws-eks#2968).
    """

    principal_arn: str
    policy: AccessPolicy
    namespaces: tuple[str, ...] = ()
    """Kubernetes namespaces to which the policy is limited; empty: the whole cluster."""


@dataclass(frozen=True, kw_only=True)
class ClusterArgs:
    region: str
    cluster_name: str
    """Name of the EKS cluster. It is plain text, because the log group and Helm values need it before EKS answers."""
    version: str
    vpc_id: pulumi.Input[str]
    subnet_ids: Mapping[str, pulumi.Input[str]]
    """Subnets, by zone, in which EKS places its own network interfaces."""
    node_subnet_ids: Mapping[str, pulumi.Input[str]]
    """Subnets of the nodes, by zone."""
    service_cidr: str
    public_access_cidrs: tuple[str, ...]
    """Networks that reach the API server from outside the VPC. If empty, the deployer must be inside the VPC."""
    access_entries: Mapping[str, AccessEntry] = field(default_factory=dict[str, AccessEntry])
    node_groups: tuple[NodeGroup, ...]
    addon_versions: Mapping[str, str]
    log_retention_days: int = 30
    keep_volumes: bool
    """Whether disks outlive their claims (reclaim policy Retain)."""
    tags: Mapping[str, str]
    """Tags for machines and disks. EKS creates these, so the provider's default tags do not reach them."""
    permissions_boundary: pulumi.Input[str] | None = None
    """ARN of the permissions boundary of every role."""
    deletion_protection: bool
    """Whether EKS itself refuses to delete the cluster."""
    protect: bool
    """Whether Pulumi refuses to delete the cluster and its key."""

    def __post_init__(self) -> None:
        if "0.0.0.0/0" in self.public_access_cidrs:
            raise ValueError("the API server would be open to 0.0.0.0/0: name the networks that may reach it")
        if missing := {*BEFORE_NODES, *ON_NODES} ^ set(self.addon_versions):
            raise ValueError(f"add-on versions are missing or unknown: {', '.join(sorted(missing))}")


class Cluster(pulumi.ComponentResource):
    cluster_name: pulumi.Output[str]
    """Name of the cluster, known once the control plane answers."""
    security_group_id: pulumi.Output[str]
    """Security group that EKS creates, and to which nodes, pods and control plane belong."""
    oidc_provider_arn: pulumi.Output[str]
    oidc_issuer: pulumi.Output[str]
    """The issuer's URL without `https://`."""
    storage_class: pulumi.Output[str]
    """Name of the default StorageClass, known once volumes can be created and names be found: after the add-ons."""
    control_plane: pulumi.Resource
    """The EKS cluster, for the option `deleted_with` of everything that exists only inside it."""
    kubernetes: k8s.Provider
    """Provider for Kubernetes objects, which are created after the nodes, and deleted before them."""

    def __init__(self, name: str, args: ClusterArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("milvus-on-aws:cluster:Cluster", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)

        self.control_plane = control_plane = self._control_plane(name, args)
        # Taken from an output of the control plane, so that every resource that uses the name waits for the cluster.
        self.cluster_name = control_plane.cluster_security_group_id.apply(lambda _: args.cluster_name)
        self.security_group_id = control_plane.cluster_security_group_id
        self.oidc_issuer = control_plane.oidc_issuer
        # Declared here without thumbprints, which IAM finds itself: pulumi-eks would open a TLS connection for one.
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
            # Objects in Kubernetes need nodes and access entries, and must be deleted before them. Add-ons are deleted
            # with the cluster only, and what needs their DNS and disks waits for the storage class.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[*entries, *nodes]),
        )
        storage_class = k8s.storage.v1.StorageClass(
            f"{name}-storage-class",
            metadata={
                "name": STORAGE_CLASS,
                "annotations": {"storageclass.kubernetes.io/is-default-class": "true"},
            },
            provisioner="ebs.csi.aws.com",
            parameters={"type": "gp3", "encrypted": "true"},
            volume_binding_mode="WaitForFirstConsumer",  # creates the disk in the zone of its pod
            reclaim_policy="Retain" if args.keep_volumes else "Delete",
            allow_volume_expansion=True,
            opts=pulumi.ResourceOptions(
                parent=self,
                provider=self.kubernetes,
                # Kubernetes refuses to change these fields ("updates to reclaimPolicy are forbidden"), which the
                # provider does not know. Existing volumes keep the values with which they were created.
                replace_on_changes=["reclaimPolicy", "volumeBindingMode"],
                delete_before_replace=True,
            ),
        )
        name_of_class = storage_class.metadata.apply(lambda metadata: str(metadata.name))
        self.storage_class = known_after(name_of_class, *(addon.id for addon in addons))
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
        """pulumi-eks' cluster, with the log group, key and role that it needs."""
        # EKS writes to the log group of this name only, its last lines after the cluster is gone. It would make a
        # deleted group again, without an expiry, and the next `up` could not create it (terraform-aws-eks#2763). So it
        # stays when the stack goes, and the next stack of this name takes it over, by import.
        group = f"/aws/eks/{args.cluster_name}/cluster"
        there = aws.cloudwatch.get_log_groups(log_group_name_prefix=group, opts=pulumi.InvokeOptions(parent=self))
        logs = aws.cloudwatch.LogGroup(
            f"{name}-logs",
            name=group,
            retention_in_days=args.log_retention_days,
            opts=pulumi.ResourceOptions(
                parent=self, retain_on_delete=True, import_=group if group in there.log_group_names else None
            ),
        )
        key = encryption_key(
            f"{name}-secrets",
            "Kubernetes Secrets in EKS",
            pulumi.ResourceOptions(parent=self, protect=args.protect),
        )
        # Declared here, because the role that pulumi-eks creates has no permissions boundary.
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
            # With STANDARD, AWS upgrades the cluster when standard support ends; extended support costs six times as
            # much a month.
            # docs.aws.amazon.com/eks/latest/userguide/view-upgrade-policy.html
            upgrade_policy=aws.eks.ClusterUpgradePolicyArgs(support_type="STANDARD"),
            deletion_protection=args.deletion_protection,
            skip_default_node_group=True,
            create_instance_role=False,
            # Managed nodes belong to the group that EKS creates; pulumi-eks' two groups would have no members.
            skip_default_security_groups=True,
            bootstrap_self_managed_addons=False,
            use_default_vpc_cni=True,  # means that pulumi-eks does not install a CNI
            kube_proxy_addon_options=eks.KubeProxyAddonOptionsArgs(enabled=False),
            coredns_addon_options=eks.CoreDnsAddonOptionsArgs(enabled=False),
            opts=pulumi.ResourceOptions(
                parent=self,
                protect=args.protect,
                # If the log group does not exist, EKS creates it: its logs never expire, and creating ours fails. EKS
                # refuses a role without its policy, and needs both until its network interfaces are deleted.
                depends_on=[logs, *attached],
            ),
        )

    def _addon(
        self, name: str, addon_name: str, args: ClusterArgs, needs: list[aws.eks.NodeGroup] | None = None
    ) -> aws.eks.Addon:
        """One add-on, with a role of its own if it calls AWS."""
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
        """Access entries and their policies, all of them."""
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
