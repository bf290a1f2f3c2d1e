"""The children that pulumi-eks' Cluster registers, with their names, properties, options and dependencies.

Source: pulumi/pulumi-eks, nodejs/eks/cluster/cluster.ts, servicerole.ts and authenticationMode.ts. Its security groups
are in eks_security_groups.py. eks.py refuses everything that is left out.
"""

import hashlib
import json
from typing import Any

from rehearsal.cloud.resource import dig
from rehearsal.protocol.construct import Built, Child, Composer
from rehearsal.protocol.wire import UNKNOWN, Properties, Value, plain, unknown
from rehearsal.providers.eks_security_groups import cluster_security_group, node_security_group

CLUSTER = "aws:eks/cluster:Cluster"
OF_CONTROL_PLANE = (
    "clusterSecurityGroupId", "core", "eksCluster", "kubeconfig", "kubeconfigJson", "nodeSecurityGroupId", "oidcIssuer",
    "oidcProviderUrl",
)  # fmt: skip
"""Outputs that depend on the control plane only."""


def build(composer: Composer) -> Built:
    inputs, name = composer.plain, composer.name
    tags: Properties = inputs.get("tags") or {}
    role, attached = _given_role(composer) if composer.inputs.get("serviceRole") else _service_role(composer, tags)
    groups = [] if inputs.get("skipDefaultSecurityGroups") else [cluster_security_group(composer, tags)]
    cluster = _control_plane(composer, role, attached, groups, tags)
    urn, outputs = [cluster.urn], cluster.outputs
    known_name = outputs.get("name", UNKNOWN)
    kubeconfig = _kubeconfig(outputs)
    as_json = UNKNOWN if kubeconfig == UNKNOWN else json.dumps(kubeconfig, separators=(",", ":"))
    provider = composer.child(
        "pulumi:providers:kubernetes", f"{name}-eks-k8s", {"kubeconfig": as_json}, {"kubeconfig": urn}
    )
    entries = _access_entries(composer, known_name, cluster)
    _addons(composer, known_name, cluster, entries)
    issuer: Value = UNKNOWN
    if not unknown(outputs.get("identities")) and outputs.get("identities"):
        issuer = plain(outputs["identities"])[0]["oidcs"][0]["issuer"]
    identity = (
        composer.child(
            "aws:iam/openIdConnectProvider:OpenIdConnectProvider",
            f"{name}-oidcProvider",
            # The real component gets the thumbprint by a TLS connection to the issuer, which does not exist here.
            {"clientIdLists": ["sts.amazonaws.com"], "url": issuer, "thumbprintLists": ["0" * 40]},
            {"url": urn},
        )
        if inputs.get("createOidcProvider")
        else None
    )
    node_group_id = node_security_group(composer, cluster, groups[0], tags) if groups else None
    own_group = dig(outputs, "vpcConfig.clusterSecurityGroupId") or UNKNOWN
    state: Properties = {
        "kubeconfig": kubeconfig,
        "kubeconfigJson": as_json,
        "eksCluster": cluster.reference,
        "clusterSecurityGroup": groups[0].reference if groups else None,
        "clusterSecurityGroupId": groups[0].id if groups else own_group,
        "nodeSecurityGroupId": node_group_id.id if node_group_id else own_group,
        "nodeSecurityGroup": node_group_id.reference if node_group_id else None,
        "clusterIngressRuleId": "",
        "defaultNodeGroupAsgName": "",
        "fargateProfileId": "",
        "fargateProfileStatus": "",
        "autoModeNodeRoleName": "",
        "instanceRoles": [],
        "oidcProviderArn": identity.outputs.get("arn", UNKNOWN) if identity else "",
        "oidcProviderUrl": issuer,
        "oidcIssuer": issuer if issuer == UNKNOWN else issuer.removeprefix("https://"),
        "core": {
            "cluster": cluster.reference,
            "endpoint": outputs.get("endpoint", UNKNOWN),
            "instanceRoles": [],
            "kubeconfig": kubeconfig,
            "provider": provider.reference,
            "subnetIds": _subnets(inputs),
            "vpcId": inputs.get("vpcId", UNKNOWN),
        },
    }
    comes_from: dict[str, list[str]] = {key: urn for key in OF_CONTROL_PLANE}  # noqa: C420 - its keys are any
    comes_from["oidcProviderArn"] = [identity.urn] if identity else []
    if groups and node_group_id:
        comes_from |= {"clusterSecurityGroupId": [groups[0].urn], "nodeSecurityGroupId": [node_group_id.urn]}
    return {key: value for key, value in state.items() if value is not None}, comes_from


def _given_role(composer: Composer) -> tuple[Child, None]:
    """The role in `serviceRole`. cluster.ts uses its ARN only, and leaves attaching policies to the role's owner."""
    reference: Properties = composer.inputs["serviceRole"]
    return Child(reference["urn"], str(reference.get("id")), composer.look_up(reference), ""), None


def _service_role(composer: Composer, tags: Properties) -> tuple[Child, Child]:
    name = f"{composer.name}-eksRole"
    parent = composer.component("eks:index:ServiceRole", name)
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Action": ["sts:AssumeRole", "sts:TagSession"],
                "Effect": "Allow",
                "Principal": {"Service": ["eks.amazonaws.com"]},
            }
        ],
    }
    description = "Allows EKS to manage clusters on your behalf."
    role = composer.child(
        "aws:iam/role:Role",
        f"{name}-role",
        {
            "description": description,
            "assumeRolePolicy": json.dumps(trust, separators=(",", ":")),
            "tags": tags or None,
        },
        {},
        parent=parent,
    )
    partition = composer.invoke("aws:index/getPartition:getPartition")["partition"]
    policy = f"arn:{partition}:iam::aws:policy/AmazonEKSClusterPolicy"
    attached = composer.child(
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
        f"{name}-{hashlib.sha1(policy.encode(), usedforsecurity=False).hexdigest()[:8]}",
        {"policyArn": policy, "role": role.outputs.get("name", UNKNOWN)},
        {"role": [role.urn]},
        parent=parent,
    )
    return role, attached


def _control_plane(
    composer: Composer, role: Child, attached: Child | None, groups: list[Child], tags: Properties
) -> Child:
    inputs = composer.plain
    key = inputs.get("encryptionConfigKeyArn")
    network: Properties | None = None
    if inputs.get("kubernetesServiceIpAddressRange") or inputs.get("ipFamily"):
        family = inputs.get("ipFamily", "ipv4")
        network = {"ipFamily": family}
        if family == "ipv4" and inputs.get("kubernetesServiceIpAddressRange"):
            network["serviceIpv4Cidr"] = inputs["kubernetesServiceIpAddressRange"]
    vpc: Properties = {
        "subnetIds": _subnets(inputs),
        "securityGroupIds": [group.id for group in groups] or None,
        "endpointPrivateAccess": inputs.get("endpointPrivateAccess"),
        "endpointPublicAccess": inputs.get("endpointPublicAccess"),
        "publicAccessCidrs": inputs.get("publicAccessCidrs"),
    }
    return composer.child(
        CLUSTER,
        f"{composer.name}-eksCluster",
        {
            "name": inputs.get("name"),
            "roleArn": role.outputs.get("arn", UNKNOWN),
            "kubernetesNetworkConfig": network,
            "bootstrapSelfManagedAddons": inputs.get("bootstrapSelfManagedAddons", True),
            "vpcConfig": {name: value for name, value in vpc.items() if value is not None},
            "version": inputs.get("version"),
            "enabledClusterLogTypes": inputs.get("enabledClusterLogTypes"),
            "tags": {"Name": f"{composer.name}-eksCluster", **(inputs.get("clusterTags") or {}), **tags},
            "encryptionConfig": {"provider": {"keyArn": key}, "resources": ["secrets"]} if key else None,
            "accessConfig": {
                "authenticationMode": inputs["authenticationMode"],
                "bootstrapClusterCreatorAdminPermissions": True,
            },
            "upgradePolicy": inputs.get("upgradePolicy"),
            "deletionProtection": inputs.get("deletionProtection"),
        },
        {
            "roleArn": [role.urn],
            "vpcConfig": composer.sources_of("subnetIds", "publicSubnetIds", "privateSubnetIds")
            + [one.urn for one in groups],
            "encryptionConfig": composer.sources_of("encryptionConfigKeyArn"),
        },
        depends_on=[role.urn, *([attached.urn] if attached else [])],
        ignore_changes=["accessConfig.bootstrapClusterCreatorAdminPermissions", "bootstrapSelfManagedAddons"],
    )


def _subnets(inputs: Properties) -> Value:
    if inputs.get("subnetIds") is not None:
        return inputs["subnetIds"]
    parts: list[Value] = [inputs.get("publicSubnetIds") or [], inputs.get("privateSubnetIds") or []]
    return UNKNOWN if any(isinstance(part, str) for part in parts) else [*parts[0], *parts[1]]


def _kubeconfig(outputs: Properties) -> Value:
    parts = [plain(outputs.get(key, UNKNOWN)) for key in ("name", "endpoint", "certificateAuthority", "arn")]
    if unknown(parts):
        return UNKNOWN
    name, endpoint, authority, arn = parts
    region = arn.split(":")[3]
    arguments = ["--region", region, "eks", "get-token", "--cluster-name", name, "--output", "json"]
    environment = {"name": "KUBERNETES_EXEC_INFO", "value": '{"apiVersion": "client.authentication.k8s.io/v1beta1"}'}
    user = {
        "apiVersion": "client.authentication.k8s.io/v1beta1",
        "command": "aws",
        "args": arguments,
        "env": [environment],
    }
    cluster = {"server": endpoint, "certificate-authority-data": authority["data"]}
    return {
        "apiVersion": "v1",
        "clusters": [{"cluster": cluster, "name": "kubernetes"}],
        "contexts": [{"context": {"cluster": "kubernetes", "user": "aws"}, "name": "aws"}],
        "current-context": "aws",
        "kind": "Config",
        "users": [{"name": "aws", "user": {"exec": user}}],
    }


def _access_entries(composer: Composer, cluster_name: Value, cluster: Child) -> list[str]:
    made: list[str] = []
    entries: dict[str, Properties] = composer.plain.get("accessEntries") or {}
    principals = composer.sources_of("accessEntries")
    for key, entry in entries.items():
        properties = {name: value for name, value in entry.items() if name not in ("accessPolicies", "username")}
        child = composer.child(
            "aws:eks/accessEntry:AccessEntry",
            f"{composer.name}-{key}",
            {**properties, "clusterName": cluster_name, "userName": entry.get("username")},
            {"clusterName": [cluster.urn], "principalArn": principals},
            depends_on=[cluster.urn],
        )
        made.append(child.urn)
        policies: dict[str, Properties] = entry.get("accessPolicies") or {}
        for policy_key, policy in policies.items():
            composer.child(
                "aws:eks/accessPolicyAssociation:AccessPolicyAssociation",
                f"{composer.name}-{key}-{policy_key}",
                {**policy, "principalArn": entry.get("principalArn"), "clusterName": cluster_name},
                {"clusterName": [cluster.urn], "principalArn": principals},
                parent=child.urn,
                depends_on=[child.urn],
            )
    return made


def _addons(composer: Composer, cluster_name: Value, cluster: Child, entries: list[str]) -> None:
    inputs = composer.plain

    def addon(addon_name: str, options: Properties, **where: Any) -> None:
        properties = {
            "clusterName": cluster_name,
            "addonName": addon_name,
            "addonVersion": options.get("version") or options.get("addonVersion") or "v1.0.0-eksbuild.1",
            "preserve": True,
            "resolveConflictsOnCreate": options.get("resolveConflictsOnCreate", "OVERWRITE"),
            "resolveConflictsOnUpdate": options.get("resolveConflictsOnUpdate", "OVERWRITE"),
        }
        urn = [cluster.urn]
        composer.child(
            "aws:eks/addon:Addon", f"{composer.name}-{addon_name}", properties, {"clusterName": urn}, **where
        )

    kube_proxy: Properties = inputs.get("kubeProxyAddonOptions") or {}
    coredns: Properties = inputs.get("corednsAddonOptions") or {}
    if kube_proxy.get("enabled", True):
        addon("kube-proxy", kube_proxy)
    if not inputs.get("useDefaultVpcCni"):
        parent = composer.component("eks:index:VpcCniAddon", f"{composer.name}-vpc-cni")
        addon("vpc-cni", inputs.get("vpcCniOptions") or {}, parent=parent, depends_on=entries)
    if coredns.get("enabled") is True or coredns.get("configurationValues"):  # there is no default node group
        addon("coredns", coredns)
